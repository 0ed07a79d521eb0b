"""A local Zalo Bot Platform: `POST /bot<token>/<method>`, polling with its quirks, webhook deliveries, faults."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "1234567890:bot-token-invented"
SECRET = "bot-secret-invented"
BOT_ID = "b0b0fa11c0de0000"
PERSON = "b0b0fa11c0de0001"


@dataclass(slots=True)
class ZaloBotPlatform:
    """The state behind the server; tests read and bend it."""

    url: str = ""
    polling_s: float = 0.05  # stands for the 30 s that Zalo waits for something new
    as_list: bool = False  # some saw an array where the documentation shows one object
    hook: str = ""
    hook_secret: str = ""
    faults: deque[str] = field(default_factory=deque)
    calls: Counter[str] = field(default_factory=Counter)
    sent: list[tuple[str, str]] = field(default_factory=list)
    latest: list[dict[str, Any]] = field(default_factory=list)
    waiting: deque[dict[str, Any]] = field(default_factory=deque)
    blocked: set[str] = field(default_factory=set)
    _numbers: int = 0

    def said(self, text: str = "", event: str = "text", **more: Any) -> dict[str, Any]:
        """A person writes."""
        return self._update(event, PERSON, False, **({"text": text} if event == "text" else {}), **more)

    def own(self, text: str, chat_id: str = PERSON) -> dict[str, Any]:
        """What the bot sends comes back to it."""
        return self._update("text", BOT_ID, True, chat_id=chat_id, text=text)

    def _update(self, event: str, writer: str, bot: bool, chat_id: str = PERSON, **parts: Any) -> dict[str, Any]:
        self._numbers += 1
        message = {
            "from": {"id": writer, "display_name": "An", "is_bot": bot},
            "chat": {"id": chat_id, "chat_type": "PRIVATE"},
            **parts,
            "message_id": f"u-{self._numbers:016d}",
            "date": int(time.time() * 1000),
        }
        return {"event_name": f"message.{event}.received", "message": message}

    async def deliver(self, update: dict[str, Any], secret: str | None = None, bare: bool = False) -> int:
        """Post an update to the webhook and return the status of the answer."""
        body = update if bare else {"ok": True, "result": update}
        headers = {"X-Bot-Api-Secret-Token": self.hook_secret if secret is None else secret}
        async with aiohttp.ClientSession() as session, session.post(self.hook, json=body, headers=headers) as answer:
            return answer.status


PLATFORM = web.AppKey("platform", ZaloBotPlatform)


@asynccontextmanager
async def zalo_bot_server(platform: ZaloBotPlatform | None = None) -> AsyncIterator[ZaloBotPlatform]:
    """Run the server at `platform.url`."""
    platform = platform or ZaloBotPlatform()
    app = web.Application()
    app[PLATFORM] = platform
    app.router.add_post("/bot{token}/{method}", _call)
    server = TestServer(app)
    await server.start_server()
    platform.url = str(server.make_url("")).rstrip("/")
    try:
        yield platform
    finally:
        await server.close()


def _failed(code: int, words: str) -> web.Response:
    return web.json_response({"ok": False, "error_code": code, "description": words})


async def _call(request: web.Request) -> web.StreamResponse:
    platform, method = request.app[PLATFORM], request.match_info["method"]
    platform.calls[method] += 1
    fault = platform.faults.popleft() if platform.faults else ""
    if fault == "hang":
        await asyncio.sleep(3600)
    if fault == "reset":
        assert request.transport is not None
        request.transport.abort()
        return web.Response()
    if fault.startswith("error "):
        return _failed(int(fault.split()[1]), "told to")
    if fault.isdigit():
        return web.Response(status=int(fault), text="<html>down</html>")
    if request.match_info["token"] != TOKEN:
        return _failed(401, "Unauthorized")
    values = await request.json()
    handler = _METHODS.get(method)
    return await handler(platform, values) if handler else _failed(404, "Not Found")


def _told(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


async def _get_me(_platform: ZaloBotPlatform, _values: dict[str, Any]) -> web.Response:
    return _told({"id": BOT_ID, "account_name": "bot.xuanhoa", "account_type": "BASIC", "can_join_groups": False})


async def _send_message(platform: ZaloBotPlatform, values: dict[str, Any]) -> web.Response:
    text = values.get("text")
    if set(values) != {"chat_id", "text"} or not isinstance(text, str) or not 1 <= len(text) <= 2000:
        return _failed(400, "Bad Request")
    if values["chat_id"] in platform.blocked:
        return _failed(403, "Forbidden")
    platform.sent.append((values["chat_id"], text))
    mirrored = platform.own(text, values["chat_id"])
    platform.waiting.append(mirrored)
    return _told({"message_id": mirrored["message"]["message_id"], "date": mirrored["message"]["date"]})


async def _get_updates(platform: ZaloBotPlatform, values: dict[str, Any]) -> web.Response:
    assert isinstance(values["timeout"], str)
    if platform.hook:
        return _failed(409, "Conflict: webhook is set")
    if platform.waiting:
        platform.latest = [platform.waiting.popleft()]
    if not platform.latest:
        await asyncio.sleep(platform.polling_s)
        return _failed(408, "Request timeout")
    # Measured by others: without anything new, the last update is given again, at once.
    return _told(platform.latest if platform.as_list else platform.latest[0])


async def _set_webhook(platform: ZaloBotPlatform, values: dict[str, Any]) -> web.Response:
    if not values["url"].startswith("https://") or not 8 <= len(values["secret_token"]) <= 256:
        return _failed(400, "Bad Request")
    platform.hook, platform.hook_secret = values["url"], values["secret_token"]
    return _told({"url": platform.hook})


async def _delete_webhook(platform: ZaloBotPlatform, _values: dict[str, Any]) -> web.Response:
    platform.hook = ""
    return _told({"url": ""})


async def _webhook_info(platform: ZaloBotPlatform, _values: dict[str, Any]) -> web.Response:
    return _told({"url": platform.hook})


_METHODS = {
    "getMe": _get_me,
    "sendMessage": _send_message,
    "getUpdates": _get_updates,
    "setWebhook": _set_webhook,
    "deleteWebhook": _delete_webhook,
    "getWebhookInfo": _webhook_info,
}
