"""Boolean queries over Persian text, as rules use them."""

import pickle
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.rules.textquery import QueryError, parse

TEXT = "دیروز سفارش‌هام رو لغو كردم ولي پولم برنگشت!! کد تخفیف ۵۰ درصدی هم سوخت"


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("لغو", True),
        ("لغو پول", True),
        ("لغو کنسل", False),
        ("لغو | کنسل", True),
        ("کنسل | (لغو پول)", True),
        ("لغو -پول", False),
        ("لغو -مرجوع", True),
        ("-(کنسل | مرجوع)", True),
        ("- لغو", False),
        ('"کد تخفیف"', True),
        ('"تخفیف کد"', False),
        ('"لغو کردم ولی"', True),  # Arabic ك and ي in the text make no difference
        ("سفارشهام", True),  # with or without half-space
        ("برنگش", True),  # the beginning of a word is enough
        ("گشت", False),  # its end is not
        ("50", True),  # digits of any script
        ("سووووخت", True),  # stretched letters
    ],
)
def test_a_query_finds_what_a_person_would_call_a_match(query: str, *, matches: bool) -> None:
    assert parse(query).matches(TEXT) is matches


@pytest.mark.parametrize(
    "query", ["", "  ", '"لغو', "(لغو", "لغو)", "لغو |", "| لغو", "()", '""', "!!", "-(", "(" * 500]
)
def test_a_query_that_cannot_be_read_says_why_in_persian(query: str) -> None:
    with pytest.raises(QueryError, match=r"[آ-ی]"):
        parse(query)


def test_a_query_of_endless_length_is_refused_instead_of_exhausting_the_stack() -> None:
    with pytest.raises(QueryError, match="دو قاعده"):
        parse("لغو " * 200)


@given(query=st.text(alphabet='لغو پول|-()"\u200c ', max_size=40))
def test_any_text_is_a_query_or_a_query_error(query: str) -> None:
    with suppress(QueryError):
        parse(query).matches(TEXT)


def test_a_query_reaches_another_process_as_it_was_written() -> None:
    sent = pickle.loads(pickle.dumps(parse("لغو -پول")))
    assert sent.text == "لغو -پول"
    assert sent.matches("سفارشم را لغو کردم")
    assert not sent.matches(TEXT)
