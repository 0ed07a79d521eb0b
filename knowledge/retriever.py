"""The whole search on one screen: words, vectors, fusion, confidence.

A question is matched twice against everything procedures are called: by folded syllables and their pairs (BM25, which
does not care how one types) and by meaning (an embedding of the question with its diacritics put back). The two are
fused, and what a match is worth is calibrated into a chance of being the procedure meant (`knowledge.confidence`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.confidence import NAME_COVERED, QUESTION_COVERED, Evidence, confidence_of
from knowledge.index import Index, Scores, keywords
from knowledge.qualifiers import qualifiers
from knowledge.types import SearchResult
from nlu.accents import AccentRestorer
from nlu.encoder import Encoder
from nlu.text import expand, fold

# Weights of the fusion, chosen on the development questions (docs/decisions/0006-retrieval.md).
KEYWORD_WEIGHT = 0.4
DENSE_WEIGHT = 0.6
UNSAID = 0.05  # taken off for each word like "lại" or "nước ngoài" in a name that the question does not have
UNMET = 0.04  # taken off for each such word of the question that a name does not have
OTHER_PROVINCE = 0.15  # taken off a province's own procedure when the asker does not name that province


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best procedures for a text: places in `Index.codes`, best first, each with score, matched entry, cosine
    and how many qualifiers (knowledge.qualifiers) of that entry the text leaves unsaid.
    """

    order: NDArray[np.int64]
    fused: Scores
    matched: list[int]
    dense: Scores
    unsaid: Scores


class Retriever:
    """Finds the procedures a question is about, in one immutable index."""

    def __init__(self, index: Index, encoder: Encoder, restorer: AccentRestorer, fingerprint: str = "") -> None:
        """Join an index with the encoder it was made by and a restorer of diacritics; `fingerprint` names the index."""
        self.index, self.fingerprint = index, fingerprint
        self._encoder = encoder
        self._restorer = restorer

    def search(self, question: str, limit: int = 10, province: str | None = None) -> list[SearchResult]:
        """Return the `limit` most likely procedures, best first; fewer when the catalogue is smaller.

        `province` is the asker's ("Bắc Ninh"), whose own procedures then count like everyone's.
        """
        if not self.index.codes:
            return []
        text = expand(question)
        ranking = self.rank(text, limit, province)
        features = self.evidence(text, ranking).features()
        return [
            SearchResult(
                code=self.index.codes[place],
                score=float(score),
                confidence=confidence,
                matched=self.index.entries[entry].text,
                question_covered=float(row[QUESTION_COVERED]),
                name_covered=float(row[NAME_COVERED]),
                plain=not unsaid,
            )
            for place, score, confidence, entry, row, unsaid in zip(
                ranking.order,
                ranking.fused,
                confidence_of(features),
                ranking.matched,
                features,
                ranking.unsaid,
                strict=True,
            )
        ]

    def rank(self, text: str, limit: int, province: str | None = None) -> Ranking:
        """Score every entry by words and by meaning, and put the best procedures in order of the fused score."""
        keyword = self.index.keyword_scores(text)
        dense = self.index.dense_scores(self._encoder.encode_queries([self._restorer.restore(text)])[0])
        said = qualifiers([text])[0]
        unsaid = self.index.qualifiers @ (1 - said)
        entries = fuse(keyword, dense) - UNSAID * unsaid - UNMET * ((1 - self.index.qualifiers) @ said)
        fused = self.index.best_of_each(entries)
        named = fold(f"{text} {province or ''}")
        for scope, places in self.index.provincial.items():
            if scope not in named:
                fused[places] -= OTHER_PROVINCE
        order = _best(fused, limit)
        matched = [self.index.best_entry(place, entries) for place in order]
        return Ranking(order, fused[order], matched, dense[matched], unsaid[matched])

    def evidence(self, text: str, ranking: Ranking) -> Evidence:
        """Return how the results match, for the calibrated confidence."""
        matched = [self.index.words[entry] for entry in ranking.matched]
        return Evidence(keywords(text), matched, ranking.fused, ranking.dense, self.index.rarity)


def fuse(keyword: Scores, dense: Scores) -> Scores:
    """Return one score an entry: BM25 as a share of its best, and cosine as a share of the range it spans here."""
    words = keyword / max(float(keyword.max(initial=0.0)), 1e-6)
    low, high = float(dense.min(initial=1.0)), float(dense.max(initial=0.0))
    return np.asarray(KEYWORD_WEIGHT * words + DENSE_WEIGHT * (dense - low) / max(high - low, 1e-6), dtype=np.float32)


def _best(scores: Scores, limit: int) -> NDArray[np.int64]:
    """Return the places of the `limit` best scores, best first, equal ones in order of place."""
    every = np.arange(len(scores))
    nearest = np.sort(np.argpartition(-scores, limit)[:limit]) if len(scores) > limit else every
    return np.asarray(nearest[np.argsort(-scores[nearest], kind="stable")], dtype=np.int64)
