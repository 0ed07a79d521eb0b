"""What every channel shares: the assistant it talks to, and the promise that a citizen always gets an answer."""

from __future__ import annotations

import logging
from typing import Protocol

from bot.messages import Message, Outcome, Reply, Suggestion

log = logging.getLogger(__name__)

APOLOGY = Reply(
    text="Tôi đang gặp trục trặc nên chưa trả lời được câu này. Anh/chị gửi lại sau ít phút, cần gấp thì gọi 1022.",
    outcome=Outcome.ERROR,
    suggestions=(Suggestion("Gọi 1022", url="tel:1022"),),
    confidence=0.0,
)


class Assistant(Protocol):
    """The one way in: a message goes in, the replies to it come out."""

    @property
    def ready(self) -> bool:
        """Whether it is loaded and warmed up, so that a message is answered at once."""

    async def handle(self, message: Message) -> list[Reply]:
        """Answer `message`; the same message id of a conversation gets the same replies again."""


async def answer(assistant: Assistant, message: Message) -> list[Reply]:
    """Return the assistant's replies, or an apology when it fails: a citizen is never left without words."""
    try:
        return await assistant.handle(message)
    except Exception:
        # The log names the message, never its words: they may hold personal data.
        log.exception("the assistant failed on message %r", message.id)
        return [APOLOGY]
