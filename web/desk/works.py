"""What the desk's handlers, streams and sweeps work with: its stores, its voice, and who is woken when it changes."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any

from aiohttp import web
from sqlalchemy import Engine

from bot.formatting import plain_name
from channels.notifier import Notifier
from channels.outbox import Outbox
from knowledge.catalog import Catalog
from storage.approvals import Approvals
from storage.conversations import Conversations
from storage.desk import Desk, Words
from storage.desk_events import newest
from storage.desk_queue import Standing, authors, look, sends
from storage.outbox import Outgoing
from web.desk import shapes
from web.desk.speaking import Speaker

_NAMES_FRESH_S = 60.0


class Names:
    """Procedures' names by code, read again when they are a minute old."""

    def __init__(self, catalog: Catalog) -> None:
        """Ask `catalog`."""
        self._catalog = catalog
        self._known: dict[str, tuple[float, str]] = {}

    def __call__(self, code: str) -> str:
        """Return the name as people read it, the code where there is no such procedure."""
        at, name = self._known.get(code, (0.0, ""))
        if not name or time.monotonic() - at > _NAMES_FRESH_S:
            procedure = self._catalog.get(code)
            name = plain_name(procedure.name) if procedure else code
            self._known[code] = (time.monotonic(), name)
        return name


class Works:
    """The desk of one process."""

    def __init__(self, conversations: Conversations, outbox: Outbox, notifier: Notifier, limit: timedelta) -> None:
        """Wake open pages by `notifier`; who waits longer than `limit` is shown in red."""
        self._conversations, self._outbox, self._notifier = conversations, outbox, notifier
        self._loop: asyncio.AbstractEventLoop | None = None
        self.engine: Engine = conversations.engine
        self.limit = limit
        self.desk = Desk(self.engine)
        self.approvals = Approvals(self.engine)
        self.speaker = Speaker(conversations, outbox)
        self.name = Names(Catalog(self.engine))
        self.news = asyncio.Event()
        """Set whenever something may have happened at the desk."""

    def start(self) -> None:
        """Belong to the running event loop; from now on citizens' messages wake the desk."""
        self._loop = asyncio.get_running_loop()
        self._notifier.heard = self.news.set

    def wake(self) -> None:
        """Let the open pages of the desk hear what happened; from any thread."""
        self._soon(self.news.set)

    def after_saying(self, conversation_id: str, words: Words | None) -> None:
        """Let what was just stored arrive: on the citizen's page, in their chat service; from any thread."""
        self.after_sending(conversation_id, words.outgoing if words else None)

    def after_sending(self, conversation_id: str, outgoing: Outgoing | None) -> None:
        """Do the same for something stored elsewhere."""
        self._soon(self._notifier.notify, conversation_id)
        if outgoing is not None:
            self._soon(self._outbox.ring, outgoing.channel)

    def newest_event(self) -> int:
        """Return from where a stream goes on."""
        return newest(self.engine)

    def summary(self, standing: Standing, viewer: int) -> dict[str, Any]:
        """Return one row of the queue."""
        return shapes.summary(standing, viewer, self.limit, self.name)

    def look(self, conversation_id: str, viewer: int) -> dict[str, Any] | None:
        """Return how a conversation stands now, None when it is no more."""
        found = look(self.engine, [conversation_id]).get(conversation_id)
        return self.summary(found, viewer) if found else None

    def entry(self, conversation_id: str, entry: int) -> dict[str, Any]:
        """Return one line of a conversation."""
        (told,) = self._conversations.entries_after(conversation_id, entry - 1, 1)
        standing = look(self.engine, [conversation_id])[conversation_id]
        sent = shapes.by_source(sends(self.engine, conversation_id))
        return shapes.entry(told, standing.channel, authors(self.engine, conversation_id), sent)

    def _soon(self, act: Any, *given: Any) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(act, *given)


WORKS = web.AppKey("works", Works)
