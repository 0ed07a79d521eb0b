"""What the figures of the service are made of: counts of questions, conversations, waits and ratings in a period.

Days and hours are those of Vietnam. Each function is one query, quick enough that a year is counted while a page loads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Interval,
    Select,
    String,
    and_,
    case,
    func,
    literal,
    or_,
    select,
)

from storage.ratings import TOLD
from storage.schema import conversations, desk, questions, ratings

VIETNAM = timezone(timedelta(hours=7))  # whole hours, no summer time: hours of UTC are hours there, moved by seven
MATTERS = (*TOLD, "clarify", "abstained", "error")
"""Outcomes of messages that asked for an answer; small talk, forms and emergencies did not."""


class Dimension(StrEnum):
    """By what messages of a day are counted."""

    CHANNEL = "channel"
    OUTCOME = "outcome"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in Vietnam, `first` and `last` included; a `channel` of "" is every one."""

    first: date
    last: date
    channel: str = ""

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def starts(self) -> datetime:
        """When its first day begins."""
        return datetime.combine(self.first, time(), VIETNAM)

    @property
    def ends(self) -> datetime:
        """When its last day is over."""
        return datetime.combine(self.last + timedelta(days=1), time(), VIETNAM)


@dataclass(frozen=True, slots=True)
class Messages:
    """How many messages of one hour (in Vietnam) and channel had an outcome."""

    hour: datetime
    channel: str
    outcome: str
    count: int


@dataclass(frozen=True, slots=True)
class Talks:
    """The conversations of a channel in which something was asked.

    `told`: something was answered. `with_staff`: a person was asked for or came in. `contained`: told, and no person
    was needed.
    """

    channel: str
    count: int
    told: int
    with_staff: int
    contained: int


@dataclass(frozen=True, slots=True)
class Asked:
    """How often a procedure was told about, and how often it was asked back about or corrected."""

    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Wait:
    """How long somebody waited for the first word of staff; None: nobody has answered yet."""

    channel: str
    since: datetime
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Rated:
    """How many conversations of a channel about a procedure (None: about none) were given a score (None: none)."""

    channel: str
    code: str | None
    score: int | None
    by_staff: bool
    count: int


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote with a rating, masked."""

    channel: str
    score: int | None
    text: str
    code: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenCount:
    """How many messages of one day share a channel, an outcome or a procedure, and in how many conversations."""

    day: date
    key: str
    conversations: int
    messages: int


class Numbers:
    """The figures of one database."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def channels(self) -> list[str]:
        """Return every channel in which something was ever asked."""
        with self._engine.connect() as connection:
            return list(connection.scalars(select(conversations.c.channel).distinct().order_by("channel")))

    def messages(self, period: Period) -> list[Messages]:
        """Count messages by hour, channel and outcome."""
        with self._engine.connect() as connection:
            hour = _hour(connection)
            columns = (hour, questions.c.channel, questions.c.outcome)
            rows = connection.execute(_within(select(*columns, func.count()), period).group_by(*columns))
            found = [Messages(_here(row[0]), row[1], row[2], row[3]) for row in rows]
        return sorted(found, key=lambda counted: (counted.hour, counted.channel, counted.outcome))

    def talks(self, period: Period) -> list[Talks]:
        """Count conversations by channel: in how many something was told, how many needed a person."""
        flags = {
            "told": questions.c.outcome.in_(TOLD),
            "handed": questions.c.outcome == "handoff",
        }
        each = (
            _within(select(questions.c.conversation_id, func.min(questions.c.channel).label("channel")), period)
            .add_columns(*(func.max(case((said, 1), else_=0)).label(name) for name, said in flags.items()))
            .where(questions.c.outcome.in_((*MATTERS, "handoff")), questions.c.conversation_id.is_not(None))
            .group_by(questions.c.conversation_id)
            .subquery()
        )
        person = or_(each.c.handed == 1, desk.c.taken_at.is_not(None))
        query = (
            select(
                each.c.channel,
                func.count(),
                _how_many(each.c.told == 1),
                _how_many(person),
                _how_many(and_(each.c.told == 1, each.c.handed == 0, desk.c.taken_at.is_(None))),
            )
            .outerjoin_from(each, desk, desk.c.conversation_id == each.c.conversation_id)
            .group_by(each.c.channel)
            .order_by(each.c.channel)
        )
        with self._engine.connect() as connection:
            return [Talks(*row) for row in connection.execute(query)]

    def procedures(self, period: Period, limit: int) -> list[Asked]:
        """Return the procedures told about most often, most often first."""
        code = questions.c.codes[0].as_string()
        query = (
            _within(select(code, func.count().label("times")), period)
            .where(questions.c.outcome.in_(TOLD), code.is_not(None))
            .group_by(code)
            .order_by(func.count().desc(), code)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [Asked(*row) for row in connection.execute(query)]

    def waits(self, period: Period) -> list[Wait]:
        """Return how long each of those waited who came to the desk in the period."""
        query = _of_channel(
            select(conversations.c.channel, desk.c.waiting_since, desk.c.answered_at)
            .join_from(desk, conversations, conversations.c.id == desk.c.conversation_id)
            .where(desk.c.waiting_since >= period.starts, desk.c.waiting_since < period.ends)
            .order_by(desk.c.waiting_since),
            conversations.c.channel,
            period,
        )
        with self._engine.connect() as connection:
            return [Wait(channel, since, _seconds(since, at)) for channel, since, at in connection.execute(query)]

    def ratings(self, period: Period) -> list[Rated]:
        """Count the ratings asked for in the period."""
        columns = (conversations.c.channel, ratings.c.code, ratings.c.score, ratings.c.by_staff)
        query = _rated_in(select(*columns, func.count()), period).group_by(*columns)
        with self._engine.connect() as connection:
            return [Rated(*row) for row in connection.execute(query)]

    def comments(self, period: Period, limit: int) -> list[Comment]:
        """Return the newest comments."""
        columns = (conversations.c.channel, ratings.c.score, ratings.c.comment, ratings.c.code)
        query = _rated_in(select(*columns, ratings.c.asked_at), period).where(ratings.c.comment.is_not(None))
        with self._engine.connect() as connection:
            return [Comment(*row) for row in connection.execute(query.order_by(ratings.c.asked_at.desc()).limit(limit))]

    def by_day(self, period: Period, by: Dimension) -> list[OpenCount]:
        """Count by day and one more dimension; of procedures those that were told about."""
        column: ColumnElement[str] = questions.c.codes[0].as_string() if by is Dimension.CODE else questions.c[by]
        with self._engine.connect() as connection:
            columns: Sequence[ColumnElement[Any]] = (_day(connection), column)
            counted: Sequence[ColumnElement[Any]] = (func.count(questions.c.conversation_id.distinct()), func.count())
            query = _within(select(*columns, *counted), period).where(column.is_not(None)).group_by(*columns)
            if by is Dimension.CODE:
                query = query.where(questions.c.outcome.in_(TOLD))
            found = [OpenCount(date.fromisoformat(day), *rest) for day, *rest in connection.execute(query)]
        return sorted(found, key=lambda one: (one.day, one.key))


def _within(query: Select[Any], period: Period) -> Select[Any]:
    moment = questions.c.created_at
    return _of_channel(query.where(moment >= period.starts, moment < period.ends), questions.c.channel, period)


def _of_channel(query: Select[Any], column: ColumnElement[str], period: Period) -> Select[Any]:
    return query.where(column == period.channel) if period.channel else query


def _rated_in(query: Select[Any], period: Period) -> Select[Any]:
    joined = query.join_from(ratings, conversations, conversations.c.id == ratings.c.conversation_id)
    within = joined.where(ratings.c.asked_at >= period.starts, ratings.c.asked_at < period.ends)
    return _of_channel(within, conversations.c.channel, period)


def _hour(connection: Connection) -> ColumnElement[str]:
    """Return the hour of UTC as text, "2026-11-22 03"."""
    if connection.dialect.name == "sqlite":
        return func.substr(questions.c.created_at, 1, 13, type_=String)
    return func.to_char(questions.c.created_at, "YYYY-MM-DD HH24", type_=String)


def _day(connection: Connection) -> ColumnElement[str]:
    """Return the day in Vietnam as text, "2026-11-22"."""
    if connection.dialect.name == "sqlite":
        return func.strftime("%Y-%m-%d", questions.c.created_at, "+7 hours", type_=String)
    here = questions.c.created_at.op("+")(literal(timedelta(hours=7), Interval))
    return func.to_char(here, "YYYY-MM-DD", type_=String)


def _here(hour: str) -> datetime:
    return datetime.fromisoformat(f"{hour}:00:00+00:00").astimezone(VIETNAM)


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _seconds(since: datetime, answered_at: datetime | None) -> float | None:
    # Answered before it came back to wait: that answer was to an earlier wait.
    return (answered_at - since).total_seconds() if answered_at is not None and answered_at >= since else None
