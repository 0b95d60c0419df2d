"""The language gate: Persian in any dress is tagged, everything else is named and left alone."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.learning import invented
from nlp.normalize import normalize
from nlp.spelling import vocabulary
from nlp.spelling.language import _WORD, _neighbour, _vocabulary, abstention, detect


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("پیک خیلی مؤدب بود ولی غذا یخ کرده بود", "fa"),
        ("ممنون", "fa"),
        ("کيفيت عالي بود، خيلي ممنون", "fa"),
        ("با اين قيمت مي ارزە، خوشم اومد", "fa"),
        ("الحمدلله که بالاخره رسید", "fa"),
        ("ان شاء الله درست بشه", "fa"),
        ("إن شاء الله بهتر شود", "fa"),
        ("لا اله الا الله چه وضعشه", "fa"),
        ("إن شاء الله يصل الطلب قريبا إلى البيت", "ar"),
        ("السلام عليكم متى تصل الطلبية", "ar"),
        ("گوشی Galaxy A52 رو گرفتم، باتریش ضعیفه", "fa"),
        ("iphone 13 pro max عالیه", "fa"),
        ("salam, sefaresham hanooz nareside", "fa-Latn"),
        ("Khob bood merci", "fa-Latn"),
        ("in ghaza bad bood", "fa-Latn"),
        ("bad", "en"),
        ("nice man, good food", "en"),
        ("please be on time", "en"),
        ("best pizza", "en"),
        ("ok", "fa-Latn"),
        ("khedmateshoon khube", "fa-Latn"),
        ("rafteresh bad bood", "fa-Latn"),
        ("soosk dashtim to otagh", "fa-Latn"),
        ("sedash to gooshi nemiad", "fa-Latn"),
        ("mige boro to saf", "fa-Latn"),
        ("cannot log in to app", "en"),
        ("the parcel was mishandled", "en"),
        ("The parcel arrived broken and nobody replied to my email", "en"),
        ("الخدمة سيئة جداً ولم يصل الطلب حتى الآن", "ar"),
        ("کھانا ٹھنڈا تھا اور بہت دیر سے آیا", "ur"),
        ("خواردنەکە زۆر سارد بوو", "ckb"),
        ("ډېر ښه خواړه وو", "ps"),
        ("Das Essen war kalt und der Fahrer unfreundlich", "und"),
        ("yemek çok soğuktu ve geç geldi", "und"),
        ("Еда была холодной", "und"),
        ("饭菜很冷", "und"),
        ("🙏🙏🌹", "und"),
        ("سلام https://example.com/very/long/path/with/many/english/words/in/it", "fa"),
        ("خرابه www.Example.com/the/best/product/for-you", "fa"),
        ("ghaza sard bood https://example.com/the/best/food", "fa-Latn"),
        ("ali.rezaei@gmail.com", "und"),
        ("https://example.com/the/food", "und"),
        ("x", "und"),
        ("س" * 10_000, "und"),
    ],
)
def test_the_language_of_a_comment(text: str, code: str) -> None:
    language = detect(text)
    assert language.code == code
    assert language.supported == code.startswith("fa")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("تجربة رائعة، أنصح به", "ar"),
        ("وين طلبي؟ تأخر كثيرا", "ar"),
        ("لم يصل طلبي", "ar"),
        ("غالي وما يستاهل", "ar"),
        ("یہ اچھا ہے", "ur"),
        ("آپ کی سروس اچھی ہے", "ur"),
        ("سروس بہت بری ہے", "ur"),
        ("تجربة خوبي بود", "fa"),
        ("خيلي خوبة، ممتازة", "fa"),
        ("تأخر در تحويل خيلي زياده", "fa"),
        ("ہے میگه خوبه ولی نیست", "fa"),
        ("غذا سرد بود، ہمه ناراضی", "fa"),
        ("سریع و لذیذ", "fa"),
    ],
)
def test_a_short_comment_of_a_neighbour_is_told_from_persian_on_its_keyboard(text: str, code: str) -> None:
    assert detect(text).code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("چوخ پیس ایدی", "azb"),
        ("يئمک سويوق ايدی، گئج گلدی", "azb"),
        ("پولومو قایتارمیرسیز، نییه جواب وئرمیر", "azb"),
        ("پیک چوخ گئج گلدی", "azb"),
        ("ساغ اولون، هر شئی عالی ایدی", "azb"),
        ("خواردنه که زور سارد بو", "ckb"),
        ("زور سوپاس، خواردنه که خوش بو", "ckb"),
        ("طعام بارد جدا", "ar"),
        ("خدمه سيئه", "ar"),
        ("راننده گفت یوخ و قطع کرد", "fa"),
        ("چوخ ممنون، غذا عالی بود", "fa"),
        ("آقا دمتون گرم، چوخ ساغ", "fa"),
        ("به زور جواب دادن، بو میداد", "fa"),
        ("ایدی من رو پاک کردید", "fa"),
        ("طعم و بوی غذا عالی، خدمه هم محترم", "fa"),
    ],
)
def test_azeri_kurdish_and_arabic_on_a_persian_keyboard_are_told_from_persian(text: str, code: str) -> None:
    assert detect(text).code == code


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour, la nourriture était froide",
        "C'est nul, je ne recommande pas",
        "Das Essen war kalt",
        "Makanan dingin dan lambat",
        "Yemek soğuk geldi, hiç memnun kalmadım",
        "siparişim hâlâ gelmedi",
        "Comida mala, no recomiendo",
        "Il cibo era freddo",
        "xwarin pir sar bu, ez qet razi nînim",
        "çox pis idi",
    ],
)
def test_other_languages_in_latin_letters_are_no_romanized_persian(text: str) -> None:
    assert detect(text).code == "und"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("khak to saretun", "fa-Latn"),
        ("khak bar saret ba in ghaza", "fa-Latn"),
        ("café khubi bood vali sholugh", "fa-Latn"),
        ("gheymat gerun, driver rude bood", "fa-Latn"),
        ("best time to come", "en"),
        ("slow app, rude driver", "en"),
        ("dirty room and late breakfast", "en"),
        ("عالی good service thanks", "fa"),
        ("delivery عالی quality perfect", "fa"),
        ("سلام the food was cold and late", "en"),
    ],
)
def test_english_that_persians_mix_in_tells_nothing_of_the_language(text: str, code: str) -> None:
    assert detect(text).code == code


@pytest.mark.parametrize("code", ["azb-own", "ckb-own"])
def test_no_persian_customer_writes_the_words_that_tell_a_neighbour(code: str) -> None:
    assert _vocabulary(code).isdisjoint(vocabulary.words())


KEYBOARDS = [
    {"ی": "ي", "ک": "ك"},
    {"ی": "ي", "ک": "ك", "ه": "ة"},  # behind the last letter of a word alone
    {"ه": "ہ", "ی": "ے"},
]


@given(
    st.sampled_from([each.text for each in invented.examples()]),
    st.sampled_from(KEYBOARDS),
    st.integers(0, 40),
    st.integers(1, 40),
)
@settings(max_examples=400)
def test_no_keyboard_makes_a_persian_comment_or_a_part_of_it_a_neighbours(
    text: str, keys: dict[str, str], first: int, count: int
) -> None:
    typed = re.sub(r"\w+", lambda word: _typed(word[0], keys), text)
    part = " ".join(typed.split()[first : first + count])
    assert _neighbour([word.casefold() for word in _WORD.findall(part)]) is None, part


def _typed(word: str, keys: dict[str, str]) -> str:
    ends = [letter for letter in keys if keys[letter] == "ة"]
    inside = word.translate(
        str.maketrans({letter: key for letter, key in keys.items() if letter not in ends})
    )
    return inside[:-1] + keys[inside[-1]] if inside[-1] in ends else inside


@given(
    st.sampled_from(["bad", "good", "service", "delivery", "food", "order", "late", "nice"]),
    st.sampled_from(["nist", "bood", "kheyli", "nabood", "ghaza"]),
    st.booleans(),
)
def test_a_persian_word_beside_a_borrowed_one_makes_a_short_text_persian(
    borrowed: str, persian: str, turned: bool
) -> None:
    words = [persian, borrowed] if turned else [borrowed, persian]
    assert detect(" ".join(words)).code == "fa-Latn"
    assert detect(" ".join([borrowed, *words])).code == "fa-Latn"
    assert detect(f"the {borrowed} was {borrowed}").code == "en"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("   \n\u200c", "empty"),
        ("👍👍", "no_words"),
        ("۱۲۳۴ ۵۶۷۸", "no_words"),
        ("؟؟؟ !!!", "no_words"),
        ("https://example.com/foo", "no_words"),
        ("www.example.ir 👆 ali@example.com", "no_words"),
        ("[موبایل]", "no_words"),
        ("www.example.ir بد", None),
        ("Very disappointed with the delivery", "unsupported_language"),
        ("عالی", None),
        ("dir resid", None),
        ("بد", None),
        ("خوب", None),
        ("نه", None),
        ("خیلی خوووووب", None),
        ("ok", None),
        ("OK 👍", None),
        ("x", "no_words"),
        ("b", "no_words"),
        ("bd!", "no_words"),
        ("س", "no_words"),
        ("س" * 10_000, "no_words"),
        ("xxxxxxx", "no_words"),
        ("هههههه", "no_words"),
        ("x y z", "no_words"),
        ("غ ۵", "no_words"),
        ("no", "unsupported_language"),
        ("چوخ پیس ایدی", "unsupported_language"),
        ("Das Essen war kalt", "unsupported_language"),
    ],
)
def test_why_a_comment_is_left_alone(text: str, reason: str | None) -> None:
    assert abstention(text, normalize(text).text, detect(text)) == reason


def test_a_long_text_is_judged_by_its_beginning() -> None:
    assert detect("غذا سرد بود. " * 50_000).code == "fa"
