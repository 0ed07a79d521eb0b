"""Plain rankings to measure the search against, and the search with one of its parts taken out.

The plain ones, over the names of the same published procedures, are what the project started from: BM25 on syllables as
typed, BM25 on folded syllables and pairs, an encoder alone, and rank fusion of the last two; the encoder is ours, and
any other that is to be compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import bm25s
import numpy as np
from numpy.typing import NDArray

from knowledge.index import Index, score_words, terms
from knowledge.retriever import Retriever, Weights
from nlu.accents import AccentRestorer
from nlu.encoder import Encoder

Ranker = Callable[[str], Sequence[str]]
Scorer = Callable[[str], NDArray[np.float32]]

WHOLE = "tìm kiếm của Một Cửa"
_DEPTH = 10
_NEVER = 99.0
_FUSION_CONSTANT = 60  # Cormack, Clarke & Büttcher 2009
_WORD = re.compile(r"\w+")


def rankers(
    retriever: Retriever, names: Iterable[tuple[str, str]], encoders: Mapping[str, Encoder]
) -> dict[str, Ranker]:
    """Return the plain rankings and the search, by what they are.

    `names` are (code, name) of the published procedures; `encoders` are called by what comes after "vectơ".
    """
    codes, texts = zip(*names, strict=True)
    typed, folded = _keyword([_typed(text) for text in texts]), _keyword([terms(text) for text in texts])

    found: dict[str, Ranker] = {
        "BM25 âm tiết như gõ": partial(_ranked, codes, [lambda question: typed(_typed(question))]),
        "BM25 bỏ dấu, cặp âm tiết": partial(_ranked, codes, [lambda question: folded(terms(question))]),
    }
    for name, encoder in encoders.items():
        dense = _dense(encoder, texts)
        found[f"vectơ {name}"] = partial(_ranked, codes, [dense])
        found[f"BM25 + vectơ {name}"] = partial(_ranked, codes, [lambda question: folded(terms(question)), dense])
    found[WHOLE] = lambda question: [result.code for result in retriever.search(question, _DEPTH)]
    return found


def ablations(retriever: Retriever, encoder: Encoder, restorer: AccentRestorer) -> dict[str, Ranker]:
    """Return the search with one part taken out at a time, by what is missing."""
    lacking = {
        "không khớp chữ (BM25)": Weights(keyword=0),
        "không khớp nghĩa (vectơ)": Weights(dense=0),
        "không phân biệt cấp lại, gia hạn, nước ngoài…": Weights(unsaid=0, unmet=0),
        "không cách gọi của người dân": Weights(unofficial=_NEVER),
        "cách gọi ngang tên chính thức": Weights(unofficial=0),
        "không xét tỉnh": Weights(other_province=0),
    }
    index = retriever.index
    found: dict[str, Ranker] = {
        name: _searching(Retriever(index, encoder, restorer, weights=weights)) for name, weights in lacking.items()
    }
    found["không thêm lại dấu"] = _searching(Retriever(index, encoder, _AsTyped({"": 1}, {})))
    found["không viết đủ chữ tắt, chữ gõ sai"] = lambda question: [
        index.codes[place] for place in retriever.rank(question, _DEPTH).order
    ]
    return found


class _AsTyped(AccentRestorer):
    def restore(self, text: str) -> str:
        return text


def _searching(retriever: Retriever) -> Ranker:
    return lambda question: [result.code for result in retriever.search(question, _DEPTH)]


def names_of(index: Index) -> list[tuple[str, str]]:
    """Return (code, name) of every procedure: the name is the first text of each."""
    first: dict[str, str] = {}
    for entry in index.entries:
        first.setdefault(entry.code, entry.text)
    return list(first.items())


def _typed(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _dense(encoder: Encoder, texts: Sequence[str]) -> Scorer:
    vectors = encoder.encode_passages(texts)
    return lambda question: np.asarray(vectors @ encoder.encode_queries([question])[0], dtype=np.float32)


def _keyword(documents: list[list[str]]) -> Callable[[list[str]], NDArray[np.float32]]:
    model = bm25s.BM25(method="lucene")
    model.index(documents, show_progress=False)
    return lambda words: score_words(model, words, len(documents))


def _ranked(codes: Sequence[str], scorers: Sequence[Scorer], question: str) -> list[str]:
    """Return the best by one score, or by rank fusion of several."""
    scores = [scorer(question) for scorer in scorers]
    fused = scores[0] if len(scores) == 1 else _fused(scores)
    return [codes[place] for place in np.argsort(-fused, kind="stable")[:_DEPTH]]


def _fused(rankings: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    scores = np.zeros(len(rankings[0]), dtype=np.float32)
    for ranking in rankings:
        place = np.empty(len(ranking), dtype=np.int64)
        place[np.argsort(-ranking, kind="stable")] = np.arange(1, len(ranking) + 1)
        scores += 1 / (_FUSION_CONSTANT + place)
    return scores
