from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner, Result
from sqlalchemy import update

from channels.base import Delivery
from channels.inbox import Inbox
from channels.seal import Seal
from storage import outbox
from storage.database import open_database, upgrade
from storage.outbox import Outgoing, Send
from storage.people import Person, find_conversation
from storage.schema import inbox, now
from tests.servers.telegram import TOKEN, TelegramServer, serving
from web.channel_checks import NAMES, configured
from web.cli import main
from web.connections import connect
from web.settings import load_settings


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with serving() as running:
        yield running


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """A server that is ready, as citizens reach it."""

    async def ready(_request: web.Request) -> web.Response:
        return web.Response(text="ready\n")

    app = web.Application()
    app.add_routes([web.get("/readyz", ready)])
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


class Operator:
    """Somebody at the terminal of an installation with a Telegram bot."""

    def __init__(self, data: Path, environ: dict[str, str]) -> None:
        self.environ = {"MOTCUA_DATA": str(data), "TELEGRAM_TOKEN": TOKEN, **environ}
        self.engine = open_database(f"sqlite:///{data / 'motcua.db'}")
        upgrade(self.engine)

    async def runs(self, *words: str, **environ: str) -> Result:
        """Run the command in a thread: it has a loop of its own, the servers are in ours."""
        given = self.environ | environ
        return await asyncio.to_thread(CliRunner().invoke, main, ["channels", *words], env=given)

    async def sees(self, **environ: str) -> dict[str, dict[str, Any]]:
        told = await self.runs("status", "--json", **environ)
        return {channel["channel"]: channel for channel in json.loads(told.stdout)}


@pytest.fixture
def operator(tmp_path: Path, telegram: TelegramServer, site: str) -> Operator:
    return Operator(tmp_path, {"TELEGRAM_API_BASE": telegram.base, "MOTCUA_PUBLIC_URL": site})


async def test_all_is_well(operator: Operator) -> None:
    told = await operator.runs()
    assert told.exit_code == 0, told.output
    assert "Telegram: @motcua_test_bot" in told.output
    assert "Chờ trả lời 0, chờ gửi 0, hỏng 0" in told.output
    assert "Zalo Bot: chưa thiết lập" in told.output
    seen = await operator.sees()
    assert (seen["telegram"]["verified"], seen["zalo"]["verified"], seen["web"]["verified"]) == (True, None, True)
    assert seen["telegram"]["findings"] == []


async def test_services_that_do_not_answer_are_told_with_what_to_do(operator: Operator) -> None:
    away = {"TELEGRAM_API_BASE": "http://127.0.0.1:1", "MOTCUA_PUBLIC_URL": "http://127.0.0.1:1"}
    told = await operator.runs(**away)
    assert told.exit_code == 1
    assert "Telegram: chưa kiểm tra được" in told.output
    seen = await operator.sees(**away)
    assert not seen["telegram"]["verified"]
    assert len(seen["telegram"]["findings"]) == 1
    assert "motcua serve có đang chạy" in seen["web"]["findings"][0]


async def test_what_waits_too_long_and_what_failed_are_told(operator: Operator) -> None:
    engine, store = operator.engine, Inbox(operator.engine, Seal("tests"))
    await store.store([Delivery("telegram", "1", "lan", text="một"), Delivery("telegram", "2", "minh", text="hai")])
    with engine.begin() as connection:
        connection.execute(update(inbox).values(received_at=now() - timedelta(minutes=5)))
    lan = find_conversation(engine, Person("telegram", "lan"))
    assert lan is not None
    outbox.add(engine, lan, Outgoing("telegram", "lan", [Send("staff/0/0", {})], {}))
    (claimed,) = outbox.claim(engine, "telegram", 1, timedelta(seconds=9))
    outbox.note_failed(engine, claimed, "credentials: 401", again_at=None, uncertain=False)
    told = await operator.runs()
    assert told.exit_code == 1
    assert "Chờ trả lời 2, chờ gửi 0, hỏng 1" in told.output
    assert "dịch vụ không nhận mã truy cập 1" in told.output
    for advice in ("motcua serve hoặc motcua worker có đang chạy không?", "motcua outbox list", "kiểm tra token"):
        assert advice in told.output
    assert "một" not in told.output.replace("một kênh", "")


async def test_a_channel_is_paused_and_resumed(operator: Operator) -> None:
    done = await operator.runs("pause", "telegram", "--why", "bảo trì đến 14 giờ", "--by", "Lan")
    assert done.exit_code == 0, done.output
    assert "Đã tạm dừng kênh Telegram" in done.output
    told = await operator.runs()
    assert told.exit_code == 1
    assert "bởi Lan: bảo trì đến 14 giờ. Mở lại: motcua channels resume telegram" in told.output
    paused = (await operator.sees())["telegram"]["paused"]
    assert (paused["why"], paused["by"], paused["silent"]) == ("bảo trì đến 14 giờ", "Lan", False)
    assert (await operator.runs("resume", "telegram", "--by", "Minh")).exit_code == 0
    assert (await operator.runs()).exit_code == 0


async def test_resuming_all_leaves_what_was_paused_by_itself_and_says_so(operator: Operator) -> None:
    await operator.runs("pause", "telegram", "--why", "mất quyền", "--by", "Lan", "--silent")
    await operator.runs("pause", "all", "--why", "sự cố", "--by", "Lan")
    done = await operator.runs("resume", "all", "--by", "Lan")
    assert "Vẫn tạm dừng: kênh Telegram (mất quyền)" in done.output
    seen = await operator.sees()
    assert seen["web"]["paused"] is None
    assert seen["telegram"]["paused"]["silent"]


@pytest.mark.parametrize(
    "words",
    [
        ("pause", "telegram", "--by", "Lan"),
        ("pause", "telegram", "--why", "sự cố"),
        ("pause", "messenger", "--why", "sự cố", "--by", "Lan"),
    ],
)
async def test_what_is_missing_is_asked_for(operator: Operator, words: tuple[str, ...]) -> None:
    assert (await operator.runs(*words)).exit_code == 2


async def test_blanks_are_no_reason_and_what_is_on_cannot_be_resumed(operator: Operator) -> None:
    assert (await operator.runs("pause", "all", "--why", " ", "--by", "Lan")).exit_code == 1
    assert (await operator.runs("resume", "all", "--by", "Lan")).exit_code == 1


def test_the_channels_are_called_as_in_the_database(tmp_path: Path) -> None:
    account = {"ZALO_APP_ID": "11000", "ZALO_APP_SECRET": "s", "ZALO_OA_SECRET": "s", "ZALO_BOT_TOKEN": TOKEN}
    settings = load_settings(tmp_path / "none.yml", {"TELEGRAM_TOKEN": TOKEN, **account})
    connected = connect(settings, open_database("sqlite://"))
    assert {"web", *connected.channels} == set(NAMES) == set(configured(settings))
