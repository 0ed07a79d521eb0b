"""Waking the pages that wait for replies of one conversation, inside this process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# One person has a few tabs open; more is a mistake or an attack.
STREAMS_PER_CONVERSATION = 5


class TooManyStreams(Exception):  # noqa: N818 - a finding, not a fault
    """A conversation has as many open streams as it may."""


class Notifier:
    """Who waits for which conversation. All of it belongs to the event loop of the web server."""

    def __init__(self) -> None:
        """Start with nobody waiting."""
        self._waiting: defaultdict[str, dict[asyncio.Event, Callable[[], bool]]] = defaultdict(dict)
        self.closed = False
        self.heard: Callable[[], None] = _nobody
        """Called whenever anything new stands in any conversation; whoever listens to all of them puts itself here."""

    @property
    def open_streams(self) -> int:
        """How many pages wait now."""
        return sum(map(len, self._waiting.values()))

    @contextmanager
    def listen(self, conversation_id: str, gone: Callable[[], bool]) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever the conversation has something new. Raises TooManyStreams.

        `gone` tells whether the page behind it has left: such a one no longer counts, and is woken to find out.
        """
        waiting = self._waiting[conversation_id]
        for woken, has_left in waiting.items():
            if has_left():
                woken.set()
        if sum(not has_left() for has_left in waiting.values()) >= STREAMS_PER_CONVERSATION:
            raise TooManyStreams(conversation_id)
        woken = asyncio.Event()
        waiting[woken] = gone
        try:
            yield woken
        finally:
            del waiting[woken]
            if not waiting:
                self._waiting.pop(conversation_id, None)

    def notify(self, conversation_id: str) -> None:
        """Wake the pages of one conversation; call it in the web server's loop."""
        self.heard()
        for woken in self._waiting.get(conversation_id, ()):
            woken.set()

    def close(self) -> None:
        """Wake everybody for the last time, so that the server can stop."""
        self.closed = True
        for events in self._waiting.values():
            for woken in events:
                woken.set()


def _nobody() -> None:
    """Listen to nothing."""
