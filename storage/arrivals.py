"""When somebody last wrote by a channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select

from storage.schema import inbox


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest delivery of a channel: the service's id of who sent it, and when it came."""

    sender_id: str
    received_at: datetime


def newest_arrival(engine: Engine, channel: str) -> Newest | None:
    """Return the newest delivery that is still kept, None when there is none."""
    columns = select(inbox.c.sender_id, inbox.c.received_at).where(inbox.c.channel == channel)
    with engine.connect() as connection:
        row = connection.execute(columns.order_by(inbox.c.id.desc()).limit(1)).first()
    return Newest(*row) if row else None
