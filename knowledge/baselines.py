"""Plain rankings to measure the search against, over the same published procedures (names only).

They are the baselines the project started from: BM25 on syllables as typed, BM25 on folded syllables and pairs, the
encoder alone, and rank fusion of the last two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import bm25s
import numpy as np
from numpy.typing import NDArray

from knowledge.index import Index, score_words, terms
from knowledge.retriever import Retriever
from nlu.encoder import Encoder

Ranker = Callable[[str], Sequence[str]]

_DEPTH = 10
_FUSION_CONSTANT = 60  # Cormack, Clarke & Büttcher 2009
_WORD = re.compile(r"\w+")


def rankers(retriever: Retriever, names: Iterable[tuple[str, str]], encoder: Encoder) -> dict[str, Ranker]:
    """Return the rankings to compare, by what they are; `names` are (code, name) of the published procedures."""
    codes, texts = zip(*names, strict=True)
    known = retriever.index.vectors_by_text()
    vectors = np.stack([known[text] for text in texts])
    typed, folded = _keyword([_typed(text) for text in texts]), _keyword([terms(text) for text in texts])

    def dense(question: str) -> NDArray[np.float32]:
        return np.asarray(vectors @ encoder.encode_queries([question])[0], dtype=np.float32)

    def best(scores: NDArray[np.float32]) -> list[str]:
        return [codes[place] for place in np.argsort(-scores, kind="stable")[:_DEPTH]]

    return {
        "BM25 âm tiết như gõ": lambda question: best(typed(_typed(question))),
        "BM25 bỏ dấu, cặp âm tiết": lambda question: best(folded(terms(question))),
        "vectơ": lambda question: best(dense(question)),
        "hợp nhất thứ hạng": lambda question: best(_fused(folded(terms(question)), dense(question))),
        "tìm kiếm của Một Cửa": lambda question: [found.code for found in retriever.search(question, _DEPTH)],
    }


def names_of(index: Index) -> list[tuple[str, str]]:
    """Return (code, name) of every procedure: the name is the first text of each."""
    first: dict[str, str] = {}
    for entry in index.entries:
        first.setdefault(entry.code, entry.text)
    return list(first.items())


def _typed(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _keyword(documents: list[list[str]]) -> Callable[[list[str]], NDArray[np.float32]]:
    model = bm25s.BM25(method="lucene")
    model.index(documents, show_progress=False)
    return lambda words: score_words(model, words, len(documents))


def _fused(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    scores = np.zeros(len(first), dtype=np.float32)
    for ranking in (first, second):
        place = np.empty(len(ranking), dtype=np.int64)
        place[np.argsort(-ranking, kind="stable")] = np.arange(1, len(ranking) + 1)
        scores += 1 / (_FUSION_CONSTANT + place)
    return scores
