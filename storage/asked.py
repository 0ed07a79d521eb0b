"""What citizens asked, as their messages were logged: every question, and those that wait to be mended.

Nothing here says who asked; personal numbers were masked before the words were stored.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, Select, Text, and_, cast, exists, func, or_, select, update

from storage.audit import note
from storage.database import writing
from storage.procedures import chunks
from storage.schema import now, questions

LOW = 0.5  # an answer stated with less than this may well have been about something else
RECENT = timedelta(days=90)
MOST = 5_000  # unanswered questions looked at, newest first
_NOTED = 10
_TOLD = ("answered", "partial", "corrected")


@dataclass(frozen=True, slots=True)
class Mended:
    """How questions were mended: `kind` is alias, question, faq, procedure or dismissed.

    `code` is the procedure's, "" where there is none; `text` the name that was added, or why it was dismissed.
    """

    kind: str
    code: str = ""
    text: str = ""

    def __str__(self) -> str:
        """Return the form in which a question keeps it."""
        return f"{self.kind}|{self.code}|{self.text}"

    @classmethod
    def read(cls, kept: str) -> Mended:
        """Return what a question keeps."""
        kind, code, text = (*kept.split("|", 2), "", "")[:3]
        return cls(kind, code, text)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as logged, and by whom, when and how (`Mended`) it was mended."""

    id: int
    conversation_id: str | None
    text: str
    outcome: str
    confidence: float
    codes: tuple[str, ...]
    channel: str
    language: str
    created_at: datetime
    facet: str | None
    mended_at: datetime | None
    mended_by: str | None
    mended_how: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which questions are looked for; what is empty does not narrow. `mended`: "yes", "no" or ""."""

    words: str = ""
    outcome: str = ""
    channel: str = ""
    code: str = ""
    below: float | None = None
    mended: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Questions:
    """The questions of one database."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    @property
    def engine(self) -> Engine:
        """The database they are in."""
        return self._engine

    def newest(self, wanted: Wanted, limit: int, before: int | None = None, after: int | None = None) -> list[Asked]:
        """Return questions that fit, newest first: the newest, or the next older than `before`, or newer than `after`.

        Pages are cut by the number of a question, so that the last of two hundred thousand comes as fast as the first.
        """
        query = _fitting(wanted).limit(limit)
        if after is not None:
            newer = query.where(questions.c.id > after).order_by(questions.c.id)
            return self._read(newer)[::-1]
        if before is not None:
            query = query.where(questions.c.id < before)
        return self._read(query.order_by(questions.c.id.desc()))

    def count(self, wanted: Wanted) -> int:
        """Return how many questions fit."""
        query = _fitting(wanted).with_only_columns(func.count(questions.c.id))
        with self._engine.connect() as connection:
            return connection.scalar(query) or 0

    def channels(self) -> Sequence[str]:
        """Return the channels anything was asked in, for a filter."""
        with self._engine.connect() as connection:
            return connection.scalars(select(questions.c.channel).distinct().order_by(questions.c.channel)).all()

    def get(self, numbers: Collection[int]) -> list[Asked]:
        """Return the questions with these numbers, newest first."""
        found: list[Asked] = []
        for chunk in chunks(sorted(numbers, reverse=True)):
            found += self._read(_ALL.where(questions.c.id.in_(chunk)).order_by(questions.c.id.desc()))
        return found

    def unanswered(self, limit: int = MOST) -> list[Asked]:
        """Return the newest questions nobody got an answer to and nobody has mended, newest first.

        Declined, failed, answered with little confidence, or asked back without an answer later in the conversation.
        """
        query = _ALL.where(_unanswered(), questions.c.created_at >= now() - RECENT)
        return self._read(query.order_by(questions.c.id.desc()).limit(limit))

    def unanswered_count(self) -> int:
        """Return how many such questions there are."""
        query = (
            select(func.count()).select_from(questions).where(_unanswered(), questions.c.created_at >= now() - RECENT)
        )
        with self._engine.connect() as connection:
            return connection.scalar(query) or 0

    def mended_with(self, question: Asked) -> list[Asked]:
        """Return all questions that were mended in the same step as one, newest first."""
        same = (questions.c.mended_at == question.mended_at, questions.c.mended_how == question.mended_how)
        return self._read(_ALL.where(*same).order_by(questions.c.id.desc()))

    def mend(self, numbers: Collection[int], how: Mended, author: str) -> int:
        """Mark questions as mended and return how many were not before."""
        values = {"mended_at": now(), "mended_by": author, "mended_how": str(how)}
        with writing(self._engine) as connection:
            changed = 0
            for chunk in chunks(sorted(numbers)):
                open_ones = (questions.c.id.in_(chunk), questions.c.mended_at.is_(None))
                changed += connection.execute(update(questions).where(*open_ones).values(values)).rowcount
            if changed:
                note(connection, "question.mend", _numbers(numbers), author, str(how))
            return changed

    def reopen(self, numbers: Collection[int], author: str, why: str) -> int:
        """Take the mark back from questions and return how many had it."""
        values = {"mended_at": None, "mended_by": None, "mended_how": None}
        with writing(self._engine) as connection:
            changed = 0
            for chunk in chunks(sorted(numbers)):
                marked = (questions.c.id.in_(chunk), questions.c.mended_at.is_not(None))
                changed += connection.execute(update(questions).where(*marked).values(values)).rowcount
            if changed:
                note(connection, "question.reopen", _numbers(numbers), author, why)
            return changed

    def _read(self, query: Select[Any]) -> list[Asked]:
        with self._engine.connect() as connection:
            return [_asked(row) for row in connection.execute(query)]


_ALL = select(*(questions.c[name] for name in Asked.__slots__))


def _numbers(numbers: Collection[int]) -> str:
    """Return the numbers for the audit, the first few of many."""
    first = sorted(numbers)[:_NOTED]
    return ", ".join(map(str, first)) + (f" và {len(numbers) - _NOTED} câu khác" if len(numbers) > _NOTED else "")


def _asked(row: Row[Any]) -> Asked:
    return Asked(**{**row._mapping, "codes": tuple(row.codes)})


def _fitting(wanted: Wanted) -> Select[Any]:
    query = _ALL
    if wanted.words:
        # SQLite knows capitals of plain letters only: "đất" is looked for as "Đất" too.
        forms = {wanted.words, wanted.words.lower(), wanted.words.capitalize(), wanted.words.upper()}
        query = query.where(or_(*(questions.c.text.icontains(form, autoescape=True) for form in sorted(forms))))
    if wanted.outcome:
        query = query.where(questions.c.outcome == wanted.outcome)
    if wanted.channel:
        query = query.where(questions.c.channel == wanted.channel)
    if wanted.code:
        # The codes are a JSON list, which both databases keep as text: its quotes tell where a code begins and ends.
        query = query.where(cast(questions.c.codes, Text).contains(f'"{wanted.code}"', autoescape=True))
    if wanted.below is not None:
        query = query.where(questions.c.confidence < wanted.below)
    if wanted.mended:
        mended = questions.c.mended_at.is_not(None)
        query = query.where(mended if wanted.mended == "yes" else ~mended)
    if wanted.since:
        query = query.where(questions.c.created_at >= wanted.since)
    if wanted.until:
        query = query.where(questions.c.created_at < wanted.until)
    return query


def _unanswered() -> Any:
    later = questions.alias("later")
    answered_later = exists().where(
        later.c.conversation_id == questions.c.conversation_id,
        later.c.id > questions.c.id,
        later.c.outcome.in_(_TOLD),
    )
    return and_(
        questions.c.mended_at.is_(None),
        questions.c.text != "",
        or_(
            questions.c.outcome.in_(("abstained", "error")),
            and_(questions.c.outcome == "clarify", ~answered_later),
            and_(questions.c.outcome == "answered", questions.c.confidence < LOW),
        ),
    )
