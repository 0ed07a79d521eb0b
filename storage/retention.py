"""How long the queues remember: enough to recognise repeats and to look into faults, no longer."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, delete

from storage.database import writing
from storage.inbox import QUEUE as INBOX
from storage.outbox import QUEUE as OUTBOX
from storage.queues import Status
from storage.schema import now, suggestion_tokens

# Services repeat a delivery for a day at most; the words in one that was given up are not masked.
QUEUE_DAYS = 7
TOKEN_DAYS = 180


def forget_old(engine: Engine) -> int:
    """Delete what the queues and the tokens of suggestions need no more; return how many rows went."""
    before = now() - timedelta(days=QUEUE_DAYS)
    stale = delete(suggestion_tokens).where(suggestion_tokens.c.issued_at < now() - timedelta(days=TOKEN_DAYS))
    with writing(engine) as connection:
        ended = sum(
            queue.forget(connection, status, before)
            for queue in (INBOX, OUTBOX)
            for status in (Status.DONE, Status.DEAD)
        )
        return ended + connection.execute(stale).rowcount
