"""What members of staff see of the desk: which conversations there are, and what stands in one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, or_, select

from storage.desk_leases import ZALO, ZALO_CONSOLE
from storage.desk_rows import DONE, HELD, WAITING
from storage.queues import Status
from storage.schema import (
    conversations,
    desk,
    held_answers,
    messages,
    now,
    outbox,
    staff,
    staff_messages,
    tickets,
    trackers,
)

BOT = "bot"
# How a conversation left the desk without anybody closing it.
_ENDED_ITSELF = ("back", "approved", "withdrawn", "settled")
PAGE = 50
LONGEST_QUEUE = 500
RECENT = timedelta(days=1)
"""How far back "all" and "done" are counted; both lists themselves go further, page by page."""


class View(StrEnum):
    """What part of the desk is looked at."""

    WAITING = "waiting"
    MINE = "mine"
    ALL = "all"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations are looked for; what is empty does not narrow. `before` is the `place` of the last seen."""

    view: View
    staff_id: int
    channel: str = ""
    code: str = ""
    longer_than: timedelta | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """An entry that stands for a conversation in a list."""

    id: int
    role: str
    body: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How one conversation stands: `last` is the newest entry, `citizen` the newest of the person who asks.

    A `holder_id` of None with a `holder` is somebody outside, in Zalo's console.
    """

    id: str
    channel: str
    status: str
    reason: str
    code: str | None
    waiting_since: datetime | None
    holder_id: int | None
    holder: str
    note: str
    last: Said | None
    citizen: Said | None
    ticket: int | None
    contact: str
    held_answer: bool
    wrap_up: str


@dataclass(frozen=True, slots=True)
class Found:
    """A page of conversations; `place` is where the next one begins, None after the last."""

    conversations: Sequence[Standing]
    place: int | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many conversations there are; `held` says it by member of staff."""

    waiting: int
    all: int
    done: int
    held: dict[int, int]


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a send of staff: `source` is what it was for."""

    source: str
    status: Status
    reason: str
    uncertain: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote an entry, and under which key."""

    staff_id: int
    name: str
    key: str


def find(engine: Engine, wanted: Wanted) -> Found:
    """Return the conversations of a view: those that wait longest first, elsewhere the newest."""
    longest = LONGEST_QUEUE if wanted.view in (View.WAITING, View.MINE) else PAGE
    with engine.connect() as connection:
        rows = connection.execute(_named(wanted).limit(longest + 1)).all()
        shown = rows[:longest]
        standings = standing(connection, [row.id for row in shown])
    place = _place(shown[-1].moment) if len(rows) > longest else None
    return Found([standings[row.id] for row in shown if row.id in standings], place)


def look(engine: Engine, ids: Collection[str]) -> dict[str, Standing]:
    """Return how conversations stand, by id; those that are no more are left out."""
    with engine.connect() as connection:
        return standing(connection, ids)


def standing(connection: Connection, ids: Collection[str]) -> dict[str, Standing]:
    """Do as `look`, in the caller's transaction."""
    if not ids:
        return {}
    lasts = _newest(connection, ids)
    citizens = _newest(connection, ids, messages.c.role == "citizen")
    asked = {row.conversation_id: row for row in connection.execute(_tickets(ids))}
    checked = set(connection.scalars(_held(ids)))
    return {
        row.id: _standing(row, lasts.get(row.id), citizens.get(row.id), asked.get(row.id), row.id in checked)
        for row in connection.execute(_BASE.where(conversations.c.id.in_(ids)))
    }


def counts(engine: Engine) -> Counts:
    """Return how many conversations wait, are held, were written in and were closed since yesterday."""
    since = now() - RECENT
    with engine.connect() as connection:
        held = connection.execute(
            select(desk.c.holder_id, func.count()).where(desk.c.status == HELD).group_by(desk.c.holder_id)
        )
        return Counts(
            connection.scalar(select(func.count()).where(desk.c.status == WAITING)) or 0,
            connection.scalar(select(func.count()).where(conversations.c.updated_at > since)) or 0,
            connection.scalar(select(func.count()).where(desk.c.status == DONE, desk.c.closed_at > since)) or 0,
            dict(held.all()),
        )


def waiting_since(engine: Engine) -> datetime | None:
    """Return since when the conversation waits that waits longest."""
    with engine.connect() as connection:
        moment: datetime | None = connection.scalar(
            select(func.min(desk.c.waiting_since)).where(desk.c.status == WAITING)
        )
        return moment


def authors(engine: Engine, conversation_id: str) -> dict[int, Author]:
    """Return who of the staff wrote which entry of a conversation."""
    query = (
        select(staff_messages.c.message_id, staff_messages.c.staff_id, staff.c.name, staff_messages.c.key)
        .join(messages, messages.c.id == staff_messages.c.message_id)
        .join(staff, staff.c.id == staff_messages.c.staff_id)
        .where(messages.c.conversation_id == conversation_id)
    )
    with engine.connect() as connection:
        return {row.message_id: Author(*row[1:]) for row in connection.execute(query)}


def sends(engine: Engine, conversation_id: str) -> list[Sent]:
    """Return what was sent to the person, or is to be, part by part, that answers no delivery."""
    c = outbox.c
    query = select(c.key, c.status, c.reason, c.uncertain, c.sent_at, c.due_at).where(
        c.conversation_id == conversation_id, ~c.key.startswith("in:", autoescape=True)
    )
    with engine.connect() as connection:
        return [
            Sent(key.rsplit("/", 2)[0], Status(status), reason or "", uncertain, sent_at or due_at)
            for key, status, reason, uncertain, sent_at, due_at in connection.execute(query)
        ]


_MOMENTS = {View.WAITING: desk.c.waiting_since, View.MINE: desk.c.taken_at, View.DONE: desk.c.closed_at}
_FOCUS = trackers.c.state[("slots", "focus")].as_string()
_BASE = (
    select(
        conversations.c.id,
        conversations.c.channel,
        conversations.c.held_by,
        desk.c.status,
        desk.c.reason,
        func.coalesce(desk.c.code, _FOCUS).label("code"),
        desk.c.waiting_since,
        desk.c.holder_id,
        staff.c.name.label("holder"),
        desk.c.note,
        desk.c.wrap_up,
        desk.c.closed_at,
    )
    .outerjoin(desk, desk.c.conversation_id == conversations.c.id)
    .outerjoin(staff, staff.c.id == desk.c.holder_id)
    .outerjoin(trackers, trackers.c.conversation_id == conversations.c.id)
)


def _named(wanted: Wanted) -> Any:
    moment = _MOMENTS.get(wanted.view, conversations.c.updated_at)
    query = _BASE.with_only_columns(conversations.c.id, moment.label("moment"))
    if wanted.view is View.WAITING:
        query = query.where(desk.c.status == WAITING).order_by(moment, conversations.c.id)
    elif wanted.view is View.MINE:
        query = query.where(desk.c.status == HELD, desk.c.holder_id == wanted.staff_id).order_by(moment)
    else:
        query = query.order_by(moment.desc(), conversations.c.id)
        if wanted.view is View.DONE:
            query = query.where(desk.c.status == DONE)
        if wanted.before is not None:
            query = query.where(moment < datetime.fromtimestamp(wanted.before / 1_000_000, UTC))
    if wanted.channel:
        query = query.where(conversations.c.channel == wanted.channel)
    if wanted.code:
        query = query.where(func.coalesce(desk.c.code, _FOCUS) == wanted.code)
    if wanted.longer_than is not None:
        query = query.where(desk.c.status == WAITING, desk.c.waiting_since <= now() - wanted.longer_than)
    return query


def _place(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _newest(connection: Connection, ids: Collection[str], *which: ColumnElement[bool]) -> dict[str, Said]:
    newest = select(func.max(messages.c.id)).where(messages.c.conversation_id.in_(ids), *which)
    columns = (messages.c[name] for name in ("conversation_id", "id", "role", "body", "created_at"))
    rows = connection.execute(select(*columns).where(messages.c.id.in_(newest.group_by(messages.c.conversation_id))))
    return {row.conversation_id: Said(*row[1:]) for row in rows}


def _tickets(ids: Collection[str]) -> Any:
    kept = (tickets.c.conversation_id.in_(ids), tickets.c.status != "withdrawn")
    newest = select(func.max(tickets.c.id)).where(*kept).group_by(tickets.c.conversation_id)
    return select(tickets.c.conversation_id, tickets.c.id, tickets.c.contact).where(tickets.c.id.in_(newest))


def _held(ids: Collection[str]) -> Any:
    c = held_answers.c
    open_ones = or_(c.status == "waiting", and_(c.status == "expired", c.decided_by.is_(None)))
    return select(c.conversation_id).where(c.conversation_id.in_(ids), open_ones)


def _status(row: Any, last: Said | None) -> str:
    """Return whose a conversation is: after it was closed, the assistant's again as soon as something is said."""
    if row.status != DONE:
        return row.status or BOT
    ended = row.wrap_up in _ENDED_ITSELF or (last is not None and last.at > row.closed_at)
    return BOT if ended else DONE


def _standing(row: Any, last: Said | None, citizen: Said | None, ticket: Any, held_answer: bool) -> Standing:
    outside = (row.held_by or "").startswith(ZALO)
    return Standing(
        id=row.id,
        channel=row.channel,
        status=HELD if outside else _status(row, last),
        reason=row.reason or "",
        code=row.code,
        waiting_since=row.waiting_since if row.status == WAITING else None,
        holder_id=None if outside else row.holder_id,
        holder=ZALO_CONSOLE if outside else row.holder or "",
        note=row.note or "",
        last=last,
        citizen=citizen,
        ticket=ticket.id if ticket else None,
        contact=ticket.contact if ticket else "",
        held_answer=held_answer,
        wrap_up=row.wrap_up or "",
    )
