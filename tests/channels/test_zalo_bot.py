"""The Zalo bot: its webhook and its polling against a server with the platform's quirks."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

import channels.zalo_bot
from bot.messages import File, FileKind, Outcome, Reply
from channels.base import Delivery, FailureKind, SendFailed
from channels.zalo_bot import PATH, ZaloBot, ZaloBotChannel, read_update
from channels.zalo_bot_api import ZaloBotApi
from channels.zalo_http import Http
from channels.zalo_settings import ZaloBotSettings
from storage.conversations import Conversations
from storage.database import open_database, upgrade
from tests.channels.scripted import CLARIFY, DOCUMENTS, ScriptedAssistant
from tests.servers.zalo_bot import BOT_ID, PERSON, SECRET, TOKEN, ZaloBotPlatform, zalo_bot_server
from web.app import CONNECTIONS, WORKER, create_app
from web.settings import Settings


class Kept:
    """An inbox that keeps what came, each id once, and fails when told to."""

    def __init__(self) -> None:
        self.deliveries: dict[str, Delivery] = {}
        self.stores = 0
        self.failures = 0

    async def store(self, deliveries: Any) -> None:
        self.stores += 1
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the database is away")
        self.deliveries.update((one.id, one) for one in deliveries)

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.deliveries.values()]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels.zalo_bot, "PACE_S", 0.02)
    monkeypatch.setattr(channels.zalo_bot, "_LONGEST_WAIT_S", 0.02)


@pytest.fixture
async def platform() -> AsyncIterator[ZaloBotPlatform]:
    async with zalo_bot_server() as running:
        yield running


@pytest.fixture
async def api(platform: ZaloBotPlatform) -> AsyncIterator[ZaloBotApi]:
    http = Http()
    yield ZaloBotApi(ZaloBotSettings(TOKEN, SECRET, platform.url), http)
    await http.close()


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
async def polling(platform: ZaloBotPlatform, api: ZaloBotApi, kept: Kept) -> AsyncIterator[ZaloBot]:
    bot = ZaloBot(ZaloBotSettings(TOKEN, SECRET, platform.url), api, kept)
    task = asyncio.create_task(bot.run("http://localhost:8080"))
    yield bot
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110 - what the server saw is found by looking
            await asyncio.sleep(0.01)


# ---- reading


def test_a_text_in_its_envelope_and_without() -> None:
    update = ZaloBotPlatform().said("đăng ký khai sinh")
    found = read_update({"ok": True, "result": update})
    assert found is not None
    assert (found.channel, found.sender_id, found.text) == ("zalo_bot", PERSON, "đăng ký khai sinh")
    assert found.id == update["message"]["message_id"]
    assert read_update(update) == found


@pytest.mark.parametrize(
    ("event", "parts", "text", "files"),
    [
        ("image", {"photo": "https://f.example/1", "caption": "đúng chưa"}, "đúng chưa", (FileKind.IMAGE, "https://f.example/1")),
        ("image", {"photo_url": "https://f.example/1"}, "", (FileKind.IMAGE, "https://f.example/1")),
        ("sticker", {"sticker": "st1", "url": "https://f.example/s"}, "", (FileKind.STICKER, "https://f.example/s")),
        ("voice", {"voice_url": "https://f.example/v.aac"}, "", (FileKind.AUDIO, "https://f.example/v.aac")),
        ("unsupported", {}, "", (FileKind.DOCUMENT, "")),
    ],
)  # fmt: skip
def test_files(event: str, parts: dict[str, str], text: str, files: tuple[FileKind, str]) -> None:
    found = read_update(ZaloBotPlatform().said(event=event, **parts))
    assert found is not None
    assert (found.text, found.files) == (text, (File(*files),))


def test_the_bots_own_words_and_groups_are_left_alone() -> None:
    platform = ZaloBotPlatform()
    assert read_update(platform.own("Chào anh/chị")) is None
    unmarked = platform.own("Chào anh/chị")
    del unmarked["message"]["from"]["is_bot"]
    assert read_update(unmarked) is not None
    assert read_update(unmarked, BOT_ID) is None
    group = platform.said("khai sinh")
    group["message"]["chat"]["chat_type"] = "GROUP"
    assert read_update(group) is None


@pytest.mark.parametrize("name", ["message.reaction.received", "message.text.sent", "", "bot.joined"])
def test_other_events_mean_nothing(name: str) -> None:
    assert read_update(ZaloBotPlatform().said("a") | {"event_name": name}) is None


# ---- sending


async def test_a_text_is_sent(api: ZaloBotApi, platform: ZaloBotPlatform) -> None:
    assert (await ZaloBotChannel(api).send(PERSON, Reply("Chào anh/chị", Outcome.SMALLTALK))).startswith("u-")
    assert platform.sent == [(PERSON, "Chào anh/chị")]


@pytest.mark.parametrize(
    ("fault", "kind", "uncertain"),
    [
        ("503", FailureKind.PASSING, False),
        ("reset", FailureKind.PASSING, True),
        ("429", FailureKind.BUSY, False),
        ("error 400", FailureKind.REFUSED, False),
        ("error 401", FailureKind.CREDENTIALS, False),
        ("error 403", FailureKind.UNREACHABLE, False),
        ("error 408", FailureKind.PASSING, True),
        ("error 429", FailureKind.BUSY, False),
        ("error 777", FailureKind.PASSING, False),
    ],
)
async def test_faults_of_sending(
    api: ZaloBotApi, platform: ZaloBotPlatform, fault: str, kind: FailureKind, uncertain: bool
) -> None:
    platform.faults.append(fault)
    with pytest.raises(SendFailed) as failed:
        await ZaloBotChannel(api).send(PERSON, Reply("Chào", Outcome.SMALLTALK))
    assert (failed.value.kind, failed.value.uncertain) == (kind, uncertain)
    assert (failed.value.retry_after is not None) == (kind is FailureKind.BUSY)


async def test_no_failure_tells_the_token(platform: ZaloBotPlatform, unused_tcp_port: int) -> None:
    http = Http()
    for base in (f"http://127.0.0.1:{unused_tcp_port}", platform.url):
        platform.faults.append("reset")
        with pytest.raises(SendFailed) as failed:
            await ZaloBotApi(ZaloBotSettings(TOKEN, SECRET, base), http).get_me()
        shown = f"{failed.value!r} {failed.value.__cause__!r} {failed.value.__suppress_context__}"
        assert TOKEN not in shown
        assert shown.endswith("None True")
    await http.close()


# ---- polling


async def test_polling_takes_each_message_once_though_it_comes_again(
    polling: ZaloBot, platform: ZaloBotPlatform, kept: Kept
) -> None:
    for text in ("một", "hai", "ba"):
        platform.waiting.append(platform.said(text))
    await until(lambda: len(kept.deliveries) == 3)
    seen = platform.calls["getUpdates"]
    await until(lambda: platform.calls["getUpdates"] >= seen + 5)
    assert (kept.texts, kept.stores) == (["một", "hai", "ba"], 3)
    assert polling.received == {"delivery": 3}


async def test_a_list_of_updates_is_read_too(polling: ZaloBot, platform: ZaloBotPlatform, kept: Kept) -> None:
    platform.as_list = True
    platform.waiting.append(platform.said("một"))
    await until(lambda: kept.texts == ["một"])


async def test_what_could_not_be_stored_is_taken_when_it_comes_again(
    polling: ZaloBot, platform: ZaloBotPlatform, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    kept.failures = 2
    platform.waiting.append(platform.said("Nguyễn Văn A hỏi"))
    await until(lambda: len(kept.deliveries) == 1)
    assert kept.stores == 3
    assert "Nguyễn" not in "".join(one.getMessage() for one in caplog.records)


async def test_polling_goes_on_after_faults(polling: ZaloBot, platform: ZaloBotPlatform, kept: Kept) -> None:
    platform.faults.extend(["503", "reset", "error 500", "429"])
    platform.waiting.append(platform.said("một"))
    await until(lambda: kept.texts == ["một"])


async def test_its_own_messages_do_not_come_back_as_questions(
    polling: ZaloBot, platform: ZaloBotPlatform, kept: Kept, api: ZaloBotApi
) -> None:
    await ZaloBotChannel(api).send(PERSON, Reply("Chào anh/chị", Outcome.SMALLTALK))
    platform.waiting.append(platform.said("một"))
    await until(lambda: kept.texts == ["một"])


async def test_polling_takes_an_old_webhook_away_first(platform: ZaloBotPlatform, api: ZaloBotApi, kept: Kept) -> None:
    platform.hook = "https://old.example.gov.vn/webhooks/zalo-bot"
    bot = ZaloBot(ZaloBotSettings(TOKEN, SECRET, platform.url), api, kept)
    task = asyncio.create_task(bot.run("http://localhost:8080"))
    platform.waiting.append(platform.said("một"))
    await until(lambda: kept.texts == ["một"])
    assert platform.hook == ""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(
    ("url", "secret", "hooked"),
    [
        ("https://hoi.example.gov.vn", SECRET, True),
        ("https://hoi.example.gov.vn", "", False),
        ("http://a", SECRET, False),
    ],
)
async def test_the_webhook_needs_https_and_a_secret(
    platform: ZaloBotPlatform, api: ZaloBotApi, kept: Kept, url: str, secret: str, hooked: bool
) -> None:
    platform.faults.append("503")
    bot = ZaloBot(ZaloBotSettings(TOKEN, secret, platform.url), api, kept)
    task = asyncio.create_task(bot.run(url))
    await until(lambda: platform.calls["setWebhook" if hooked else "getUpdates"] > 0)
    assert (platform.hook, platform.hook_secret) == ((url + PATH, secret) if hooked else ("", ""))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


# ---- the webhook, as it is served


class Service:
    def __init__(self, engine: Engine, tmp_path: Path, platform: ZaloBotPlatform, secret: str = SECRET) -> None:
        conversations = Conversations(engine)
        self.assistant = ScriptedAssistant(conversations, **{"khai sinh": DOCUMENTS, "mới sinh con": CLARIFY})
        shared = Settings(
            tmp_path, 0, "https://a.example", "", "", zalo_bot=ZaloBotSettings(TOKEN, secret, platform.url)
        )
        self.app = create_app(shared, self.assistant, conversations)
        self.received = self.app[CONNECTIONS].received["zalo_bot"]


@pytest.fixture
async def service(platform: ZaloBotPlatform, tmp_path: Path) -> AsyncIterator[Service]:
    engine = open_database(f"sqlite:///{tmp_path}/motcua.db")
    upgrade(engine)
    service = Service(engine, tmp_path, platform)
    server = TestServer(service.app)
    await server.start_server()
    platform.hook, platform.hook_secret = str(server.make_url(PATH)), SECRET
    worker = service.app[WORKER]
    working = asyncio.create_task(worker.run())
    yield service
    worker.stop()
    await working
    await server.close()
    for close in service.app[CONNECTIONS].closers:
        await close()


async def test_a_menu_is_numbered_and_a_number_chooses(service: Service, platform: ZaloBotPlatform) -> None:
    assert await platform.deliver(platform.said("đăng ký khai sinh cần gì")) == 200
    await until(lambda: len(platform.sent) == 1)
    chat, text = platform.sent[0]
    assert chat == PERSON
    for line in ("1. Lệ phí", "2. Bao lâu", "3. Nộp ở đâu"):
        assert line in text
    assert "t:" not in text
    assert len(text) <= 2000


async def test_the_same_update_again_is_answered_once(service: Service, platform: ZaloBotPlatform) -> None:
    update = platform.said("khai sinh")
    assert {await platform.deliver(update, bare=bare) for bare in (False, True, False)} == {200}
    other = platform.said("mới sinh con")
    await platform.deliver(other)
    await until(lambda: len(platform.sent) == 2)
    assert len(service.assistant.heard) == 2


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET[:-1], "ăăăăăăăă"])
async def test_without_the_secret_nothing_is_obeyed_or_logged(
    service: Service, platform: ZaloBotPlatform, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert await platform.deliver(platform.said("Nguyễn Văn A hỏi"), secret) == 401
    assert service.received == {"unsigned": 1}
    assert not service.assistant.heard
    mine = "".join(one.getMessage() for one in caplog.records if one.name.startswith(("channels", "web", "storage")))
    assert "Nguyễn" not in mine
    assert SECRET not in mine


async def test_a_bot_without_a_secret_accepts_nothing(platform: ZaloBotPlatform, tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/motcua.db")
    upgrade(engine)
    open_to_all = Service(engine, tmp_path, platform, secret="")
    server = TestServer(open_to_all.app)
    await server.start_server()
    platform.hook = str(server.make_url(PATH))
    assert await platform.deliver(platform.said("khai sinh"), "") == 401
    await server.close()


async def test_no_body_whatever_breaks_the_server(service: Service, platform: ZaloBotPlatform) -> None:
    service.app[WORKER].stop()
    sample = json.dumps({"ok": True, "result": platform.said("khai sinh")}).encode()
    value = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.integers(), max_size=2)
    inner = st.dictionaries(st.sampled_from(["from", "chat", "text", "message_id", "id", "photo", "date"]), value)
    odd = st.fixed_dictionaries({"event_name": st.just("message.image.received"), "message": inner | value})
    bodies: list[bytes] = []

    @settings(max_examples=200, database=None, suppress_health_check=list(HealthCheck))
    @given(
        st.binary(max_size=60)
        | odd.map(lambda one: json.dumps(one).encode())
        | st.integers(0, len(sample)).map(lambda n: sample[:n])
    )
    def collect(raw: bytes) -> None:
        bodies.append(raw)

    collect()
    statuses = set()
    async with ClientSession(headers={"X-Bot-Api-Secret-Token": SECRET}) as session:
        for raw in [*bodies, b"[" * 60_000]:
            async with session.post(platform.hook, data=raw) as answer:
                statuses.add(answer.status)
    assert statuses == {200}
