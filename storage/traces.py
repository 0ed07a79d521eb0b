"""What outlives a conversation, deleted when the person asks: its questions and tickets, what staff remarked on it."""

from __future__ import annotations

from sqlalchemy import Engine, delete

from storage.database import writing
from storage.schema import desk_events, marks, questions, tickets


def delete_traces(engine: Engine, conversation_id: str) -> None:
    """Delete what is kept of one conversation elsewhere; to be called before the conversation itself goes."""
    with writing(engine) as connection:
        for table in (questions, tickets, marks, desk_events):
            connection.execute(delete(table).where(table.c.conversation_id == conversation_id))
