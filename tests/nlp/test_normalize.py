"""Normalization: safe, idempotent, the same for every way of writing, and with a way back to the original."""

import random
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nlp.learning.perturb import arabic_letters, joined, spaced, stretched
from nlp.normalize import TextError, _verb_forms, _word_counts, hazm_form, normalize, steps
from nlp.spelling.letters import table

HALF_SPACE = "\u200c"
COMMENTS = [
    "سه روزه سفارشم نرسیده، پشتیبانی هم جواب نمی‌دهد",
    "غذا سرد بود ولی پیک خیلی مؤدب بود 🙏",
    "اپلیکیشن بعد از به‌روزرسانی باز نمی‌شود؛ ۳ بار نصب کردم",
    "کیفیت پارچه‌ها عالی بود، قیمتش هم ۲٬۵۰۰٬۰۰۰ تومان بود.",
    "هتل تمیز بود اما صبحانه‌اش تعریفی نداشت",
    "چرا هزینهٔ ارسال را دوبار گرفته‌اید؟ لطفاً پیگیری کنید",
    "بسته‌بندی خراب شده بود و شیشه شکسته بود",
    "نوبت درمانگاه خیلی دیر می‌رسد، دو ساعت معطل شدیم و نمی‌دونم چرا",
]
PIECES = [
    *"ابپتهیمنرسشآئؤكيىة۱۲3٤ .,:!؟?،؛«»()[]{}\"'\n\t\r…+-/%@aZ",
    *"ـً\u0651\u0670\u0653\u0654\u200c\u200d\u200e\u202b\x00\ue000\ufeffﷲ﷼ﷺﻻﮎﺁﻥ\u06d4é²ﬁ한😂👍🏽❤\ufe0f\U0001f468",
    "می", "نمی", " ها", "های", " تر", " گر", " ام", " ای", " ی ", "رود", "خواهم", "کتاب", "خانه",
    "زمین لرزه", "سلاممم", "kheyli ", "bad ", ":)", ":((", "<3", "09121234567 ", "https://a.ir/x?y=1.5 ",
    "a.b@c.com", "[موبایل]", "1.5", "...",
]  # fmt: skip
NOISY = st.lists(st.sampled_from(PIECES) | st.sampled_from(COMMENTS) | st.text(max_size=3), max_size=25).map(
    "".join
)


def is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@given(NOISY.filter(is_text))
@example("می ۱۰")
@example("3.2.1")
@example("فوق العاده!!")
@settings(max_examples=150, deadline=None)
def test_normalizing_twice_changes_nothing(text: str) -> None:
    once = normalize(text).text
    assert normalize(once).text == once


@given(NOISY.filter(is_text), st.integers(0, 200), st.integers(0, 200))
@settings(max_examples=150, deadline=None)
def test_every_span_is_a_slice_of_the_original(text: str, start: int, end: int) -> None:
    span = normalize(text).span(start, end)
    assert span.text == text[span.start : span.end]
    assert bool(span.text) == bool(text)


@given(
    st.lists(st.sampled_from(["سفارش", "نرسید", "پیک", "دیر", "آمد", "خراب"]), min_size=1, max_size=8),
    st.data(),
)
@settings(max_examples=100, deadline=None)
def test_a_span_covers_exactly_the_word_that_was_written(words: list[str], data: st.DataObject) -> None:
    """However a word was dressed up, its place leads back to all of it and nothing else."""
    written = [data.draw(st.sampled_from(DRESSES))(word) for word in words]
    comment = normalize(" ".join(written))
    assert comment.text.split() == words
    at = 0
    for word, original in zip(words, written, strict=True):
        start = comment.text.index(word, at)
        at = start + len(word)
        assert comment.span(start, at).text.strip("\u200f\u064e") == original.strip("\u200f\u064e")


DRESSES = [
    lambda word: word,
    lambda word: word.replace("ی", "ي").replace("ک", "ك"),
    lambda word: word[0] + "ـ" * 3 + word[1:],
    lambda word: word[0] + "\u064e" + word[1:],
    lambda word: word[:2] + HALF_SPACE + word[2:],
    lambda word: word + word[-1] * 5,
    lambda word: "\u200f" + word,
]


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("کيفيت عالييييي بود", "کیفیت عالی بود"),
        ("می رود، میرود، می‌رود", "میرود، میرود، میرود"),
        ("کتاب ها و کتاب‌ها", "کتابها و کتابها"),
        ("قِیمَتـــش بالاست", "قیمتش بالاست"),
        ("ﺳﻔﺎﺭﺵ ﻣﻦ", "سفارش من"),
        ("ا\u0653ب سرد", "آب سرد"),
        ("کد ۱۲۳۴ و ٥٦٧٨", "کد 1234 و 5678"),
        ("مبلغ ۱٬۲۵۰٬۰۰۰ تومان", "مبلغ 1٬250٬000 تومان"),
        ("ساعت ۱۰:۳۰ مورخ ۱۴۰۴/۰۹/۰۳", "ساعت 10:30 مورخ 1404/09/03"),
        ("نسخه ۴.۵.۱ خرابه", "نسخه 4.5.1 خرابه"),
        ("ببینید https://example.com/a?x=1.5 را", "ببینید urlx را"),
        ("به ali.rezaei@example.com بنویسید", "به emailx بنویسید"),
        ("خوب بود:))))", "خوب بود :)"),
        ("افتضاح😡😡😡😡", "افتضاح 😡"),
        ("عالی!!!!! ممنون......", "عالی! ممنون …"),
        ("شماره [موبایل] من", "شماره piix من"),
        ("گوشی Samsung خوبه", "گوشی samsung خوبه"),
        ("پایییین بود", "پایین بود"),
        ("غذایی که جایی نبود و بویی نداشت", "غذایی که جایی نبود و بویی نداشت"),
        ("شماره اشتباهه، دو ماهه خیلیی عالیی", "شماره اشتباهه، دو ماهه خیلی عالی"),
        ("\u202bسلام\u202c\x00", "سلام"),
        ("  \n ", ""),
    ],
)
def test_what_people_type_becomes_one_plain_form(written: str, normal: str) -> None:
    assert normalize(written).text == normal


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("دیگه‌نمیخرم", "دیگه نمیخرم"),
        ("دیگه‌سفارش‌نمي‌دم‌ازتون", "دیگه سفارش نمیدم ازتون"),
        ("پولم‌رو‌پس‌ندادین", "پولم رو پس ندادین"),
        ("کیفیت‌دوخت‌عالی.بسته‌بندی‌سالم‌بود", "کیفیت دوخت عالی. بسته بندی سالم بود"),
        ("بسته‌بندی‌عالی‌بود", "بسته بندی عالی بود"),
        ("اصلا‌جواب‌تلفن‌نمیدن!", "اصلا جواب تلفن نمیدن!"),
        ("واقعاً‌راضی‌نبودم", "واقعا راضی نبودم"),
        ("بچه‌م، بی‌حوصله‌ان، خوش‌برخورد", "بچهم، بیحوصلهان، خوشبرخورد"),
        ("نمی‌خواستم، پیاده‌رو، میان‌وعده‌هاشون", "نمیخواستم، پیادهرو، میانوعدههاشون"),
        ("دیگه‌ای، دیگه‌ست، خنده‌داره", "دیگهای، دیگهست، خندهداره"),
        ("حال‌بهم‌زن، آب‌میوه‌گیر، هم‌سفرام", "حالبهمزن، آبمیوهگیر، همسفرام"),
        ("دیگه‌قرمباغلو", "دیگهقرمباغلو"),
    ],
)
def test_a_sentence_that_half_spaces_hold_together_is_parted_and_no_word_is(
    written: str, normal: str
) -> None:
    assert normalize(written).text == normal


def test_a_word_of_a_parted_sentence_is_evidence_as_it_was_written() -> None:
    comment = normalize("یخ!!! دیگه‌نمي‌خرم‌ازتون")
    at = comment.text.index("نمیخرم")
    assert comment.span(at, at + len("نمیخرم")).text == "نمي‌خرم"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("از خریدم راضی نیسم", "از خریدم راضی نیستم"),
        ("راضی نیسیم، بلد نیسن، مطمئن نیسی، معلوم نیسش", "راضی نیستیم، بلد نیستن، مطمئن نیستی، معلوم نیستش"),
        ("اونی که میخواسم نبود، نتونسن پیداش کنن", "اونی که میخواستم نبود، نتونستن پیداش کنن"),
        ("خوب نیس، واسش مهم نیست", "خوب نیس، واسش مهم نیست"),
        ("حواسشون نبود، نیسان خریدم", "حواسشون نبود، نیسان خریدم"),
    ],
)
def test_a_letter_that_is_not_said_is_written(written: str, normal: str) -> None:
    assert normalize(written).text == normal


@pytest.mark.parametrize("comment", COMMENTS)
@pytest.mark.parametrize("written", [arabic_letters, joined, spaced, stretched])
def test_keyboards_and_half_spaces_make_no_difference(comment: str, written: Callable[[str], str]) -> None:
    assert normalize(written(comment)).text == normalize(comment).text


def test_a_stretched_word_is_evidence_as_a_whole() -> None:
    comment = normalize("غذا عااااالیییی بود")
    assert comment.span(4, 8).text == "عااااالیییی"


def test_a_ligature_is_evidence_for_each_of_its_words() -> None:
    assert normalize("قیمت ۵۰ ﷼ بود").span(8, 12).text == "﷼"


@pytest.mark.parametrize("bad", [None, b"abc", 5, ["متن"]])
def test_what_is_no_text_is_refused_by_code(bad: object) -> None:
    with pytest.raises(TextError) as refusal:
        normalize(bad)  # type: ignore[arg-type]  # that is the point
    assert refusal.value.code == "not_text"


def test_a_lone_surrogate_is_refused_and_a_pair_is_joined() -> None:
    with pytest.raises(TextError) as refusal:
        normalize("سلام \ud83d")
    assert refusal.value.code == "surrogate"
    assert normalize("سلام \ud83d\ude02").text == "سلام 😂"


def test_text_beyond_the_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlp.normalize.MAX_CHARS", 100)
    comment = normalize("خوب " * 10_000)
    assert len(comment.text) <= 100
    assert comment.span(0, 3).text == "خوب"


@pytest.mark.parametrize(
    ("written", "changed"),
    [
        ("غذا سرد بود", []),
        ("ghaza sard bood", ["غذا سرد بود"]),
        ("كيفيت عالييييي", ["کیفیت عالییییی", "کیفیت عالی"]),
        ("کتاب ها را به a@b.com بفرستید!!", ["کتاب ها را به a@b.com بفرستید!", "کتاب ها را به emailx بفرستید!", "کتابها را به emailx بفرستید!"]),
    ],
)  # fmt: skip
def test_the_steps_show_what_changed_and_when(written: str, changed: list[str]) -> None:
    assert [step.text for step in steps(written)] == changed


@given(NOISY.filter(is_text))
@settings(max_examples=150, deadline=None)
def test_the_last_step_is_the_normal_form(text: str) -> None:
    told = steps(text)
    assert ([step.text for step in told] or [text])[-1] == normalize(text).text
    assert all(before.text != after.text for before, after in pairwise(told))


def test_no_letter_is_changed_twice() -> None:
    changed = {chr(code): sign for code, sign in table().items() if sign != chr(code)}
    assert changed.keys().isdisjoint(changed.values())


def fuzzed(count: int, seed: int) -> Iterator[str]:
    chance = random.Random(seed)
    for _ in range(count):
        if chance.random() < 0.4:
            letters = list(chance.choice(COMMENTS))
            for _ in range(chance.randrange(1, 5)):
                letters.insert(chance.randrange(len(letters) + 1), chance.choice(PIECES))
            yield "".join(letters)
        else:
            yield "".join(chance.choice(PIECES) for _ in range(chance.randrange(1, 16)))


@pytest.mark.parametrize("word", ["لطفاً", "بستهٔ", "تومانِ", "عالیـــ"])
def test_the_marks_on_its_last_letter_belong_to_a_word(word: str) -> None:
    comment = normalize(f"{word} ۲")
    assert comment.span(0, comment.text.index(" ")).text == word


def test_the_words_and_verbs_are_all_those_of_hazm() -> None:
    hazm_form("")
    hazm = sys.modules["hazm"]
    conjugated = hazm.Conjugation().get_all
    forms = {form for verb in hazm.verbs_list() for form in conjugated(verb) if " " not in form}
    assert _verb_forms(hazm) == forms | {"است"}
    assert {word: int(met) for word, met in _word_counts(hazm).items()} == {
        word: met for word, met, _ in hazm.words_list(hazm.default_words)
    }


def differences(count: int, seed: int) -> list[str]:
    hazm_form("")
    oracle = sys.modules["hazm"].Normalizer()
    return [text for text in fuzzed(count, seed) if hazm_form(text) != oracle.normalize(text)]


def test_hazm_itself_returns_the_same_on_thousands_of_noisy_texts() -> None:
    assert differences(5_000, seed=1) == []


@pytest.mark.slow
def test_hazm_itself_returns_the_same_on_hundreds_of_thousands_of_noisy_texts() -> None:
    assert differences(300_000, seed=2) == []


@pytest.mark.parametrize(
    "unit",
    [
        "اب",
        "میخواهم ",
        "a.",
        "1-",
        '"ا',
        "ااا ",
        "😂🌹",
        ":)",
        "a@",
        "www.",
        "ا\u0651",
        "kheyli ",
        "« »",
        "می ",
        "\n",
    ],
)
def test_work_grows_no_faster_than_the_text(
    unit: str, calls_of: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in calls, not in seconds: four times the text is at most about four times the work."""
    normalize("کمی خوب kami bad")  # tables are built on first use
    texts = (unit * (size // len(unit)) for size in (4_000, 16_000))
    monkeypatch.setattr("nlp.normalize.MAX_CHARS", 20_000)
    short, long = (calls_of(normalize, text) for text in texts)
    assert long <= 4.4 * short + 500
