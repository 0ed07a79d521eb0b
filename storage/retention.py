"""How long the queues and the desk's events are remembered: enough to recognise repeats and look into faults."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, delete

from storage.database import writing
from storage.inbox import QUEUE as INBOX
from storage.outbox import QUEUE as OUTBOX
from storage.queues import Status
from storage.schema import desk_events, now, sign_in_failures, suggestion_tokens
from storage.sign_in_failures import KEPT

# Services repeat a delivery for a day at most; the words in one that was given up are not masked.
QUEUE_DAYS = 7
TOKEN_DAYS = 180
# Longer than any page of the desk sleeps and asks what it missed.
EVENTS_KEPT = timedelta(days=2)


def forget_old(engine: Engine) -> int:
    """Delete what queues, tokens, the desk's events and the lock-out need no more; return how many rows went."""
    before = now() - timedelta(days=QUEUE_DAYS)
    stale = delete(suggestion_tokens).where(suggestion_tokens.c.issued_at < now() - timedelta(days=TOKEN_DAYS))
    told = delete(desk_events).where(desk_events.c.created_at < now() - EVENTS_KEPT)
    failed = delete(sign_in_failures).where(sign_in_failures.c.failed_at < now() - KEPT)
    with writing(engine) as connection:
        ended = sum(
            queue.forget(connection, status, before)
            for queue in (INBOX, OUTBOX)
            for status in (Status.DONE, Status.DEAD)
        )
        return ended + sum(connection.execute(old).rowcount for old in (stale, told, failed))
