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
UNMET = 0.06  # taken off for each such word of the question that a name does not have
UNOFFICIAL = 0.08  # taken off what people call a procedure: it wins by fitting better than the official names
OTHER_PROVINCE = 0.15  # taken off a province's own procedure when the asker does not name that province


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part of the search counts; the evaluation sets one to nothing to see what it is worth."""

    keyword: float = KEYWORD_WEIGHT
    dense: float = DENSE_WEIGHT
    unsaid: float = UNSAID
    unmet: float = UNMET
    unofficial: float = UNOFFICIAL
    other_province: float = OTHER_PROVINCE


USUAL = Weights()


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


@dataclass(frozen=True, slots=True)
class Weighed:
    """What became of the two scores: one value an entry, but `procedures` and `elsewhere` one a procedure.

    `unsaid` and `unmet` count qualifiers that only the entry has, and only the text; `elsewhere` marks procedures of
    another province than the asker's.
    """

    unsaid: Scores
    unmet: Scores
    entries: Scores
    procedures: Scores
    elsewhere: NDArray[np.bool_]


class Retriever:
    """Finds the procedures a question is about, in one immutable index."""

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        restorer: AccentRestorer,
        fingerprint: str = "",
        weights: Weights = USUAL,
    ) -> None:
        """Join an index with the encoder it was made by and a restorer of diacritics; `fingerprint` names the index."""
        self.index, self.fingerprint, self.weights = index, fingerprint, weights
        self._encoder = encoder
        self._restorer = restorer

    def search(self, question: str, limit: int = 10, province: str | None = None) -> list[SearchResult]:
        """Return the `limit` most likely procedures, best first; fewer when the catalogue is smaller.

        `province` is the asker's ("Bắc Ninh"), whose own procedures then count like everyone's.
        """
        if not self.index.codes:
            return []
        text = expand(question)
        return self.results(text, self.rank(text, limit, province))

    def results(self, text: str, ranking: Ranking) -> list[SearchResult]:
        """Return what was ranked for an expanded text, each with the chance of being the procedure meant."""
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
        dense = self.index.dense_scores(self.embed(self.restore(text)))
        return self.best(self.weigh(text, keyword, dense, province), dense, limit)

    def best(self, weighed: Weighed, dense: Scores, limit: int) -> Ranking:
        """Put the best procedures in order, each with the entry that counts for it."""
        order = best_places(weighed.procedures, limit)
        matched = [self.index.best_entry(place, weighed.entries) for place in order]
        return Ranking(order, weighed.procedures[order], matched, dense[matched], weighed.unsaid[matched])

    def restore(self, text: str) -> str:
        """Return the text with its most probable diacritics, as the encoder knows words."""
        # Capitals are shouting here; the encoder takes them for names.
        return self._restorer.restore(text.lower() if text.isupper() else text)

    def embed(self, text: str) -> Scores:
        """Return the vector of a question."""
        vector: Scores = self._encoder.encode_queries([text])[0]
        return vector

    def weigh(self, text: str, keyword: Scores, dense: Scores, province: str | None = None) -> Weighed:
        """Fuse the two scores of every entry, take off for qualifiers, and let each procedure's best entry count."""
        said = np.flatnonzero(qualifiers([text])[0])
        unsaid = self.index.qualified - self.index.qualifiers[:, said].sum(axis=1)
        unmet = len(said) - self.index.inherited[:, said].sum(axis=1)
        weights = self.weights
        entries = fuse(keyword, dense, weights) - weights.unsaid * unsaid - weights.unmet * unmet
        entries -= weights.unofficial * self.index.unofficial
        procedures = self.index.best_of_each(entries)
        elsewhere = np.zeros(len(procedures), dtype=np.bool_)
        named = fold(f"{text} {province or ''}")
        for scope, places in self.index.provincial.items():
            if scope not in named:
                elsewhere[places] = True
        procedures[elsewhere] -= weights.other_province
        return Weighed(unsaid, unmet, entries, procedures, elsewhere)

    def evidence(self, text: str, ranking: Ranking) -> Evidence:
        """Return how the results match, for the calibrated confidence."""
        matched = [self.index.words[entry] for entry in ranking.matched]
        return Evidence(keywords(text), matched, ranking.fused, ranking.dense, self.index.rarity)


def fuse(keyword: Scores, dense: Scores, weights: Weights = USUAL) -> Scores:
    """Return one score an entry: BM25 as a share of its best, and cosine as a share of the range it spans here."""
    words = keyword / max(float(keyword.max(initial=0.0)), 1e-6)
    low, high = float(dense.min(initial=1.0)), float(dense.max(initial=0.0))
    meaning = (dense - low) / max(high - low, 1e-6)
    return np.asarray(weights.keyword * words + weights.dense * meaning, dtype=np.float32)


def best_places(scores: Scores, limit: int) -> NDArray[np.int64]:
    """Return the places of the `limit` best scores, best first, equal ones in order of place."""
    every = np.arange(len(scores))
    nearest = np.sort(np.argpartition(-scores, limit)[:limit]) if len(scores) > limit else every
    return np.asarray(nearest[np.argsort(-scores[nearest], kind="stable")], dtype=np.int64)
