"""The chat page, alone at `/` and inside other sites' frames at `/embed`.

With JavaScript the page talks to the channel's JSON. Without it the same page posts plain forms to `/`, keeps its
conversation in a cookie and prints it here.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

from bot.messages import Message, Outcome
from channels.base import answer
from channels.web import ASSISTANT, CONVERSATIONS, NOTIFIER, spoken, tapped
from storage.conversations import Access, Entry
from web.assets import Assets, asset_response, load_assets, takes_gzip
from web.settings import Settings
from web.transcript import transcript

SETTINGS = web.AppKey("settings", Settings)
ASSETS = web.AppKey("assets", Assets)
TEMPLATES = web.AppKey("templates", Environment)

COOKIE = "motcua"
_COOKIE_DAYS = 30
_YEAR = "public, max-age=31536000, immutable"
_HISTORY = 200

EXAMPLES = (
    "Làm giấy khai sinh cho con cần những gì?",
    "Căn cước bị mất thì làm lại ở đâu?",
    "Đăng ký kết hôn mất bao nhiêu tiền?",
    "Đăng ký tạm trú mấy ngày thì xong?",
)
LIFE_EVENTS = (
    ("Sinh con", "Tôi mới sinh con, cần làm những giấy tờ gì?"),
    ("Kết hôn", "Tôi sắp kết hôn, cần làm giấy tờ gì?"),
    ("Chuyển chỗ ở", "Tôi mới chuyển chỗ ở, cần đăng ký gì?"),
    ("Mất giấy tờ", "Tôi bị mất giấy tờ, làm lại thế nào?"),
    ("Nhà đất", "Tôi cần làm giấy tờ nhà đất"),
    ("Mở cửa hàng", "Tôi muốn mở cửa hàng, đăng ký thế nào?"),
    ("Người thân qua đời", "Nhà tôi có người qua đời, cần làm giấy tờ gì?"),
    ("Trợ cấp, chính sách", "Tôi muốn hỏi về trợ cấp xã hội"),
)


def set_up(app: web.Application, settings: Settings) -> None:
    """Give the application its pages and their files."""
    app[SETTINGS] = settings
    app[ASSETS] = load_assets()
    app[TEMPLATES] = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    app[TEMPLATES].globals["asset"] = app[ASSETS].url
    app.add_routes(
        [
            web.get("/", _chat),
            web.post("/", _form),
            web.get("/embed", _embed),
            web.get("/widget.js", _widget),
            web.get("/static/{version}/{name}", _static),
        ]
    )


def page(request: web.Request, template: str, status: int = 200, **values: Any) -> web.Response:
    """Return a rendered template, compressed where the browser takes it."""
    text = request.app[TEMPLATES].get_template(template).render(values)
    headers = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Cookie"}
    response = web.Response(text=text, status=status, content_type="text/html", headers=headers)
    if takes_gzip(request):
        response.enable_compression(web.ContentCoding.gzip)
    return response


async def _chat(request: web.Request) -> web.Response:
    conversation_id = await _remembered(request)
    return _render(request, await _entries(request, conversation_id) if conversation_id else (), embed=False)


async def _embed(request: web.Request) -> web.Response:
    response = _render(request, (), embed=True)
    frames = " ".join(["'self'", *request.app[SETTINGS].embed_origins])
    response.headers["Content-Security-Policy"] = content_policy(frames)
    return response


def content_policy(frames: str) -> str:
    """Return the Content-Security-Policy of a page that `frames` may show: our own files, no inline code."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
    )


def _render(request: web.Request, entries: Sequence[Entry], embed: bool, draft: str = "") -> web.Response:
    return page(
        request,
        "chat.html",
        embed=embed,
        bubbles=transcript(entries),
        examples=EXAMPLES,
        life_events=LIFE_EVENTS,
        nonce=secrets.token_hex(8),
        draft=draft,
    )


async def _form(request: web.Request) -> web.Response:
    """POST /: a message, a tap or a restart without JavaScript; goes back to the page (303)."""
    _refuse_other_sites(request)
    form = await _fields(request)
    back = web.Response(status=303, headers={"Location": "/#cuoi"})
    if "restart" in form:
        back.headers["Location"] = "/"
        back.del_cookie(COOKIE, path="/")
        return back
    if not request.app[ASSISTANT].ready:
        raise web.HTTPServiceUnavailable
    text, payload = form.get("text", ""), form.get("payload")
    if payload is None and not text.strip():
        return back
    conversation_id = await _remembered(request) or await _begin(request, back)
    # The same form sent twice is one message; after "Back" and other words it is a new one.
    message_id = "form-" + hashlib.sha256(f"{form.get('nonce')} {payload or text}".encode()).hexdigest()[:32]
    message = (
        Message(id=message_id, conversation_id=conversation_id, text=spoken(text))
        if payload is None
        else Message(id=message_id, conversation_id=conversation_id, payload=tapped(payload))
    )
    replies = await answer(request.app[ASSISTANT], message)
    request.app[NOTIFIER].notify(conversation_id)
    if not replies or replies[-1].outcome is not Outcome.ERROR:
        return back
    # What failed is not stored, so it would be lost by going back: it is shown at once, with the words to send again.
    apology = Entry(0, "assistant", None, replies[-1].to_json(), datetime.now(UTC))
    shown = _render(request, [*await _entries(request, conversation_id), apology], embed=False, draft=text)
    shown.cookies.update(back.cookies)
    return shown


async def _fields(request: web.Request) -> dict[str, str]:
    """Return the fields of a posted form."""
    try:
        return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    except (ValueError, LookupError) as error:
        # Bytes that are no text in the character set the browser names, or a set that nobody knows.
        raise web.HTTPBadRequest from error


def _refuse_other_sites(request: web.Request) -> None:
    """Refuse a form that another site posts in the citizen's name."""
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    own = {request.host, urlsplit(request.app[SETTINGS].public_url).netloc}
    if origin is not None and urlsplit(origin).netloc not in own:
        raise web.HTTPForbidden


async def _begin(request: web.Request, response: web.Response) -> str:
    """Open a conversation and remember it in the browser's cookie."""
    made = await asyncio.to_thread(request.app[CONVERSATIONS].create, "web")
    response.set_cookie(
        COOKIE,
        f"{made.id}.{made.token}",
        max_age=_COOKIE_DAYS * 86_400,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=request.app[SETTINGS].secure,
    )
    return made.id


async def _remembered(request: web.Request) -> str | None:
    """Return the conversation of the browser's cookie, None when there is none or its token is refused."""
    conversation_id, _, token = request.cookies.get(COOKIE, "").partition(".")
    if not token:
        return None
    access = await asyncio.to_thread(request.app[CONVERSATIONS].check, conversation_id, token)
    return conversation_id if access is Access.OK else None


async def _entries(request: web.Request, conversation_id: str) -> list[Entry]:
    """Return the whole conversation."""
    found: list[Entry] = []
    while True:
        last = found[-1].id if found else 0
        more = await asyncio.to_thread(request.app[CONVERSATIONS].entries_after, conversation_id, last, _HISTORY)
        found += more
        if len(more) < _HISTORY:
            return found


async def _static(request: web.Request) -> web.Response:
    assets = request.app[ASSETS]
    asset = assets.files.get(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound
    # A page loaded before an update asks with the old version: it gets the new file, but must not keep it.
    return asset_response(request, asset, _YEAR if request.match_info["version"] == assets.version else "no-cache")


async def _widget(request: web.Request) -> web.Response:
    # Its address never changes, because it stands in other people's pages: so it is asked for again soon.
    response = asset_response(request, request.app[ASSETS].files["widget.js"], "public, max-age=600")
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
