from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.base import Delivery
from channels.telegram import TelegramIntake
from channels.telegram_api import TelegramApi
from channels.telegram_polling import poll
from channels.telegram_settings import TelegramSettings
from tests.servers.telegram import BREAKS, BROKEN, TOKEN, Fault, TelegramServer, serving, too_many


class ListInbox:
    """Keeps what is stored, once an id; fails as often as it is told to."""

    def __init__(self) -> None:
        self.kept: dict[str, Delivery] = {}
        self.failures = 0
        self.stores = 0

    async def store(self, deliveries: list[Delivery]) -> int:
        self.stores += 1
        if self.failures:
            self.failures -= 1
            raise OSError("disk full")
        new = {one.id: one for one in deliveries if one.id not in self.kept}
        self.kept |= new
        return len(new)

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.kept.values()]


class Poller:
    """One process that polls."""

    def __init__(self, server: TelegramServer, token: str = TOKEN) -> None:
        self.settings = TelegramSettings(token, api_base=server.base)
        self.api = TelegramApi(self.settings)
        self.inbox = ListInbox()
        self.intake = TelegramIntake(self.settings, self.api, self.inbox)
        self.task = asyncio.create_task(poll(self.api, self.intake, wait_s=1, first_wait_s=0.01))

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.intake.close()
        await self.api.close()


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with serving() as running:
        yield running


@pytest.fixture
async def poller(server: TelegramServer) -> AsyncIterator[Poller]:
    made = Poller(server)
    yield made
    await made.stop()


def asked(server: TelegramServer) -> int:
    return sum(method == "getUpdates" for method, _ in server.calls)


async def test_what_is_written_arrives_in_order_and_is_acknowledged_after(
    server: TelegramServer, poller: Poller
) -> None:
    for number in range(3):
        server.say(42, f"câu {number}")
    await server.until(lambda: not server.waiting)
    assert poller.inbox.texts == ["câu 0", "câu 1", "câu 2"]
    server.say(42, "câu 3")
    await server.until(lambda: not server.waiting)
    assert poller.inbox.texts[-1] == "câu 3"


async def test_only_the_kinds_we_answer_are_asked_for(server: TelegramServer, poller: Poller) -> None:
    server.say(42, "xin chào")
    await server.until(lambda: not server.waiting)
    assert server.calls[-1][1]["allowed_updates"] == ["message", "callback_query", "my_chat_member"]


async def test_the_menu_of_commands_is_told(server: TelegramServer, poller: Poller) -> None:
    await server.until(lambda: asked(server) > 0)
    assert [command["command"] for command in server.commands] == ["start", "help", "canbo", "moi", "huy"]


async def test_a_menu_that_is_refused_holds_up_nothing(server: TelegramServer) -> None:
    server.fail("setMyCommands", *[Fault(400, "Bad Request: BOT_COMMAND_INVALID")] * 100)
    server.say(42, "khai sinh")
    poller = Poller(server)
    await server.until(lambda: not server.waiting)
    await poller.stop()
    assert poller.inbox.texts == ["khai sinh"]


async def test_what_could_not_be_stored_is_asked_for_again(server: TelegramServer, poller: Poller) -> None:
    poller.inbox.failures = 2
    server.say(42, "khai sinh")
    await server.until(lambda: not server.waiting)
    assert poller.inbox.texts == ["khai sinh"]
    assert poller.inbox.stores >= 3


@pytest.mark.parametrize("fault", [BROKEN, BREAKS, Fault(500, "Internal Server Error"), Fault(403, "Forbidden")])
async def test_faults_are_waited_out(server: TelegramServer, fault: Fault) -> None:
    server.fail("getUpdates", fault, fault)
    server.fail("setMyCommands", fault)
    server.say(42, "khai sinh")
    poller = Poller(server)
    await server.until(lambda: not server.waiting)
    await poller.stop()
    assert poller.inbox.texts == ["khai sinh"]


async def test_telegram_is_left_alone_for_as_long_as_it_asks(
    server: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await real(0)

    monkeypatch.setattr("channels.telegram_polling.asyncio.sleep", sleep)
    server.fail("getUpdates", too_many(9))
    server.say(42, "khai sinh")
    poller = Poller(server)
    await server.until(lambda: not server.waiting)
    await poller.stop()
    assert 9 in slept


async def test_of_two_pollers_none_loses_or_doubles_anything(
    server: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = Poller(server), Poller(server)
    await server.until(lambda: asked(server) >= 2)
    server.say(42, "khai sinh")
    await server.until(lambda: not server.waiting)
    await first.stop()
    await second.stop()
    assert {"khai sinh"} == set(first.inbox.texts + second.inbox.texts)
    assert "another program polls with this TELEGRAM_TOKEN" in caplog.text
    assert TOKEN not in caplog.text


async def test_a_webhook_that_is_set_is_left_in_place(server: TelegramServer, caplog: pytest.LogCaptureFixture) -> None:
    server.webhook = {"url": "https://hoi.example.gov.vn/webhooks/telegram"}
    poller = Poller(server)
    await server.until(lambda: asked(server) >= 2)
    await poller.stop()
    assert server.webhook["url"]
    assert "motcua telegram delete-webhook" in caplog.text


async def test_a_refused_token_ends_the_polling(server: TelegramServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    poller = Poller(server, "987654321:AAsome-other-token")
    await asyncio.wait_for(poller.task, 5)
    await poller.stop()
    assert "Telegram refuses TELEGRAM_TOKEN" in caplog.text
    ours = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]  # the server's own
    assert not any("AAsome-other-token" in line for line in ours)


async def test_after_a_restart_nothing_acknowledged_comes_again(server: TelegramServer, tmp_path: Path) -> None:
    first = Poller(server)
    server.say(42, "câu 1")
    await server.until(lambda: not server.waiting)
    await first.stop()
    server.say(42, "câu 2")
    second = Poller(server)
    await server.until(lambda: not server.waiting)
    await second.stop()
    assert second.inbox.texts == ["câu 2"]
