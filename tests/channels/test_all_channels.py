"""One conversation through every channel: real adapters on the local services, real inbox, outbox, worker, dialogue.

The outcomes are the same everywhere. What a person sees is kept in `snapshots`, to be read; after a wanted change of
words: `MOTCUA_WRITE_SNAPSHOTS=1 pytest tests/channels/test_all_channels.py`.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
import yaml
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine, func, select

from bot.messages import Reply
from channels.pace import Pace
from channels.telegram import TelegramChannel
from channels.telegram_settings import TelegramSettings
from channels.telegram_updates import ALLOWED_UPDATES
from channels.zalo import PATH as ZALO_PATH
from channels.zalo_bot import PATH as ZALO_BOT_PATH
from channels.zalo_settings import ZaloBotSettings, ZaloSettings
from storage.conversations import Conversations
from storage.people import Person, find_conversation
from storage.schema import lanes
from tests.servers import telegram as telegram_server
from tests.servers import zalo as zalo_server
from tests.servers import zalo_bot as bot_server
from web.app import CONNECTIONS, WORKER, create_app
from web.dialogue_thread import DialogueThread

if TYPE_CHECKING:
    from tests.conftest import RealService

FOLDER = Path(__file__).parent
TURNS: list[dict[str, str]] = yaml.safe_load((FOLDER / "one_conversation.yml").read_text(encoding="utf-8"))
SNAPSHOTS = FOLDER / "snapshots"
SECRET = "s3cret-of-the-webhook-0123456789"
PUBLIC = "https://hoi.example.gov.vn"
PERSON = 77


class Talk(Protocol):
    """One person's chat with us in one channel."""

    async def say(self, text: str) -> None:
        """Write a message; returns when it was answered."""

    async def tap(self, label: str) -> None:
        """Choose a suggestion offered last."""

    def shown(self) -> str:
        """What appeared since this was asked last, as a person sees it."""

    def replies(self) -> list[Reply]:
        """All replies so far, as they are stored."""


class Stored:
    """What the talks through a chat service share: they wait until nothing of theirs is open, and read the history."""

    def __init__(self, engine: Engine, person: Person) -> None:
        self._engine, self._person = engine, person

    async def answered(self) -> None:
        async with asyncio.timeout(60):
            while self._open():  # noqa: ASYNC110 - what is waited for is a row
                await asyncio.sleep(0.02)

    def replies(self) -> list[Reply]:
        conversation = find_conversation(self._engine, self._person)
        assert conversation is not None
        return stored_replies(self._engine, conversation)

    def _open(self) -> int:
        conversation = find_conversation(self._engine, self._person)
        with self._engine.connect() as connection:
            mine = select(func.count()).where(lanes.c.conversation_id == conversation)
            return int(connection.execute(mine).scalar_one())


def stored_replies(engine: Engine, conversation: str) -> list[Reply]:
    entries = Conversations(engine).entries_after(conversation, 0)
    return [Reply.from_json(entry.body) for entry in entries if entry.role == "assistant"]


class WebTalk:
    """Through the JSON API, as the page does."""

    def __init__(self, client: TestClient, engine: Engine) -> None:
        self._client, self._engine = client, engine
        self._number = 0
        self._opened: dict[str, str] = {}
        self._last: list[Reply] = []

    async def say(self, text: str) -> None:
        await self._send({"text": text})

    async def tap(self, label: str) -> None:
        offered = [one for reply in self._last for one in reply.suggestions]
        await self._send({"payload": next(one.payload for one in offered if one.label == label)})

    async def _send(self, body: dict[str, Any]) -> None:
        if not self._opened:
            self._opened = await (await self._client.post("/api/v1/conversations")).json()
        self._number += 1
        answer = await self._client.post(
            f"/api/v1/conversations/{self._opened['conversation_id']}/messages",
            json={"id": str(self._number), **body},
            headers={"Authorization": f"Bearer {self._opened['token']}"},
        )
        assert answer.status == 200
        self._last = [Reply.from_json(reply) for reply in (await answer.json())["replies"]]

    def shown(self) -> str:
        return "\n--\n".join(
            "\n".join([reply.text, *_buttons([one.label for one in reply.suggestions])]) for reply in self._last
        )

    def replies(self) -> list[Reply]:
        return stored_replies(self._engine, self._opened["conversation_id"])


class TelegramTalk(Stored):
    """Through the webhook of a bot."""

    def __init__(self, engine: Engine, server: telegram_server.TelegramServer) -> None:
        super().__init__(engine, Person("telegram", str(PERSON)))
        self._server, self._seen = server, 0

    async def say(self, text: str) -> None:
        self._server.say(PERSON, text)
        await self._deliver()

    async def tap(self, label: str) -> None:
        self._server.tap(PERSON, label)
        await self._deliver()

    async def _deliver(self) -> None:
        await self._server.push()
        assert {status for _, status in self._server.delivered} == {200}
        await self.answered()

    def shown(self) -> str:
        new, self._seen = self._server.sent[self._seen :], len(self._server.sent)
        return "\n--\n".join(_telegram_message(message) for message in new)


def _telegram_message(message: dict[str, Any]) -> str:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    lines = [line for row in rows for line in _buttons([button["text"] for button in row])]
    return "\n".join([message["text"], *lines])


class ZaloTalk(Stored):
    """Through the signed webhook of an Official Account."""

    def __init__(self, engine: Engine, zalo: zalo_server.Zalo) -> None:
        super().__init__(engine, Person("zalo", zalo_server.PERSON))
        self._zalo, self._seen = zalo, 0

    async def say(self, text: str) -> None:
        await self._deliver(self._zalo.said(text))

    async def tap(self, label: str) -> None:
        await self._deliver(self._zalo.tapped(self._zalo.sent[-1], label))

    async def _deliver(self, event: dict[str, Any]) -> None:
        assert await self._zalo.deliver(event) == 200
        await self.answered()

    def shown(self) -> str:
        new, self._seen = self._zalo.sent[self._seen :], len(self._zalo.sent)
        return "\n--\n".join(
            "\n".join([sent.text, *(line for one in sent.buttons for line in _buttons([one["title"]]))]) for sent in new
        )


class ZaloBotTalk(Stored):
    """Through the webhook of a bot without buttons: what is tapped elsewhere is typed by number here."""

    def __init__(self, engine: Engine, platform: bot_server.ZaloBotPlatform) -> None:
        super().__init__(engine, Person("zalo_bot", bot_server.PERSON))
        self._platform, self._seen = platform, 0

    async def say(self, text: str) -> None:
        assert await self._platform.deliver(self._platform.said(text)) == 200
        await self.answered()

    async def tap(self, label: str) -> None:
        found = re.search(rf"^(\d+)\. {re.escape(label)}$", self._platform.sent[-1][1], re.MULTILINE)
        assert found is not None, self._platform.sent[-1][1]
        await self.say(found[1])

    def shown(self) -> str:
        new, self._seen = self._platform.sent[self._seen :], len(self._platform.sent)
        return "\n--\n".join(text for _, text in new)


def _buttons(labels: Sequence[str]) -> list[str]:
    return [" ".join(f"[{label}]" for label in labels)] if labels else []


@asynccontextmanager
async def talks(service: RealService) -> AsyncIterator[dict[str, Talk]]:
    """Run our server with all channels beside the local services."""
    engine = service.conversations.engine
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(telegram_server.serving())
        zalo = await stack.enter_async_context(zalo_server.zalo_server())
        platform = await stack.enter_async_context(bot_server.zalo_bot_server())
        settings = replace(
            service.settings,
            public_url=PUBLIC,
            telegram=TelegramSettings(telegram_server.TOKEN, SECRET, telegram.base),
            zalo=ZaloSettings(
                zalo_server.APP_ID,
                zalo_server.APP_SECRET,
                zalo_server.OA_SECRET,
                zalo_server.FIRST_REFRESH_TOKEN,
                zalo.url,
                zalo.url,
            ),
            zalo_bot=ZaloBotSettings(bot_server.TOKEN, SECRET, platform.url),
        )
        dialogue = DialogueThread(lambda: service.assistant)
        dialogue.start()
        stack.callback(dialogue.stop)
        dialogue.wait()
        app = create_app(settings, dialogue, service.conversations)
        client = await stack.enter_async_context(TestClient(TestServer(app)))
        ours = str(client.make_url("")).rstrip("/")
        connections = app[CONNECTIONS]
        for close in connections.closers:
            stack.push_async_callback(close)
        channel = connections.channels["telegram"]
        assert isinstance(channel, TelegramChannel)
        channel._pace = Pace(1000, 0)  # nobody reads along here
        telegram.webhook = {
            "url": f"{PUBLIC}/webhooks/telegram",
            "secret_token": SECRET,
            "allowed_updates": ALLOWED_UPDATES,
        }
        telegram.hosts[PUBLIC] = ours
        zalo.webhook = ours + ZALO_PATH
        platform.hook, platform.hook_secret = ours + ZALO_BOT_PATH, SECRET
        working = asyncio.create_task(app[WORKER].run())
        try:
            yield {
                "web": WebTalk(client, engine),
                "telegram": TelegramTalk(engine, telegram),
                "zalo": ZaloTalk(engine, zalo),
                "zalo_bot": ZaloBotTalk(engine, platform),
            }
        finally:
            app[WORKER].stop()
            await working


@pytest.fixture(scope="module")
def held(real_service: RealService) -> dict[str, tuple[list[list[Reply]], str]]:
    """The conversation as it was held in each channel: the replies to each turn, and what was seen."""

    async def hold() -> dict[str, tuple[list[list[Reply]], str]]:
        async with talks(real_service) as channels:
            return {name: await _hold(talk) for name, talk in channels.items()}

    return asyncio.run(hold())


async def _hold(talk: Talk) -> tuple[list[list[Reply]], str]:
    turns: list[list[Reply]] = []
    seen = ""
    for turn in TURNS:
        said = turn.get("say") or f"[{turn['tap']}]"
        await (talk.say(turn["say"]) if "say" in turn else talk.tap(turn["tap"]))
        before = sum(map(len, turns))
        turns.append(talk.replies()[before:])
        seen += f"> {said}\n\n{_unnumbered(talk.shown())}\n\n"
    return turns, seen


def _told(reply: Reply) -> tuple[object, ...]:
    return _unnumbered(reply.text), reply.procedures, reply.facet, [one.label for one in reply.suggestions]


def _unnumbered(text: str) -> str:
    """Tickets are numbered on and on."""
    return re.sub(r"phiếu số \d+", "phiếu số …", text)


@pytest.mark.parametrize("channel", ["web", "telegram", "zalo", "zalo_bot"])
class TestEveryChannel:
    def test_the_outcomes_are_as_the_file_says(self, held: Any, channel: str) -> None:
        turns, _ = held[channel]
        assert [replies[-1].outcome.value for replies in turns] == [turn["outcome"] for turn in TURNS]

    def test_the_answers_are_those_of_the_web(self, held: Any, channel: str) -> None:
        turns, web = held[channel][0], held["web"][0]
        assert [[_told(one) for one in replies] for replies in turns] == [
            [_told(one) for one in replies] for replies in web
        ]

    def test_what_is_seen_is_what_somebody_has_read(self, held: Any, channel: str) -> None:
        file, seen = SNAPSHOTS / f"conversation-{channel}.txt", held[channel][1]
        if os.environ.get("MOTCUA_WRITE_SNAPSHOTS"):
            file.write_text(seen, encoding="utf-8")
        assert seen == file.read_text(encoding="utf-8")


def test_the_conversation_is_a_whole_one() -> None:
    assert len(TURNS) >= 12
    assert {turn["outcome"] for turn in TURNS} >= {"answered", "clarify", "corrected", "abstained", "crisis", "handoff"}
