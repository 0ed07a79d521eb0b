"""Questions that ask the same in other words, put together: by the vectors of their topics.

Vectors are made once a text; only the sorting is done again when questions come or go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from nlu.accents import AccentRestorer
from nlu.encoder import Encoder
from nlu.facets import topic
from nlu.text import expand, has_accents

# Mean cosine from which groups are one. Chosen on the regression questions (264 with one procedure each; those of one
# procedure belong together): precision .55, recall .62; at .58 and .66 the one falls faster than the other rises.
ALIKE = 0.62
_AS_NEAR = 0.05  # to the middle of a group: about what other words for the same make
_BATCH = 256

Progress = Callable[[int, int], None]


class Likeness:
    """Sorts texts into groups; keeps the vectors of the texts it was last given. Safe to call from several threads."""

    def __init__(self, encoder: Encoder, restorer: AccentRestorer) -> None:
        """Use the encoder of the search and its restorer of diacritics."""
        self._encoder, self._restorer = encoder, restorer
        self._topics: dict[str, str] = {}
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._busy = Lock()

    def groups(self, texts: Sequence[str], progress: Progress | None = None) -> list[list[int]]:
        """Return the places of the texts in groups, each in order but for the one that stands for all, which is first.

        `progress(done, total)` counts the texts that are new.
        """
        with self._busy:
            self._topics = {text: self._topics.get(text) or self._topic(text) for text in texts}
            topics = [self._topics[text] for text in texts]
            known = self._known(topics, progress)
        distinct = list(dict.fromkeys(topics))
        vectors = np.stack([known[one] for one in distinct]) if distinct else np.zeros((0, 1), dtype=np.float32)
        label = dict(zip(distinct, _labels(vectors), strict=True))
        grouped: dict[int, list[int]] = {}
        for place, one in enumerate(topics):
            grouped.setdefault(label[one], []).append(place)
        return [
            _nearest_first(places, [known[topics[place]] for place in places], [texts[place] for place in places])
            for places in grouped.values()
        ]

    def _topic(self, text: str) -> str:
        said = expand(text)
        return self._restorer.restore(topic(said) or said)

    def _known(self, topics: Sequence[str], progress: Progress | None) -> dict[str, NDArray[np.float32]]:
        """Return the vector of each topic, and forget those of others."""
        known = {one: self._vectors[one] for one in topics if one in self._vectors}
        new = sorted({one for one in topics if one not in known}, key=len)
        for start in range(0, len(new), _BATCH):
            batch = new[start : start + _BATCH]
            known.update(zip(batch, self._encoder.encode_queries(batch), strict=True))
            if progress:
                progress(start + len(batch), len(new))
        self._vectors = known
        return known


def _labels(vectors: NDArray[np.float32]) -> list[int]:
    """Return the number of each vector's group, by average linkage."""
    if len(vectors) < 2:
        return [0] * len(vectors)
    # Row by row into what `linkage` takes: whole matrices of 5,000 texts would need half a gigabyte.
    apart, end = np.empty(len(vectors) * (len(vectors) - 1) // 2), 0
    for place, vector in enumerate(vectors[:-1]):
        start, end = end, end + len(vectors) - place - 1
        np.maximum(1 - vectors[place + 1 :] @ vector, 0, out=apart[start:end])
    return [int(label) for label in fcluster(linkage(apart, "average"), 1 - ALIKE, "distance")]


def _nearest_first(places: list[int], vectors: Sequence[NDArray[np.float32]], texts: Sequence[str]) -> list[int]:
    """Return the places, first that of the text to stand for all: near the middle, with diacritics, short."""
    group = np.stack(vectors)
    nearness = group @ group.mean(axis=0)
    near = [one for one in range(len(places)) if nearness[one] >= nearness.max() - _AS_NEAR]
    best = min(near, key=lambda one: (not has_accents(texts[one]), len(texts[one]), -nearness[one]))
    return [places[best], *(place for place in places if place != places[best])]
