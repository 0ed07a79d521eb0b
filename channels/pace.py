"""Waiting one's turn before a send, so that a service's limits are kept before it has to remind us."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

_FORGET_FROM = 1_000  # people; whoever may be written to at once again need not be remembered


class Pace:
    """Spaces sends of one process: so many a second in all, and so many seconds between two to one person."""

    def __init__(
        self,
        per_second: float,
        person_every_s: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Keep to the limits by the clock `now` (seconds)."""
        self._every, self._person_every = 1 / per_second, person_every_s
        self._now, self._sleep = now, sleep
        self._next = 0.0
        self._people: dict[str, float] = {}

    async def wait(self, person: str) -> None:
        """Return when a message may go to `person`; those who wait for the same person are let on one by one."""
        own = max(self._now(), self._people.get(person, 0.0))
        self._remember(person, own + self._person_every)
        await self._until(own)
        turn = max(self._now(), self._next)
        self._next = turn + self._every
        await self._until(turn)

    def _remember(self, person: str, free_at: float) -> None:
        if len(self._people) >= _FORGET_FROM:
            now = self._now()
            self._people = {known: at for known, at in self._people.items() if at > now}
        self._people[person] = free_at

    async def _until(self, moment: float) -> None:
        if (wait := moment - self._now()) > 0:
            await self._sleep(wait)
