"""Running: the web loop or the worker alone here, the dialogue in its own thread, and a watch on what is published."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable

from aiohttp import web
from sqlalchemy import Engine

from bot.assistant import Assistant
from channels.handling import Handling
from channels.limits import Admission
from channels.outbox import Outbox
from channels.switches import Switches
from channels.worker import Worker
from storage.conversations import Conversations
from storage.tokens import Tokens
from web.app import CONNECTIONS, WORKER, create_app, make_runner
from web.connections import Connections, connect
from web.dialogue_thread import DialogueThread
from web.service import Knowledge, open_assistant, open_knowledge
from web.settings import Settings
from web.staff.first import ensure_administrator
from web.staff.wiring import KNOWLEDGE

log = logging.getLogger(__name__)

_WATCH_SECONDS = 0.5  # an edit is found within a second, wherever it was published


async def serve_forever(settings: Settings, engine: Engine, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. Raises OSError when the port cannot be had."""
    dialogue, knowledge = _dialogue(settings, engine, say)
    app = create_app(settings, dialogue, Conversations(engine))
    runner = make_runner(app)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    address = f"http://localhost:{runner.addresses[0][1]}"
    await asyncio.to_thread(ensure_administrator, engine, address, say)
    say(f"Đang nạp … trang sẽ mở ở {address}")
    stopped = _stop_signal()
    beside = contextlib.AsyncExitStack()
    beside.callback(dialogue.stop)
    beside.push_async_callback(_close, app[CONNECTIONS])
    try:
        if await _loaded(dialogue, stopped):
            app[KNOWLEDGE].knowledge = knowledge[0]
            await beside.enter_async_context(_working(app[WORKER], stopped))
            await beside.enter_async_context(_polling(app[CONNECTIONS]))
            say(f"Sẵn sàng: {address}  (Ctrl+C để dừng)")
            await _watch(knowledge[0], stopped)
    finally:
        await runner.cleanup()
        await beside.aclose()


async def work_forever(settings: Settings, engine: Engine, say: Callable[[str], None]) -> None:
    """Answer and send what is in inbox and outbox, without serving the web, until SIGINT or SIGTERM."""
    dialogue, knowledge = _dialogue(settings, engine, say)
    connections = connect(settings, engine)
    outbox = Outbox(engine, connections.channels)
    switches = Switches(engine)
    handling = Handling(dialogue, Tokens(engine), Admission(engine, settings.rates, switches))
    # Pages wait in the web's processes, which look for news themselves.
    worker = Worker(
        connections.inbox, outbox, handling, Conversations(engine), answered=lambda _: None, switches=switches
    )
    say("Đang nạp …")
    stopped = _stop_signal()
    async with contextlib.AsyncExitStack() as beside:
        beside.callback(dialogue.stop)
        beside.push_async_callback(_close, connections)
        if await _loaded(dialogue, stopped):
            await beside.enter_async_context(_working(worker, stopped))
            say("Sẵn sàng nhận việc  (Ctrl+C để dừng)")
            await _watch(knowledge[0], stopped)


def _dialogue(settings: Settings, engine: Engine, say: Callable[[str], None]) -> tuple[DialogueThread, list[Knowledge]]:
    """Return the dialogue's thread, not started, and where it puts the knowledge it opens."""
    knowledge: list[Knowledge] = []

    def load() -> Assistant:
        opened = open_knowledge(settings, engine)
        assistant = open_assistant(settings, opened, engine, say)
        gc.freeze()  # what is loaded stays: later collections need not walk it
        knowledge.append(opened)
        return assistant

    return DialogueThread(load), knowledge


async def _loaded(dialogue: DialogueThread, stopped: asyncio.Future[None]) -> bool:
    """Start the dialogue and wait until it is loaded; False when we are to stop before."""
    dialogue.start()
    loading = asyncio.create_task(asyncio.to_thread(dialogue.wait))
    await asyncio.wait((loading, stopped), return_when=asyncio.FIRST_COMPLETED)
    if stopped.done():
        return False
    await loading
    return True


@contextlib.asynccontextmanager
async def _working(worker: Worker, stopped: asyncio.Future[None]) -> AsyncIterator[None]:
    """Run the worker meanwhile; at the end it finishes what it has begun. If it fails, everything stops."""
    working = asyncio.create_task(worker.run())
    working.add_done_callback(lambda _: _finish(stopped))
    try:
        yield
    finally:
        worker.stop()
        await working


@contextlib.asynccontextmanager
async def _polling(connections: Connections) -> AsyncIterator[None]:
    """Run meanwhile what asks services for deliveries; what they have not stored they are given again."""
    tasks = [asyncio.create_task(poll()) for poll in connections.pollers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                log.error("a poller ended: %r", ended)


async def _close(connections: Connections) -> None:
    for close in connections.closers:
        await close()


def _stop_signal() -> asyncio.Future[None]:
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[None] = loop.create_future()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, _finish, stopped)
    return stopped


def _finish(stopped: asyncio.Future[None]) -> None:
    if not stopped.done():
        stopped.set_result(None)


async def _watch(knowledge: Knowledge, stopped: asyncio.Future[None]) -> None:
    """Take up what another process (`motcua import`) publishes, until stopped."""
    while not stopped.done():
        await asyncio.wait((stopped,), timeout=_WATCH_SECONDS)
        try:
            if not stopped.done() and await asyncio.to_thread(knowledge.refresh):
                log.info("search now uses the newly published catalogue")
        except Exception:
            log.exception("the newly published catalogue could not be taken up; the earlier one stays in use")
