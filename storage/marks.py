"""Marks that staff put on answers, and what editors made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, and_, bindparam, delete, func, insert, select, update

from storage.audit import note
from storage.database import writing
from storage.schema import marks, messages, now, staff_messages


class Judgement(StrEnum):
    """What staff think of an answer."""

    WRONG_PROCEDURE = "wrong_procedure"
    MISSING = "missing"
    GOOD = "good"


class UnknownEntry(LookupError):  # noqa: N818 - a finding
    """There is no answer of this id to mark."""


class Decided(Exception):  # noqa: N818 - a finding
    """An editor has decided on the mark already."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark as stored; `became` says what it was made into."""

    id: int
    conversation_id: str | None
    entry_id: int
    mark: str
    question: str
    answer: str
    code: str | None
    right_code: str | None
    facet: str | None
    note: str
    author: str
    status: str
    became: str | None
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """An answer with the question it was given to."""

    conversation_id: str
    entry_id: int
    role: str
    question: str
    answer: str
    code: str | None
    facet: str | None


_ALL = select(*(marks.c[name] for name in Mark.__slots__))
_ENTRY = (
    select(
        messages.c.conversation_id,
        messages.c.message_id,
        messages.c.role,
        messages.c.body,
        staff_messages.c.answers,
        staff_messages.c.draft,
    )
    .outerjoin(staff_messages, staff_messages.c.message_id == messages.c.id)
    .where(messages.c.id == bindparam("id"))
)
_SAID = select(messages.c.body).where(messages.c.role == "citizen")
_BY_DELIVERY = _SAID.where(
    messages.c.conversation_id == bindparam("conversation"), messages.c.message_id == bindparam("message")
)
_BY_ID = _SAID.where(messages.c.id == bindparam("id"))
_BEFORE = (
    _SAID.where(messages.c.conversation_id == bindparam("conversation"), messages.c.id < bindparam("id"))
    .order_by(messages.c.id.desc())
    .limit(1)
)


def exchange(engine: Engine, entry_id: int) -> Exchange:
    """Return an answer of the assistant or of staff with the citizen's words before it. Raises UnknownEntry."""
    with engine.connect() as connection:
        return _exchange(connection, entry_id)


def put_mark(
    engine: Engine, about: Exchange, judgement: Judgement, author: str, right_code: str | None = None, why: str = ""
) -> Mark:
    """Mark an answer; marked so already, the mark gets the new code and words. Raises Decided.

    Personal numbers in the words must be masked before.
    """
    told = {"right_code": right_code, "note": why, "author": author}
    with writing(engine) as connection:
        held = connection.execute(_of(about.entry_id, judgement)).first()
        if held is not None and held.status != "open":
            raise Decided
        if held is not None:
            connection.execute(update(marks).where(marks.c.id == held.id).values(told))
        else:
            row = {name: getattr(about, name) for name in Exchange.__slots__ if name != "role"}
            row |= {"mark": judgement.value, "status": "open", "created_at": now()}
            connection.execute(insert(marks).values(row | told))
            note(connection, "mark.put", str(about.entry_id), author, judgement.value)
        return Mark(**connection.execute(_of(about.entry_id, judgement)).one()._mapping)


def take_back(engine: Engine, entry_id: int, judgement: Judgement | None, author: str) -> int:
    """Take an open mark of an answer back, or all its open marks, and return how many that were."""
    open_ones = [marks.c.entry_id == entry_id, marks.c.status == "open"]
    if judgement is not None:
        open_ones.append(marks.c.mark == judgement.value)
    with writing(engine) as connection:
        gone = connection.execute(delete(marks).where(and_(*open_ones))).rowcount
        if gone:
            note(connection, "mark.take_back", str(entry_id), author)
    return gone


def marks_of(engine: Engine, entry_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the marks of these answers by entry."""
    query = select(marks.c.entry_id, marks.c.mark).where(marks.c.entry_id.in_(list(entry_ids))).order_by(marks.c.id)
    found: dict[int, list[str]] = {}
    with engine.connect() as connection:
        for entry_id, mark in connection.execute(query):
            found.setdefault(entry_id, []).append(mark)
    return found


def get_mark(engine: Engine, number: int) -> Mark | None:
    """Return one mark."""
    with engine.connect() as connection:
        row = connection.execute(_ALL.where(marks.c.id == number)).first()
    return Mark(**row._mapping) if row else None


def list_marks(
    engine: Engine, status: str, count: int, *, judgement: Judgement | None = None, before: int | None = None
) -> list[Mark]:
    """Return the newest marks of a status (open, done or dismissed), at most `count`, older than the mark `before`."""
    query = _ALL.where(marks.c.status == status).order_by(marks.c.id.desc()).limit(count)
    if judgement is not None:
        query = query.where(marks.c.mark == judgement.value)
    if before is not None:
        query = query.where(marks.c.id < before)
    with engine.connect() as connection:
        return [Mark(**row._mapping) for row in connection.execute(query)]


def count_marks(engine: Engine) -> Mapping[str, int]:
    """Return how many marks there are of each status."""
    query = select(marks.c.status, func.count()).group_by(marks.c.status)
    with engine.connect() as connection:
        return {row.status: row[1] for row in connection.execute(query)}


def settle(engine: Engine, number: int, author: str, status: str, became: str, why: str = "") -> Mark:
    """Close an open mark as done (`became` says what) or dismissed. Raises UnknownEntry, Decided."""
    values = {"status": status, "became": became or None, "decided_at": now(), "decided_by": author}
    with writing(engine) as connection:
        changed = update(marks).where(marks.c.id == number, marks.c.status == "open").values(values)
        if not connection.execute(changed).rowcount:
            if connection.scalar(select(marks.c.id).where(marks.c.id == number)) is None:
                raise UnknownEntry(number)
            raise Decided
        note(connection, f"mark.{status}", str(number), author, why or became)
        return Mark(**connection.execute(_ALL.where(marks.c.id == number)).one()._mapping)


def reopen(engine: Engine, number: int, author: str) -> Mark:
    """Open a decided mark again. Raises UnknownEntry."""
    values = {"status": "open", "became": None, "decided_at": None, "decided_by": None}
    with writing(engine) as connection:
        if not connection.execute(update(marks).where(marks.c.id == number).values(values)).rowcount:
            raise UnknownEntry(number)
        note(connection, "mark.reopen", str(number), author)
        return Mark(**connection.execute(_ALL.where(marks.c.id == number)).one()._mapping)


def _of(entry_id: int, judgement: Judgement) -> Any:
    return _ALL.where(marks.c.entry_id == entry_id, marks.c.mark == judgement.value)


def _exchange(connection: Connection, entry_id: int) -> Exchange:
    row = connection.execute(_ENTRY, {"id": entry_id}).first()
    if row is None or row.role == "citizen":
        raise UnknownEntry(entry_id)
    said = None
    if row.answers is not None:
        said = connection.scalar(_BY_ID, {"id": row.answers})
    elif row.message_id is not None:
        said = connection.scalar(_BY_DELIVERY, {"conversation": row.conversation_id, "message": row.message_id})
    if said is None:
        said = connection.scalar(_BEFORE, {"conversation": row.conversation_id, "id": entry_id})
    draft = row.draft or {}
    procedures = row.body.get("procedures") or []
    return Exchange(
        row.conversation_id,
        entry_id,
        row.role,
        str((said or {}).get("text", "")),
        str(row.body.get("text", "")),
        procedures[0] if procedures else draft.get("code"),
        row.body.get("facet") or draft.get("facet"),
    )
