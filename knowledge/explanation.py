"""How a search came to its results: every stage's own ranking and what the fusion made of it, with the time it took.

The stages are those of `knowledge.retriever`, called one by one; what is explained is what is searched.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from knowledge.index import Scores, terms
from knowledge.retriever import Ranking, Retriever, Weighed, best_places, fuse
from knowledge.types import SearchResult
from nlu.text import expand


@dataclass(frozen=True, slots=True)
class Candidate:
    """A procedure as one stage alone would rank it, by the best of its entries."""

    code: str
    name: str
    matched: str
    score: float


@dataclass(frozen=True, slots=True)
class Fused:
    """A result with what made its score: shares of words and meaning before anything was taken off, and what was.

    `keyword` (BM25) and `cosine` are the raw scores of the entry that counts.
    """

    result: SearchResult
    name: str
    keyword: float
    cosine: float
    before: float
    unsaid: float
    unmet: float
    unofficial: float
    elsewhere: float


@dataclass(frozen=True, slots=True)
class Timed:
    """What one stage took, in milliseconds."""

    stage: str
    ms: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything a search did with a question; `province` is that of the asker, "" when not known."""

    question: str
    province: str
    expanded: str
    terms: tuple[str, ...]
    restored: str
    keyword: tuple[Candidate, ...]
    dense: tuple[Candidate, ...]
    fused: tuple[Fused, ...]
    timings: tuple[Timed, ...]


class _Clock:
    """Takes down what each stage took."""

    def __init__(self) -> None:
        self.timings: list[Timed] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = perf_counter()
        yield
        self.timings.append(Timed(name, (perf_counter() - started) * 1000))


def explain(retriever: Retriever, question: str, limit: int = 10, province: str | None = None) -> Explanation:
    """Search as `Retriever.search` does and keep what every stage found; nothing is found in an empty catalogue."""
    index, clock = retriever.index, _Clock()
    with clock.stage("expand"):
        text = expand(question)
    with clock.stage("restore"):
        restored = retriever.restore(text)
    if not index.codes:
        return Explanation(
            question, province or "", text, tuple(terms(text)), restored, (), (), (), tuple(clock.timings)
        )
    with clock.stage("keyword"):
        keyword = index.keyword_scores(text)
    with clock.stage("encode"):
        vector = retriever.embed(restored)
    with clock.stage("dense"):
        dense = index.dense_scores(vector)
    with clock.stage("fuse"):
        weighed = retriever.weigh(text, keyword, dense, province)
        ranking = retriever.best(weighed, dense, limit)
    with clock.stage("confidence"):
        results = retriever.results(text, ranking)
    return Explanation(
        question,
        province or "",
        text,
        tuple(dict.fromkeys(terms(text))),
        restored,
        _alone(retriever, keyword, limit),
        _alone(retriever, dense, limit),
        tuple(_fused(retriever, results, ranking, weighed, keyword, dense)),
        tuple(clock.timings),
    )


def _alone(retriever: Retriever, scores: Scores, limit: int) -> tuple[Candidate, ...]:
    """Return the ranking of one stage without the others; what it scores 0 it did not find."""
    index = retriever.index
    procedures = index.best_of_each(scores)
    places = [place for place in best_places(procedures, limit) if procedures[place] > 0]
    entries = [index.best_entry(place, scores) for place in places]
    return tuple(
        Candidate(index.codes[place], index.first_entry(place).text, index.entries[entry].text, float(scores[entry]))
        for place, entry in zip(places, entries, strict=True)
    )


def _fused(
    retriever: Retriever,
    results: list[SearchResult],
    ranking: Ranking,
    weighed: Weighed,
    keyword: Scores,
    dense: Scores,
) -> Iterator[Fused]:
    weights = retriever.weights
    before = fuse(keyword, dense, weights)
    for result, place, entry in zip(results, ranking.order, ranking.matched, strict=True):
        yield Fused(
            result,
            retriever.index.first_entry(place).text,
            float(keyword[entry]),
            float(dense[entry]),
            float(before[entry]),
            weights.unsaid * float(weighed.unsaid[entry]),
            weights.unmet * float(weighed.unmet[entry]),
            weights.unofficial * float(retriever.index.unofficial[entry]),
            weights.other_province * float(weighed.elsewhere[place]),
        )
