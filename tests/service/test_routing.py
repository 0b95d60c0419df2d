"""Which rule speaks, what the guards say to it, and what is said of a rules file with mistakes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp import taxonomy
from service import routing, rulefile, sla
from service.feedback import Scores
from service.routing import Rules, decide
from service.rules.conditions import Facts
from service.tomlfile import FileMistakes, Source

SHIPPED = rulefile.load()
LABELS = taxonomy.load()
NOW = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)
QUEUES = "\n".join(f'[queues.{name}]\nfa = "{queue.fa}"' for name, queue in SHIPPED.queues.items())
HEAD = f'default_queue = "support"\n{QUEUES}\n'
CATCH_ALL = '[[rules]]\nname = "rest"\nfa = "بقیه"\n'


def tags(
    category: str | None = "complaint",
    urgency: str = "normal",
    *,
    sentiment: str = "negative",
    topics: Mapping[str, str] | None = None,
    signals: Mapping[str, float] | None = None,
    reasons: tuple[str, ...] = (),
    review: bool = False,
) -> dict[str, Any]:
    """Tags as the tagger writes them, as far as rules read them."""
    return {
        "category": category and {"label": category, "confidence": 0.9},
        "sentiment": {"label": sentiment, "score": -0.5, "confidence": 0.9, "mixed": False, "spans": []},
        "topics": [
            {"id": id_, "label_fa": LABELS.topics[id_].fa, "sentiment": mood, "confidence": 0.9 - place / 10}
            for place, (id_, mood) in enumerate((topics or {}).items())
        ],
        "signals": [{"name": name, "confidence": share} for name, share in (signals or {}).items()],
        "urgency": {
            "level": urgency,
            "score": 50,
            "reasons": [{"signal": name, "points": 30, "text_fa": "…"} for name in reasons],
        },
        "entities": [],
        "needs_review": review,
    }


def facts(said: dict[str, Any], text: str = "سلام", **more: Any) -> Facts:
    return Facts(tags=said, text=text, **more)


def rules(*blocks: str) -> Rules:
    return rulefile.parse(Source(HEAD + "\n".join([*blocks, CATCH_ALL]), "routing.toml"))


def rule(name: str, body: str) -> str:
    return f'[[rules]]\nname = "{name}"\nfa = "{name}"\n{body}\n'


@pytest.mark.parametrize(
    ("said", "queue", "priority"),
    [
        (tags("complaint", "critical", signals={"health_safety": 0.95}, reasons=("health_safety",)), "safety", "urgent"),
        (tags("complaint", "critical", signals={"legal_threat": 0.9}, reasons=("legal_threat",)), "legal", "urgent"),
        (tags("complaint", "critical", topics={"security_privacy": "negative"}, signals={"fraud": 0.6}, reasons=("fraud",)), "security", "urgent"),
        (tags("complaint", "high", signals={"money_at_risk": 0.9}), "finance", "high"),
        (tags("complaint", "high", signals={"churn_intent": 0.9}), "retention", "high"),
        (tags("complaint", "normal", signals={"no_response": 0.7}, topics={"support": "negative"}), "support", "high"),
        (tags("complaint", "normal", topics={"delivery_time": "negative"}), "delivery", "medium"),
        (tags("complaint", "none", topics={"food_quality": "negative"}), "quality", "low"),
        (tags("question", "normal", topics={"login_account": "neutral"}), "technical", "medium"),
        (tags("suggestion", "normal"), "support", "low"),
        (tags("praise", "high", topics={"courier": "positive"}), "delivery", "high"),
        (tags(None, "none", review=True), "support", "low"),
    ],
)  # fmt: skip
def test_the_shipped_rules_send_a_comment_where_a_support_lead_would(
    said: dict[str, Any], queue: str, priority: str
) -> None:
    decision = decide(SHIPPED, facts(said))
    assert (decision.queue, decision.priority, decision.ticket) == (queue, priority, True)


@pytest.mark.parametrize("category", ["praise", "other"])
def test_praise_and_small_talk_with_nothing_to_do_open_no_ticket(category: str) -> None:
    assert not decide(SHIPPED, facts(tags(category, "none"))).ticket


def test_a_complaint_of_a_vip_is_answered_today() -> None:
    assert decide(SHIPPED, facts(tags("complaint", "normal"), tier="vip")).priority == "high"


def test_the_topic_that_hurts_decides_the_team_and_not_the_one_that_is_praised() -> None:
    said = tags(topics={"courier": "positive", "packaging": "negative"})
    decision = decide(SHIPPED, facts(said))
    assert decision.queue == "quality"
    assert "صاحب موضوع «بسته‌بندی»" in decision.reason_fa


def test_the_reason_names_the_rule_and_what_made_it_speak() -> None:
    said = tags("complaint", "high", signals={"money_at_risk": 0.9})
    decision = decide(SHIPPED, facts(said))
    assert decision.rule == "money_at_risk"
    assert decision.reason_fa == "قاعدهٔ «پول مشتری در خطر»: فوریت: فوری، نشانه: پول در خطر. اولویت: بالا."


@given(
    category=st.sampled_from(tuple(LABELS.categories)),
    sentiment=st.sampled_from(tuple(LABELS.sentiments)),
    stars=st.sampled_from([None, 1, 2, 3, 4, 5]),
    urgency=st.sampled_from(["none", "normal", "high"]),
    topics=st.dictionaries(st.sampled_from(tuple(LABELS.topics)), st.sampled_from(taxonomy.POLARITIES), max_size=3),
)  # fmt: skip
def test_without_a_hard_signal_no_mood_makes_a_comment_urgent(
    category: str, sentiment: str, stars: int | None, urgency: str, topics: dict[str, str]
) -> None:
    topics.pop("security_privacy", None)
    said = tags(category, urgency, sentiment=sentiment, topics=topics)
    assert decide(SHIPPED, facts(said, scores=Scores(stars=stars))).priority != "urgent"


@pytest.mark.parametrize(
    ("said", "priority", "review"),
    [
        (tags(urgency="critical", signals={"health_safety": 0.6}), "high", True),  # heard, but no word says it
        (tags(urgency="critical", reasons=("health_safety",)), "high", True),  # a word, but the model hears nothing
        (tags(urgency="high", signals={"health_safety": 0.6}), "high", True),
        (tags(urgency="high", signals={"health_safety": 0.85}), "urgent", False),  # the model hardly doubts it
        (tags(urgency="critical", signals={"health_safety": 0.6}, reasons=("health_safety",)), "urgent", False),
        (tags(urgency="critical"), "high", True),  # only the model, and only as a whole
        (tags(urgency="normal", signals={"legal_threat": 0.4}), "high", True),  # calm as a whole
        (tags("praise", "none", signals={"legal_threat": 0.4}), "high", True),  # no rule would open a ticket
        (tags("praise", "none", signals={"legal_threat": 0.4}, reasons=("legal_threat",)), "high", True),  # nor its word
        (tags(urgency="none", signals={"legal_threat": 0.83}), "high", True),  # surely heard, and calm all the same
        (tags(urgency="normal", signals={"legal_threat": 0.83}), "high", True),
        (tags(urgency="high", signals={"legal_threat": 0.83}), "urgent", False),
        (tags("praise", "none", signals={"legal_threat": 0.4}, reasons=("correction",)), "low", False),  # a person did not
        (tags(urgency="critical", reasons=("correction",)), "urgent", False),  # a person sees it
        (tags(urgency="critical", reasons=("violence",)), "urgent", False),
    ],
)  # fmt: skip
def test_danger_that_is_only_likely_becomes_high_and_waits_for_a_person(
    said: dict[str, Any], priority: str, *, review: bool
) -> None:
    decision = decide(SHIPPED, facts(said))
    assert (decision.priority, decision.review) == (priority, review)
    assert (routing.REVIEW_TAG in decision.tags) is review
    assert ("قطعی نیست" in decision.reason_fa) is review
    assert decision.ticket is (priority != "low")


def test_the_first_rule_that_matches_decides() -> None:
    chosen = rules(
        rule("narrow", 'when = { signals = ["blocked"], urgency = ["high"] }\npriority = "high"'),
        rule("wide", 'when = { category = ["complaint"] }\npriority = "low"'),
    )
    assert decide(chosen, facts(tags(urgency="high", signals={"blocked": 0.9}))).rule == "narrow"
    assert decide(chosen, facts(tags(urgency="high"))).rule == "wide"
    assert decide(chosen, facts(tags("question"))).rule == "rest"


@pytest.mark.parametrize(
    ("when", "matching", "other"),
    [
        ('channel = ["app"]', facts(tags(), channel="app"), facts(tags(), channel="web")),
        ('tier = ["gold"]', facts(tags(), tier="gold"), facts(tags())),
        ('branch = ["ونک", "تجریش شمالی"]', facts(tags(), branch="تجريش شمالی"), facts(tags(), branch="شیراز")),
        ('product = ["مایکروفر"]', facts(tags(), product="مايكروفر"), facts(tags())),
        ("scores = { nps = { max = 6 } }", facts(tags(), scores=Scores(nps=6)), facts(tags(), scores=Scores(nps=7))),
        ("scores = { nps = { max = 6 } }", facts(tags(), scores=Scores(nps=0)), facts(tags(), scores=Scores(stars=1))),
        ("scores = { ces = { min = 5 }, csat = { max = 2 } }", facts(tags(), scores=Scores(ces=5, csat=1)), facts(tags(), scores=Scores(ces=5, csat=3))),
        ("text = '\"لغو سفارش\" -تخفیف'", facts(tags(), "لغو سفارش می‌خوام"), facts(tags(), "لغو سفارش، تخفیف هم رفت")),
        ('sentiment = ["very_negative"]', facts(tags(sentiment="very_negative")), facts(tags())),
        ('topics = ["courier"], topic_sentiment = ["negative"]', facts(tags(topics={"courier": "negative"})), facts(tags(topics={"courier": "positive", "support": "negative"}))),
        ('topic_sentiment = ["negative"]', facts(tags(topics={"support": "negative"})), facts(tags(topics={"support": "neutral"}))),
        ('signals = ["blocked"], confidence = 0.6', facts(tags(signals={"blocked": 0.7})), facts(tags(signals={"blocked": 0.5}))),
        ('labels = ["topic__courier__negative", "signal__fraud"]', facts(tags(signals={"fraud": 0.7})), facts(tags(topics={"courier": "positive"}))),
        ('labels = ["topic__courier__negative", "signal__fraud"]', facts(tags(topics={"courier": "negative"})), facts(tags(topics={"support": "negative"}))),
        ('labels = ["signal__fraud"], confidence = 0.8', facts(tags(signals={"fraud": 0.9})), facts(tags(signals={"fraud": 0.7}))),
        ('category = ["complaint"], confidence = 0.95', facts({**tags(), "category": {"label": "complaint", "confidence": 0.96}}), facts(tags())),
        ("abstained = true", facts(tags(None)), facts(tags())),
        ("abstained = false", facts(tags()), facts(tags(None))),
    ],
)  # fmt: skip
def test_each_condition_tells_comments_apart(when: str, matching: Facts, other: Facts) -> None:
    chosen = rules(rule("asked", f"when = {{ {when} }}"))
    assert decide(chosen, matching).rule == "asked"
    assert decide(chosen, other).rule == "rest"


def test_scores_are_named_in_one_order_whatever_the_order_of_the_file() -> None:
    chosen = rules(
        rule("asked", "when = { scores = { nps = { max = 6 }, stars = { max = 2 }, csat = { max = 3 } } }")
    )
    decision = decide(chosen, facts(tags(), scores=Scores(csat=1, nps=2, stars=1)))
    assert "رضایت ۱، NPS ۲، ستاره ۱" in decision.reason_fa


def test_a_rule_in_suggest_mode_proposes_and_notifies_nobody() -> None:
    body = 'when = { text = "پیک" }\nqueue = "delivery"\nmode = "suggest"\nnotify = ["lead"]'
    decision = decide(rules(rule("tried", body)), facts(tags(), "پیک نیومد"))
    assert (decision.mode, decision.queue, decision.notify) == ("suggested", "delivery", ())


def test_a_rule_may_name_a_policy_of_its_own() -> None:
    text = HEAD + rule("fast", 'when = { tier = ["vip"] }\nsla = "vip"') + CATCH_ALL
    chosen = rulefile.parse(Source(text, "routing.toml"), (*sla.PRIORITIES, "vip"))
    assert decide(chosen, facts(tags(), tier="vip")).sla == "vip"


def test_danger_that_is_doubted_has_the_policy_of_the_priority_it_gets() -> None:
    text = (
        HEAD + rule("fast", 'when = { urgency = ["critical"] }\npriority = "urgent"\nsla = "vip"') + CATCH_ALL
    )
    chosen = rulefile.parse(Source(text, "routing.toml"), (*sla.PRIORITIES, "vip"))
    doubted = decide(chosen, facts(tags(urgency="critical")))
    assert (doubted.priority, doubted.sla) == ("high", "high")


def test_a_day_may_have_so_many_urgent_tickets_and_not_one_more() -> None:
    budget = SHIPPED.guards.urgent_per_day
    assert not routing.over_budget(SHIPPED.guards, budget)
    assert routing.over_budget(SHIPPED.guards, budget + 1)


def test_a_case_notifies_once_per_window() -> None:
    window = timedelta(minutes=SHIPPED.guards.notify_every_minutes)
    assert routing.may_notify(SHIPPED.guards, None, NOW)
    assert not routing.may_notify(SHIPPED.guards, NOW, NOW + window - timedelta(seconds=1))
    assert routing.may_notify(SHIPPED.guards, NOW, NOW + window)


@pytest.mark.parametrize(
    ("block", "line", "said"),
    [
        (rule("a", 'when = { urgency = ["urgent"] }'), 'when = { urgency = ["urgent"] }', "«urgent» برای «urgency»"),
        (rule("a", 'when = { topic = ["courier"] }'), 'when = { topic = ["courier"] }', "کلید «topic»"),
        (rule("a", 'when = { tier = ["vip"] }\nqueue = "vips"'), 'queue = "vips"', "صف «vips»"),
        (rule("a", 'when = { tier = ["vip"] }\npriority = "hi"'), 'priority = "hi"', "اولویت «hi»"),
        (rule("a", 'when = { tier = ["vip"] }\nsla = "gold"'), 'sla = "gold"', "مهلت «gold»"),
        (rule("a", 'when = { tier = ["vip"] }\nmode = "auto"'), 'mode = "auto"', "شیوه «auto»"),
        (rule("a", 'when = { tier = ["vip"] }\nticket = "no"'), 'ticket = "no"', "true یا false"),
        (rule("a", "when = { text = '(لغو' }"), "when = { text = '(لغو' }", "پرانتز"),
        (rule("a", 'when = { tier = ["x"], confidence = 2 }'), 'when = { tier = ["x"], confidence = 2 }', "عددی از 0 تا 1"),
        (rule("a", "when = { scores = { stars = { max = 9 } } }"), "when = { scores = { stars = { max = 9 } } }", "عددی از 0 تا 5"),
        ("[guards]\nurgent_per_day = 0\n", "urgent_per_day = 0", "عددی از 1 تا 1000000"),
        (rule("a", "when = { signals = [] }"), "when = { signals = [] }", "خالی است"),
        (rule("a", 'when = { sentiment = ["very_negative"] }\npriority = "urgent"'), 'priority = "urgent"', "لحن، امتیاز، نوع، مشتری، شعبه یا محصول"),
        (rule("a", 'when = { sentiment = ["negative"] }\nsla = "urgent"'), 'sla = "urgent"', "لحن، امتیاز، نوع، مشتری، شعبه یا محصول"),
        (rule("a", 'when = { branch = ["ونک"], product = ["پیتزا"] }\npriority = "urgent"'), 'priority = "urgent"', "لحن، امتیاز"),
        (rule("a", 'when = { sentiment = ["negative"], text = "-سپاس" }\nsla = "urgent"'), 'sla = "urgent"', "لحن، امتیاز"),
        (rule("a", 'when = { sentiment = ["negative"], abstained = false }\npriority = "urgent"'), 'priority = "urgent"', "لحن، امتیاز"),
        (rule("a", 'when = { labels = ["sentiment__negative", "signal__fraud"] }\npriority = "urgent"'), 'priority = "urgent"', "لحن، امتیاز"),
        (rule("a", 'when = { labels = ["topic__moon"] }'), 'when = { labels = ["topic__moon"] }', "«topic__moon» برای «labels»"),
        (rule("a", 'when = { urgency = ["high", "none"] }\npriority = "urgent"'), 'priority = "urgent"', "لحن، امتیاز"),
        (rule("a", 'priority = "low"'), "[[rules]]", "هرگز اجرا نمی‌شوند"),
        (rule("a", 'when = { tier = ["x"] }') + rule("a", 'when = { tier = ["y"] }'), 'name = "a"', "پیش‌تر به کار رفته"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_in_persian(block: str, line: str, said: str) -> None:
    text = HEAD + block + CATCH_ALL
    with pytest.raises(FileMistakes) as caught:
        rulefile.parse(Source(text, "routing.toml"))
    (mistake,) = caught.value.mistakes
    assert said in mistake.text
    assert text.splitlines()[mistake.line - 1] == line
    assert str(mistake).startswith(f"routing.toml:{mistake.line}: ")


def test_conditions_may_stand_under_a_header_of_their_own() -> None:
    body = 'when = { tier = ["vip"] }'
    under = '[[rules]]\nname = "a"\nfa = "a"\n[rules.when]\ntier = ["vip"]\n'
    assert rules(under).rules[0].when == rules(rule("a", body)).rules[0].when
    with pytest.raises(FileMistakes) as caught:
        rules(under.replace('["vip"]', "7"))
    assert caught.value.mistakes[0].line == len(HEAD.splitlines()) + 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD, "واپسین قاعده"),
        (HEAD + rule("a", 'when = { tier = ["vip"] }'), "واپسین قاعده"),
        (HEAD + CATCH_ALL + "ticket = false", "تیکت باز کند"),
        (HEAD.replace("[queues.finance]", "[queues.money]") + CATCH_ALL, "صاحب یک موضوع"),
        (HEAD.replace('"support"', '"suport"', 1) + CATCH_ALL, "صف پیش‌فرض «suport»"),
        (HEAD.replace('default_queue = "support"', "") + CATCH_ALL, "صف پیش‌فرض نوشته نشده است"),
        ("rules = 3\n" + HEAD, "[[rules]]"),
        (HEAD + CATCH_ALL + "name =", "دستور زبان TOML"),
    ],
)
def test_a_rules_file_without_a_way_for_every_comment_is_refused(text: str, said: str) -> None:
    with pytest.raises(FileMistakes) as caught:
        rulefile.parse(Source(text, "routing.toml"))
    assert any(said in mistake.text for mistake in caught.value.mistakes)


def test_the_rules_can_be_read_through_the_api_as_they_were_written() -> None:
    told = routing.to_json(rules(rule("a", "when = { text = 'پیک', scores = { stars = { max = 2 } } }")))
    assert told["rules"][0]["when"] == {"text": "پیک", "scores": {"stars": {"min": 0, "max": 2}}}
    assert {queue["id"] for queue in told["queues"]} == set(SHIPPED.queues)
