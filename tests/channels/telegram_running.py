"""The production adapter on the local Bot API server, with a real inbox and outbox and a scripted assistant."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.handling import Handling
from channels.inbox import Inbox
from channels.outbox import Outbox
from channels.seal import Seal
from channels.telegram import TelegramChannel, TelegramIntake, TelegramWebhook, routes
from channels.telegram_api import TelegramApi
from channels.telegram_settings import TelegramSettings
from channels.telegram_updates import ALLOWED_UPDATES
from channels.worker import Worker
from storage.conversations import Conversations
from storage.database import open_database
from storage.schema import metadata
from storage.tokens import Tokens
from tests.channels.scripted import CLARIFY, CRISIS, DOCUMENTS, FEE, ScriptedAssistant
from tests.servers.telegram import TOKEN, TelegramServer, serving

SECRET = "s3cret-of-the-webhook-0123456789"
PUBLIC = "https://hoi.example.gov.vn"


@dataclass
class Running:
    """Everything a test touches."""

    telegram: TelegramServer
    settings: TelegramSettings
    api: TelegramApi
    channel: TelegramChannel
    intake: TelegramIntake
    inbox: Inbox
    assistant: ScriptedAssistant
    web: TestServer

    async def hook(self) -> None:
        """Set the webhook, as `motcua telegram set-webhook` does."""
        url = f"{PUBLIC}/webhooks/telegram"
        await self.api.bot.set_webhook(url, secret_token=SECRET, allowed_updates=ALLOWED_UPDATES)
        self.telegram.hosts[PUBLIC] = str(self.web.make_url("")).rstrip("/")


@asynccontextmanager
async def running(folder: Path, work: bool = True) -> AsyncIterator[Running]:
    """Start all of it; without `work`, deliveries stay in the inbox."""
    engine = open_database(f"sqlite:///{folder / 'test.db'}")
    metadata.create_all(engine)
    conversations = Conversations(engine)
    scripts = {"khai sinh": DOCUMENTS, ":fee": FEE, "mới sinh con": CLARIFY, "cứu": CRISIS}
    assistant = ScriptedAssistant(conversations, **scripts)
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(serving())
        settings = TelegramSettings(TOKEN, SECRET, telegram.base)
        api = TelegramApi(settings)
        stack.push_async_callback(api.close)
        channel, inbox = TelegramChannel(api), Inbox(engine, Seal("tests"))
        intake = TelegramIntake(settings, api, inbox)
        stack.push_async_callback(intake.close)
        app = web.Application(client_max_size=64 * 1024)
        app.add_routes(routes(TelegramWebhook(settings, intake)))
        server = await stack.enter_async_context(TestServer(app))
        if work:
            outbox = Outbox(engine, {channel.name: channel})
            handling = Handling(assistant, Tokens(engine))
            worker = Worker(inbox, outbox, handling, conversations, lambda _: None)
            task = asyncio.create_task(worker.run())
            stack.push_async_callback(_stopped(worker, task))
        yield Running(telegram, settings, api, channel, intake, inbox, assistant, server)
    engine.dispose()


def _stopped(worker: Worker, task: asyncio.Task[None]) -> Callable[[], Awaitable[None]]:
    async def stop() -> None:
        worker.stop()
        await task

    return stop
