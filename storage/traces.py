"""What outlives a conversation: the questions asked in it and the tickets it opened, deleted when the person asks."""

from __future__ import annotations

from sqlalchemy import Engine, delete

from storage.database import writing
from storage.schema import questions, tickets


def delete_traces(engine: Engine, conversation_id: str) -> None:
    """Delete the questions and tickets of one conversation; to be called before the conversation itself goes."""
    with writing(engine) as connection:
        for table in (questions, tickets):
            connection.execute(delete(table).where(table.c.conversation_id == conversation_id))
