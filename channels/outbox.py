"""The outbox as channels know it: a reply is fitted and stored, then sent, and sent again when that fails.

What to do after a failure depends on its kind alone (`again_after`). An attempt of which nobody knows whether it
arrived (a time-out, a process that died while sending) is repeated once at most.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from bot.messages import Reply, Suggestion
from channels.base import Channel, FailureKind, SendFailed
from channels.fit import fit
from storage import outbox
from storage.outbox import ClaimedSend, Outgoing, Send
from storage.people import find_person
from storage.schema import now
from storage.tokens import token_for

log = logging.getLogger(__name__)

SEND_S = 25.0  # of one attempt; longer is a time-out
LEASE_S = 45.0
LONGEST_WAIT_S = 300.0
MOST_UNCERTAIN = 1  # attempts that may have arrived and are still followed by another

# How often a kind of failure is tried again before the send is given up: for about an hour, where the credentials must
# be mended by somebody for about a day; the other kinds never.
_MOST_ATTEMPTS = {FailureKind.PASSING: 20, FailureKind.BUSY: 20, FailureKind.CREDENTIALS: 290}


class Outbox:
    """The sends of one database through the channels of this process; `news` is set by channel when there are any."""

    def __init__(self, engine: Engine, channels: Mapping[str, Channel], lease_s: float = LEASE_S) -> None:
        """Send through `channels`, by name; what goes to others waits for a process that has them."""
        self.engine = engine
        self.channels = channels
        self.news = {name: asyncio.Event() for name in channels}
        self._lease = timedelta(seconds=lease_s)

    async def enqueue(self, conversation_id: str, replies: Sequence[Reply], source: str) -> int:
        """Store replies that answer no delivery (by staff) for sending; the same `source` is sent once.

        Returns how many messages they became: 0 on the web, where the page fetches them, and for what was stored
        before. Raises LookupError when the person's channel is not set up here.
        """
        person = await asyncio.to_thread(find_person, self.engine, conversation_id)
        if person is None:
            return 0
        if person.channel not in self.channels:
            raise LookupError(person.channel)
        outgoing = self.prepare(conversation_id, person.channel, person.sender_id, replies, source)
        added = await asyncio.to_thread(outbox.add, self.engine, conversation_id, outgoing)
        self.ring(person.channel)
        return added

    def prepare(
        self, conversation_id: str, channel: str, recipient: str, replies: Sequence[Reply], source: str
    ) -> Outgoing:
        """Return what replies become on a channel: fitted parts in order, payloads replaced by tokens."""
        sends: list[Send] = []
        payloads: dict[str, str] = {}
        for position, reply in enumerate(replies):
            for number, part in enumerate(fit(reply, self.channels[channel].limits)):
                tokened, meant = _with_tokens(conversation_id, part)
                payloads |= meant
                sends.append(Send(f"{source}/{position}/{number}", tokened.to_json()))
        return Outgoing(channel, recipient, sends, payloads)

    def ring(self, channel: str) -> None:
        """Tell the channel's sender that something waits."""
        if channel in self.news:
            self.news[channel].set()

    async def claim(self, channel: str, count: int) -> list[ClaimedSend]:
        """Claim what is to be sent next, at most one send of each conversation."""
        return await asyncio.to_thread(outbox.claim, self.engine, channel, count, self._lease)

    async def send(self, claimed: ClaimedSend) -> None:
        """Try one send and note what became of it."""
        if claimed.uncertain > MOST_UNCERTAIN:
            await self._failed(claimed, SendFailed(FailureKind.PASSING, "two attempts ended in the dark"))
            return
        try:
            async with asyncio.timeout(SEND_S):
                service_id = await self.channels[claimed.channel].send(claimed.recipient, Reply.from_json(claimed.part))
        except SendFailed as error:
            await self._failed(claimed, error)
        except TimeoutError:
            await self._failed(claimed, SendFailed(FailureKind.PASSING, "time-out", uncertain=True))
        except Exception as error:
            # A fault of ours somewhere around the attempt: it may have arrived.
            log.exception("sending %s by %s failed", claimed.id, claimed.channel)
            await self._failed(claimed, SendFailed(FailureKind.PASSING, type(error).__name__, uncertain=True))
        else:
            await asyncio.to_thread(outbox.note_sent, self.engine, claimed, service_id)

    async def _failed(self, claimed: ClaimedSend, error: SendFailed) -> None:
        uncertain = claimed.uncertain + error.uncertain
        wait = None if uncertain > MOST_UNCERTAIN else again_after(error, claimed.attempts)
        if wait is None:
            log.warning("send %s by %s was given up: %s", claimed.id, claimed.channel, error)
        again_at = None if wait is None else now() + timedelta(seconds=wait)
        await asyncio.to_thread(
            outbox.note_failed, self.engine, claimed, str(error), again_at=again_at, uncertain=error.uncertain
        )


def again_after(error: SendFailed, attempts: int, chance: float | None = None) -> float | None:
    """Return after how many seconds to try again the send that failed for the `attempts`-th time; None: never.

    1, 2, 4 … 300 s, or what the service asks for, and up to a half more by `chance` (0 to 1), so that those who failed
    together do not come back together.
    """
    if attempts >= _MOST_ATTEMPTS.get(error.kind, 0):
        return None
    growing = min(2.0 ** min(attempts - 1, 30), LONGEST_WAIT_S)
    wait = growing if error.retry_after is None else error.retry_after
    return wait * (1 + 0.5 * (random.random() if chance is None else chance))  # noqa: S311 - spreads, hides nothing


def _with_tokens(conversation_id: str, part: Reply) -> tuple[Reply, dict[str, str]]:
    payloads: dict[str, str] = {}
    suggestions: list[Suggestion] = []
    for suggestion in part.suggestions:
        if suggestion.payload is not None:
            token = token_for(conversation_id, suggestion.payload)
            payloads[token] = suggestion.payload
            suggestion = replace(suggestion, payload=token)
        suggestions.append(suggestion)
    return replace(part, suggestions=tuple(suggestions)), payloads
