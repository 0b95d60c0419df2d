"""A term that rises from a low base ranks first; what everybody always says does not rise."""

import random
from datetime import UTC, datetime
from time import thread_time

import pytest

from service.insight.terms import counted, rising, terms_of, waves
from service.sample import comments_until

NOW = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
_NEW = (
    "از وقتی سرویس قسطی اومده هر بار خطا می‌ده",
    "سرویس قسطی برای من فعال نمی‌شه",
    "لطفا سرویس‌قسطی رو توضیح بدید",
    "با سرویس قسطي نتونستم خرید کنم",
    "سرویس قسطی عالیه",
)


def _vocabulary() -> list[str]:
    return [
        comment.text
        for comment in comments_until(NOW)
        if "کاغذی" not in comment.text and "پرداخت" not in comment.text
    ]


def _ranked(seed: int, before: int, now: int) -> list[str]:
    dice, usual = random.Random(seed), _vocabulary()
    old = [terms_of(dice.choice(usual)) for _ in range(1_600)]
    new = [terms_of(dice.choice(usual)) for _ in range(400)]
    old[:before] = [terms_of(_NEW[n % 2]) for n in range(before)]
    new[:now] = [terms_of(_NEW[n % len(_NEW)]) for n in range(now)]
    return [one.term for one in rising(counted(new), len(new), counted(old), len(old))]


@pytest.mark.parametrize("seed", range(5))
def test_a_term_planted_from_6_to_42_mentions_ranks_first(seed: int) -> None:
    assert "قسطی" in _ranked(seed, 6, 42)[0]


def test_ordinary_weeks_raise_no_term() -> None:
    assert sum(len(_ranked(seed, 0, 0)) for seed in range(4)) <= 1


def test_a_word_that_was_always_common_does_not_emerge() -> None:
    assert rising({"غذا": 90}, 100, {"غذا": 200}, 800) == []
    assert rising({"غذا": 90}, 100, {}, 0) == []


def test_a_pair_stands_for_its_words() -> None:
    now = {"ظرف کاغذی": 20, "ظرف": 22, "کاغذی": 20, "تعطیل": 19}
    assert [one.term for one in rising(now, 300, {}, 1_000)] == ["ظرف کاغذی", "تعطیل"]


def test_half_spaces_arabic_letters_and_plurals_make_no_other_word() -> None:
    spellings = ("ظرف‌های کاغذي", "ظرف کاغذی", "ظرف کاغذی‌ها")
    assert {frozenset(terms_of(spelling)) for spelling in spellings} == {
        frozenset({"ظرف", "کاغذی", "ظرف کاغذی"})
    }


def test_masked_personal_data_is_no_term() -> None:
    assert list(terms_of("زنگ بزنید [موبایل] فوری")) == ["زنگ", "فوری"]


def test_nearly_equal_comments_are_one_wave() -> None:
    dice = random.Random(4)
    same = [
        f"پرداخت کیف پول قطعه و پولم گیر کرده {tail}"
        for tail in ("", "لعنتی", "رسیدگی", "عجیبه", "زودتر", "افتضاح")
    ]
    comments = [
        (f"fb_{n}", set(terms_of(text))) for n, text in enumerate(same + dice.sample(_vocabulary(), 200))
    ]
    (wave,) = waves(comments)
    assert set(wave.ids) == {f"fb_{n}" for n in range(6)}


@pytest.mark.parametrize("tails", [[""], [str(number) * 3 for number in range(40)]])
def test_a_wave_is_told_however_many_it_takes_along(tails: list[str]) -> None:
    texts = [f"پرداخت کیف پول قطعه و پولم گیر کرده {tail}" for tail in tails * (120 // len(tails))]
    (wave,) = waves([(f"fb_{n}", set(terms_of(text))) for n, text in enumerate(texts)])
    assert wave.ids == tuple(f"fb_{n}" for n in range(120))


def test_brackets_without_end_are_no_labels_to_look_for() -> None:
    started = thread_time()
    assert list(terms_of(f"پیک دیر رسید {'[' * 40_000}")) == ["پیک", "دیر", "رسید", "پیک دیر", "دیر رسید"]
    assert list(terms_of("[موبایل] پیک [")) == ["پیک"]
    assert thread_time() - started < 0.5  # it was two seconds
