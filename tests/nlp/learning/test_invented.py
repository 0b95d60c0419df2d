"""Invented comments keep to the taxonomy, and their labels follow from their parts."""

import tomllib
from pathlib import Path

from nlp import taxonomy
from nlp.learning import invented
from nlp.tags import URGENCY_LEVELS

EXAMPLES = invented.examples()


def test_the_same_seed_gives_the_same_comments() -> None:
    assert invented.examples(seed=4) == invented.examples(seed=4)
    assert invented.examples(seed=4) != invented.examples(seed=5)


def test_every_label_is_one_of_the_taxonomy() -> None:
    labels = taxonomy.load()
    for example in EXAMPLES:
        assert example.category in labels.categories
        assert set(example.topics) <= set(labels.topics)
        assert set(example.topics.values()) <= set(taxonomy.POLARITIES)
        assert set(example.signals) <= set(labels.signals)
        assert example.urgency in URGENCY_LEVELS
        assert -2 <= example.sentiment <= 2


def test_ids_and_whole_comments_are_never_repeated() -> None:
    whole = [example.text for example in EXAMPLES if example.draw != "joined"]
    assert len({example.id for example in EXAMPLES}) == len(EXAMPLES)
    assert len(set(whole)) == len(whole)


def test_a_joined_comment_that_praises_and_blames_is_mixed() -> None:
    joined = [example for example in EXAMPLES if example.draw == "joined"]
    assert all(example.mixed == (len(set(example.topics.values())) > 1) for example in joined)
    assert {topic for example in joined for topic in example.topics} == set(taxonomy.load().topics)


def test_a_short_judgement_is_as_its_labels_say_and_its_denial_the_reverse() -> None:
    judged = [example for example in EXAMPLES if example.id.startswith("judged-")]
    remarks = tomllib.loads(Path(invented.__file__).with_name("remarks.toml").read_text(encoding="utf-8"))
    denials = {form.format("", "").split()[-1] for form in remarks["denied"]}
    praising = {word for group in remarks["judgement"] for word in group["good"]}
    blaming = {word for group in remarks["judgement"] for word in group["bad"]}
    for example in judged:
        denied = example.text.split()[-1] in denials
        assert (example.category == "praise") == (example.sentiment > 0)
        assert set(example.topics.values()) <= {"positive" if example.sentiment > 0 else "negative"}
        said = blaming if (example.category == "praise") == denied else praising
        assert any(f" {word}" in f" {example.text}" for word in said)
    assert len(judged) == 4 * (
        len([word for group in remarks["judgement"] for word in group["good"] + group["bad"]])
    )
