"""Chains of half-spaces: what is none is not looked through again and again."""

from time import thread_time

from nlp.spelling.chains import HALF_SPACE, parted
from nlp.spelling.offsets import Plain


def test_marks_without_a_letter_are_looked_through_once() -> None:
    text = "\u0656" * 9_900 + HALF_SPACE
    started = thread_time()
    assert parted(Plain(text)).text == text
    assert thread_time() - started < 0.5  # it was three seconds, and one for what a form takes from anybody
