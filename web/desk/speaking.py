"""Saying something in a citizen's conversation: in their language and form of address, and in their channel."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from bot import desk_phrases
from bot.messages import Reply
from channels.outbox import Outbox
from channels.switches import WEB
from storage.conversations import Conversations
from storage.desk import Words
from storage.outbox import Outgoing
from storage.people import find_person


class NotConnected(Exception):  # noqa: N818 - a finding, not a fault
    """The person's channel is not set up in this process, so nothing could be sent."""


class Speaker:
    """Makes what is stored and what is sent out of a reply; reads the database, writes nothing."""

    def __init__(self, conversations: Conversations, outbox: Outbox) -> None:
        """Send by way of `outbox`."""
        self._conversations, self._outbox = conversations, outbox

    def notice(self, conversation_id: str, kind: str, make: Callable[[str], Reply]) -> Words:
        """Return a line of the assistant's about who answers; `make` gets the language. Raises NotConnected."""
        state = self._conversations.load_tracker(conversation_id) or {}
        reply = desk_phrases.told(make(desk_phrases.language_in(state)), state)
        body = reply.to_json() | {"notice": kind}
        return Words(body, self.outgoing(conversation_id, [reply], f"notice:{uuid.uuid4().hex}"))

    def question(self, conversation_id: str, source: str, make: Callable[[str], Reply]) -> Words:
        """Return a question by the assistant; `make` gets the language. Raises NotConnected."""
        state = self._conversations.load_tracker(conversation_id) or {}
        reply = desk_phrases.told(make(desk_phrases.language_in(state)), state)
        return Words(reply.to_json(), self.outgoing(conversation_id, [reply], source))

    def focus(self, conversation_id: str) -> str | None:
        """Return the code of the procedure talked about."""
        state = self._conversations.load_tracker(conversation_id) or {}
        code: str | None = (state.get("slots") or {}).get("focus")
        return code

    def by_staff(self, conversation_id: str, text: str, name: str, source: str) -> Words:
        """Return an answer by a member of staff. Raises NotConnected."""
        reply = desk_phrases.by_staff(text)
        body: dict[str, Any] = reply.to_json() | {"author": name}
        sent = self.outgoing(conversation_id, [desk_phrases.signed(reply, name)], source)
        return Words(body, sent, "staff")

    def outgoing(self, conversation_id: str, replies: Sequence[Reply], source: str) -> Outgoing | None:
        """Return what replies become on the person's chat service; None on the web. Raises NotConnected."""
        person = find_person(self._conversations.engine, conversation_id)
        if person is None or person.channel == WEB:
            return None
        if person.channel not in self._outbox.channels:
            raise NotConnected(person.channel)
        return self._outbox.prepare(conversation_id, person.channel, person.sender_id, replies, source)

    def asks_contact(self, conversation_id: str) -> bool:
        """Tell whether the assistant will ask the person for a contact when it answers again."""
        state = self._conversations.load_tracker(conversation_id) or {}
        return bool(state.get("form"))
