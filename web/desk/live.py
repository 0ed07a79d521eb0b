"""What happens at the desk, told to its open pages: one reader of the events a process, fanned out to the streams.

The reader is woken by what this process does, and looks every POLL_S for what others did. A stream whose session ended,
or whose role changed, ends within CHECK_S.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from storage.desk_events import PAGE, Event, Reader, after, newest, settled
from storage.desk_queue import Counts, Standing, counts, look
from storage.presence import Colleague, colleagues, note_seen
from storage.staff import Staff
from web.desk import shapes
from web.desk.works import WORKS, Works
from web.staff.guard import ACCOUNTS, COOKIE, DESK, STAFF, Role, guarded

log = logging.getLogger(__name__)

POLL_S = 0.15
CHECK_S = 10.0
_IDLE_S = 5.0
_COUNTS_EVERY_S = 0.25
_PEOPLE_EVERY_S = 10.0  # who closes the page leaves no event behind
_REPLAYED = 2_000  # events told again to a page that comes back; it asks for the queue anyway


@dataclass(slots=True, eq=False)
class Stream:
    """One open page. Of each conversation only the newest waits to be written, however slowly the page reads."""

    viewer: Staff
    news: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: dict[str, bytes] = field(default_factory=dict)

    def put(self, about: str, message: bytes) -> None:
        """Let the page have a message, in place of an earlier one about the same thing."""
        self.waiting.pop(about, None)  # the newest comes last, so that the ids of events only grow
        self.waiting[about] = message
        self.news.set()

    def take(self) -> bytes:
        """Return what waits."""
        told = b"".join(self.waiting.values())
        self.waiting.clear()
        self.news.clear()
        return told


@dataclass(frozen=True, slots=True)
class News:
    """What a look at the events found."""

    cursor: int
    standings: Mapping[str, Standing]
    people: Sequence[Colleague]
    counts: Counts | None


class Live:
    """The streams of one process; all of it belongs to the event loop of the web server."""

    def __init__(self, works: Works, change: Callable[[], int | None]) -> None:
        """Read the events of `works`; `change` tells the newest change of the catalogue that answers know."""
        self._works, self._change = works, change
        self._streams: set[Stream] = set()
        self._reader = Reader(works.engine)
        self._untold: list[Event] = []  # read, and to be told again should the database fail before they are
        self._counted_at = 0.0
        self._counts_due = False
        self._people_at = 0.0
        self._people: dict[int, Colleague] = {}
        self._known_change: int | None = None
        self.closed = False

    @property
    def open_streams(self) -> int:
        """How many pages are open."""
        return len(self._streams)

    @contextmanager
    def listen(self, viewer: Staff) -> Any:
        """Give a stream that everything is put into until the end of the block."""
        stream = Stream(viewer)
        self._streams.add(stream)
        self._works.news.set()
        try:
            yield stream
        finally:
            self._streams.discard(stream)

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self.closed = True
        for stream in self._streams:
            stream.news.set()

    async def run(self) -> None:
        """Read and fan out until cancelled."""
        self._known_change, begun = self._change(), False
        while True:
            try:
                if not begun:
                    self._reader.skip_to(await asyncio.to_thread(newest, self._works.engine))
                    begun = True
                await self._wait()
                await self._tell()
            except Exception:
                log.exception("the events of the desk could not be read; trying again")
                await asyncio.sleep(1)

    async def missed(self, stream: Stream, last: int) -> None:
        """Tell a page that comes back what happened since the event it saw last."""

        def read() -> News:
            since = settled(self._works.engine, last)
            events = after(self._works.engine, since, _REPLAYED)
            return self._look(events, with_counts=True, with_people=any(event.staff_id for event in events))

        news = await asyncio.to_thread(read)
        self._fan_out(news, [stream])

    async def _wait(self) -> None:
        news = self._works.news
        try:
            async with asyncio.timeout(POLL_S if self._streams else _IDLE_S):
                await news.wait()
        except TimeoutError:
            pass
        news.clear()
        if not self._streams:
            number = await asyncio.to_thread(newest, self._works.engine)
            # Whoever opens a page asks for the queue as it is: what happened while nobody looked is not told again. A
            # page that was opened during this very look may have asked before it.
            if not self._streams:
                self._reader.skip_to(number)

    async def _tell(self) -> None:
        if not self._streams:
            return
        self._tell_change()
        counting = self._counts_due and time.monotonic() - self._counted_at >= _COUNTS_EVERY_S
        news = await asyncio.to_thread(self._read, counting)
        if news is not None:
            self._fan_out(news, self._streams)

    def _read(self, counting: bool) -> News | None:
        self._untold += self._reader.fresh()
        fresh = self._untold
        if len(fresh) >= PAGE:
            self._works.wake()  # there may be more
        now = time.monotonic()
        people = now - self._people_at >= _PEOPLE_EVERY_S or any(event.staff_id for event in fresh)
        if not (fresh or counting or people):
            return None
        counting = counting or now - self._counted_at >= _COUNTS_EVERY_S
        self._counts_due = not counting
        if counting:
            self._counted_at = now
        news = self._look(fresh, with_counts=counting, with_people=people)
        self._untold = []
        return self._only_changed(news, now) if people else news

    def _only_changed(self, news: News, now: float) -> News:
        """Leave those colleagues out of whom the pages know all this."""
        changed = [one for one in news.people if self._people.get(one.id) != one]
        self._people = {one.id: one for one in news.people}
        self._people_at = now
        return replace(news, people=changed)

    def _look(self, events: list[Event], *, with_counts: bool, with_people: bool) -> News:
        ids = list(dict.fromkeys(event.conversation_id for event in events if event.conversation_id))
        engine = self._works.engine
        standings = look(engine, ids)
        for standing in standings.values():
            if standing.code:
                self._works.name(standing.code)  # read here, in the thread, and known when the rows are written
        return News(
            self._reader.last,
            standings,
            colleagues(engine) if with_people else (),
            counts(engine) if with_counts else None,
        )

    def _fan_out(self, news: News, streams: Iterable[Stream]) -> None:
        people = {f"person {one.id}": _message("presence", shapes.colleague(one), news.cursor) for one in news.people}
        neutral = {
            name: _message("conversation", self._works.summary(standing, 0), news.cursor)
            for name, standing in news.standings.items()
        }
        for stream in streams:
            viewer = stream.viewer.id
            for name, standing in news.standings.items():
                row = neutral[name]
                if standing.holder_id == viewer:
                    row = _message("conversation", self._works.summary(standing, viewer), news.cursor)
                stream.put(name, row)
            for about, message in people.items():
                stream.put(about, message)
            if news.counts is not None:
                stream.put("counts", _message("counts", shapes.counts(news.counts, viewer), news.cursor))

    def _tell_change(self) -> None:
        change = self._change()
        if change is not None and change != self._known_change:
            self._known_change = change
            for stream in self._streams:
                stream.put("knowledge", _message("knowledge", {"change": change}, self._reader.last))


LIVE = web.AppKey("live", Live)


def routes() -> list[web.RouteDef]:
    """Return the route of the streams."""
    return [guarded("GET", "/desk/events", _events, DESK)]


async def _events(request: web.Request) -> web.StreamResponse:
    """GET /desk/events: server-sent events from now on, or from the one seen last."""
    live, works, viewer = request.app[LIVE], request.app[WORKS], request[STAFF]
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    response.headers["Cache-Control"] = "no-store"
    await response.prepare(request)
    told = request.headers.get("Last-Event-ID", "")
    with live.listen(viewer) as stream:
        await response.write(b"retry: 2000\n\n")
        if told.isascii() and told.isdigit() and len(told) < 19:
            await live.missed(stream, int(told))
        with suppress(ConnectionResetError):
            await _pass_on(request, response, stream, works)
    return response


async def _pass_on(request: web.Request, response: web.StreamResponse, stream: Stream, works: Works) -> None:
    """Write messages until the page leaves, its session ends, or the server closes."""
    live, checked = request.app[LIVE], 0.0
    while not live.closed and request.transport is not None:
        if time.monotonic() - checked >= CHECK_S:
            checked = time.monotonic()
            if not await asyncio.to_thread(_still_allowed, request, stream.viewer):
                await response.write(_message("ended", {}, None))
                return
            await asyncio.to_thread(note_seen, works.engine, stream.viewer.id)
            await response.write(b": \n\n")  # keeps proxies from closing the stream, and finds out who is gone
        try:
            async with asyncio.timeout(CHECK_S):
                await stream.news.wait()
        except TimeoutError:
            continue
        if told := stream.take():
            await response.write(told)


def _still_allowed(request: web.Request, viewer: Staff) -> bool:
    signed_in = request.app[ACCOUNTS].signed_in(request.cookies.get(COOKIE, ""), used=False)
    if signed_in is None:
        return False
    staff = signed_in[0]
    return staff.id == viewer.id and Role(staff.role) in DESK and not staff.must_change


def _message(kind: str, data: dict[str, Any], cursor: int | None) -> bytes:
    number = f"id: {cursor}\n" if cursor else ""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"{number}event: {kind}\ndata: {text}\n\n".encode()
