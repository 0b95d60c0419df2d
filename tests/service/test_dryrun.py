"""What other rules would have done."""

from typing import Any

from service import dryrun, rulefile
from service.rules.conditions import Facts, facts_of_row
from service.tomlfile import Source

SHIPPED = rulefile.load()
TEXT = rulefile.FILE.read_text(encoding="utf-8")


def stored(category: str, urgency: str, **columns: Any) -> Facts:
    tags = {
        "category": {"label": category, "confidence": 0.9},
        "sentiment": None,
        "topics": [],
        "signals": [],
        "urgency": {"level": urgency, "score": 20, "reasons": []},
        "needs_review": False,
    }
    row = {
        "tags": tags, "masked": "پیک دیر رسید", "channel": "app", "customer_tier": None, "branch": None, "product": None,
        "csat": None, "nps": None, "ces": None, "stars": None, **columns,
    }  # fmt: skip
    return facts_of_row(row)


COMMENTS = [
    ("fb_1", stored("complaint", "normal")),
    ("fb_2", stored("praise", "none")),
    ("fb_3", stored("question", "normal", customer_tier="vip")),
]


def test_the_same_rules_change_nothing() -> None:
    trial = dryrun.compare(SHIPPED, rulefile.parse(Source(TEXT, "routing.toml")), COMMENTS)
    assert (trial.compared, trial.changed, trial.tickets) == (3, 0, (2, 2))


def test_other_rules_show_what_would_change_and_why() -> None:
    first = '[[rules]]\nname = "vip"\nfa = "ویژه"\nwhen = { tier = ["vip"] }\npriority = "high"\nqueue = "retention"\n\n'
    place = TEXT.index("[[rules]]")
    other = rulefile.parse(Source(TEXT[:place] + first + TEXT[place:], "routing.toml"))
    trial = dryrun.compare(SHIPPED, other, COMMENTS).to_json()
    (difference,) = trial["differences"]
    assert (trial["changed"], difference["feedback_id"]) == (1, "fb_3")
    assert (difference["before"]["queue"], difference["after"]["queue"]) == ("support", "retention")
    assert "باشگاه: ویژه" in difference["after"]["reason"]
    assert {"rule": "vip", "before": 0, "after": 1} in trial["by_rule"]
    assert trial["by_priority"] == [
        {"priority": "high", "before": 0, "after": 1},
        {"priority": "medium", "before": 2, "after": 1},
    ]


def test_a_renamed_rule_is_no_change() -> None:
    renamed = rulefile.parse(Source(TEXT.replace('name = "question"', 'name = "ask"'), "routing.toml"))
    assert dryrun.compare(SHIPPED, renamed, COMMENTS).changed == 0


def test_thousands_of_differences_are_counted_and_the_first_hundred_shown() -> None:
    praise_too = rulefile.parse(Source(TEXT.replace("ticket = false", "ticket = true"), "routing.toml"))
    many = [(f"fb_{place}", COMMENTS[1][1]) for place in range(250)]
    trial = dryrun.compare(SHIPPED, praise_too, many)
    assert (trial.changed, len(trial.differences), trial.tickets) == (250, dryrun.SHOWN, (0, 250))
