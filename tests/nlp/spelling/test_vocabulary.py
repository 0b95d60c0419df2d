"""The learned tables: what is counted, and what is never kept."""

from nlp.learning import wordlist
from nlp.spelling import vocabulary


def test_a_pair_is_one_word_two_words_or_undecided_by_how_people_write_it() -> None:
    texts = ["غذای خوش‌مزه بود"] * 6 + ["هوای خوش مزه"] + ["به‌موقع رسید"] * 3 + ["به موقع رسید"] * 20
    texts += ["کم‌نمک بود"] * 4 + ["کم نمک بود"] * 6
    _, pairs = wordlist.count(texts)
    assert pairs == [("به", "موقع", "two"), ("خوش", "مزه", "one")]


def test_an_ending_belongs_to_its_word_however_it_is_written() -> None:
    _, pairs = wordlist.count(["مغازه‌هاشون"] * 3 + ["مغازه هاشون"] * 30)
    assert pairs == [("مغازه", "هاشون", "one")]


def test_rare_words_and_digits_are_never_kept() -> None:
    words, _ = wordlist.count(["نامدارنیا ۰۹۱۲۱۲۳۴۵۶۷ عالی"] * 4 + ["عالی"])
    assert words == [("عالی", 5)]


def test_the_tables_hold_what_customers_write_most() -> None:
    assert vocabulary.words()["عالی"] > vocabulary.words()["عالیه"]
    assert min(vocabulary.words().values()) >= 5
