"""What praises and what blames is found word by word, with its endings, as what turns it around leaves it."""

import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.normalize import normalize
from nlp.rules import judging, scope
from nlp.spelling.folding import spelling

FILE = tomllib.loads(Path(judging.__file__).with_name("judgements.toml").read_text(encoding="utf-8"))
WORDS = [
    (word.replace("_", " "), kind, says)
    for kind, said in FILE.items()
    for says, words in said.items()
    for word in spelling(words).split()
]
TEXTS = st.lists(
    st.sampled_from([word for word, *_ in WORDS] + ["دم", "گرم", "نبود", "خوبه", "هنگ", "،", "ولی"])
).map(" ".join)


def said(comment: str) -> dict[str, float]:
    """Return what a comment as it is typed tells the heads of praise and blame."""
    found = scope.features(normalize(comment).text)
    return {name: value for name, value in found.items() if name.startswith(("said=", "judged="))}


@pytest.mark.parametrize(
    ("comment", "kind", "says"),
    [
        ("دکور اتاق چشم‌نواز بود", "good", "pretty"),
        ("دکور اتاق چشمنوازه", "good", "pretty"),
        ("چشم‌نواز‌ترین دکوری بود که دیدم", "good", "pretty"),
        ("منشی‌شون خوش‌رفتاره", "good", "kind"),
        ("تدریسش استادانه‌ست", "good", "skilled"),
        ("نصاب سربه‌هوا بود", "problem", "clumsy"),
        ("نماینده‌شون پرافاده‌ست", "problem", "rude"),
        ("شارژر زپرتی از آب دراومد", "problem", "broken"),
        ("منشی‌شون خوش رفتاره", "good", "kind"),  # typed as two words
        ("فضای سالن آرامش بخش بود", "good", "good"),
        ("نصاب‌هاشون کارشون درسته", "good", "great"),
    ],
)
def test_a_rare_word_says_what_a_usual_one_says(comment: str, kind: str, says: str) -> None:
    assert said(comment) == {f"said={kind}": 0.3, f"judged={says}": 1.0}


@pytest.mark.parametrize(
    ("comment", "names"),
    [
        ("دکور اتاق چشم‌نواز نبود", {"said=good|negated", "judged=pretty"}),
        ("اگه منشی خوش‌رفتار باشه", {"said=good|hypothetical", "judged=kind"}),
        ("نصاب سربه‌هوا نبود", {"said=problem|negated", "judged=clumsy"}),
        ("دکور چشم‌نواز ولی منشی پرافاده", {"said=good", "said=problem", "judged=pretty", "judged=rude"}),
    ],
)
def test_what_turns_a_judgement_around_is_told_beside_it(comment: str, names: set[str]) -> None:
    assert set(said(comment)) == names


@pytest.mark.parametrize(
    ("comment", "names"),
    [
        ("قالبش گرونه گیر هم نمیاد", {"said=problem"}),  # its verb hangs on it
        ("منشی‌شون خوش‌رفتاره دکترشون حوصله نداره", {"said=good"}),
        ("شیشهٔ ساعت شکسته نبود", {"said=problem|negated"}),
        ("کرایه‌ش گرونم نبود", {"said=problem|negated"}),
        ("غذای هتل سرد رسید کسی عذرخواهی نکرد", {"said=problem"}),  # another verb stands between
        ("این درگاه ایراد دارد تایید نمی‌شود", {"said=problem"}),
        ("حموم کثیف اصلا شیر آب گرم نداره", {"said=problem"}),
        ("ایرادی اصلا توش ندیدم", {"said=problem|negated"}),
        ("این همه بی‌نظمی انتظار نمی‌رفت", {"said=problem|negated"}),
        ("انتظار این همه بی‌نظمی نداشتم", {"said=problem"}),
        ("تعمیرکار به این خوش‌قولی ندیده بودم", {"said=good"}),
        ("ازین تمیزتر نمیشه", {"said=good"}),
        ("بدتر از این امکان نداره", {"said=problem"}),
        ("همچین فالودهٔ بی‌مزه‌ای نخورده بودم", {"said=problem"}),
        ("آرایشگرش عالی فکرشو نمی‌کردم", {"said=good"}),
        ("مانتوی بی‌کیفیت رو پس نمی‌گیرن", {"said=problem"}),
        ("نسخهٔ جدید این ایراد رو نداره", {"said=problem|negated"}),
        ("با تاخیر نزدیک به ظهر رسید", {"said=problem"}),
        ("تاخیری در رسیدن پرواز نبود", {"said=problem|negated"}),
    ],
)
def test_a_verb_denies_what_is_said_with_it_and_nothing_else(comment: str, names: set[str]) -> None:
    assert {name for name in said(comment) if name.startswith("said=")} == names


@pytest.mark.parametrize(
    "comment",
    [
        "جای قبلی چشم‌نوازتر بود",  # what was better elsewhere is no praise
        "ده دقیقه طول کشید",  # «دقیق» with an ending would be another word
        "بسته رو از شعبه تحویل گرفتم",
        "یه خمیردندون ضد پوسیدگی گرفتم",  # what a thing is good against
        "کمرم رو هم درد آورد",  # no compound: «همدرد» consoles
        "همهٔ کاورها یک رنگ بودن",
    ],
)
def test_other_words_judge_nothing(comment: str) -> None:
    assert said(comment) == {}


def test_a_word_that_a_marker_finds_too_counts_once() -> None:
    assert said("برخوردشون محترمانه بود") == {"said=good": 0.3, "judged=kind": 1.0}


def test_every_word_stands_once_and_says_one_thing() -> None:
    counts = Counter(word for word, *_ in WORDS)
    assert [word for word, count in counts.items() if count > 1] == []
    assert [
        (word, kind, says)
        for word, kind, says in WORDS
        if {(found.kind, found.says) for found in judging.find(word) if found.says} != {(kind, says)}
    ] == []


@given(text=TEXTS, places=st.tuples(st.integers(0, 200), st.integers(0, 200)))
def test_a_range_judges_when_it_holds_a_whole_judgement(text: str, places: tuple[int, int]) -> None:
    low, high = sorted(places)
    found = judging.find(text)
    assert list(found) == sorted(found, key=lambda each: each.start)
    assert judging.judges(text, low, high) == any(low <= each.start and each.end <= high for each in found)


def test_judging_takes_work_in_proportion_to_the_text(calls_of: Callable[..., int]) -> None:
    unit = "دکور چشم‌نواز، پیک خوب، "
    judging.find(unit)
    short, long = (calls_of(judging.find, unit * (size // len(unit))) for size in (800, 3_200))
    assert long <= 6 * short
