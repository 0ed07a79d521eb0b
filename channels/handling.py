"""What is done with one delivery, whatever channel it came by: let in by the gate, then answered by the assistant."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from bot.messages import Message, Outcome, Reply
from channels.base import APOLOGY, Assistant, Delivery, answer
from channels.inbox import Inbox
from storage import inbox as stored
from storage.inbox import ClaimedDelivery
from storage.queues import Status
from storage.tokens import Tokens

log = logging.getLogger(__name__)

PATIENCE_S = 15.0
"""How long a message that is answered at once waits for those before it that another process has in hand."""

_LOOK_S = 0.05

Gate = Callable[[Delivery], Awaitable[Sequence[Reply] | None]]
"""Asked before a delivery is handled: None lets it in; replies (or none at all) are given in the assistant's place.

Raises Later for a delivery that is to be asked about again in a while."""


class Busy(Exception):  # noqa: N818 - a finding, not a fault
    """Earlier messages of the conversation are still being answered by another process."""


class Later(Exception):  # noqa: N818 - a finding, not a fault
    """The gate lets this delivery in only in `wait_s` seconds; `notice` tells who waits visibly why."""

    def __init__(self, wait_s: float, notice: Reply) -> None:
        """Hold both."""
        super().__init__(f"in {wait_s:.1f} s")
        self.wait_s, self.notice = wait_s, notice


async def open_gate(_delivery: Delivery) -> None:
    """Let everything in."""


class Handling:
    """Answers deliveries; `ready` is the assistant's."""

    def __init__(self, assistant: Assistant, tokens: Tokens, gate: Gate = open_gate) -> None:
        """Ask `gate`, then `assistant`; `tokens` turns what was tapped back into what it means."""
        self._assistant = assistant
        self._tokens = tokens
        self._gate = gate

    async def replies(self, conversation_id: str, delivery: Delivery) -> Sequence[Reply]:
        """Return the replies to a delivery; the same delivery again gets the same. Never raises but at the gate."""
        refused = await self._gate(delivery)
        if refused is not None:
            return refused
        return await answer(self._assistant, await self._message(conversation_id, delivery))

    async def _message(self, conversation_id: str, delivery: Delivery) -> Message:
        payload = None
        if delivery.token is not None:
            payload = await asyncio.to_thread(self._tokens.resolve, conversation_id, delivery.token)
            # Some services cannot tell a tap from typing: what is no token of ours is then words. Where they can, the
            # assistant says that the button is old.
            if payload is None and not delivery.text:
                payload = delivery.token
        return Message(
            id=delivery.id,
            conversation_id=conversation_id,
            text=delivery.text if payload is None else "",
            payload=payload,
            location=delivery.location,
            files=delivery.files,
            channel=delivery.channel,
            sent_at=delivery.sent_at,
        )


class Inline:
    """Answers at once what came with somebody waiting for the answer (the web), by way of the inbox all the same.

    A process that dies in between leaves the delivery in the inbox, where the worker finds it; the answer then stands
    in the history. What failed is taken out again: the page has it still and offers to send it again.
    """

    def __init__(self, inbox: Inbox, handling: Handling) -> None:
        """Go through `inbox` to `handling`."""
        self._inbox = inbox
        self._handling = handling

    async def answer(self, delivery: Delivery) -> Sequence[Reply]:
        """Return the replies to a delivery whose `sender_id` is its conversation. Raises Busy, Later."""
        try:
            claimed = await self._turn(delivery)
            try:
                replies = await self._handling.replies(delivery.sender_id, delivery)
            except Later:
                await self._discard(claimed)
                raise
            await self._discard(claimed)
            return replies
        except (Busy, Later):
            raise
        except Exception:
            # The log names the message, never its words: they may hold personal data.
            log.exception("message %r could not be answered", delivery.id)
            return [APOLOGY]

    async def _discard(self, claimed: ClaimedDelivery | None) -> None:
        if claimed is not None:
            await asyncio.to_thread(stored.discard, self._inbox.engine, claimed)

    async def _turn(self, delivery: Delivery) -> ClaimedDelivery | None:
        """Wait until the delivery is the next of its conversation; None when it was answered before."""
        waited = 0.0
        while waited < PATIENCE_S:
            place = await self._inbox.take(delivery.sender_id, delivery)
            if place.claimed is not None or place.status is Status.DONE:
                return place.claimed
            await asyncio.sleep(_LOOK_S)
            waited += _LOOK_S
        raise Busy(delivery.id)


def failed(replies: Sequence[Reply]) -> bool:
    """Tell whether replies say only that something went wrong, so that trying again may help."""
    return bool(replies) and replies[-1].outcome is Outcome.ERROR
