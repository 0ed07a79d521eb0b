"""The procedures of the catalogue: a list to search and narrow, and of each a page with all there is to know."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web
from sqlalchemy import Engine

from bot.formatting import plain_name
from knowledge.catalog import ADMIN
from knowledge.days import today
from knowledge.editing import Named, before, names_of
from knowledge.faq import Faqs, StoredFaq
from knowledge.history import Edition, History, Warned
from knowledge.listing import SOON, Filters, Listing, choices, select
from knowledge.types import Kind, Procedure, Status
from web.admin import procedure_words as words
from web.admin.paging import cut, page_number
from web.pages import TEMPLATES
from web.sheet_page import ENGINE
from web.sheets import Sheet, make_sheet
from web.staff.frame import render
from web.staff.guard import EDITORS, READERS, STAFF, Role, guarded
from web.staff.opened import KNOWLEDGE, Opened

LISTING = web.AppKey("listing", Listing)
_FOUND = 20
_TEXTS = ("words", "status", "field", "level", "scope", "origin")
_LONGEST = 200  # letters of what is searched for
_VERSIONS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """All there is to know of a procedure; `edition` is the version whose facts are told."""

    edition: Edition
    editions: Sequence[Edition]
    sheet: Sheet
    names: Sequence[Named]
    faqs: Sequence[StoredFaq]
    warnings: Sequence[Warned]

    @property
    def live(self) -> Edition | None:
        """What citizens are told, or are not told any more."""
        return next((edition for edition in self.editions if edition.live), None)

    @property
    def waiting(self) -> Edition | None:
        """The newest version, where it is not in force yet."""
        newest = self.editions[0]
        return newest if newest.status in (Status.DRAFT, Status.SCHEDULED) else None

    @property
    def undoable(self) -> bool:
        """Whether the last step can be taken back: the first edition of an import is withdrawn, not undone."""
        live = self.live
        return live is not None and (live.origin == ADMIN or before(self.editions, live.number) is not None)

    @property
    def public(self) -> bool:
        """Whether citizens can read it."""
        live = self.live
        return live is not None and live.status is Status.PUBLISHED and live.procedure.kind is not Kind.INTERNAL


def set_up(app: web.Application) -> None:
    """Give the application the list and the pages of procedures."""
    app[LISTING] = Listing(app[ENGINE])
    app[TEMPLATES].filters.update(plain_name=plain_name, brief=words.brief, path=quote)
    app.add_routes(
        [
            guarded("GET", "/admin/procedures", _list, READERS),
            guarded("GET", "/admin/procedures/{code}", _one, READERS),
            guarded("GET", "/admin/procedures/{code}/versions", _versions, READERS),
        ]
    )


def told(request: web.Request, **values: Any) -> dict[str, Any]:
    """Return what every page about procedures needs beside its own."""
    return {
        "status_names": words.STATUS_NAMES,
        "status_badges": words.STATUS_BADGES,
        "origin_names": words.ORIGIN_NAMES,
        "concern_names": words.CONCERN_NAMES,
        "may_edit": Role(request[STAFF].role) in EDITORS,
        **values,
    }


def missing(request: web.Request, code: str) -> web.Response:
    """Return the page for a code that nobody ever gave to a procedure."""
    return render(request, "procedure_missing.html", 404, code=code[:_LONGEST])


def page_of(code: str) -> str:
    """Return the path of a procedure's page."""
    return f"/admin/procedures/{quote(code, safe='')}"


async def _list(request: web.Request) -> web.Response:
    filters = _filters(request)
    items = await asyncio.to_thread(request.app[LISTING].items)
    found = await asyncio.to_thread(_search, request.app[KNOWLEDGE], filters.words)
    kept = urlencode({name: value for name, value in _query(filters).items() if value})
    page = cut(select(items, filters, found), page_number(request), kept)
    values = told(request, rows=page, filters=filters, choices=choices(items), all=len(items), narrowed=bool(kept))
    return render(request, "procedures.html", **values, soon=today() + SOON)


def _filters(request: web.Request) -> Filters:
    query = request.query
    words, status, field, level, scope, origin = (query.get(name, "").strip()[:_LONGEST] for name in _TEXTS)
    return Filters(words, status, field, level, scope, origin, "expiring" in query, "newest" in query)


def _query(filters: Filters) -> dict[str, str]:
    values = ((field.name, getattr(filters, field.name)) for field in fields(filters))
    return {name: "1" if value is True else value or "" for name, value in values}


def _search(opened: Opened, question: str) -> list[str]:
    """Return the codes that the search of the citizens finds for some words, best first."""
    knowledge = opened.knowledge
    if knowledge is None or not any(map(str.isalpha, question)):
        return []
    return [result.code for result in knowledge.live.search(question, _FOUND)]


async def _one(request: web.Request) -> web.Response:
    code = request.match_info["code"]
    number = request.query.get("version", "")
    shown = await asyncio.to_thread(read_one, request.app[ENGINE], code, int(number) if number.isdecimal() else None)
    if shown is None:
        return missing(request, code)
    values = told(request, shown=shown, live=shown.live, waiting=shown.waiting, procedure=shown.edition.procedure)
    values["versions"] = shown.editions[:_VERSIONS_SHOWN]
    return await asyncio.to_thread(render, request, "procedure.html", **values)


def read_one(engine: Engine, code: str, number: int | None = None) -> Shown | None:
    """Return a procedure with the facts of one version, of what is in force when none is asked for."""
    history = History(engine)
    editions = history.of(code)
    wanted = (edition for edition in editions if (edition.live if number is None else edition.number == number))
    edition = next(wanted, editions[0] if editions else None)
    if edition is None:
        return None
    return Shown(
        edition,
        editions,
        make_sheet(edition.procedure),
        names_of(engine, code),
        [faq for faq in Faqs(engine).newest() if faq.entry.code == code],
        [warned for warned in history.warnings() if warned.code == code],
    )


async def _versions(request: web.Request) -> web.Response:
    code = request.match_info["code"]
    found = await asyncio.to_thread(_history, request.app[ENGINE], code, request.query)
    if found is None:
        return missing(request, code)
    return render(request, "procedure_versions.html", **told(request, **found))


def _history(engine: Engine, code: str, query: Any) -> dict[str, Any] | None:
    """Return all versions, and what differs between the two asked for; the newest and what was before it by default."""
    history = History(engine)
    editions = history.of(code)
    if not editions:
        return None
    new = _version(editions, query.get("to", "")) or editions[0]
    old = _version(editions, query.get("from", "")) or before(editions, new.number)
    changes = history.diff(code, old.number, new.number) if old else ()
    return {"code": code, "name": _name(editions[0].procedure), "editions": editions} | {
        "old": old,
        "new": new,
        "changes": changes,
    }


def _version(editions: Sequence[Edition], number: str) -> Edition | None:
    return next((edition for edition in editions if str(edition.number) == number), None)


def _name(procedure: Procedure) -> str:
    return plain_name(procedure.name)
