"""Who is let in, and how fast: limits for a person and a channel, and what is said to whoever exceeds one.

Nothing is lost silently. Too many messages of one person: the last one is answered, and once they are told so. Too many
of a channel: they wait. Emergencies always pass. Buckets live in the memory of one process (docs/decisions/0018).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence

from sqlalchemy import Engine

from bot.messages import Outcome, Reply, Suggestion
from channels.base import Delivery
from channels.handling import Later
from channels.rates import Buckets, Rates
from channels.switches import Switches
from nlu.crisis import find_crisis
from storage.inbox import others_wait

_CALL = (Suggestion("Gọi 1022", url="tel:1022"),)
FLOODED = Reply(
    "Anh/chị gửi nhanh quá nên tôi chưa đọc kịp. Tôi sẽ trả lời tin cuối cùng sau ít giây; "
    "các tin trước đó, anh/chị gom lại thành một tin giúp tôi.",
    Outcome.BLOCKED,
)
CROWDED = Reply(
    "Lúc này có rất đông người hỏi. Tôi đã nhận tin của anh/chị và sẽ trả lời ngay khi đến lượt; cần gấp thì gọi 1022.",
    Outcome.BLOCKED,
    suggestions=_CALL,
)


class Admission:
    """The gate: asked before a delivery is handled (`channels.handling.Gate`)."""

    def __init__(
        self, engine: Engine, rates: Rates, switches: Switches, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep to `rates` and `switches`."""
        self._engine, self._switches = engine, switches
        self._people = Buckets(rates.person_per_minute / 60, 2 * rates.person_per_minute, now)
        self._channels = Buckets(rates.channel_per_second, 10 * rates.channel_per_second, now)
        self.held: Counter[tuple[str, str]] = Counter()  # by channel and why

    async def __call__(self, delivery: Delivery) -> Sequence[Reply] | None:
        """Return None to let a delivery in, or what is said instead. Raises Later for one that has to wait."""
        if find_crisis(delivery.text) is not None:
            return None
        if (refused := await self._switches.refusal(delivery.channel)) is not None:
            self.held[delivery.channel, "paused"] += 1
            return [refused]
        person = (delivery.channel, delivery.sender_id)
        if wait := self._people.take(person):
            return await self._too_many(person, delivery, wait)
        if wait := self._channels.take(delivery.channel):
            self._people.give_back(person)
            self.held[delivery.channel, "crowded"] += 1
            raise Later(wait, CROWDED)
        return None

    async def _too_many(self, person: tuple[str, str], delivery: Delivery, wait: float) -> Sequence[Reply]:
        """Leave out a message that others of the same person follow; let the last one wait."""
        followed = await asyncio.to_thread(others_wait, self._engine, *person, delivery.id)
        self.held[delivery.channel, "dropped" if followed else "flooded"] += 1
        if not followed:
            raise Later(wait, FLOODED)
        return [FLOODED] if self._people.first(person) else []
