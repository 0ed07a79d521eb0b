"""A Bot API server on loopback that does what Telegram does with what we use, and checks what it is sent.

Written from the Bot API's documentation as summed up in docs/channels.md. Stricter in one point: a bare "&" is refused
too, so that a forgotten escape is found. Faults are put in by tests: `fail` for answers, `push` for deliveries.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

TOKEN = "123456789:AAlocal-server-token-for-tests"
BOT = {"id": 123456789, "is_bot": True, "first_name": "Một Cửa", "username": "motcua_test_bot"}
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
DATE = 1_795_289_685
_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote", "tg-spoiler"}
_PORTS = {None, 443, 80, 88, 8443}
_KINDS = ("message", "callback_query", "my_chat_member", "edited_message", "channel_post")


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request: an HTTP status, or no answer at all; `after`: what was asked is done first."""

    status: int = 0  # 0: the connection breaks; -1: no answer comes
    description: str = ""
    parameters: Mapping[str, int] = field(default_factory=dict)
    after: bool = False


BREAKS = Fault()
BREAKS_AFTER = Fault(after=True)
HANGS = Fault(-1)
BROKEN = Fault(502, "Bad Gateway")


def too_many(seconds: int) -> Fault:
    return Fault(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


class Refused(Exception):  # noqa: N818 - a finding, not a fault
    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


class _Entities(HTMLParser):
    """Reads Telegram's HTML: what is shown, and which marks there are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown, self.open, self.marks = "", [], []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            raise Refused(400, f'Bad Request: can\'t parse entities: Unsupported start tag "{tag}"')
        self.open.append((tag, len(self.shown), dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            raise Refused(400, f'Bad Request: can\'t parse entities: Unexpected end tag "{tag}"')
        name, start, attrs = self.open.pop()
        self.marks.append({"type": name, "text": self.shown[start:], **attrs})

    def handle_data(self, data: str) -> None:
        self.shown += data


def read_html(text: str) -> tuple[str, list[dict[str, Any]]]:
    if re.search(r"&(?!(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);)", text):
        raise Refused(400, "Bad Request: can't parse entities: bare ampersand")
    if re.search(r"<(?!/?[a-z])", text):
        raise Refused(400, "Bad Request: can't parse entities: Unsupported start tag")
    parser = _Entities()
    parser.feed(text)
    parser.close()
    if parser.open:
        raise Refused(400, f"Bad Request: can't parse entities: Can't find end tag for {parser.open[-1][0]}")
    return parser.shown, parser.marks


def check_keyboard(markup: Any) -> list[list[dict[str, Any]]]:
    rows = markup["inline_keyboard"]
    if sum(map(len, rows)) > 100 or any(len(row) > 8 for row in rows):
        raise Refused(400, "Bad Request: reply markup is too long")
    for button in (button for row in rows for button in row):
        if not button.get("text"):
            raise Refused(400, "Bad Request: can't parse inline keyboard button: text is empty")
        if len({"url", "callback_data"} & set(button)) != 1:
            raise Refused(400, "Bad Request: Text buttons are unallowed in the inline keyboard")
        if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        if "url" in button and urlsplit(button["url"]).scheme not in ("http", "https", "tg"):
            raise Refused(400, "Bad Request: BUTTON_URL_INVALID")
    return rows


class TelegramServer:
    """One bot, its people and their chats."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.sent: list[dict[str, Any]] = []  # messages of the bot, as they stand now
        self.blocked: set[int] = set()
        self.migrated: dict[int, int] = {}
        self.left: list[int] = []
        self.commands: list[dict[str, str]] = []
        self.webhook: dict[str, Any] = {"url": ""}
        self.hosts: dict[str, str] = {}  # where the public address of a webhook really is
        self.delivered: list[tuple[int, int]] = []  # update and the status it was answered with
        self.waiting: list[dict[str, Any]] = []  # updates nobody has acknowledged
        self.open_queries: set[str] = set()
        self.base = ""
        self._faults: deque[tuple[str, Fault]] = deque()
        self._number = 1000
        self._people: dict[int, dict[str, Any]] = {}
        self._news = asyncio.Event()
        self._served = asyncio.Condition()
        self._poller: asyncio.Event | None = None
        self._closed = asyncio.Event()

    # ---- people

    def person(self, number: int, language: str = "vi") -> dict[str, Any]:
        return self._people.setdefault(
            number, {"id": number, "is_bot": False, "first_name": f"Người {number}", "language_code": language}
        )

    def say(self, sender: int, text: str | None = None, *, chat: Mapping[str, Any] | None = None, **parts: Any) -> int:
        """A person writes (or sends a photo, a place …); returns the number of the message."""
        user = self.person(sender)
        message = {
            "message_id": self._next(),
            "date": DATE,
            "from": user,
            "chat": chat or {"id": sender, "type": "private", "first_name": user["first_name"]},
            **({} if text is None else {"text": text}),
            **parts,
        }
        if text and text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
        self.update("message", message)
        return int(message["message_id"])

    def tap(self, sender: int, label: str) -> str:
        """A person taps the newest button with this label; returns the id of the query."""
        found = next(
            (message, button)
            for message in reversed(self.sent)
            if message["chat"]["id"] == sender
            for row in message.get("reply_markup", {}).get("inline_keyboard", [])
            for button in row
            if button["text"] == label and "callback_data" in button
        )
        return self.tap_data(sender, found[1]["callback_data"], found[0])

    def tap_data(self, sender: int, data: str, message: Mapping[str, Any] | None = None) -> str:
        query = {"id": str(self._next()), "from": self.person(sender), "chat_instance": "1", "data": data}
        self.open_queries.add(query["id"])
        self.update("callback_query", query | ({"message": dict(message)} if message else {}))
        return str(query["id"])

    def put_into_group(self, group: int) -> None:
        chat = {"id": group, "type": "group", "title": "Tổ dân phố"}
        old, new = {"user": BOT, "status": "left"}, {"user": BOT, "status": "member"}
        by = self.person(1)
        self.update(
            "my_chat_member",
            {"chat": chat, "from": by, "date": DATE, "old_chat_member": old, "new_chat_member": new},
        )
        self._people[group] = {"id": group, "first_name": "nhóm"}

    def update(self, kind: str, body: Mapping[str, Any]) -> None:
        if kind in self.webhook.get("allowed_updates", _KINDS):
            self.waiting.append({"update_id": self._next(), kind: json.loads(json.dumps(body))})
            self._news.set()

    def shown(self, sender: int) -> list[str]:
        """What the bot's messages to a person show."""
        return [message["text"] for message in self.sent if message["chat"]["id"] == sender]

    def buttons(self, sender: int) -> list[list[str]]:
        """The labels on the bot's last message to a person."""
        last = [message for message in self.sent if message["chat"]["id"] == sender][-1]
        return [[button["text"] for button in row] for row in last.get("reply_markup", {}).get("inline_keyboard", [])]

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something has come true by one of the bot's requests; in vain for half a minute at most."""
        async with asyncio.timeout(30), self._served:
            await self._served.wait_for(true)

    # ---- faults

    def fail(self, method: str, *faults: Fault) -> None:
        """The next requests of a method go wrong, in this order."""
        self._faults.extend((method, fault) for fault in faults)

    async def push(self, *, twice: bool = False, mixed: random.Random | None = None, secret: str | None = None) -> None:
        """Deliver what waits to the webhook; what is not answered with 2xx stays, to be delivered again."""
        updates = [update for update in self.waiting for _ in range(1 + twice)]
        if mixed is not None:
            mixed.shuffle(updates)
        parts = urlsplit(self.webhook["url"])
        url = self.hosts[f"{parts.scheme}://{parts.netloc}"] + parts.path
        token = self.webhook.get("secret_token") if secret is None else secret
        async with ClientSession(trust_env=False) as session:
            for update in updates:
                async with session.post(url, json=update, headers={SECRET_HEADER: token} if token else {}) as answer:
                    self.delivered.append((update["update_id"], answer.status))
                    if answer.status < 300 and update in self.waiting:
                        self.waiting.remove(update)

    # ---- the API

    def app(self) -> web.Application:
        app = web.Application(client_max_size=60 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.on_shutdown.append(self._close)
        return app

    async def _close(self, _app: web.Application) -> None:
        self._closed.set()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._serve(request, request.match_info["method"])
        finally:
            async with self._served:
                self._served.notify_all()

    async def _serve(self, request: web.Request, method: str) -> web.StreamResponse:
        params = await _params(request)
        fault = self._fault(method)
        if fault is not None and not fault.after:
            return await self._go_wrong(request, fault)
        try:
            if request.match_info["token"] != TOKEN:
                raise Refused(401 if ":" in request.match_info["token"] else 404, "Unauthorized")
            self.calls.append((method, params))
            call = getattr(self, re.sub("([A-Z])", lambda big: f"_{big[1].lower()}", f"_{method}"), None)
            if call is None:
                raise Refused(404, "Not Found")
            result = await call(params)
        except Refused as error:
            return _refusal(error.status, error.description, error.parameters)
        if fault is not None:
            return await self._go_wrong(request, fault)
        return web.json_response({"ok": True, "result": result})

    def _fault(self, method: str) -> Fault | None:
        found = next((waiting for waiting in self._faults if waiting[0] == method), None)
        if found is None:
            return None
        self._faults.remove(found)
        return found[1]

    async def _go_wrong(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.status > 0:
            return _refusal(fault.status, fault.description, fault.parameters)
        if fault.status < 0:
            await self._closed.wait()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def _get_me(self, _params: dict[str, Any]) -> Any:
        return BOT | {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}

    async def _send_message(self, params: dict[str, Any]) -> Any:
        chat_id = self._reachable(params)
        text, marks = read_html(params["text"]) if params.get("parse_mode") == "HTML" else (params["text"], [])
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            raise Refused(400, "Bad Request: message is too long")
        message = {
            "message_id": self._next(),
            "date": DATE,
            "from": BOT,
            "chat": {"id": chat_id, "type": "private" if chat_id > 0 else "group", "first_name": "x"},
            "text": text.strip(),
        }
        if "reply_markup" in params:
            message["reply_markup"] = {"inline_keyboard": check_keyboard(params["reply_markup"])}
        self.sent.append(message | {"marks": marks, "preview": params.get("link_preview_options")})
        return message

    async def _edit_message_reply_markup(self, params: dict[str, Any]) -> Any:
        found = [message for message in self.sent if message["message_id"] == params.get("message_id")]
        if not found:
            raise Refused(400, "Bad Request: message to edit not found")
        rows = check_keyboard(params["reply_markup"])
        if rows == found[0].get("reply_markup", {}).get("inline_keyboard"):
            raise Refused(400, "Bad Request: message is not modified")
        found[0]["reply_markup"] = {"inline_keyboard": rows}
        return {key: value for key, value in found[0].items() if key not in ("marks", "preview")}

    async def _answer_callback_query(self, params: dict[str, Any]) -> Any:
        query = str(params["callback_query_id"])
        if query not in self.open_queries:
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(params.get("text", "")) > 200:
            raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
        self.open_queries.discard(query)
        return True

    async def _set_my_commands(self, params: dict[str, Any]) -> Any:
        for command in params["commands"]:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]) or not 1 <= len(command["description"]) <= 256:
                raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
        self.commands = params["commands"]
        return True

    async def _leave_chat(self, params: dict[str, Any]) -> Any:
        if params["chat_id"] > 0:
            raise Refused(400, "Bad Request: chat member status can't be changed in private chats")
        self.left.append(params["chat_id"])
        return True

    async def _set_webhook(self, params: dict[str, Any]) -> Any:
        parts = urlsplit(params.get("url", ""))
        if params.get("url") and parts.scheme != "https":
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if parts.port not in _PORTS:
            raise Refused(400, "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", params.get("secret_token", "")):
            raise Refused(400, "Bad Request: secret token contains illegal characters")
        known = {key: params[key] for key in ("url", "secret_token", "allowed_updates") if key in params}
        self.webhook = {"url": ""} | known
        if params.get("drop_pending_updates"):
            self.waiting.clear()
        if self._poller is not None:
            self._poller.set()
        return True

    async def _delete_webhook(self, _params: dict[str, Any]) -> Any:
        self.webhook = {"url": ""}
        return True

    async def _get_webhook_info(self, _params: dict[str, Any]) -> Any:
        known = {key: value for key, value in self.webhook.items() if key != "secret_token"}
        return {"has_custom_certificate": False, "pending_update_count": len(self.waiting), **known}

    async def _get_updates(self, params: dict[str, Any]) -> Any:
        if self.webhook["url"]:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                "webhook first",
            )
        if self._poller is not None:
            self._poller.set()  # the newer one wins
        self._poller = ousted = asyncio.Event()
        allowed = params.get("allowed_updates") or _KINDS
        if "offset" in params:
            self.waiting = [update for update in self.waiting if update["update_id"] >= params["offset"]]
        try:
            async with asyncio.timeout(params.get("timeout", 0)):
                while not (found := [one for one in self.waiting if set(one) & set(allowed)]):
                    self._news.clear()
                    await _first(self._news.wait(), ousted.wait(), self._closed.wait())
                    if ousted.is_set() or self._closed.is_set():
                        break
        except TimeoutError:
            return []
        if ousted.is_set():
            raise Refused(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
        return found[:100]

    def _reachable(self, params: dict[str, Any]) -> int:
        chat_id = params.get("chat_id")
        if not isinstance(chat_id, int) or chat_id not in self._people:
            raise Refused(400, "Bad Request: chat not found")
        if chat_id in self.migrated:
            new = self.migrated[chat_id]
            raise Refused(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=new)
        if chat_id in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return chat_id

    def _next(self) -> int:
        self._number += 1
        return self._number


async def _params(request: web.Request) -> dict[str, Any]:
    """Read parameters from the address, a form or JSON; what looks like JSON in a form is JSON, as Telegram does."""
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        given |= await request.json()
    elif request.can_read_body and request.content_type != "application/octet-stream":
        given |= dict(await request.post())
    return {key: _value(key, value) for key, value in given.items()}


def _value(key: str, value: Any) -> Any:
    if key in ("text", "parse_mode", "url", "secret_token", "callback_query_id") or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _refusal(status: int, description: str, parameters: Mapping[str, int]) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return web.json_response(body | ({"parameters": dict(parameters)} if parameters else {}), status=status)


async def _first(*waits: Any) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


@asynccontextmanager
async def serving() -> AsyncIterator[TelegramServer]:
    """Run a server on a free port; `base` is its address."""
    server = TelegramServer()
    async with TestServer(server.app()) as running:
        server.base = str(running.make_url("")).rstrip("/")
        yield server
