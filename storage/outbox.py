"""The outbox: one row for each send, written before it is tried and never written twice (`key`).

An attempt is committed before it is made. A row found `working` after its lease ran out belongs to a process that died
in between: nobody knows whether it arrived, which `uncertain` counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, case

from storage.database import writing
from storage.desk_rows import note_event
from storage.queues import Queue, Size, Status, lock_conversation
from storage.schema import now, outbox
from storage.tokens import keep_tokens

BY_STAFF = "staff:"
"""What the keys of sends begin with that members of staff wrote; they see what becomes of them."""

_C = outbox.c
QUEUE = Queue(
    outbox,
    key=("conversation_id", "key"),
    order=("id",),
    came="created_at",
    on_claim={"uncertain": case((_C.status == Status.WORKING, _C.uncertain + 1), else_=_C.uncertain)},
    on_revive={"uncertain": 0},
)


@dataclass(frozen=True, slots=True)
class Send:
    """One message to send: what it is for (`key`), and the fitted reply as JSON."""

    key: str
    part: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """All that is sent to one person in one go, in order; `payloads` are what its buttons' tokens stand for."""

    channel: str
    recipient: str
    sends: Sequence[Send]
    payloads: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ClaimedSend:
    """A send that is ours to try now: the `attempts`-th attempt; `uncertain` earlier ones may have arrived."""

    id: int
    conversation_id: str
    channel: str
    recipient: str
    key: str
    part: dict[str, Any]
    attempts: int
    uncertain: int


def put(connection: Connection, conversation_id: str, outgoing: Outgoing) -> int:
    """Add what is not there yet, in the caller's transaction, which holds the conversation's lock; return how many."""
    keep_tokens(connection, conversation_id, outgoing.payloads)
    at = now()
    return sum(QUEUE.add(connection, _row(conversation_id, outgoing, send, at)) for send in outgoing.sends)


def add(engine: Engine, conversation_id: str, outgoing: Outgoing) -> int:
    """Add sends that answer no delivery; return how many were new."""
    with writing(engine) as connection:
        if not lock_conversation(connection, conversation_id):
            return 0
        return put(connection, conversation_id, outgoing)


def claim(engine: Engine, channel: str, count: int, lease: timedelta) -> list[ClaimedSend]:
    """Claim the next send of up to `count` people of a channel; the attempt is committed when this returns."""
    with writing(engine) as connection:
        return [_claimed(row) for row in QUEUE.claim(connection, [channel], count, lease)]


def note_sent(engine: Engine, claimed: ClaimedSend, service_id: str) -> bool:
    """Note that a send arrived; False when the claim had run out."""
    values = {"status": Status.DONE, "service_id": service_id, "sent_at": now(), "reason": None}
    with writing(engine) as connection:
        return _settle(connection, claimed, values)


def note_failed(
    engine: Engine, claimed: ClaimedSend, reason: str, *, again_at: datetime | None, uncertain: bool
) -> bool:
    """Note that a send failed: to be tried again at a moment, or given up for None; False when the claim had run out.

    `uncertain`: this attempt may have arrived all the same.
    """
    values: dict[str, Any] = {"status": Status.WAITING if again_at else Status.DEAD, "reason": reason}
    values["uncertain"] = claimed.uncertain + uncertain
    with writing(engine) as connection:
        return _settle(connection, claimed, values | {"due_at": again_at or now()})


def dead_sends(engine: Engine, limit: int = 200) -> Sequence[Row[Any]]:
    """Return the rows of sends that were given up, newest first."""
    with engine.connect() as connection:
        return QUEUE.dead(connection, limit)


def revive(engine: Engine, ids: Collection[int]) -> list[int]:
    """Let sends that were given up be tried again; return those that were."""
    with writing(engine) as connection:
        return QUEUE.revive(connection, ids)


def sizes(engine: Engine) -> list[Size]:
    """Return how many sends there are, by channel and status."""
    with engine.connect() as connection:
        return QUEUE.sizes(connection)


def _settle(connection: Connection, claimed: ClaimedSend, values: dict[str, Any]) -> bool:
    if claimed.key.startswith(BY_STAFF):
        note_event(connection, "delivery", now(), claimed.conversation_id)
    return QUEUE.settle(connection, claimed.conversation_id, claimed.id, claimed.attempts, **values)


def _row(conversation_id: str, outgoing: Outgoing, send: Send, at: datetime) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id,
        "channel": outgoing.channel,
        "recipient": outgoing.recipient,
        "key": send.key,
        "part": send.part,
        "uncertain": 0,
        "due_at": at,
        "created_at": at,
    }


def _claimed(row: Row[Any]) -> ClaimedSend:
    return ClaimedSend(**{name: row._mapping[name] for name in ClaimedSend.__slots__})
