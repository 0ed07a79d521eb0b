"""Starting, watching and stopping, with an assistant that loads at once (the real one: tests/browser)."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiohttp import ClientSession
from sqlalchemy import Engine

import web.serving
from channels.seal import Seal, kept_secret
from storage import inbox
from storage.conversations import Conversations
from storage.inbox import Arrival
from tests.channels.scripted import ScriptedAssistant
from web.service import open_engine
from web.serving import serve_forever, work_forever
from web.settings import Settings


class Knowledge:
    """Counts how often it was asked for news, and fails when told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.asked_thrice = threading.Event()
        self.failure: Exception | None = None

    def refresh(self) -> bool:
        self.asked += 1
        if self.asked == 3:
            self.asked_thrice.set()
        if self.failure is not None:
            raise self.failure
        return True


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, 0, "http://localhost", f"sqlite:///{tmp_path / 'motcua.db'}", "any")


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    opened = open_engine(settings)
    yield opened
    opened.dispose()


@pytest.fixture
def parts(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the server would load, in its place."""
    made = SimpleNamespace(knowledge=Knowledge(), gate=threading.Event(), failure=None)
    made.gate.set()

    def load(*_: object) -> ScriptedAssistant:
        assert made.gate.wait(10)
        if made.failure is not None:
            raise made.failure
        return ScriptedAssistant(Conversations(engine))

    monkeypatch.setattr(web.serving, "open_knowledge", lambda *_: made.knowledge)
    monkeypatch.setattr(web.serving, "open_assistant", load)
    monkeypatch.setattr(web.serving, "_WATCH_SECONDS", 0.01)
    monkeypatch.setattr(web.serving.gc, "freeze", lambda: None)
    return made


class Running:
    """A server under way in this loop."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.told: list[str] = []
        self.task = asyncio.ensure_future(serve_forever(settings, engine, "127.0.0.1", 0, self.told.append))

    async def says(self, words: str) -> str:
        async with asyncio.timeout(10):
            while not any(words in line for line in self.told):
                if self.task.done():
                    await self.task
                await asyncio.sleep(0.005)
        found = re.search(r"http://localhost:(\d+)", " ".join(self.told))
        assert found
        return f"http://127.0.0.1:{found[1]}"

    async def stop(self, number: int = signal.SIGTERM) -> None:
        os.kill(os.getpid(), number)
        async with asyncio.timeout(10):
            await self.task


async def test_it_answers_health_at_once_and_is_ready_when_loaded(
    settings: Settings, engine: Engine, parts: SimpleNamespace
) -> None:
    parts.gate.clear()
    server = Running(settings, engine)
    address = await server.says("Đang nạp")
    async with ClientSession(address) as session:
        assert (await session.get("/healthz")).status == 200
        assert (await session.get("/readyz")).status == 503
        parts.gate.set()
        await server.says("Sẵn sàng")
        assert (await session.get("/readyz")).status == 200
    await server.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_by_a_signal(
    settings: Settings, engine: Engine, parts: SimpleNamespace, number: signal.Signals
) -> None:
    server = Running(settings, engine)
    address = await server.says("Sẵn sàng")
    await server.stop(number)
    with pytest.raises(OSError, match=r"refused|Cannot connect"):
        async with ClientSession(address) as session:
            await session.get("/healthz")


async def test_it_stops_while_loading(settings: Settings, engine: Engine, parts: SimpleNamespace) -> None:
    parts.gate.clear()
    server = Running(settings, engine)
    await server.says("Đang nạp")
    stopping = asyncio.ensure_future(server.stop())
    await asyncio.sleep(0.05)
    parts.gate.set()
    await stopping


async def test_what_fails_while_loading_ends_it(settings: Settings, engine: Engine, parts: SimpleNamespace) -> None:
    parts.failure = RuntimeError("no model")
    server = Running(settings, engine)
    with pytest.raises(RuntimeError, match="no model"):
        await server.task


async def test_a_port_in_use_is_told(settings: Settings, engine: Engine, parts: SimpleNamespace) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="address"):
            await serve_forever(settings, engine, "127.0.0.1", taken.getsockname()[1], print)


async def test_it_takes_up_what_others_publish_and_survives_what_it_cannot(
    settings: Settings, engine: Engine, parts: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    parts.knowledge.failure = OSError("disk full")
    server = Running(settings, engine)
    await server.says("Sẵn sàng")
    await asyncio.to_thread(parts.knowledge.asked_thrice.wait, 10)
    assert "stays in use" in caplog.text
    assert not server.task.done()
    await server.stop()


async def test_a_worker_alone_answers_what_a_dead_server_left(
    settings: Settings, engine: Engine, parts: SimpleNamespace
) -> None:
    conversations = Conversations(engine)
    page = conversations.create("web").id
    sealed = {"sealed": Seal(kept_secret(settings.data)).close({"text": "xin chào"})}
    arrival = Arrival("web", "1", page, sealed, datetime.now(UTC))
    inbox.add_and_claim(engine, page, arrival, timedelta(seconds=-1))  # its lease ran out
    told: list[str] = []
    working = asyncio.ensure_future(work_forever(settings, engine, told.append))
    async with asyncio.timeout(20):
        while not conversations.find_turn(page, "1"):  # noqa: ASYNC110 - what is waited for is a row
            await asyncio.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)
        await working
    assert any("Sẵn sàng" in words for words in told)
    assert [size.status for size in inbox.sizes(engine)] == ["done"]


async def test_the_first_administrator_is_told_once(settings: Settings, engine: Engine, parts: SimpleNamespace) -> None:
    server = Running(settings, engine)
    address = await server.says("Sẵn sàng")
    told = "\n".join(server.told)
    found = re.search(r"tên đăng nhập +(\w+)\s+mật khẩu +([\w-]+)", told)
    assert found
    async with ClientSession(address) as session:
        form = {"login": found[1], "password": found[2]}
        answer = await session.post("/sign-in", data=form, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/account/password")
    await server.stop()
    again = Running(settings, engine)
    await again.says("Sẵn sàng")
    assert "mật khẩu" not in "\n".join(again.told)
    await again.stop()
