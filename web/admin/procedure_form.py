"""The page on which a procedure is written: the form beside a preview of every facet in every channel."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web
from sqlalchemy import Engine

from bot.cases import tell
from knowledge.editing import against_live, begin
from knowledge.forms import CODE, SECTIONS
from knowledge.history import Edition, History
from knowledge.places import load_places
from knowledge.publishing import Conflict, Publishing, Refused
from knowledge.typed import Typed, Values, read, show, tree
from knowledge.types import Facet, Procedure, Status
from knowledge.wording import FieldChange, compare
from storage.audit import note
from web.admin.as_shown import as_shown
from web.admin.procedure_words import FACET_NAMES, brief
from web.admin.procedures import missing, page_of, told
from web.pages import TEMPLATES
from web.sheet_page import ENGINE
from web.staff.frame import back, render
from web.staff.guard import EDITORS, STAFF, guarded

BODY_BYTES = 4 * 1024 * 1024  # the longest record has 120 kB, whose letters a form sends as up to nine each
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody saved a version since this one was writing: what they changed, and what saving now would change."""

    newest: Edition
    theirs: tuple[FieldChange, ...]
    ours: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Writing:
    """The form as it is shown: what stands in it, upon which version, and what there is to say about that.

    `code` is empty for a new procedure. `unsaved`: what stands here is not stored anywhere.
    """

    code: str
    based_on: int
    values: Values
    typed: Typed
    why: str = ""
    base: Edition | None = None
    clash: Clash | None = None
    unsaved: bool = False
    faults: Mapping[str, str] = field(default_factory=dict)


def set_up(app: web.Application) -> None:
    """Give the application the pages on which procedures are written."""
    app.add_routes(
        [
            guarded("GET", "/admin/procedures/new", _new, EDITORS),
            guarded("POST", "/admin/procedures/new", _save, EDITORS, BODY_BYTES),
            guarded("POST", "/admin/procedures/preview", _preview, EDITORS, BODY_BYTES),
            guarded("GET", "/admin/procedures/{code}/edit", _edit, EDITORS),
            guarded("POST", "/admin/procedures/{code}/edit", _save, EDITORS, BODY_BYTES),
        ]
    )


async def _new(request: web.Request) -> web.Response:
    """GET: an empty form, or with ?from=CODE one filled in like another procedure."""
    code = request.query.get("from", "")
    model = await asyncio.to_thread(begin, request.app[ENGINE], code) if code else None
    values = show(model.procedure) if model else {}
    for key in ("code", "aliases", "questions"):  # the names of one procedure would lead to two
        values.pop(key, None)
    return await _shown(request, Writing("", 0, values, read(values)))


async def _edit(request: web.Request) -> web.Response:
    code = request.match_info["code"]
    base = await asyncio.to_thread(begin, request.app[ENGINE], code)
    if base is None:
        return missing(request, code)
    values = show(base.procedure)
    return await _shown(request, Writing(code, base.number, values, read(values), base=base))


async def _save(request: web.Request) -> web.Response:
    """POST: keep what was typed as a draft, or only show it again (`do` is "show": what the browser had kept)."""
    posted = await request.post()
    code = request.match_info.get("code", "")
    values = tree((name, value) for name, value in posted.items() if isinstance(value, str))
    if code:
        values["code"] = code
    writing = Writing(
        code,
        _number(posted.get("onto", posted.get("based_on"))),  # "onto": after a clash, upon what the other saved
        values,
        read(values),
        str(posted.get("why", "")).strip()[:_LONGEST_REASON],
        unsaved=True,
    )
    if posted.get("do") == "show":
        return await _shown(request, writing)
    faults = dict(writing.typed.faults) | ({} if writing.why else {"why": "Ghi lý do, để người sau hiểu vì sao đổi."})
    if faults:
        return await _shown(request, replace(writing, faults=faults), 422)
    return await _keep(request, writing, publish=posted.get("do") == "publish")


async def _keep(request: web.Request, writing: Writing, publish: bool) -> web.Response:
    engine, procedure, author = request.app[ENGINE], writing.typed.procedure, request[STAFF].login
    try:
        number = await asyncio.to_thread(_draft, engine, procedure, author, writing.why, writing.based_on)
    except Conflict:
        if not writing.code:
            taken = {"code": "Mã này đã có trong danh mục. Ghi mã khác, hoặc mở thủ tục đó để sửa."}
            return await _shown(request, replace(writing, faults=taken), 409)
        clash = await asyncio.to_thread(_clash, engine, procedure, writing.based_on)
        return await _shown(request, replace(writing, clash=clash), 409)
    except Refused as refused:
        return await _shown(request, replace(writing, faults={"": str(refused)}), 422)
    page = page_of(procedure.code)
    if number is None:
        return back(request, page, "Không có gì khác phiên bản mới nhất, nên không lưu thêm.")
    goes_on = f"{page}/publish?version={number}" if publish else page
    return back(request, goes_on, f"Đã lưu bản nháp {number}. Người dân chưa thấy bản này.")


def _draft(engine: Engine, procedure: Procedure, author: str, why: str, based_on: int) -> int | None:
    """Keep a draft and return its number, None when it says the same as what it is made from. Raises Refused."""
    base = begin(engine, procedure.code)
    if base and base.number == based_on and replace(base.procedure, version=1, status=Status.DRAFT) == procedure:
        return None
    number = Publishing(engine).draft(procedure, author, why, based_on)
    note(engine, "procedure.draft", f"{procedure.code}@{number}", author, why)
    return number


def _clash(engine: Engine, ours: Procedure, based_on: int) -> Clash | None:
    newest = begin(engine, ours.code)
    base = History(engine).edition(ours.code, based_on)
    if newest is None:
        return None
    status = newest.procedure.status
    theirs = compare(replace(base.procedure, status=status), newest.procedure) if base else ()
    return Clash(newest, theirs, compare(newest.procedure, replace(ours, status=status)))


async def _shown(request: web.Request, writing: Writing, status: int = 200) -> web.Response:
    faults = {**writing.typed.faults, **writing.faults} if writing.unsaved else writing.faults
    values = told(
        request,
        writing=writing,
        sections=SECTIONS,
        code_field=CODE,
        faults=faults,
        remarks=writing.typed.remarks if writing.code or writing.unsaved else {},
        facets=FACET_NAMES,
        provinces=sorted(province.short for province in load_places().provinces.values()),
    )
    # In a thread: the longest record makes a form of two thousand fields.
    return await asyncio.to_thread(render, request, "procedure_edit.html", status, **values)


async def _preview(request: web.Request) -> web.Response:
    """POST: what was typed so far, as citizens would be told it, what is wrong with it, and what it changes."""
    posted = await request.post()
    values = tree((name, value) for name, value in posted.items() if isinstance(value, str))
    asked = str(posted.get("facet", ""))
    facet = Facet(asked) if asked in tuple(Facet) else Facet.OVERVIEW
    number = _number(posted.get("based_on")) + 1
    return web.json_response(await asyncio.to_thread(_previewed, request.app, values, facet, number))


def _previewed(app: web.Application, values: Values, facet: Facet, number: int) -> dict[str, Any]:
    typed = read(values)
    shown = as_shown([tell(replace(typed.procedure, version=number), facet, "vi")])
    changes = brief(against_live(app[ENGINE], typed.procedure))
    html = app[TEMPLATES].get_template("procedure_preview.html").render(shown=shown, changes=changes)
    return {"html": html, "faults": dict(typed.faults), "remarks": dict(typed.remarks)}


def _number(value: Any) -> int:
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 10 else 0
