"""A local Zalo: OAuth, the API of an Official Account, its webhook deliveries and its console.

It checks what it gets as strictly as Zalo is documented to, keeps what people would see, and breaks on demand. Ids and
secrets are invented. `faults` are used up one a request; each names what goes wrong with it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

APP_ID = "1100000000000000007"
APP_SECRET = "app-secret-invented"
OA_SECRET = "oa-secret-invented"
OA_ID = "2900000000000000042"
PERSON = "4500000000000000001"
FIRST_REFRESH_TOKEN = "refresh-from-the-console"
RETRIES_S = (30, 300, 900, 1800, 3600)
DAY_S = 86_400.0

Faults = deque[str]
"""`hang`, `reset`, `lost` (done, but the answer is lost), `html`, a status as `503`, an error as `-32`, `error 216`."""


@dataclass(slots=True)
class Sent:
    """One message as it appears in a person's chat."""

    user_id: str
    text: str
    buttons: list[dict[str, Any]]
    attachment: dict[str, Any] | None
    id: str
    path: str


@dataclass(slots=True)
class Zalo:
    """The state behind the server; tests read and bend it."""

    now: Callable[[], float] = time.time
    url: str = ""
    webhook: str = ""
    echoes: bool = False  # whether every send is told to the webhook, before its answer
    proof_wanted: bool = False
    night: bool = False
    faults: Faults = field(default_factory=deque)
    oauth_faults: Faults = field(default_factory=deque)
    oauth_delay: float = 0.0
    sent: list[Sent] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    errors: list[int] = field(default_factory=list)
    refreshes: int = 0
    access_tokens: dict[str, float] = field(default_factory=dict)  # until when
    refresh_token: str | None = FIRST_REFRESH_TOKEN
    spent: set[str] = field(default_factory=set)
    interactions: dict[str, float] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    uploads: dict[str, tuple[str, bytes, float]] = field(default_factory=dict)
    challenges: dict[str, str] = field(default_factory=dict)
    signing: Callable[[bytes, str], dict[str, str]] | None = None
    _numbers: int = 0

    # ---- what a person and the console do

    def event(self, name: str, **parts: Any) -> dict[str, Any]:
        """An event in the order of the one real log: names first, then the parties, the message, the time."""
        parties = {"sender": {"id": PERSON}, "recipient": {"id": OA_ID}}
        if name.startswith("oa_"):
            parties = {"sender": {"id": OA_ID}, "recipient": {"id": PERSON}}
        stamp = str(int(self.now() * 1000))
        return {"event_name": name, "app_id": APP_ID, **parties, **parts, "timestamp": stamp, "user_id_by_app": "5500"}

    def said(self, text: str, user_id: str = PERSON, **more: Any) -> dict[str, Any]:
        """A person writes."""
        self.interactions[user_id] = self.now()
        message = {"msg_id": self.number("m"), "text": text, **more}
        return self.event("user_send_text", sender={"id": user_id}, message=message)

    def tapped(self, sent: Sent, label: str) -> dict[str, Any]:
        """A person taps a button: it comes back as a text, nothing tells it from typing."""
        button = next(one for one in sent.buttons if one["title"] == label)
        assert button["type"] in ("oa.query.hide", "oa.query.show")
        return self.said(button["payload"], sent.user_id)

    async def deliver(self, event: dict[str, Any], url: str = "", **headers: str) -> int:
        """Post an event to the webhook as Zalo does and return the status of the answer."""
        raw = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        signed = self.signing or sign
        async with aiohttp.ClientSession() as session:
            made = {"Content-Type": "application/json", **signed(raw, event["timestamp"]), **headers}
            async with session.post(url or self.webhook, data=raw, headers=made) as answer:
                return answer.status

    def number(self, kind: str) -> str:
        self._numbers += 1
        return f"{kind}-{self._numbers:016d}"

    def mint(self) -> dict[str, str]:
        """Make a pair; the access token before it dies."""
        self.access_tokens = {self.number("access"): self.now() + 90_000}
        self.refresh_token = self.number("refresh")
        (access,) = self.access_tokens
        return {"access_token": access, "refresh_token": self.refresh_token, "expires_in": "90000"}


def sign(raw: bytes, timestamp: str) -> dict[str, str]:
    mac = hashlib.sha256(APP_ID.encode() + raw + timestamp.encode() + OA_SECRET.encode()).hexdigest()
    return {"X-ZEvent-Signature": f"mac={mac}"}


ZALO = web.AppKey("zalo", Zalo)


@asynccontextmanager
async def zalo_server(zalo: Zalo | None = None) -> AsyncIterator[Zalo]:
    """Run the server; `zalo.url` is both API and OAuth base."""
    zalo = zalo or Zalo()
    app = web.Application(client_max_size=8_000_000)
    app[ZALO] = zalo
    app.add_routes(
        [
            web.get("/v4/oa/permission", _permission),
            web.post("/v4/oa/access_token", _access_token),
            web.post("/v3.0/oa/message/cs", _cs),
            web.post("/v2.0/oa/message", _anonymous),
            web.post("/v2.0/oa/upload/image", _upload),
            web.post("/v2.0/oa/upload/file", _upload),
            web.post("/v3.0/oa/quota/message", _quota),
            web.get("/v2.0/oa/getoa", _account),
        ]
    )
    server = TestServer(app)
    await server.start_server()
    zalo.url = str(server.make_url("")).rstrip("/")
    try:
        yield zalo
    finally:
        await server.close()


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    def __init__(self, error: int) -> None:
        self.error = error


async def broken(request: web.Request, faults: Faults) -> tuple[web.StreamResponse | None, bool]:
    """Take the next fault: an answer in place of the real one, and whether the real one is lost after the work."""
    fault = faults.popleft() if faults else ""
    if fault == "hang":
        await asyncio.sleep(3600)
    if fault == "reset":
        assert request.transport is not None
        request.transport.abort()
        return web.Response(), False
    if fault == "html":
        return web.Response(text="<html>busy</html>", content_type="text/html"), False
    if fault == "429":
        return web.Response(status=429, headers={"Retry-After": "7"}), False
    if fault.isdigit():
        return web.Response(status=int(fault), text="<html>down</html>"), False
    if fault.startswith(("-", "error ")):
        return told(request.app[ZALO], int(fault.removeprefix("error "))), False
    return None, fault == "lost"


def told(zalo: Zalo, error: int, data: dict[str, Any] | None = None) -> web.Response:
    """An answer of the API: always HTTP 200."""
    zalo.errors.append(error)
    body: dict[str, Any] = {"error": error, "message": "Success" if error == 0 else "Refused"}
    return web.json_response({"data": data, **body} if data is not None else body)


# ---- OAuth


async def _permission(request: web.Request) -> web.Response:
    asked, zalo = request.query, request.app[ZALO]
    assert asked["app_id"] == APP_ID
    assert "code_challenge_method" not in asked
    code = zalo.number("code")
    zalo.challenges[code] = asked["code_challenge"]
    back = {"code": code, "oa_id": OA_ID, "state": asked["state"]}
    raise web.HTTPFound(f"{asked['redirect_uri']}?{urlencode(back)}")


async def _access_token(request: web.Request) -> web.StreamResponse:
    zalo = request.app[ZALO]
    answer, lost = await broken(request, zalo.oauth_faults)
    if answer is not None:
        return answer
    if zalo.oauth_delay:
        await asyncio.sleep(zalo.oauth_delay)
    try:
        pair = _grant(zalo, request.headers, dict(await request.post()), request.content_type)
    except Refusal as refusal:
        reason = {"error_name": "Refused.", "error_reason": "", "error_description": "", "ref_doc": ""}
        return web.json_response({"error": refusal.error, **reason})
    if lost:
        assert request.transport is not None
        request.transport.abort()
    return web.json_response(pair)


def _grant(zalo: Zalo, headers: Any, form: dict[str, Any], content_type: str) -> dict[str, str]:
    assert content_type == "application/x-www-form-urlencoded"
    if headers.get("secret_key") != APP_SECRET:
        raise Refusal(-14004)
    if form.get("app_id") != APP_ID:
        raise Refusal(-14002)
    if form.get("grant_type") == "authorization_code":
        challenge = zalo.challenges.pop(form.get("code", ""), None)
        if challenge is None:
            raise Refusal(-14005)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
            raise Refusal(-14010)
        return zalo.mint()
    if form.get("grant_type") != "refresh_token":
        raise Refusal(-14018)
    token = form.get("refresh_token")
    if token in zalo.spent:
        zalo.refresh_token = None  # used twice: the whole chain is dead, only a person can begin another
        zalo.access_tokens.clear()
        raise Refusal(-14020)
    if token is None or token != zalo.refresh_token:
        raise Refusal(-14014)
    zalo.spent.add(token)
    zalo.refreshes += 1
    return zalo.mint()


# ---- the API


def _call(handler: Callable[[web.Request, Zalo], Any]) -> Any:
    """Faults, the token, the proof; then the handler's data, or the number it refuses with."""

    async def wrapped(request: web.Request) -> web.StreamResponse:
        zalo = request.app[ZALO]
        zalo.calls[request.path] += 1
        answer, lost = await broken(request, zalo.faults)
        if answer is not None:
            return answer
        try:
            _authorise(zalo, request)
            data = await handler(request, zalo)
        except Refusal as refusal:
            return told(zalo, refusal.error)
        if lost:
            assert request.transport is not None
            request.transport.abort()
        return told(zalo, 0, data)

    return wrapped


def _authorise(zalo: Zalo, request: web.Request) -> None:
    token = request.headers.get("access_token")  # `Authorization: Bearer` counts as nobody
    if token is None or token not in zalo.access_tokens:
        raise Refusal(-216)
    if zalo.access_tokens[token] < zalo.now():
        raise Refusal(-220)
    if zalo.proof_wanted:
        proof = hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
        if request.headers.get("appsecret_proof") != proof:
            raise Refusal(-242)


@_call
async def _cs(request: web.Request, zalo: Zalo) -> dict[str, Any]:
    assert request.content_type == "application/json"
    body = await request.json()
    if set(body) != {"recipient", "message"} or set(body["recipient"]) != {"user_id"}:
        raise Refusal(-201)
    user_id = body["recipient"]["user_id"]
    if user_id in zalo.blocked:
        raise Refusal(-244)
    since = zalo.now() - zalo.interactions.get(user_id, 0.0)
    if since > 7 * DAY_S:
        raise Refusal(-230)
    if zalo.night:
        raise Refusal(-234)
    sent = _message(zalo, user_id, body["message"], request.path)
    if zalo.echoes and zalo.webhook:
        await zalo.deliver(zalo.event("oa_send_text", message={"msg_id": sent.id, "text": sent.text}))
    quota = {"quota_type": "reply"} if since <= 2 * DAY_S else None
    data = {"message_id": sent.id, "user_id": user_id, "sent_time": str(int(zalo.now() * 1000))}
    return data | ({"quota": quota} if quota else {})


@_call
async def _anonymous(request: web.Request, zalo: Zalo) -> dict[str, Any]:
    body = await request.json()
    if set(body["recipient"]) != {"anonymous_id", "conversation_id"}:
        raise Refusal(-240)  # version 2 is switched off for everybody else
    if "attachment" in body["message"]:
        raise Refusal(-201)
    return {"message_id": _message(zalo, body["recipient"]["anonymous_id"], body["message"], request.path).id}


def _message(zalo: Zalo, user_id: str, message: dict[str, Any], path: str) -> Sent:
    text, attachment = message.get("text", ""), message.get("attachment")
    if not set(message) <= {"text", "attachment", "quote_message_id"} or not (text or attachment):
        raise Refusal(-201)
    if len(text) > 2000:
        raise Refusal(-210)
    buttons = _attachment(zalo, attachment, text) if attachment else []
    sent = Sent(user_id, text, buttons, attachment, zalo.number("s"), path)
    zalo.sent.append(sent)
    return sent


def _attachment(zalo: Zalo, attachment: dict[str, Any], text: str) -> list[dict[str, Any]]:
    payload = attachment.get("payload")
    if not isinstance(payload, dict):
        raise Refusal(-201)
    if attachment.get("type") == "file":
        _uploaded(zalo, payload.get("token", ""), "file")
        return []
    if attachment.get("type") != "template":
        raise Refusal(-201)  # also {"type": "image"}, as seen live
    if payload.get("template_type") == "media":
        (element,) = payload["elements"]
        if set(element) != {"media_type", "attachment_id"} or element["media_type"] != "image":
            raise Refusal(-201)
        _uploaded(zalo, element["attachment_id"], "image")
        return []
    buttons = payload.get("buttons")
    if set(payload) != {"buttons"} or not isinstance(buttons, list) or not text:
        raise Refusal(-201)
    if not 1 <= len(buttons) <= 5:
        raise Refusal(-210)
    for button in buttons:
        _button(button)
    return buttons


def _button(button: dict[str, Any]) -> None:
    if set(button) != {"title", "type", "payload"} or not 1 <= len(button["title"]) <= 100:
        raise Refusal(-201)
    payload = button["payload"]
    if button["type"] in ("oa.query.show", "oa.query.hide"):
        right = isinstance(payload, str) and 1 <= len(payload) <= 1000
    elif button["type"] == "oa.open.url":
        right = isinstance(payload, dict) and set(payload) == {"url"} and payload["url"].startswith("http")
    elif button["type"] == "oa.open.phone":
        right = isinstance(payload, dict) and set(payload) == {"phone_code"} and payload["phone_code"].isdigit()
    else:
        right = False
    if not right:
        raise Refusal(-201)


def _uploaded(zalo: Zalo, token: str, kind: str) -> None:
    if token not in zalo.uploads or zalo.uploads[token][0] != kind:
        raise Refusal(-201)
    if zalo.uploads[token][2] + 7 * DAY_S < zalo.now():
        raise Refusal(-100)


@_call
async def _upload(request: web.Request, zalo: Zalo) -> dict[str, Any]:
    kind = request.path.rpartition("/")[2]
    form = await request.post()
    file = form.get("file")
    if set(form) != {"file"} or not isinstance(file, web.FileField):
        raise Refusal(-201)
    content = file.file.read()
    if "." not in file.filename:
        return {}  # seen live: success, and nothing in it
    allowed = {"image": ("jpg", "jpeg", "png"), "file": ("pdf", "doc", "docx")}[kind]
    if len(file.filename) > 200 or file.filename.rpartition(".")[2].lower() not in allowed:
        raise Refusal(-201)
    if len(content) > {"image": 1, "file": 5}[kind] * 1024 * 1024:
        raise Refusal(-210)
    token = secrets.token_hex(8)
    zalo.uploads[token] = (kind, content, zalo.now())
    return {"attachment_id" if kind == "image" else "token": token}


@_call
async def _quota(request: web.Request, zalo: Zalo) -> dict[str, Any]:
    user_id = (await request.json())["user_id"]
    last = str(int(zalo.interactions.get(user_id, 0.0) * 1000))
    return {"last_interaction": last, "cs_reply": {"remain": 8, "total": 8}}


@_call
async def _account(request: web.Request, zalo: Zalo) -> dict[str, Any]:
    return {"oa_id": OA_ID, "name": "UBND phường Xuân Hòa", "is_verified": True, "package_name": "OA Nâng cao"}
