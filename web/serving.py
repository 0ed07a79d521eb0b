"""Running the server: the web loop here, the dialogue in its own thread, and a watch on what is published."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Callable

from aiohttp import web
from sqlalchemy import Engine

from bot.assistant import Assistant
from storage.conversations import Conversations
from web.app import create_app, make_runner
from web.dialogue_thread import DialogueThread
from web.service import Knowledge, open_assistant, open_knowledge
from web.settings import Settings

log = logging.getLogger(__name__)

_WATCH_SECONDS = 5.0


async def serve_forever(settings: Settings, engine: Engine, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. Raises OSError when the port cannot be had."""
    knowledge: list[Knowledge] = []

    def load() -> Assistant:
        opened = open_knowledge(settings, engine)
        assistant = open_assistant(settings, opened, engine, say)
        gc.freeze()  # what is loaded stays: later collections need not walk it
        knowledge.append(opened)
        return assistant

    dialogue = DialogueThread(load)
    app = create_app(settings, dialogue, Conversations(engine))
    runner = make_runner(app)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    say(f"Đang nạp … trang sẽ mở ở http://localhost:{runner.addresses[0][1]}")
    dialogue.start()
    stopped = _stop_signal()
    try:
        loading = asyncio.create_task(asyncio.to_thread(dialogue.wait))
        await asyncio.wait((loading, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not stopped.done():
            await loading
            say(f"Sẵn sàng: http://localhost:{runner.addresses[0][1]}  (Ctrl+C để dừng)")
            await _watch(knowledge[0], stopped)
    finally:
        await runner.cleanup()
        dialogue.stop()


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
