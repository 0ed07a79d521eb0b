"""Members of staff and conversations for tests of the desk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select, update

from storage.conversations import Conversations
from storage.database import writing
from storage.desk import Agent, Words
from storage.outbox import Outgoing, Send
from storage.people import conversation_of
from storage.schema import desk, messages, now, outbox, staff

TOLD = Words({"text": "Lan (cán bộ) đang trả lời anh/chị.", "outcome": "handoff", "notice": "taken"})
BACK = Words({"text": "Từ đây tôi lại trả lời.", "outcome": "smalltalk", "notice": "back"})


def add_agent(engine: Engine, login: str, role: str = "agent", *, seen_at: datetime | None = None) -> Agent:
    """Add a member of staff; on line when `seen_at` is a moment ago."""
    row = {
        "login": login,
        "name": login.capitalize(),
        "role": role,
        "password_hash": "x",
        "must_change": False,
        "active": True,
        "presence": "online" if seen_at else "away",
        "seen_at": seen_at,
        "created_at": now(),
    }
    with writing(engine) as connection:
        number: int = connection.execute(insert(staff).values(row).returning(staff.c.id)).scalar_one()
    return Agent(number, login)


def on_web(engine: Engine) -> str:
    """Start a conversation on the page."""
    return Conversations(engine).create("web").id


def on_telegram(engine: Engine, sender: str = "77") -> str:
    """Start a conversation in Telegram."""
    with writing(engine) as connection:
        return conversation_of(connection, "telegram", sender)


def to_telegram(key: str, sender: str = "77") -> Outgoing:
    """Return what an answer becomes there."""
    return Outgoing("telegram", sender, [Send(f"{key}/0/0", {"text": "x"})], {})


def row_of(engine: Engine, conversation_id: str) -> Any:
    """Return the desk's row of a conversation."""
    with engine.connect() as connection:
        return connection.execute(select(desk).where(desk.c.conversation_id == conversation_id)).first()


def put_back(engine: Engine, conversation_id: str, **moments: Any) -> None:
    """Change the desk's row of a conversation, as if time had passed."""
    with writing(engine) as connection:
        connection.execute(update(desk).where(desk.c.conversation_id == conversation_id).values(**moments))


def said_in(engine: Engine, conversation_id: str) -> list[tuple[str, str]]:
    """Return role and text of everything in a conversation."""
    with engine.connect() as connection:
        query = select(messages.c.role, messages.c.body).where(messages.c.conversation_id == conversation_id)
        return [(row.role, row.body["text"]) for row in connection.execute(query.order_by(messages.c.id))]


def sent_to(engine: Engine, conversation_id: str) -> list[str]:
    """Return the keys of what stands in the outbox."""
    with engine.connect() as connection:
        query = select(outbox.c.key).where(outbox.c.conversation_id == conversation_id).order_by(outbox.c.id)
        return list(connection.scalars(query))
