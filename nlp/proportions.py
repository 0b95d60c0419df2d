"""Shares of a whole with honest intervals. It needs no numpy, so that the desk may use it as well."""

from math import sqrt
from statistics import NormalDist

#: The normal quantile of a two-sided interval of 95 %.
Z = NormalDist().inv_cdf(0.975)


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the Wilson score interval of a share, 95 in 100; honest also for few trials and shares near 0 or 1.

    >>> [round(bound, 3) for bound in wilson(9, 10)]
    [0.596, 0.982]
    """
    if trials <= 0 or not 0 <= successes <= trials:
        raise ValueError("a share needs trials, and no more successes than trials")
    value = successes / trials
    squared = Z * Z / trials
    middle = (value + squared / 2) / (1 + squared)
    reach = Z / (1 + squared) * sqrt(value * (1 - value) / trials + squared / (4 * trials))
    # rounding must not put a share of exactly 0 or 1 outside its own interval
    return min(value, max(0.0, middle - reach)), max(value, min(1.0, middle + reach))
