"""Switching a channel off: the assistant answers nobody there; what people write is kept and answered afterwards.

Deliveries are stored and acknowledged as ever. Who writes is told once why nobody answers and whom to call; replies by
staff still go out. A silent pause sends nothing at all.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from typing import Final

from sqlalchemy import Engine

from bot.messages import Outcome, Reply, Suggestion
from channels.outbox import Outbox
from storage.outbox import add
from storage.switches import ALL, Pause, pauses, untold

log = logging.getLogger(__name__)

FRESH_S: Final = 1.0  # how old what we know of the switches may be
TOLD_AT_ONCE: Final = 100
WEB: Final = "web"
_KEPT = "Tin của anh/chị đã được giữ lại và sẽ được trả lời khi tôi hoạt động lại."
_AGAIN = "Anh/chị gửi lại sau giúp tôi."
_NOTICE = "Tôi đang tạm nghỉ: {reason}. {rest} Cần gấp thì gọi 1022; có người gặp nguy hiểm thì gọi 113, 114 hoặc 115."


class Switches:
    """What is switched off, as one process knows it."""

    def __init__(self, engine: Engine, now: Callable[[], float] = time.monotonic) -> None:
        """Look into the database when what is known is a second old."""
        self._engine, self._now = engine, now
        self._pauses: dict[str, Pause] = {}
        self._looked_at: float | None = None
        self._looking = asyncio.Lock()

    async def pause_of(self, channel: str) -> Pause | None:
        """Return why a channel is off, None when it is on."""
        async with self._looking:
            if self._looked_at is None or self._now() - self._looked_at >= FRESH_S:
                await self._look()
        return self._pauses.get(channel) or self._pauses.get(ALL)

    async def answering(self, channels: Collection[str]) -> list[str]:
        """Return those of `channels` in which the assistant answers."""
        return [channel for channel in channels if await self.pause_of(channel) is None]

    async def silenced(self, channel: str) -> bool:
        """Tell whether nothing may be sent by a channel."""
        pause = await self.pause_of(channel)
        return pause is not None and pause.silent

    async def refusal(self, channel: str) -> Reply | None:
        """Return what a page is told at once; elsewhere messages wait, and None is returned."""
        pause = await self.pause_of(channel) if channel == WEB else None
        return None if pause is None else notice(pause, _AGAIN)

    async def tell(self, outbox: Outbox) -> None:
        """Tell everybody who waits at a channel that is off, once for each pause."""
        for channel in outbox.channels:
            pause = await self.pause_of(channel)
            if pause is not None and not pause.silent:
                await asyncio.to_thread(self._tell, outbox, channel, pause)
                outbox.ring(channel)

    def _tell(self, outbox: Outbox, channel: str, pause: Pause) -> None:
        source = f"pause:{pause.number}"
        for person in untold(self._engine, channel, f"{source}/0/0", TOLD_AT_ONCE):
            words = [notice(pause, _KEPT)]
            outgoing = outbox.prepare(person.conversation_id, channel, person.sender_id, words, source)
            add(self._engine, person.conversation_id, outgoing)

    async def _look(self) -> None:
        self._looked_at = self._now()
        try:
            found = await asyncio.to_thread(pauses, self._engine)
        except Exception:
            log.exception("the switches could not be read; what was known stays in force")
            return
        self._pauses = {pause.channel: pause for pause in found}


def notice(pause: Pause, rest: str) -> Reply:
    """Return what people are told; its outcome makes a page keep the words to send again."""
    text = _NOTICE.format(reason=pause.reason.rstrip(" ."), rest=rest)
    return Reply(text, Outcome.ERROR, suggestions=(Suggestion("Gọi 1022", url="tel:1022"),), confidence=0.0)
