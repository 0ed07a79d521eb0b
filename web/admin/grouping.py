"""Unanswered questions in groups of those that ask alike, made in the background and kept until others come or go."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

from knowledge.likeness import Likeness
from nlu.accents import load_restorer
from storage.asked import Asked, Questions
from web.service import Knowledge
from web.staff.opened import KNOWLEDGE

_WAIT = 2.0  # seconds a page waits for its groups before it shows how far they are


@dataclass(frozen=True, slots=True)
class Variant:
    """Questions asked in the same words, newest first."""

    questions: tuple[Asked, ...]

    @property
    def newest(self) -> Asked:
        """The question asked last."""
        return self.questions[0]

    @property
    def numbers(self) -> str:
        """The numbers of the questions, as a tick in the form sends them."""
        return ",".join(str(question.id) for question in self.questions)


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that ask alike, the one that is most like all others first."""

    questions: tuple[Asked, ...]

    @property
    def middle(self) -> Asked:
        """The question that stands for the group."""
        return self.questions[0]

    @property
    def newest(self) -> Asked:
        """The question asked last."""
        return max(self.questions, key=lambda question: question.id)

    @property
    def variants(self) -> list[Variant]:
        """The different words in which it was asked, those of the middle first, then the most frequent."""
        said: dict[str, list[Asked]] = {}
        for question in self.questions:
            said.setdefault(question.text, []).append(question)
        variants = [Variant(tuple(sorted(same, key=lambda one: -one.id))) for same in said.values()]
        return sorted(variants, key=lambda one: (one.newest.text != self.middle.text, -len(one.questions)))

    @property
    def texts(self) -> tuple[str, ...]:
        """The different words in which it was asked."""
        return tuple(variant.newest.text for variant in self.variants)


class Grouping:
    """The groups of one process."""

    def __init__(self) -> None:
        """Begin without any."""
        self.done, self.count = 0, 0
        self._likeness: Likeness | None = None
        self._groups: tuple[frozenset[int], list[Group]] | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def working(self) -> bool:
        """Whether groups are being made."""
        return self._task is not None and not self._task.done()

    async def groups(self, knowledge: Knowledge) -> list[Group] | None:
        """Return the groups as they are now, largest first; None when they take longer to make than a page waits."""
        questions = await asyncio.to_thread(Questions(knowledge.engine).unanswered)
        key = frozenset(question.id for question in questions)
        if not self.working and (self._groups is None or self._groups[0] != key):
            self._task = asyncio.create_task(asyncio.to_thread(self._make, knowledge, questions, key))
        if self._task is not None and self.working:
            await asyncio.wait({self._task}, timeout=_WAIT)
        if self.working or self._task is None:
            return None
        self._task.result()  # raises what went wrong
        return self._groups[1] if self._groups else None

    def _make(self, knowledge: Knowledge, questions: list[Asked], key: frozenset[int]) -> None:
        self.done, self.count = 0, 0
        likeness = self._likeness = self._likeness or Likeness(knowledge.encoder, load_restorer())
        places = likeness.groups([question.text for question in questions], self._tell)
        groups = [Group(tuple(questions[place] for place in group)) for group in places]
        groups.sort(key=lambda group: (-len(group.questions), -group.newest.id))
        self._groups = key, groups

    def _tell(self, done: int, count: int) -> None:
        self.done, self.count = done, count


GROUPING = web.AppKey("grouping", Grouping)


async def find_group(app: web.Application, question: Asked) -> Group | None:
    """Return the group of a question, itself alone when it has none; None while groups are being made."""
    knowledge = app[KNOWLEDGE].knowledge
    groups = await app[GROUPING].groups(knowledge) if knowledge else None
    if groups is None:
        return None
    holding = (group for group in groups if any(one.id == question.id for one in group.questions))
    return next(holding, Group((question,)))
