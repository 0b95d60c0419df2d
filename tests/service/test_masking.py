"""A page of personal data is masked and painted in work that grows with the page, and no digit of it is left."""

from collections.abc import Callable
from typing import Any

import pytest

from nlp import pii
from service import masking
from service.web import evidence


def _tags(text: str) -> dict[str, Any]:
    """Return tags with all personal data, and with an amount behind each."""
    found = [{"kind": hit.kind, "start": hit.start, "end": hit.end} for hit in pii.find(text)]
    quoted = " ".join(text[: found[1]["end"]].split())
    return {
        "pii": found,
        "entities": [{"kind": "amount", "value": "IRR:1", "start": hit["end"] + 1, "end": hit["end"] + 2} for hit in found],
        "topics": [],
        "signals": [],
        "sentiment": None,
        "urgency": {"level": "high", "score": 70, "reasons": [{"points": 70, "text_fa": f"فوری («{quoted}»)"}]},
    }  # fmt: skip


def _page(letters: int) -> str:
    return "".join(f"0912{1_000_000 + 7 * number} ۵ " for number in range(letters // 14))


@pytest.mark.parametrize(
    "work", [masking.mask, masking.redact, evidence.pieces], ids=["mask", "redact", "pieces"]
)
def test_a_page_of_numbers_takes_work_in_proportion(work: Any, calls_of: Callable[..., int]) -> None:
    given = [(text, _tags(text)) for text in (_page(1_400), _page(5_600))]
    work(*given[0])
    short, long = (calls_of(work, *each) for each in given)
    assert long <= 6 * short


def test_the_amounts_beside_numbers_stay_and_a_reason_quotes_none_of_them() -> None:
    text = _page(140)
    masked = masking.mask(text, _tags(text))
    assert masked.text == "[موبایل] ۵ " * 10
    assert [masked.text[hit["start"] : hit["end"]] for hit in masked.tags["entities"]] == ["۵"] * 10
    assert masked.tags["urgency"]["reasons"][0]["text_fa"] == "فوری («… ۵ …»)"


def test_each_number_of_a_page_is_a_piece_of_its_own() -> None:
    text = _page(140)
    found = evidence.pieces(text, _tags(text))
    assert "".join(piece.text for piece in found) == text
    assert [piece.text for piece in found if "pii-mobile" in piece.tags] == text.split()[::2]
