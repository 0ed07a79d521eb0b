"""Questions that staff answered before, kept as words so that a like question finds them in a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from knowledge.index import keywords
from nlu.facets import find_facets, search_words

LIKE = 0.6
"""From here on two questions are alike; two about different procedures that share a word have less."""
_OF_MATTER = 0.75  # the rest is the part asked for
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class _Asked:
    words: frozenset[str]
    facets: frozenset[str]


@dataclass(slots=True)
class Earlier:
    """The questions in memory by the id of their answer. Texts are not kept: those found are read from the database."""

    _asked: dict[int, _Asked] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def newest(self) -> int:
        """The id of the newest answer known, 0 without one."""
        with self._lock:
            return max(self._asked, default=0)

    def add(self, answered: Iterable[tuple[int, str]]) -> None:
        """Take in questions with the ids of their answers; the oldest give way."""
        made = {number: _read(question) for number, question in answered}
        with self._lock:
            kept = {**self._asked, **made}
            self._asked = dict(sorted(kept.items())[-_MOST:])

    def like(self, question: str, rarity: Mapping[str, float], count: int) -> list[int]:
        """Return the ids of the answers to the most alike questions, best first, of equal ones the newest."""
        asked = _read(question)
        with self._lock:
            known = list(self._asked.items())
        rarest = max(rarity.values(), default=1.0)
        scored = [(_likeness(asked, other, rarity, rarest), number) for number, other in known]
        return [number for score, number in sorted(scored, reverse=True)[:count] if score >= LIKE]


def _read(question: str) -> _Asked:
    matter = search_words(question) or question
    return _Asked(frozenset(keywords(matter)), frozenset(find_facets(question)))


def _likeness(one: _Asked, other: _Asked, rarity: Mapping[str, float], rarest: float) -> float:
    """Return how alike two questions are (0..1); a word nobody indexed weighs as much as the rarest."""
    shared = one.words & other.words
    if not shared:
        return 0.0
    matter = _weight(shared, rarity, rarest) / _weight(one.words | other.words, rarity, rarest)
    facets = one.facets | other.facets
    part = len(one.facets & other.facets) / len(facets) if facets else 1.0
    return _OF_MATTER * matter + (1 - _OF_MATTER) * part


def _weight(words: frozenset[str], rarity: Mapping[str, float], rarest: float) -> float:
    return sum(rarity.get(word, rarest) for word in words)
