"""How each channel is doing, as far as the database tells: last in, last out, what waits, what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, bindparam, func, select

from storage.queues import OPEN, Status
from storage.schema import conversations, inbox, messages, now, outbox

DAY = timedelta(days=1)


@dataclass(slots=True)
class ChannelState:
    """One channel. `to_answer` and `to_send` are open rows, since when the oldest waits; `dead` those given up.

    `failures` are sends not arrived yet or given up, by kind of failure, `retried` those that arrived at a later
    attempt; both of the last day.
    """

    last_in: datetime | None = None
    last_out: datetime | None = None
    to_answer: int = 0
    oldest_to_answer: datetime | None = None
    to_send: int = 0
    oldest_to_send: datetime | None = None
    dead: int = 0
    retried: int = 0
    failures: Counter[str] = field(default_factory=Counter)


def channel_states(engine: Engine, channels: Iterable[str]) -> dict[str, ChannelState]:
    """Return the state of each of `channels`."""
    with engine.connect() as connection:
        states = {channel: _last(connection, channel) for channel in channels}
        for row in connection.execute(_ANSWERING):
            if row.channel in states:
                _add_waiting(states[row.channel], row)
        since = {"since": now() - DAY}
        for row in connection.execute(_SENDING, since):
            if row.channel in states:
                _add_sends(states[row.channel], row)
    return states


def _last(connection: Connection, channel: str) -> ChannelState:
    came, went = (connection.scalar(query, {"channel": channel}) for query in (_CAME, _WENT))
    if channel == "web":  # answered at once, so nothing of it stays in the queues
        came, went = (connection.scalar(_SAID, {"channel": channel, "roles": roles}) for roles in _ROLES)
    return ChannelState(last_in=came, last_out=went)


def _add_waiting(state: ChannelState, row: Row[Any]) -> None:
    if row.status == Status.DEAD:
        state.dead += row.number
    else:
        state.to_answer += row.number
        state.oldest_to_answer = _earlier(state.oldest_to_answer, row.oldest)


def _add_sends(state: ChannelState, row: Row[Any]) -> None:
    if row.status == Status.DONE:
        state.retried += row.number
        return
    if row.status == Status.DEAD:
        state.dead += row.number
    else:
        state.to_send += row.number
        state.oldest_to_send = _earlier(state.oldest_to_send, row.oldest)
    if row.recent and row.reason:
        state.failures[row.reason.split(":")[0]] += row.recent


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)


def _newest(table: Any, moment: Any) -> Select[Any]:
    newest: Select[Any] = select(moment).where(table.c.channel == bindparam("channel"), moment.is_not(None))
    return newest.order_by(table.c.id.desc()).limit(1)


_ROLES: Sequence[Sequence[str]] = (["citizen"], ["assistant", "staff"])
_CAME, _WENT = _newest(inbox, inbox.c.received_at), _newest(outbox, outbox.c.sent_at)
_SAID = (
    select(messages.c.created_at)
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .where(conversations.c.channel == bindparam("channel"), messages.c.role.in_(bindparam("roles", expanding=True)))
    .order_by(messages.c.id.desc())
    .limit(1)
)
_ANSWERING = (
    select(
        inbox.c.channel,
        inbox.c.status,
        func.count().label("number"),
        func.min(inbox.c.received_at).label("oldest"),
    )
    .where(inbox.c.status.in_([*OPEN, Status.DEAD]))
    .group_by(inbox.c.channel, inbox.c.status)
)
_RECENT = func.count().filter(outbox.c.created_at >= bindparam("since")).label("recent")
_SENDING = (
    select(
        outbox.c.channel,
        outbox.c.status,
        outbox.c.reason,
        func.count().label("number"),
        func.min(outbox.c.created_at).label("oldest"),
        _RECENT,
    )
    .where(
        outbox.c.status.in_([*OPEN, Status.DEAD])
        | ((outbox.c.status == Status.DONE) & (outbox.c.attempts > 1) & (outbox.c.sent_at >= bindparam("since")))
    )
    .group_by(outbox.c.channel, outbox.c.status, outbox.c.reason)
)
