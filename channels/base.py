"""What every channel shares: what comes in, what goes out, and the promise that a citizen always gets an answer.

A channel turns a service's requests into `Delivery`s and sends what `fit` made of a `Reply`; the inbox and the outbox
between the two (`channels.inbox`, `channels.outbox`) are the same for all.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from bot.messages import File, Location, Message, Outcome, Reply, Suggestion

log = logging.getLogger(__name__)

APOLOGY = Reply(
    text="Tôi đang gặp trục trặc nên chưa trả lời được câu này. Anh/chị gửi lại sau ít phút, cần gấp thì gọi 1022.",
    outcome=Outcome.ERROR,
    suggestions=(Suggestion("Gọi 1022", url="tel:1022"),),
    confidence=0.0,
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing a service delivered for one person; `channel` and `id` name it for ever.

    `sender_id` is the service's id of the person: whom to answer. `token` is what came back from a tapped suggestion.
    """

    channel: str
    id: str
    sender_id: str
    text: str = ""
    token: str | None = None
    location: Location | None = None
    files: tuple[File, ...] = ()
    sent_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message of a channel may hold; `fit` does the rest. Lengths count characters after NFC."""

    text: int
    suggestions: int  # buttons that come back to us or open a link; 0: the channel has none
    label: int
    links_as_buttons: bool = True
    token_bytes: int = 64
    attachments: bool = False  # whether a file can be offered as a button or document of its own
    calls_as_buttons: bool = False  # whether a button may dial a number (`tel:`); otherwise it is told in the text


class FailureKind(StrEnum):
    """Why a send did not arrive, which decides what to do next."""

    PASSING = "passing"  # time-out, 5xx, reset: try again, later each time
    BUSY = "busy"  # the service asks to wait `retry_after` seconds
    CREDENTIALS = "credentials"  # the token is refused: mend it, then try again
    CLOSED = "closed"  # the service's window for answers is over: keep for staff, never retry
    UNREACHABLE = "unreachable"  # the person blocked us or left
    REFUSED = "refused"  # our message is wrong: a fault to look at, never retry


class SendFailed(Exception):  # noqa: N818 - a finding, not a fault
    """A send was refused or did not get through. `uncertain`: it may have arrived all the same (a time-out)."""

    def __init__(
        self, kind: FailureKind, reason: str, *, retry_after: float | None = None, uncertain: bool = False
    ) -> None:
        """Hold what the outbox needs; `reason` is logged and shown to staff, so it holds no word of a citizen."""
        super().__init__(f"{kind}: {reason}")
        self.kind, self.reason, self.retry_after, self.uncertain = kind, reason, retry_after, uncertain


class Channel(Protocol):
    """A service that citizens write through, as the outbox knows it."""

    @property
    def name(self) -> str:
        """The name in `Delivery.channel`, in settings and in metrics."""

    @property
    def limits(self) -> Limits:
        """What one message may hold."""

    async def send(self, recipient: str, part: Reply) -> str:
        """Send one fitted part to one person and return the service's id of it. Raises SendFailed."""


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
