"""Labels that are kept without their comments find them again, and hold to the annotation guide."""

import json
from pathlib import Path

from nlp import examples, taxonomy
from nlp.learning import annotated
from nlp.tags import URGENCY_LEVELS

COLD = "قرمه‌سبزی یخ کرده بود و برنجش شفته"
BAG = "کیف دوخت تمیزی داره ولی بندش کوتاهه"


def test_a_comment_gets_the_labels_of_its_hash(tmp_path: Path) -> None:
    table = tmp_path / "labels.tsv"
    table.write_text(
        f"{annotated.key(COLD)}\tfood_order\tcomplaint\t-2\t0\tfood_quality-\t1\t-\n"
        f"{annotated.key(BAG)}\tonline_shop\tother\t0\t1\tproduct_quality+,quantity_size-\t0\tsarcasm,blocked\n"
        f"{annotated.key('نظری که در پوشه نیست')}\tplace\tpraise\t1\t0\t-\t0\t-\n",
        encoding="utf-8",
    )
    _comments(tmp_path / "food_order_reviews.jsonl", "پیک زود آمد", COLD, COLD)
    _comments(tmp_path / "online_shop_reviews.jsonl", BAG)
    cold, bag = annotated.examples(tmp_path, table)
    assert (cold.text, cold.domain, cold.category, cold.sentiment, cold.mixed, cold.urgency) == (
        COLD, "food_order", "complaint", -2, False, "normal",
    )  # fmt: skip
    assert cold.topics == {"food_quality": "negative"}
    assert bag.mixed
    assert bag.topics == {"product_quality": "positive", "quantity_size": "negative"}
    assert bag.signals == ("sarcasm", "blocked")
    assert {cold.draw, bag.draw} == {annotated.DRAW}


def test_a_folder_without_the_comments_has_none(tmp_path: Path) -> None:
    assert annotated.examples(tmp_path) == []


def test_a_key_tells_no_word_and_differs_by_a_letter() -> None:
    assert annotated.key(COLD) != annotated.key(COLD + "!")
    assert len(annotated.key(COLD)) == 16


def test_every_row_holds_labels_of_the_taxonomy_alone() -> None:
    labels = taxonomy.load()
    rows = [line.split("\t") for line in annotated.TABLE.read_text(encoding="utf-8").splitlines()]
    assert len({key for key, *_ in rows}) == len(rows)
    for key, domain, *cells in rows:
        example = examples.from_cells(key, "", cells, domain=domain)
        assert int(key, 16) >= 0
        assert domain.isascii()
        assert example.category in labels.categories
        assert -2 <= example.sentiment <= 2
        assert set(example.topics) <= set(labels.topics)
        assert set(example.signals) <= set(labels.signals)
        assert example.urgency in URGENCY_LEVELS


def _comments(file: Path, *texts: str) -> None:
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
