"""The chat page, alone at `/` and inside other sites' frames at `/embed`.

With JavaScript the page talks to the channel's JSON. Without it the same page posts plain forms to `/`, keeps its
conversation in a cookie and prints it here.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

from bot import cases
from bot.choices import Choice
from bot.formatting import plain_name
from bot.messages import Outcome
from channels.base import Delivery
from channels.handling import Busy, Later
from channels.web import ASSISTANT, CONVERSATIONS, answered, check_address, spoken, tapped
from knowledge.catalog import Catalog
from knowledge.journeys import load_journeys
from knowledge.types import Facet, Procedure
from storage.conversations import Access, Entry
from web.assets import Assets, asset_response, load_assets, takes_gzip
from web.settings import Settings
from web.sheets import find
from web.transcript import transcript

SETTINGS = web.AppKey("settings", Settings)
ASSETS = web.AppKey("assets", Assets)
TEMPLATES = web.AppKey("templates", Environment)
CATALOG = web.AppKey("catalog", Catalog)

COOKIE = "motcua"
_COOKIE_DAYS = 30
_YEAR = "public, max-age=31536000, immutable"
_HISTORY = 200
_THEMES = ("light", "dark")

EXAMPLES = (
    "Làm giấy khai sinh cho con cần những gì?",
    "Căn cước bị mất thì làm lại ở đâu?",
    "Đăng ký kết hôn mất bao nhiêu tiền?",
    "Đăng ký tạm trú mấy ngày thì xong?",
)
_EVENTS_SHOWN = 8
LIFE_EVENTS = tuple((journey.title, journey.ask) for journey in list(load_journeys().values())[:_EVENTS_SHOWN])


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
    entries = await _entries(request, conversation_id) if conversation_id else []
    return _render(request, entries, embed=False, about=await _asked_about(request, request.query.get("p", "")))


async def _embed(request: web.Request) -> web.Response:
    response = _render(request, (), embed=True, about=await _asked_about(request, request.query.get("p", "")))
    frames = " ".join(["'self'", *request.app[SETTINGS].embed_origins])
    response.headers["Content-Security-Policy"] = content_policy(frames)
    return response


def content_policy(frames: str) -> str:
    """Return the Content-Security-Policy of a page that `frames` may show: our own files, no inline code."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
    )


async def _asked_about(request: web.Request, code: str) -> Procedure | None:
    """Return the procedure on which a link (`/?p=<code>`) opens the chat, None when citizens may see none such."""
    return await asyncio.to_thread(find, request.app[CATALOG].get, code) if code else None


def _render(
    request: web.Request, entries: Sequence[Entry], embed: bool, draft: str = "", about: Procedure | None = None
) -> web.Response:
    """Render the page; `about` is summed up at its end but not stored: a link that is only looked at says nothing."""
    if about is not None:
        summary = cases.tell(about, Facet.OVERVIEW, "vi").to_json()
        entries = [*entries, Entry(0, "assistant", None, summary, datetime.now(UTC))]
    return page(
        request,
        "chat.html",
        embed=embed,
        about=about,
        about_name=plain_name(about.name) if about else "",
        about_token=_about(about) if about else "",
        unknown=about is None and "p" in request.query,
        theme=request.query.get("theme") if request.query.get("theme") in _THEMES else None,
        bubbles=transcript(entries),
        examples=EXAMPLES,
        life_events=LIFE_EVENTS,
        nonce=secrets.token_hex(8),
        draft=draft,
    )


def _about(procedure: Procedure) -> str:
    return Choice("about", procedure.code).token()


async def _form(request: web.Request) -> web.Response:
    """POST /: a message, a tap or a restart without JavaScript; goes back to the page (303)."""
    refuse_other_sites(request)
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
    about = await _asked_about(request, form.get("p", ""))
    conversation_id = await _remembered(request) or await _begin(request, back)
    # The same form sent twice is one message; after "Back" and other words it is a new one.
    message_id = "form-" + hashlib.sha256(f"{form.get('nonce')} {payload or text}".encode()).hexdigest()[:32]
    delivery = (
        Delivery("web", message_id, conversation_id, text=spoken(text))
        if payload is None
        else Delivery("web", message_id, conversation_id, token=tapped(payload))
    )
    try:
        if about is not None:  # the words are about the procedure that the page was opened on
            await answered(request.app, Delivery("web", f"{message_id}-p", conversation_id, token=_about(about)))
        replies = await answered(request.app, delivery)
    except Busy as error:
        raise web.HTTPServiceUnavailable from error
    except Later as later:
        replies = [replace(later.notice, outcome=Outcome.ERROR)]
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


def refuse_other_sites(request: web.Request) -> None:
    """Refuse a form that another site posts in somebody's name."""
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    own = {request.host, urlsplit(request.app[SETTINGS].public_url).netloc}
    if origin is not None and urlsplit(origin).netloc not in own:
        raise web.HTTPForbidden


async def _begin(request: web.Request, response: web.Response) -> str:
    """Open a conversation and remember it in the browser's cookie."""
    check_address(request)
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
