"""Measures an encoder on questions it did not learn from: finding the procedure's name in the whole catalogue.

Both ways of typing are measured: with accents, and without (put back by the restorer, as the search does).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bm25s
import numpy as np
from numpy.typing import NDArray

from nlu.accents import AccentRestorer
from nlu.encoder import Encoder
from nlu.text import expand, fold
from nlu.training.pairs import Question, keyword_terms

Scores = NDArray[np.float32]
DEPTH = 5
KEYWORD_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: how often a right procedure came first, and among the first five."""

    questions: str
    count: int
    ranker: str
    first: float
    among_five: float


class NameSearch:
    """The names of a catalogue by words (BM25 over folded syllables and their pairs)."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.codes = list(names)
        self.texts = list(names.values())
        self._keyword = bm25s.BM25(method="lucene")
        self._keyword.index([keyword_terms(text) for text in self.texts], show_progress=False)

    def keyword_scores(self, text: str) -> Scores:
        """One BM25 score a name."""
        return np.asarray(self._keyword.get_scores(keyword_terms(text) or [""]), dtype=np.float32)


def measure(
    encoder: Encoder, search: NameSearch, groups: Mapping[str, Sequence[Question]], restorer: AccentRestorer
) -> list[Row]:
    """BM25, the encoder and both together on each group of questions, with accents and without."""
    names = encoder.encode_passages(search.texts)
    rows = []
    for group, questions in groups.items():
        for typed, change in (("", str), (" (no accents)", fold)):
            texts = [expand(change(question.text)) for question in questions]
            vectors = encoder.encode_queries([restorer.restore(text) for text in texts])
            keyword = [search.keyword_scores(text) for text in texts]
            dense = [names @ vector for vector in vectors]
            both = [_fuse(words, meaning) for words, meaning in zip(keyword, dense, strict=True)]
            for ranker, scores in (("BM25", keyword), ("dense", dense), ("both", both)):
                rows.append(_row(group + typed, ranker, scores, questions, search.codes))
    return rows


def _row(group: str, ranker: str, scores: Iterable[Scores], questions: Sequence[Question], codes: Sequence[str]) -> Row:
    ranks = [_rank(score, question, codes) for score, question in zip(scores, questions, strict=True)]
    first, among = (sum(rank < depth for rank in ranks) / max(len(ranks), 1) for depth in (1, DEPTH))
    return Row(group, len(questions), ranker, first, among)


def _rank(scores: Scores, question: Question, codes: Sequence[str]) -> int:
    """Place of the first right procedure among the best; `DEPTH` when it is not there."""
    top = [codes[place] for place in np.argsort(-scores, kind="stable")[:DEPTH]]
    return next((place for place, code in enumerate(top) if code in question.codes), DEPTH)


def _fuse(keyword: Scores, dense: Scores) -> Scores:
    low, high = np.median(dense), dense.max()
    meaning: Any = (dense - low) / max(float(high - low), 1e-6)
    return np.asarray(KEYWORD_SHARE * keyword / max(float(keyword.max()), 1e-6) + (1 - KEYWORD_SHARE) * meaning)
