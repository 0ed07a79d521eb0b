"""`/admin/queues` and `/admin`: what was given up is tried again, a channel is switched off and on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from sqlalchemy import Engine

from channels.telegram_settings import TelegramSettings
from storage import inbox, outbox, switches
from storage.audit import Wanted, lines
from storage.inbox import Arrival
from storage.outbox import Outgoing, Send
from tests.servers.telegram import TOKEN
from tests.web.staff_side import sign_in
from web.settings import Settings
from web.sheet_page import ENGINE
from web.staff.guard import Role

HTML = {"Accept": "text/html"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    plain = "http://hoi.example.gov.vn"  # the client keeps Secure cookies to itself
    return replace(settings, public_url=plain, telegram=TelegramSettings(TOKEN, "s" * 32, "http://127.0.0.1:1"))


@pytest.fixture
def engine(app: web.Application) -> Engine:
    return app[ENGINE]


@pytest.fixture
def given_up(engine: Engine) -> None:
    """A delivery and a send that were given up."""
    inbox.add(engine, [Arrival("telegram", "1", "lan", {"text": "lời của chị Lan"}, datetime.now(UTC))])
    (claimed,) = inbox.claim(engine, ["telegram"], 1, timedelta(seconds=30))
    apology = Outgoing("telegram", "lan", [Send("k", {"text": "lời xin lỗi"})], {})
    inbox.give_up(engine, claimed, apology, "the assistant failed")
    (sending,) = outbox.claim(engine, "telegram", 1, timedelta(seconds=30))
    outbox.note_failed(engine, sending, "unreachable: 403", again_at=None, uncertain=False)


async def post(client: TestClient, csrf: str, path: str, form: list[tuple[str, str]]) -> ClientResponse:
    return await client.post(path, data=[("csrf", csrf), *form], headers=HTML, allow_redirects=False)


async def text_of(client: TestClient, path: str) -> str:
    answer = await client.get(path, headers=HTML)
    assert answer.status == 200
    return await answer.text()


@pytest.mark.usefixtures("given_up")
async def test_what_was_given_up_is_shown_without_words_and_tried_again(client: TestClient, engine: Engine) -> None:
    csrf = await sign_in(client, Role.SUPERVISOR, "hoa")
    page = await text_of(client, "/admin/queues")
    for words in ("vao-1", "ra-1", "the assistant failed", "người nhận đã chặn hoặc rời đi"):
        assert words in page
    assert "lời của chị Lan" not in page
    assert "xin lỗi" not in page
    answer = await post(client, csrf, "/admin/queues/retry", [("name", "vao-1"), ("name", "ra-1"), ("name", "ra-9")])
    assert answer.status == 303
    assert "2 tin sẽ được làm lại" in await text_of(client, "/admin/queues")
    assert "ra-1" not in await text_of(client, "/admin/queues")
    (line,) = lines(engine, Wanted(action="queue"), 9)
    assert (line.action, line.author) == ("queue.retry", "hoa")
    assert inbox.dead_deliveries(engine) == []
    await post(client, csrf, "/admin/queues/retry", [("name", "vao-1")])
    assert "đã được làm lại rồi" in await text_of(client, "/admin/queues")


async def test_nothing_chosen_is_said(client: TestClient) -> None:
    csrf = await sign_in(client, Role.SUPERVISOR)
    answer = await post(client, csrf, "/admin/queues/retry", [])
    assert answer.status == 422
    assert "đánh dấu" in await answer.text()


async def test_a_channel_is_paused_and_resumed(client: TestClient, engine: Engine) -> None:
    csrf = await sign_in(client, Role.SUPERVISOR, "hoa")
    form = [("channel", "telegram"), ("why", " bảo trì đến 14 giờ "), ("silent", "1")]
    assert (await post(client, csrf, "/admin/queues/pause", form)).status == 303
    (pause,) = switches.pauses(engine)
    assert (pause.channel, pause.reason, pause.author, pause.silent) == ("telegram", "bảo trì đến 14 giờ", "hoa", True)
    page = await text_of(client, "/admin/queues")
    assert "đang tạm dừng" in page
    assert '<option value="telegram">' not in page
    assert (await post(client, csrf, "/admin/queues/resume", [("channel", "telegram")])).status == 303
    assert switches.pauses(engine) == []
    assert "đang không bị tạm dừng" not in await text_of(client, "/admin/queues")


async def test_all_channels_are_paused_at_once(client: TestClient, engine: Engine) -> None:
    csrf = await sign_in(client, Role.ADMINISTRATOR)
    await post(client, csrf, "/admin/queues/pause", [("channel", "all"), ("why", "bão")])
    assert "Mọi kênh" in await text_of(client, "/admin/queues")
    assert "Kênh đang tạm dừng" in await text_of(client, "/admin")


@pytest.mark.parametrize("form", [[("channel", "zalo"), ("why", "x")], [("channel", "web"), ("why", "  ")], []])
async def test_a_pause_needs_a_channel_that_is_set_up_and_a_reason(
    client: TestClient, engine: Engine, form: list[tuple[str, str]]
) -> None:
    csrf = await sign_in(client, Role.SUPERVISOR)
    assert (await post(client, csrf, "/admin/queues/pause", form)).status == 422
    assert switches.pauses(engine) == []


@pytest.mark.usefixtures("given_up")
async def test_the_first_page_tells_what_waits(client: TestClient) -> None:
    await sign_in(client, Role.SUPERVISOR)
    page = await text_of(client, "/admin")
    assert "Tin hỏng" in page
    assert '<strong class="big">2</strong> tin' in page
    await sign_in(client, Role.EDITOR)
    assert "Tin hỏng" not in await text_of(client, "/admin")
