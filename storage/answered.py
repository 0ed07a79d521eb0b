"""What a conversation waits for, and what staff answered to others before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, bindparam, select

from storage.schema import conversations, held_answers, messages, procedures, staff, staff_messages, trackers

_ENTRIES = 30
_MOST_KEPT = 5_000


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a conversation, as much as is needed to read it.

    `wants_person`: by it the citizen only asked for a person, or gave the contact asked for then.
    """

    id: int
    role: str
    text: str
    payload: str | None
    wants_person: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """The end of a conversation, newest last; `sent` is the draft that staff sent after the state was kept."""

    channel: str
    lines: tuple[Line, ...]
    state: dict[str, Any]
    sent: dict[str, Any] | None

    @property
    def waiting(self) -> tuple[Line, ...]:
        """What the citizen wrote last, without the answers before it; what the last answer was to when all is said."""
        lines = [line for line in self.lines if not line.wants_person]
        last = next((n for n in range(len(lines) - 1, -1, -1) if lines[n].role == "citizen"), None)
        if last is None:
            return ()
        start = last
        while start and lines[start - 1].role == "citizen":
            start -= 1
        return tuple(lines[start : last + 1])


@dataclass(frozen=True, slots=True)
class Answered:
    """A question of a citizen and what a member of staff wrote to it.

    `changed`: the procedure has had another version since, or the answer was made without one.
    """

    entry_id: int
    question: str
    text: str
    author: str
    at: datetime
    code: str | None
    changed: bool


_TO_STAFF = ("handoff", "form")
_LAST = (
    select(messages.c.id, messages.c.role, messages.c.body, messages.c.message_id)
    .where(messages.c.conversation_id == bindparam("id"))
    .order_by(messages.c.id.desc())
    .limit(_ENTRIES)
)
_CHECKED = select(held_answers.c.message_id).where(held_answers.c.conversation_id == bindparam("id"))
_STATE = (
    select(conversations.c.channel, trackers.c.state, trackers.c.updated_at)
    .outerjoin(trackers, trackers.c.conversation_id == conversations.c.id)
    .where(conversations.c.id == bindparam("id"))
)
_SENT = (
    select(staff_messages.c.draft, messages.c.created_at)
    .join(messages, messages.c.id == staff_messages.c.message_id)
    .where(messages.c.conversation_id == bindparam("id"), staff_messages.c.draft.is_not(None))
    .order_by(messages.c.id.desc())
    .limit(1)
)
_asked = messages.alias("asked")
_PAIRS = staff_messages.join(messages, messages.c.id == staff_messages.c.message_id).join(
    _asked, _asked.c.id == staff_messages.c.answers
)
_NEWER = (
    select(messages.c.id, _asked.c.body)
    .select_from(_PAIRS)
    .where(messages.c.id > bindparam("after"))
    .order_by(messages.c.id.desc())
    .limit(_MOST_KEPT)
)


def talk(engine: Engine, conversation_id: str) -> Talk | None:
    """Return the end of a conversation, None when there is none of this id."""
    with engine.connect() as connection:
        kept = connection.execute(_STATE, {"id": conversation_id}).first()
        if kept is None:
            return None
        rows = connection.execute(_LAST, {"id": conversation_id}).all()
        sent = connection.execute(_SENT, {"id": conversation_id}).first()
        checked = set(connection.scalars(_CHECKED, {"id": conversation_id}))
    # An answer that waits to be checked is told of in the same way, but what it answers was a question.
    passed_on = {row.message_id for row in rows if row.body.get("outcome") in _TO_STAFF} - checked - {None}
    lines = tuple(_line(row, row.message_id in passed_on) for row in rows[::-1])
    later = sent is not None and (kept.updated_at is None or sent.created_at > kept.updated_at)
    return Talk(kept.channel, lines, kept.state or {}, sent.draft if sent and later else None)


def answered_after(engine: Engine, entry_id: int) -> list[tuple[int, str]]:
    """Return the questions that staff answered after an entry, oldest first, each with the id of the answer."""
    with engine.connect() as connection:
        rows = connection.execute(_NEWER, {"after": entry_id}).all()
    return [(row.id, str(row.body.get("text", ""))) for row in rows[::-1]]


def answers(engine: Engine, ids: Sequence[int], other_than: str) -> dict[int, Answered]:
    """Return these answers by id, as far as they are still kept, without those of one conversation."""
    query = (
        select(
            messages.c.id,
            messages.c.body,
            messages.c.created_at,
            _asked.c.body.label("question"),
            staff_messages.c.draft,
            staff.c.name,
        )
        .select_from(_PAIRS.join(staff, staff.c.id == staff_messages.c.staff_id))
        .where(messages.c.id.in_(list(ids)), messages.c.conversation_id != other_than)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
        codes = {row.draft["code"] for row in rows if row.draft and row.draft.get("code")}
        held = select(procedures.c.code, procedures.c.version).where(procedures.c.code.in_(sorted(codes)))
        versions = {row.code: row.version for row in connection.execute(held)} if codes else {}
    return {row.id: _answered(row, versions) for row in rows}


def _line(row: Any, wants_person: bool) -> Line:
    return Line(row.id, row.role, str(row.body.get("text", "")), row.body.get("payload"), wants_person)


def _answered(row: Any, versions: dict[str, int]) -> Answered:
    draft = row.draft or {}
    code = draft.get("code")
    return Answered(
        row.id,
        str(row.question.get("text", "")),
        str(row.body.get("text", "")),
        row.name,
        row.created_at,
        code,
        code is not None and versions.get(code) != draft.get("version"),
    )
