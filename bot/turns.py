"""One conversation's messages one after another, in the order they came.

The assistant takes a turn for every message. The web channel takes one earlier too: looking up a token waits for a
thread of a pool, and without a queue before it a later message may find its thread first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Queues by conversation; all of one belongs to one event loop."""

    def __init__(self) -> None:
        """Start with nobody waiting."""
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def take(self, conversation_id: str) -> AsyncIterator[None]:
        """Wait until everyone who came before in this conversation is done."""
        lock, waiting = self._locks.get(conversation_id, (asyncio.Lock(), 0))
        self._locks[conversation_id] = (lock, waiting + 1)
        try:
            async with lock:  # asyncio wakes waiters in the order they came
                yield
        finally:
            lock, waiting = self._locks.pop(conversation_id)
            if waiting > 1:
                self._locks[conversation_id] = (lock, waiting - 1)
