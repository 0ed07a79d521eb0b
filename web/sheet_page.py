"""`/p/<code>`: the sheet of a procedure over HTTP. Public, needs no script, sent again only when it has changed."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web
from sqlalchemy import Engine

from bot.formatting import day, plain_name
from channels.deep_links import telegram_link, zalo_link
from knowledge.catalog import Catalog
from knowledge.history import History
from knowledge.journeys import load_journeys
from knowledge.types import Kind, Procedure, Status
from web.assets import takes_gzip
from web.pages import SETTINGS, TEMPLATES, page
from web.qr import qr_svg
from web.settings import Settings
from web.sheets import Sheet, address, find, make_sheet
from web.transcript import Link, safe_url

ENGINE = web.AppKey("engine", Engine)
_CODE_LENGTH = 40
_MOST_CASES = 8


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A procedure that is no longer published: what it was called, since when, and where its publisher tells more."""

    code: str
    name: str
    since: str
    source: Link


def set_up(app: web.Application, engine: Engine) -> None:
    """Give the application its sheets."""
    app[ENGINE] = engine
    app.add_routes([web.get("/p/{code}", _sheet)])


async def _sheet(request: web.Request) -> web.StreamResponse:
    code = request.match_info["code"].strip()
    chosen = request.query.getall("case", [])[:_MOST_CASES]
    found = await asyncio.to_thread(_read, request.app[ENGINE], code, chosen)
    if isinstance(found, Sheet):
        if found.code != code:
            # Not for good: the province may publish its own one day.
            raise web.HTTPFound(address(found.code))
        return _shown(request, await asyncio.to_thread(_render, request.app, found))
    shown = "" if len(code) > _CODE_LENGTH else code
    values = {"code": shown, "withdrawn": found}
    return page(request, "sheet_missing.html", 410 if found else 404, **values)


def _read(engine: Engine, code: str, chosen: list[str]) -> Sheet | Withdrawn | None:
    """Return the sheet of a published procedure, what is left of a withdrawn one, None for any other code."""
    catalog = Catalog(engine)
    procedure = find(catalog.get, code)
    if procedure is None:
        return _withdrawn(engine, code)
    journeys = [journey for journey in load_journeys().values() if procedure.code in journey.codes]
    steps = {step for journey in journeys for step in journey.codes}
    published = {other.code for other in catalog.published(steps)} if steps else set()
    return make_sheet(procedure, chosen, journeys, published)


def _withdrawn(engine: Engine, code: str) -> Withdrawn | None:
    """Return a procedure that was public until it was withdrawn; its facts hold no longer, so none are told."""
    live = next((edition for edition in History(engine).of(code) if edition.live), None)
    if live is None or live.status is not Status.WITHDRAWN or live.procedure.kind is Kind.INTERNAL:
        return None
    return Withdrawn(code, plain_name(live.procedure.name), day(live.created_at.date()), _origin(live.procedure))


def _origin(procedure: Procedure) -> Link:
    return Link("Xem trên trang của nơi công bố", safe_url(procedure.source_url))


def _render(app: web.Application, sheet: Sheet) -> str:
    """Return the page's markup; the longest records take a tenth of a second, so not in the web loop."""
    settings = app[SETTINGS]
    url = settings.public_url + address(sheet.code)
    return (
        app[TEMPLATES]
        .get_template("sheet.html")
        .render(
            sheet=sheet,
            url=url,
            qr=qr_svg(url),
            ask=f"/?p={quote(sheet.code)}",
            elsewhere=elsewhere(settings, sheet.code),
            share=_share(url, sheet.name),
        )
    )


def _shown(request: web.Request, text: str) -> web.Response:
    """Return the page, or 304 where the browser has it already."""
    etag = hashlib.sha256(text.encode()).hexdigest()[:20]
    headers = {"Cache-Control": "public, no-cache", "Vary": "Accept-Encoding"}
    if any(known.value in (etag, "*") for known in request.if_none_match or ()):
        response = web.Response(status=304, headers=headers)
    else:
        response = web.Response(text=text, content_type="text/html", headers=headers)
        if takes_gzip(request):
            response.enable_compression(web.ContentCoding.gzip)
    # Weak: the same page, packed or not.
    response.headers["ETag"] = f'W/"{etag}"'
    return response


def elsewhere(settings: Settings, code: str) -> tuple[Link, ...]:
    """Return where else the procedure can be asked about: the chat services that are set up."""
    links = []
    if settings.telegram_bot:
        links.append(Link("Hỏi trên Telegram", telegram_link(settings.telegram_bot, code)))
    if settings.zalo_oa:
        links.append(Link("Hỏi trên Zalo", zalo_link(settings.zalo_oa)))
    return tuple(links)


def _share(url: str, name: str) -> tuple[Link, ...]:
    """Return addresses that hand the sheet on; nothing of these services is loaded by the page."""
    where = quote(url, safe="")
    return (
        Link("Facebook", f"https://www.facebook.com/sharer/sharer.php?u={where}"),
        Link("Telegram", f"https://t.me/share/url?url={where}&text={quote(name, safe='')}"),
    )
