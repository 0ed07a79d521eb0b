"""Approve mode: which answers of a channel wait for staff, and those that wait.

An answer is decided once. One that nobody looked at in time is told so to the citizen and may still be decided later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, or_, select, update

from storage import outbox
from storage.audit import note
from storage.database import upserts, writing
from storage.desk import Agent, Answer, Words, say, say_as_staff
from storage.desk_leases import lease, locked, release, set_holder
from storage.desk_rows import APPROVAL, DONE, HELD, STAFF, WAITING, lock, note_event
from storage.outbox import Outgoing
from storage.schema import approval_settings, desk, held_answers, messages, now, trackers


class Decision(StrEnum):
    """What somebody did with an answer that waited."""

    APPROVE = "approve"
    EDIT = "edit"
    REJECT = "reject"


EXPIRED = "expired"
_BECOMES = {Decision.APPROVE: "approved", Decision.EDIT: "edited", Decision.REJECT: "rejected"}


class AlreadyDecided(Exception):  # noqa: N818 - a finding, not a fault
    """A colleague was quicker with this answer."""


class UnknownAnswer(LookupError):  # noqa: N818 - a finding, as KeyError's kin are
    """No answer waits under this number."""


@dataclass(frozen=True, slots=True)
class Rule:
    """In a channel, answers stated with less confidence than `below` wait for staff, `wait_s` seconds at most."""

    channel: str
    below: float
    wait_s: int


@dataclass(frozen=True, slots=True)
class Checking:
    """An answer that waits to be looked at."""

    id: int
    conversation_id: str
    message_id: str
    replies: Sequence[dict[str, Any]]
    confidence: float
    due_at: datetime


class Approvals:
    """Rules and waiting answers of one database."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def rules(self) -> dict[str, Rule]:
        """Return the rules by channel; a channel without one sends everything at once."""
        with self._engine.connect() as connection:
            return {row.channel: Rule(*row) for row in connection.execute(_RULES)}

    def rule_of(self, channel: str) -> Rule | None:
        """Return the rule of a channel."""
        with self._engine.connect() as connection:
            row = connection.execute(_RULES.where(approval_settings.c.channel == channel)).first()
        return Rule(*row) if row else None

    def set_rule(self, rule: Rule, author: str) -> None:
        """Let answers of a channel wait from now on."""
        row = {"channel": rule.channel, "below": rule.below, "wait_s": rule.wait_s, "author": author}
        with writing(self._engine) as connection:
            connection.execute(_SET[connection.dialect.name], {**row, "updated_at": now()})
            note(
                connection,
                "approval.set",
                rule.channel,
                author,
                f"dưới {rule.below * 100:.0f} %, chờ {rule.wait_s / 60:g} phút",
            )

    def drop_rule(self, channel: str, author: str) -> None:
        """Send everything of a channel at once from now on."""
        with writing(self._engine) as connection:
            gone = delete(approval_settings).where(approval_settings.c.channel == channel)
            if connection.execute(gone).rowcount:
                note(connection, "approval.off", channel, author)

    def get(self, number: int) -> Checking:
        """Return an answer, also one that was decided. Raises UnknownAnswer."""
        with self._engine.connect() as connection:
            row = connection.execute(_CHECKING.where(held_answers.c.id == number)).first()
        if row is None:
            raise UnknownAnswer(number)
        return Checking(*row)

    def open_in(self, conversation_id: str) -> Checking | None:
        """Return the answer of a conversation that is to be decided, the newest of several."""
        mine = (held_answers.c.conversation_id == conversation_id, _undecided())
        with self._engine.connect() as connection:
            row = connection.execute(_CHECKING.where(*mine).order_by(held_answers.c.id.desc()).limit(1)).first()
        return Checking(*row) if row else None

    def approve(self, number: int, agent: Agent, checked_by: str, outgoing: Outgoing | None, told: Words) -> list[int]:
        """Send an answer as it is and return its entries; none when this person did so before.

        The assistant goes on, unless the citizen has written since; it is `told` where the citizen saw a person.
        Raises AlreadyDecided, HeldByOther, UnknownAnswer.
        """
        checking, at = self.get(number), now()
        with writing(self._engine) as connection:
            locked(connection, checking.conversation_id)
            status = _open(connection, checking, agent)
            if status is None:
                return []
            seen = self._decide(connection, checking, agent, Decision.APPROVE, at)
            bodies = [{**reply, "checked_by": checked_by} for reply in checking.replies]
            entries = [say(connection, checking.conversation_id, Words(body), at) for body in bodies]
            if outgoing is not None:
                outbox.put(connection, checking.conversation_id, outgoing)
            # After its time the assistant went on already, and has answered what was written since.
            if _go_on(connection, checking, agent, at, anyway=status == EXPIRED and not seen) and seen:
                say(connection, checking.conversation_id, told, at)
            return entries

    def answer_instead(self, number: int, agent: Agent, decision: Decision, answer: Answer, told: Words) -> list[int]:
        """Send what the person wrote in its place and return its entry; none when they did so before.

        After an edit the assistant goes on, which is `told`, unless the citizen has written since; after a rejection
        the conversation stays with the person. Raises AlreadyDecided, HeldByOther, UnknownAnswer.
        """
        checking, at = self.get(number), now()
        with writing(self._engine) as connection:
            locked(connection, checking.conversation_id)
            status = _open(connection, checking, agent)
            if status is None:
                return []
            seen = self._decide(connection, checking, agent, decision, at)
            entry = say_as_staff(connection, checking.conversation_id, agent, answer, at)
            late = status == EXPIRED and not seen
            if decision is Decision.EDIT and _go_on(connection, checking, agent, at, anyway=late):
                say(connection, checking.conversation_id, told, at)
            return [entry]

    def due(self, limit: int = 100) -> list[Checking]:
        """Return the answers whose time is over and that nobody is looking at."""
        looked_at = select(desk.c.conversation_id).where(desk.c.status == HELD)
        late = (
            held_answers.c.status == WAITING,
            held_answers.c.due_at < now(),
            held_answers.c.conversation_id.not_in(looked_at),
        )
        with self._engine.connect() as connection:
            rows = connection.execute(_CHECKING.where(*late).order_by(held_answers.c.due_at).limit(limit))
            return [Checking(*row) for row in rows]

    def expire(self, checking: Checking, told: Words) -> bool:
        """Tell the citizen that nobody looked in time, and let the assistant go on; False when somebody just did."""
        at = now()
        with writing(self._engine) as connection:
            row = lock(connection, checking.conversation_id)
            late = (held_answers.c.id == checking.id, held_answers.c.status == WAITING, held_answers.c.due_at < at)
            if row is None or not connection.execute(update(held_answers).where(*late).values(status=EXPIRED)).rowcount:
                return False
            say(connection, checking.conversation_id, told, at)
            if row.held_by == STAFF:
                set_holder(connection, checking.conversation_id, None)
            note_event(connection, EXPIRED, at, checking.conversation_id)
            return True

    def _decide(
        self, connection: Connection, checking: Checking, agent: Agent, decision: Decision, at: datetime
    ) -> bool:
        """Take the conversation and note the decision; tell whether the person had it before. Raises HeldByOther."""
        had = lease(connection, checking.conversation_id, agent.id, at)
        values = {"status": _BECOMES[decision], "decided_by": agent.id, "decided_at": at}
        connection.execute(update(held_answers).where(held_answers.c.id == checking.id).values(values))
        note_event(connection, "decided", at, checking.conversation_id, agent.id)
        return had


def _open(connection: Connection, checking: Checking, agent: Agent) -> str | None:
    """Return how an answer stands that is to be decided; None when this person did. Raises AlreadyDecided."""
    query = select(held_answers.c.status, held_answers.c.decided_by).where(held_answers.c.id == checking.id)
    row = connection.execute(query).one()
    if row.status in (WAITING, EXPIRED):
        return str(row.status)
    if row.decided_by != agent.id:
        raise AlreadyDecided(checking.id)
    return None


def _go_on(connection: Connection, checking: Checking, agent: Agent, at: datetime, *, anyway: bool) -> bool:
    """Give the conversation back to the assistant where nothing else waits in it, or `anyway`; tell whether it was."""
    here = messages.c.conversation_id == checking.conversation_id
    said = select(func.max(messages.c.id)).where(here, messages.c.message_id == checking.message_id)
    more = select(messages.c.id).where(here, messages.c.role == "citizen", messages.c.id > said.scalar_subquery())
    reason = connection.scalar(select(desk.c.reason).where(desk.c.conversation_id == checking.conversation_id))
    if not anyway and (reason != APPROVAL or connection.execute(more.limit(1)).first() is not None):
        return False
    release(connection, checking.conversation_id, "approved", at)
    _offer(connection, checking)
    note_event(connection, DONE, at, checking.conversation_id, agent.id)
    return True


def _offer(connection: Connection, checking: Checking) -> None:
    """Let a number typed next mean what the answer offered."""
    last = checking.replies[-1] if checking.replies else {}
    offered = [[one["label"], one["payload"]] for one in last.get("suggestions", ()) if one.get("payload")]
    mine = trackers.c.conversation_id == checking.conversation_id
    state = connection.scalar(select(trackers.c.state).where(mine))
    if state:
        connection.execute(update(trackers).where(mine).values(state={**state, "offered": offered}))


def _undecided() -> Any:
    return or_(held_answers.c.status == WAITING, held_answers.c.status == EXPIRED)


_SET = upserts(approval_settings)
_RULES = select(approval_settings.c.channel, approval_settings.c.below, approval_settings.c.wait_s)
_CHECKING = select(*(held_answers.c[name] for name in Checking.__slots__))
