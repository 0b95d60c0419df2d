"""The customer's way through the company: points of contact, the six factors, who comes again and who will leave. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from service.insight.drivers import faded
from service.insight.trends import Estimate, Tally, net, share

Ints = NDArray[np.int64]

#: In the order in which a customer meets them.
TOUCHPOINT_FA: Mapping[str, str] = {
    "marketing": "بازاریابی",
    "order": "سفارش",
    "payment": "پرداخت",
    "delivery": "تحویل",
    "product_use": "استفاده از محصول",
    "support": "پشتیبانی",
    "after_sales": "پس از فروش",
    "loyalty": "وفاداری",
}
FACTOR_FA: Mapping[str, str] = {
    "product_quality": "کیفیت محصول",
    "service_quality": "کیفیت خدمت",
    "after_sales_quality": "کیفیت پس از فروش",
    "flexibility": "انعطاف",
    "competence": "شایستگی",
    "reliability_friendliness": "اعتماد و خوش‌رویی",
}
#: The risk of a customer who says today that they will leave, and what each thing they are unhappy with adds.
_SAID_SO, _UNHAPPY, _MOST_UNHAPPY = 60, 10, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Customers who were hit at two points of contact, out of all who were hit anywhere."""

    first: str
    second: str
    customers: int
    share: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How often known customers write: how many of them came more than once."""

    customers: int
    repeated: int
    share: Estimate | None
    per_customer: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A customer who said they will leave: how near it is (0 to 100 points), and what of."""

    customer: str
    risk: int
    said_on: date
    topics: tuple[str, ...]


def together(tallies: Mapping[str, Tally], places: Mapping[str, str]) -> dict[str, Tally]:
    """Add topics up to the touchpoints or factors they belong to; a comment on two topics of one counts twice."""
    found: dict[str, Tally] = defaultdict(Tally)
    for topic, tally in tallies.items():
        if topic in places:
            found[places[topic]] += tally
    return dict(found)


def hand_overs(unhappy: Mapping[str, Ints], places: Mapping[str, str]) -> list[HandOver]:
    """Return pairs of touchpoints that hurt the same customers, the worst first.

    `unhappy` holds for each topic the numbers of the customers who were unhappy with it.
    """
    order = list(TOUCHPOINT_FA)
    told = {topic: who for topic, who in unhappy.items() if topic in places}
    hit = np.zeros((max((int(who.max(initial=0)) for who in told.values()), default=0) + 1, len(order)))
    for topic, who in told.items():
        hit[who, order.index(places[topic])] = 1
    both, anywhere = hit.T @ hit, int(hit.any(axis=1).sum())
    pairs = [
        HandOver(first=order[one], second=order[other], customers=n, share=share(n, anywhere))
        for one, other in combinations(range(len(order)), 2)
        if (n := int(both[one, other]))
    ]
    return sorted(pairs, key=lambda pair: (-pair.customers, pair.first, pair.second))


def contact(counts: Ints) -> Contact:
    """Return how often customers come again, from how often each of them wrote."""
    repeated = int((counts > 1).sum())
    mean = round(int(counts.sum()) / len(counts), 2) if len(counts) else None
    return Contact(
        customers=len(counts), repeated=repeated, share=share(repeated, len(counts)), per_customer=mean
    )


def promoter_score(n: int, promoters: int, detractors: int) -> Estimate | None:
    """Return the net promoter score of `n` answers, from -100 to 100, with its interval; None of none."""
    found = net(Tally(n, detractors, promoters))
    return found and Estimate(*(round(100 * value, 1) for value in (found.value, found.low, found.high)))


def leaving(rows: Iterable[tuple[str, str, date]], today: date) -> list[Leaving]:
    """Return who is about to leave, the likeliest first; the wish fades.

    `rows` are (customer, topic, day): an empty topic says that they leave, another one what they are unhappy with.
    """
    said: dict[str, date] = {}
    topics: dict[str, dict[str, None]] = defaultdict(dict)
    for customer, topic, day in rows:
        if day > said.get(customer, date.min):
            said[customer] = day
        if topic:
            topics[customer][topic] = None
    found = []
    for customer, day in said.items():
        bad = tuple(topics.get(customer, ()))
        points = _SAID_SO + min(_UNHAPPY * len(bad), _MOST_UNHAPPY)
        found.append(
            Leaving(customer=customer, risk=round(points * faded(day, today)), said_on=day, topics=bad)
        )
    return sorted(found, key=lambda one: (-one.risk, one.customer))
