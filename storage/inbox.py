"""The inbox: one row for each delivery, committed before it is acknowledged, so that a crash loses none.

A row holds what the person wrote, not yet masked but sealed (channels.seal), only until it was handled; then the words
go, and the id stays to recognise the delivery when the service repeats it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, null, select

from storage import outbox
from storage.database import writing
from storage.people import conversation_of
from storage.queues import OPEN, Queue, Size, Status, lock_conversation
from storage.schema import inbox, now, people

_C = inbox.c
# By the moment of sending: what a service delivers out of order is put right while it waits.
QUEUE = Queue(inbox, key=("conversation_id", "delivery_id"), order=("sent_at", "id"), came="received_at")
_FIND = select(_C.id, _C.status).where(
    _C.conversation_id == bindparam("conversation"), _C.delivery_id == bindparam("delivery")
)

_OTHERS = (
    select(_C.id)
    .join(people, people.c.conversation_id == _C.conversation_id)
    .where(
        people.c.channel == bindparam("channel"),
        people.c.sender_id == bindparam("sender_id"),
        _C.status.in_(bindparam("open", expanding=True)),
        _C.delivery_id != bindparam("delivery"),
    )
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery as it is stored; `body` holds all that was said, sealed."""

    channel: str
    delivery_id: str
    sender_id: str
    body: dict[str, Any]
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that is ours to handle now, for the `attempts`-th time."""

    id: int
    conversation_id: str
    arrival: Arrival
    attempts: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a delivery stands that is to be handled at once: `claimed` if it is its turn, else its status."""

    status: Status
    claimed: ClaimedDelivery | None = None


def add(engine: Engine, arrivals: Sequence[Arrival]) -> int:
    """Store deliveries in one transaction and return how many are new."""
    with writing(engine) as connection:
        added = 0
        # In the order of senders, so that two who store for the same people do not wait for each other in a ring.
        for arrival in sorted(arrivals, key=lambda arrival: arrival.sender_id):
            conversation_id = conversation_of(connection, arrival.channel, arrival.sender_id)
            added += _put(connection, conversation_id, arrival)
    return added


def add_and_claim(engine: Engine, conversation_id: str, arrival: Arrival, lease: timedelta) -> Place:
    """Store a delivery of a known conversation unless it is there, and claim it if it is its turn.

    One that was given up is taken up again: whoever sends it again wants an answer.
    Raises IntegrityError for an unknown conversation.
    """
    with writing(engine) as connection:
        # Nearly always nothing else is open.
        added = QUEUE.add_working(connection, _row(conversation_id, arrival), lease)
        if added is not None:
            return Place(Status.WORKING, ClaimedDelivery(added, conversation_id, arrival, 1))
        _put(connection, conversation_id, arrival)
        found = connection.execute(_FIND, {"conversation": conversation_id, "delivery": arrival.delivery_id}).one()
        if found.status == Status.DEAD:
            QUEUE.revive(connection, [found.id])
        row = QUEUE.claim_one(connection, conversation_id, found.id, lease)
    if row is None:
        return Place(Status.WAITING if found.status == Status.DEAD else Status(found.status))
    return Place(Status.WORKING, _claimed(row))


def claim(engine: Engine, channels: Collection[str], count: int, lease: timedelta) -> list[ClaimedDelivery]:
    """Claim the next delivery of up to `count` conversations."""
    with writing(engine) as connection:
        return [_claimed(row) for row in QUEUE.claim(connection, channels, count, lease)]


def finish(engine: Engine, claimed: ClaimedDelivery, outgoing: outbox.Outgoing | None) -> bool:
    """Put the answer into the outbox and close the delivery, in one transaction; False when the claim had run out."""
    return _close(engine, claimed, outgoing, status=Status.DONE, body=null(), reason=None)


def give_up(engine: Engine, claimed: ClaimedDelivery, outgoing: outbox.Outgoing | None, reason: str) -> bool:
    """Put the apology into the outbox and keep the delivery as a dead letter; False when the claim had run out."""
    return _close(engine, claimed, outgoing, status=Status.DEAD, reason=reason)


def try_again(engine: Engine, claimed: ClaimedDelivery, at: datetime, reason: str) -> bool:
    """Let a delivery wait to be handled again; False when the claim had run out."""
    with writing(engine) as connection:
        values = {"status": Status.WAITING, "due_at": at, "reason": reason}
        return QUEUE.settle(connection, claimed.conversation_id, claimed.id, claimed.attempts, **values)


def postpone(engine: Engine, claimed: ClaimedDelivery, at: datetime, reason: str) -> bool:
    """Let a delivery that was not begun wait, without counting this claim; False when the claim had run out."""
    with writing(engine) as connection:
        values = {"status": Status.WAITING, "due_at": at, "reason": reason, "attempts": claimed.attempts - 1}
        return QUEUE.settle(connection, claimed.conversation_id, claimed.id, claimed.attempts, **values)


def others_wait(engine: Engine, channel: str, sender_id: str, delivery_id: str) -> bool:
    """Tell whether other deliveries of a person are still to be handled."""
    with engine.connect() as connection:
        given = {"channel": channel, "sender_id": sender_id, "delivery": delivery_id, "open": list(OPEN)}
        return connection.execute(_OTHERS, given).first() is not None


def discard(engine: Engine, claimed: ClaimedDelivery) -> None:
    """Take a delivery out that its sender got an answer to at once, and would send again if not."""
    with writing(engine) as connection:
        QUEUE.remove(connection, claimed.conversation_id, claimed.id, claimed.attempts)


def dead_deliveries(engine: Engine, limit: int = 200) -> Sequence[Row[Any]]:
    """Return the rows of deliveries that were given up, newest first."""
    with engine.connect() as connection:
        return QUEUE.dead(connection, limit)


def revive(engine: Engine, ids: Collection[int]) -> list[int]:
    """Let deliveries that were given up be handled again; return those that were."""
    with writing(engine) as connection:
        return QUEUE.revive(connection, ids)


def sizes(engine: Engine) -> list[Size]:
    """Return how many deliveries there are, by channel and status."""
    with engine.connect() as connection:
        return QUEUE.sizes(connection)


def _put(connection: Connection, conversation_id: str, arrival: Arrival) -> bool:
    return QUEUE.add(connection, _row(conversation_id, arrival))


def _row(conversation_id: str, arrival: Arrival) -> dict[str, Any]:
    at = now()
    return {
        "conversation_id": conversation_id,
        "channel": arrival.channel,
        "delivery_id": arrival.delivery_id,
        "sender_id": arrival.sender_id,
        "body": arrival.body,
        "sent_at": arrival.sent_at,
        "received_at": at,
        "due_at": at,
    }


def _close(engine: Engine, claimed: ClaimedDelivery, outgoing: outbox.Outgoing | None, **values: Any) -> bool:
    with writing(engine) as connection:
        if not lock_conversation(connection, claimed.conversation_id):
            return False
        held = QUEUE.settle(connection, claimed.conversation_id, claimed.id, claimed.attempts, **values)
        if held and outgoing is not None:
            outbox.put(connection, claimed.conversation_id, outgoing)
    return held


def _claimed(row: Row[Any]) -> ClaimedDelivery:
    arrival = Arrival(row.channel, row.delivery_id, row.sender_id, row.body, row.sent_at)
    return ClaimedDelivery(row.id, row.conversation_id, arrival, row.attempts)
