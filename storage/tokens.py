"""Tokens of suggestions: what a tapped button of a chat service brings back, short and meaning nothing by itself.

A token stands for a payload in one conversation only, so somebody else's token opens nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from sqlalchemy import Connection, Engine, bindparam, select

from storage.database import adding_once, writing
from storage.schema import now, suggestion_tokens

TOKEN = re.compile(r"t:[0-9a-f]{10}")

_PAYLOAD = select(suggestion_tokens.c.payload).where(
    suggestion_tokens.c.conversation_id == bindparam("conversation"), suggestion_tokens.c.token == bindparam("token")
)
_ADD = adding_once(suggestion_tokens)


def token_for(conversation_id: str, payload: str) -> str:
    """Return the token of a payload in a conversation: 12 ASCII characters, the same each time.

    Five bytes of a hash are enough: a conversation offers some hundreds of payloads in its life.
    """
    return "t:" + hashlib.sha256(f"{conversation_id}\n{payload}".encode()).hexdigest()[:10]


def keep_tokens(connection: Connection, conversation_id: str, payloads: Mapping[str, str]) -> None:
    """Store what tokens stand for; `payloads` is by token."""
    at = now()
    rows = [
        {"conversation_id": conversation_id, "token": token, "payload": payload, "issued_at": at}
        for token, payload in payloads.items()
    ]
    if rows:
        connection.execute(_ADD[connection.dialect.name], rows)


class Tokens:
    """The tokens of one database."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def issue(self, conversation_id: str, payload: str) -> str:
        """Return a token that `resolve` turns back into the payload."""
        token = token_for(conversation_id, payload)
        with writing(self._engine) as connection:
            keep_tokens(connection, conversation_id, {token: payload})
        return token

    def resolve(self, conversation_id: str, token: str) -> str | None:
        """Return the payload of a token issued in this conversation, None for anything else."""
        if not TOKEN.fullmatch(token):
            return None
        with self._engine.connect() as connection:
            payload: str | None = connection.scalar(_PAYLOAD, {"conversation": conversation_id, "token": token})
        return payload
