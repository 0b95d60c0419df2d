"""Numbers as people read them: Persian digits, tomans, percentages, how sure something is. Pure."""

_DIGITS = str.maketrans("0123456789,.", "۰۱۲۳۴۵۶۷۸۹٬٫")
#: More digits of a percentage than these nobody reads.
_FINEST = 2


def number(value: float | None, digits: int = 0) -> str:
    """Return a number with Persian digits and thousands apart; an em dash when there is none.

    >>> number(12345), number(-0.5, 1), number(None)
    ('۱۲٬۳۴۵', '‎−۰٫۵', '—')
    """
    if value is None:
        return "—"
    shown = f"{abs(value):,.{digits}f}".translate(_DIGITS)
    return f"\u200e−{shown}" if value < 0 and shown.strip("۰٫٬") else shown


def toman(amount: float, currency: str = "IRR") -> str:
    """Return a sum in tomans, the one unit of the pages.

    >>> toman(5_000_000), toman(500_000, "IRT")
    ('۵۰۰٬۰۰۰', '۵۰۰٬۰۰۰')
    """
    return number(amount if currency == "IRT" else amount / 10)


def money(value: float | None) -> str:
    """Return an amount in tomans as people speak of it.

    >>> money(12_500_000), money(850_000)
    ('۱۲٫۵ میلیون تومان', '۸۵۰ هزار تومان')
    """
    if value is None:
        return "—"
    for size, name in ((1_000_000_000, "میلیارد"), (1_000_000, "میلیون"), (1_000, "هزار")):
        # what is rounded to a thousand of the smaller name is one of this
        if value >= 0.9995 * size:
            short = max(value / size, 1)
            shown = round(short, 1)
            return f"{number(short, 0 if shown >= 100 or shown == int(shown) else 1)} {name} تومان"
    return f"{number(value)} تومان"


def signed(value: float | None, digits: int = 0) -> str:
    """Return a difference with its sign.

    >>> signed(0.25, 2), signed(-3)
    ('‎+۰٫۲۵', '‎−۳')
    """
    if value is None:
        return "—"
    shown = number(value, digits)
    return f"\u200e+{shown}" if value > 0 and shown.strip("۰٫٬") else shown


def percent(share: float | None, digits: int = 0) -> str:
    """Return a share of one as a percentage; what is not all, or not nothing, is not rounded to it.

    >>> percent(0.256), percent(1.0), percent(0.997), percent(0.0004)
    ('۲۶٪', '۱۰۰٪', '۹۹٫۷٪', '۰٫۰۴٪')
    """
    if share is None:
        return "—"
    while 0 < share < 1 and digits < _FINEST and round(share * 100, digits) in {0, 100}:
        digits += 1
    return f"{number(share * 100, digits)}٪"


def sure(value: float) -> str:
    """Return how sure something is; nothing that was measured is wholly sure.

    >>> sure(0.97), sure(0.99996)
    ('۹۷٫۰٪', 'بیش از ۹۹٫۹٪')
    """
    return "بیش از ۹۹٫۹٪" if value > 0.999 else percent(value, 1)
