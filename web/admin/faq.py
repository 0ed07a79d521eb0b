"""FAQ entries: list, writing with a preview as the assistant tells it, publishing and going back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Engine

from knowledge.catalog import Catalog
from knowledge.faq import Faqs, StoredFaq
from knowledge.importers.faq import COLUMNS
from knowledge.publishing import Refused
from knowledge.types import Facet, Status
from storage.audit import note
from web.admin.faq_form import LONGEST, FaqForm, form_of, read_form
from web.admin.faq_view import FACET_NAMES, PAST, STATUS_NAMES, Row, fits, history, preview, rows
from web.admin.paging import Page, cut, page_number
from web.sheet_page import ENGINE
from web.staff.frame import back, render
from web.staff.guard import EDITORS, READERS, STAFF, guarded
from web.staff.opened import KNOWLEDGE

_FOUND = 8


def set_up(app: web.Application) -> None:
    """Give the application the pages of the FAQ."""
    app.add_routes(
        [
            guarded("GET", "/admin/faq", _list, READERS),
            guarded("GET", "/admin/faq/new", _new, EDITORS),
            guarded("POST", "/admin/faq/new", _add, EDITORS),
            guarded("GET", "/admin/faq/template.csv", _template, EDITORS),
            guarded("GET", "/admin/faq/procedures", _procedures, READERS),
            guarded("POST", "/admin/faq/preview", _preview, EDITORS),
            guarded("GET", r"/admin/faq/{number:\d{1,9}}", _edit, READERS),
            guarded("POST", r"/admin/faq/{number:\d{1,9}}", _revise, EDITORS),
            guarded("POST", r"/admin/faq/{number:\d{1,9}}/{deed:publish|withdraw|rollback}", _step, EDITORS),
        ]
    )


async def _list(request: web.Request) -> web.Response:
    query = {name: request.query.get(name, "").strip() for name in ("q", "status", "facet", "code")}
    every = await asyncio.to_thread(rows, _engine(request))
    found = [row for row in every if fits(row, query)]
    shown: Page[Row] = cut(found, page_number(request), _kept(query))
    past = sum(row.past for row in every)
    return render(
        request,
        "faq_list.html",
        rows=shown,
        query=query,
        total=len(every),
        past=past,
        statuses={**STATUS_NAMES, PAST: "Quá ngày"},
        facets=FACET_NAMES,
    )


def _kept(query: Mapping[str, str]) -> str:
    return urlencode({name: value for name, value in query.items() if value})


async def _new(request: web.Request) -> web.Response:
    """Show an empty form; a link may bring the question (`q`) and the procedure (`code`) along."""
    typed = {"question": request.query.get("q", "")[:300], "code": request.query.get("code", "")[:40]}
    return await _form(request, FaqForm(typed | {"facet": Facet.OVERVIEW.value}), None)


async def _template(_request: web.Request) -> web.Response:
    """Return the empty table to fill in; with the mark at its start Excel knows that it is UTF-8."""
    headers = {"Content-Disposition": 'attachment; filename="cau-hoi.csv"'}
    body = f"{','.join(COLUMNS)}\r\n".encode("utf-8-sig")
    return web.Response(body=body, headers=headers, content_type="application/octet-stream")


async def _add(request: web.Request) -> web.Response:
    publish, form = await _posted(request)
    if form.errors:
        return await _form(request, form, None, status=422)
    author, engine = request[STAFF].login, _engine(request)
    try:
        stored = await asyncio.to_thread(_write, engine, None, form, author, publish)
    except Refused as error:
        return await _form(request, form, None, status=422, refused=str(error))
    return back(request, f"/admin/faq/{stored.id}", _told(stored))


async def _edit(request: web.Request) -> web.Response:
    versions = await _versions(request)
    return await _form(request, form_of(versions[0]), versions)


async def _revise(request: web.Request) -> web.Response:
    versions = await _versions(request)
    publish, form = await _posted(request)
    if form.errors:
        return await _form(request, form, versions, status=422)
    author, engine = request[STAFF].login, _engine(request)
    try:
        stored = await asyncio.to_thread(_write, engine, versions[0].id, form, author, publish)
    except Refused as error:
        return await _form(request, form, versions, status=409, refused=str(error))
    return back(request, f"/admin/faq/{stored.id}", _told(stored))


async def _step(request: web.Request) -> web.Response:
    """Publish, withdraw, or make an earlier version the newest."""
    versions = await _versions(request)
    posted = await request.post()
    why, deed, number = str(posted.get("why", "")).strip(), request.match_info["deed"], versions[0].id
    version = str(posted.get("version", ""))
    author, engine = request[STAFF].login, _engine(request)

    def do() -> StoredFaq:
        faqs = Faqs(engine)
        if deed == "rollback":
            stored = faqs.rollback(number, int(version) if version.isdecimal() else 0, author, why)
        elif deed == "publish":
            stored = faqs.publish(number, author, why, int(version) if version.isdecimal() else None)
        else:
            stored = faqs.withdraw(number, author, why)
        note(engine, f"faq.{deed}", str(number), author, why)
        return stored

    try:
        stored = await asyncio.to_thread(do)
    except Refused as error:
        return await _form(request, form_of(versions[0]), versions, status=409, refused=str(error))
    return back(request, f"/admin/faq/{number}", _told(stored))


async def _procedures(request: web.Request) -> web.Response:
    """Return the procedures a text may mean, for the field that chooses one."""
    words = request.query.get("q", "").strip()[:200]
    found = await asyncio.to_thread(_find, request, words) if words else []
    return web.json_response({"procedures": [{"code": code, "name": name} for code, name in found]})


def _find(request: web.Request, words: str) -> list[tuple[str, str]]:
    catalog, opened = Catalog(_engine(request)), request.app[KNOWLEDGE].knowledge
    exact = catalog.get(words)
    codes = [exact.code] if exact else []
    if opened is not None:
        codes += [result.code for result in opened.live.search(words, _FOUND)]
    held = (catalog.get(code) for code in dict.fromkeys(codes))
    return [(procedure.code, procedure.name) for procedure in held if procedure is not None]


async def _preview(request: web.Request) -> web.Response:
    """Return the part of the page that shows what is typed as the assistant would tell it."""
    posted = await request.post()
    form, number = read_form(posted, publish=True), str(posted.get("number", ""))
    shown, warnings = await asyncio.to_thread(
        preview, _engine(request), _rarity(request), form.entry, int(number) if number.isdecimal() else 0
    )
    return render(request, "faq_preview.html", shown=shown, warnings=warnings)


async def _form(
    request: web.Request,
    form: FaqForm,
    versions: Sequence[StoredFaq] | None,
    *,
    status: int = 200,
    refused: str = "",
) -> web.Response:
    """Show the page of one entry, with what was typed and what is wrong with it."""
    engine, rarity, newest = _engine(request), _rarity(request), versions[0] if versions else None

    def read() -> tuple[Any, ...]:
        procedure = Catalog(engine).get(form.entry.code) if form.entry.code else None
        told = Faqs(engine).in_force().get(newest.id) if newest else None
        return procedure, told, *preview(engine, rarity, form.entry, newest.id if newest else 0)

    procedure, told, shown, warnings = await asyncio.to_thread(read)
    return render(
        request,
        "faq_edit.html",
        status,
        form=form,
        longest=LONGEST,
        faq=newest,
        told=told,
        history=history(versions or ()),
        procedure=procedure,
        shown=shown,
        warnings=warnings,
        refused=refused,
        facets=FACET_NAMES,
        statuses=STATUS_NAMES,
        may_write=request[STAFF].role in EDITORS,
    )


def _write(engine: Engine, number: int | None, form: FaqForm, author: str, publish: bool) -> StoredFaq:
    faqs, why = Faqs(engine), form.values["why"]
    if number is None:
        stored = faqs.add(form.entry, author, why, publish=publish)
    else:
        based_on = form.values["based_on"]
        seen = int(based_on) if based_on.isdecimal() else 0
        stored = faqs.revise(number, form.entry, author, why, seen, publish=publish)
    deed = "add" if number is None else "revise"
    note(engine, f"faq.{deed}", str(stored.id), author, f"{STATUS_NAMES[stored.status]}: {why}")
    return stored


def _told(stored: StoredFaq) -> str:
    if stored.status is Status.PUBLISHED:
        return f"Đã công bố câu {stored.id}. Người dân được trả lời như vậy trong vài giây."
    done = "Đã ngừng" if stored.status is Status.WITHDRAWN else "Đã lưu bản nháp của"
    return f"{done} câu {stored.id}."


async def _posted(request: web.Request) -> tuple[bool, FaqForm]:
    posted = await request.post()
    publish = posted.get("do") == "publish"
    return publish, read_form(posted, publish=publish)


async def _versions(request: web.Request) -> list[StoredFaq]:
    """Return the versions of the entry that the address names. Raises HTTPNotFound."""
    versions = await asyncio.to_thread(Faqs(_engine(request)).history, int(request.match_info["number"]))
    if not versions:
        raise web.HTTPNotFound
    return versions


def _engine(request: web.Request) -> Engine:
    return request.app[ENGINE]


def _rarity(request: web.Request) -> Mapping[str, float]:
    opened = request.app[KNOWLEDGE].knowledge
    return opened.live.retriever.index.rarity if opened is not None else {}
