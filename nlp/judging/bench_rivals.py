"""What a user would pick instead, beside the plain pipelines of `nlp.judging.plain_rival`: fastText and an encoder.

They learn on a few thousand comments what our tagger says of them: only their speed is measured here, their accuracy
is measured by `bazkhord evaluate --against`.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.errors import extra
from nlp.features import tokens
from nlp.judging import fasttext_rival
from nlp.normalize import normalize
from nlp.tags import Tags

#: Tags texts and returns nothing: only the time it takes is of interest.
Run = Callable[[Sequence[str]], object]
Labels = Mapping[str, NDArray[np.bool_]]


def labels_of(tags: Sequence[Tags]) -> Labels:
    """Return what was said of comments as one table of yes and no per head; labels and heads never said are left out."""
    said: dict[str, list[set[str]]] = {
        "category": [{each.category.label} if each.category else set() for each in tags],
        "sentiment": [{each.sentiment.label} if each.sentiment else set() for each in tags],
        "urgency": [{each.urgency.level} for each in tags],
        "topics": [{topic.id for topic in each.topics} for each in tags],
        "topic_sentiment": [{f"{topic.id}:{topic.sentiment}" for topic in each.topics} for each in tags],
        "signals": [{signal.name for signal in each.signals} for each in tags],
    }
    return {head: _table(rows) for head, rows in said.items() if any(rows)}


def _table(rows: Sequence[set[str]]) -> NDArray[np.bool_]:
    every = sorted({label for row in rows for label in row})
    return np.array([[label in row for label in every] for row in rows], dtype=bool)


def fasttext(texts: Sequence[str], labels: Labels) -> Run:
    """One fastText model for the labels of all heads, given texts that are normalized already."""
    wanted = np.hstack(list(labels.values()))
    settings = {"epoch": 5, "lr": 0.5, "minn": 2, "maxn": 5}
    return fasttext_rival.learn([normalize(text).text for text in texts], wanted, settings, seed=0)


def encoder(batch: int = 32) -> Run:
    """A transformer of the size of BERT-base with random weights: 12 layers of 768, one thread, padded batches."""
    torch = extra("torch", "torch", "torch>=2.9")
    torch.set_num_threads(1)
    layer = torch.nn.TransformerEncoderLayer(768, 12, 3072, activation="gelu", batch_first=True)
    layers = torch.nn.TransformerEncoder(layer, 12).eval()
    words = torch.nn.Embedding(42_000, 768)

    def run(asked: Sequence[str]) -> object:
        lengths = [min(len(tokens(text)) + 2, 512) for text in asked]
        with torch.inference_mode():
            for start in range(0, len(lengths), batch):
                part = lengths[start : start + batch]
                ids = torch.randint(42_000, (len(part), max(part)))
                padding = torch.arange(max(part))[None] >= torch.tensor(part)[:, None]
                layers(words(ids), src_key_padding_mask=padding)
        return None

    return run
