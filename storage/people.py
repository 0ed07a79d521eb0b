"""Who writes by which service: the service's id of a person leads to their one conversation, and back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select

from storage.database import adding_once, writing
from storage.schema import conversations, now, people


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a reply goes to: the channel, and the service's id of the person."""

    channel: str
    sender_id: str


_CONVERSATION = select(people.c.conversation_id).where(
    people.c.channel == bindparam("channel"), people.c.sender_id == bindparam("sender_id")
)
_PERSON = select(people.c.channel, people.c.sender_id).where(people.c.conversation_id == bindparam("id"))
_ADD_CONVERSATION = insert(conversations)
_ADD_PERSON = adding_once(people)


def conversation_of(connection: Connection, channel: str, sender_id: str) -> str:
    """Return the conversation of a person, made at first contact; nobody can open it from outside."""
    key = {"channel": channel, "sender_id": sender_id}
    found: str | None = connection.scalar(_CONVERSATION, key)
    if found is not None:
        return found
    made, at = secrets.token_urlsafe(16), now()
    connection.execute(
        _ADD_CONVERSATION, {"id": made, "channel": channel, "token_hash": None, "created_at": at, "updated_at": at}
    )
    if connection.execute(_ADD_PERSON[connection.dialect.name], {**key, "conversation_id": made}).rowcount:
        return made
    # Another process met the same person at the same moment and was quicker.
    connection.execute(delete(conversations).where(conversations.c.id == made))
    winner: str = connection.execute(_CONVERSATION, key).scalar_one()
    return winner


def find_conversation(engine: Engine, person: Person) -> str | None:
    """Return the conversation of a person, None when they never wrote."""
    with engine.connect() as connection:
        found: str | None = connection.scalar(_CONVERSATION, {"channel": person.channel, "sender_id": person.sender_id})
    return found


def find_person(engine: Engine, conversation_id: str) -> Person | None:
    """Return whom the replies of a conversation are sent to; None on the web, where the page fetches them."""
    with engine.connect() as connection:
        row = connection.execute(_PERSON, {"id": conversation_id}).first()
    return Person(*row) if row else None


def forget_person(engine: Engine, person: Person) -> bool:
    """Delete a person's conversation with all that hangs on it, also what waits; tell whether there was one."""
    with writing(engine) as connection:
        found = connection.scalar(_CONVERSATION, {"channel": person.channel, "sender_id": person.sender_id})
        if found is None:
            return False
        connection.execute(delete(conversations).where(conversations.c.id == found))
    return True
