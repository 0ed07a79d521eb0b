"""Conversations with answers of staff, written as the desk writes them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, insert, select

from storage.conversations import Conversations, Turn
from storage.schema import messages, staff_messages
from storage.staff import StaffAccounts


def add_agent(engine: Engine, login: str = "lan", name: str = "Chị Lan") -> int:
    """Add a member of staff and return the number."""
    return StaffAccounts(engine).add(login, name, "agent", "nobody's", "test", must_change=False).id


def ask(engine: Engine, conversation_id: str, message_id: str, text: str, *replies: dict[str, Any], **body: Any) -> int:
    """Let a citizen say something and return the id of the entry."""
    store = Conversations(engine)
    store.record_turn(Turn(conversation_id, message_id, {"text": text, **body}, replies))
    query = select(messages.c.id).where(messages.c.conversation_id == conversation_id, messages.c.role == "citizen")
    with engine.connect() as connection:
        return int(connection.scalars(query.order_by(messages.c.id.desc())).first() or 0)


def reply(
    engine: Engine,
    conversation_id: str,
    agent: int,
    text: str,
    answers: int | None,
    draft: dict[str, Any] | None = None,
) -> int:
    """Let staff answer and return the id of the entry."""
    entry = Conversations(engine).append_reply(conversation_id, {"text": text, "author": "Chị Lan"})
    row = {"message_id": entry, "staff_id": agent, "key": f"k{entry}", "answers": answers, "draft": draft}
    with engine.begin() as connection:
        connection.execute(insert(staff_messages).values(row))
    return entry
