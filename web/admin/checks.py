"""Checks: runs of the regression cases with what they found, and the cases themselves."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from sqlalchemy import Engine

from bot.evaluation import read_case
from knowledge.catalog import Catalog
from storage.checks import ALL, NIGHTLY, RUNNING, Check, Checks
from storage.procedures import fetch_states
from storage.regressions import Regression, Regressions
from web.admin.asked import OUTCOME_NAMES, names_of
from web.admin.case_form import KIND_NAMES, CaseForm, form_of, read_form, typed_codes
from web.admin.cases import OURS, shipped_cases, told
from web.admin.paging import cut, page_number
from web.admin.running import start_all
from web.pages import SETTINGS
from web.rehearsal import rehearse
from web.sheet_page import ENGINE
from web.staff.frame import back, render
from web.staff.guard import EDITORS, READERS, STAFF, Role, guarded
from web.staff.opened import KNOWLEDGE

_SHOWN = 50
_LONGEST_REASON = 500
_LOADING = "Trợ lý đang khởi động. Anh/chị chờ khoảng nửa phút rồi thử lại."
_EMPTY = {"turns": "", "kind": "answer", "codes": "", "contains": "", "without": ""}


def set_up(app: web.Application) -> None:
    """Give the application the pages of the checks."""
    case = r"/admin/checks/cases/{number:\d{1,9}}"
    app.add_routes(
        [
            guarded("GET", "/admin/checks", _list, READERS),
            guarded("POST", "/admin/checks", _start, READERS),
            guarded("GET", r"/admin/checks/{number:\d{1,9}}", _show, READERS),
            guarded("GET", r"/admin/checks/{number:\d{1,9}}/progress", _progress, READERS),
            guarded("GET", "/admin/checks/cases", _cases, READERS),
            guarded("GET", "/admin/checks/cases/new", _new, EDITORS),
            guarded("POST", "/admin/checks/cases/new", _add, EDITORS),
            guarded("GET", case, _edit, READERS),
            guarded("POST", case, _change, EDITORS),
            guarded("POST", case + "/{deed:activate|deactivate}", _switch, EDITORS),
            guarded("GET", "/admin/checks/shipped", _shipped, READERS),
            guarded("POST", r"/admin/checks/shipped/{identity:[\w-]{1,40}}/{deed:silence|voice}", _silence, EDITORS),
        ]
    )


async def _list(request: web.Request) -> web.Response:
    before = request.query.get("before", "")
    checks = Checks(request.app[ENGINE])
    older = int(before) if before.isdecimal() and len(before) < 10 else None
    rows = await asyncio.to_thread(checks.newest, _SHOWN + 1, older)
    names = await _names(request, {row.scope for row in rows} - {ALL})
    more = rows[_SHOWN - 1].id if len(rows) > _SHOWN else None
    return render(
        request,
        "checks.html",
        rows=rows[:_SHOWN],
        more=more,
        newest=older is None,
        names=names,
        starter=_starter,
    )


def _starter(check: Check) -> str:
    return "Tự chạy ban đêm" if check.started_by == NIGHTLY else check.started_by or "Cổng kiểm tra"


async def _start(request: web.Request) -> web.Response:
    number = await start_all(request.app, request[STAFF].login)
    if number is None:
        return back(request, "/admin/checks", _LOADING)
    return back(request, f"/admin/checks/{number}")


async def _show(request: web.Request) -> web.Response:
    check = await _found(request)
    codes = {code for row in check.wrong for code in (*row["expected"], *row["found"][:3])}
    names = await _names(request, codes | ({check.scope} - {ALL}))
    fallen = {row["id"] for row in check.fallen}
    still = [row for row in check.wrong if row["id"] not in fallen]
    return render(
        request,
        "check.html",
        check=check,
        still=still,
        names=names,
        kinds=KIND_NAMES,
        outcomes=OUTCOME_NAMES,
        starter=_starter,
        ours=OURS,
    )


async def _progress(request: web.Request) -> web.Response:
    check = await _found(request)
    return web.json_response({"done": check.done, "count": check.count, "ended": check.status != RUNNING})


async def _found(request: web.Request) -> Check:
    check = await asyncio.to_thread(Checks(request.app[ENGINE]).get, int(request.match_info["number"]))
    if check is None:
        raise web.HTTPNotFound
    return check


async def _cases(request: web.Request) -> web.Response:
    rows = await asyncio.to_thread(Regressions(request.app[ENGINE]).list)
    shown = cut(rows[::-1], page_number(request))
    names = await _names(request, {code for row in shown.items for code in row.codes})
    return render(
        request,
        "check_cases.html",
        rows=shown,
        names=names,
        kinds=KIND_NAMES,
        shipped=len(shipped_cases()),
        origin=_origin,
    )


def _origin(case: Regression) -> tuple[str, str]:
    """Return what a case was made from, in words, and where that is seen."""
    kind, _, number = case.origin.partition(":")
    if kind == "question":
        return "Câu người dân hỏi", f"/admin/asked/unanswered/{number}"
    return ("Góp ý của cán bộ", "/admin/marks") if kind == "mark" else ("Tự viết", "")


async def _new(request: web.Request) -> web.Response:
    """Show an empty form; a link may bring the question (`q`) and the procedure (`code`) along."""
    typed = {"turns": request.query.get("q", "")[:2_000], "codes": request.query.get("code", "")[:100]}
    return _form(request, CaseForm(_EMPTY | typed), None)


async def _add(request: web.Request) -> web.Response:
    form = await _posted(request)
    if form.errors:
        return _form(request, form, None, 422)
    regressions, author = Regressions(request.app[ENGINE]), request[STAFF].login
    number = await asyncio.to_thread(regressions.add, form.row, form.codes, "admin", author)
    return back(request, f"/admin/checks/cases/{number}", f"Đã lưu. {await _tried(request, form)}")


async def _edit(request: web.Request) -> web.Response:
    case = await _case(request)
    return _form(request, form_of(case), case)


async def _change(request: web.Request) -> web.Response:
    case, form = await _case(request), await _posted(request)
    if form.errors:
        return _form(request, form, case, 422)
    regressions, author = Regressions(request.app[ENGINE]), request[STAFF].login
    await asyncio.to_thread(regressions.change, case.id, form.row, form.codes, author)
    return back(request, f"/admin/checks/cases/{case.id}", f"Đã lưu. {await _tried(request, form)}")


async def _switch(request: web.Request) -> web.Response:
    case, why = await _case(request), await _reason(request)
    regressions, deed = Regressions(request.app[ENGINE]), request.match_info["deed"]
    switch = regressions.activate if deed == "activate" else regressions.deactivate
    await asyncio.to_thread(switch, case.id, request[STAFF].login, why)
    words = "Từ nay câu này lại được kiểm tra." if deed == "activate" else "Từ nay câu này không được kiểm tra nữa."
    return back(request, f"/admin/checks/cases/{case.id}", words)


async def _shipped(request: web.Request) -> web.Response:
    silenced = await asyncio.to_thread(Regressions(request.app[ENGINE]).silenced)
    wanted = request.query.get("show", "")
    cases = [case for case in shipped_cases() if wanted != "silenced" or case.id in silenced]
    shown = cut(cases, page_number(request), "show=silenced" if wanted == "silenced" else "")
    names = await _names(request, {code for case in shown.items for code in case.gold})
    return render(
        request,
        "check_shipped.html",
        rows=shown,
        silenced=silenced,
        names=names,
        kinds=KIND_NAMES,
        only_silenced=wanted == "silenced",
    )


async def _silence(request: web.Request) -> web.Response:
    identity, why = request.match_info["identity"], await _reason(request)
    if not any(case.id == identity for case in shipped_cases()):
        raise web.HTTPNotFound
    regressions, author = Regressions(request.app[ENGINE]), request[STAFF].login
    if request.match_info["deed"] == "voice":
        await asyncio.to_thread(regressions.voice, identity, author, why)
        return back(request, "/admin/checks/shipped", f"Câu {identity} lại được kiểm tra.")
    await asyncio.to_thread(regressions.silence, identity, author, why)
    return back(request, "/admin/checks/shipped?show=silenced", f"Câu {identity} không được kiểm tra nữa.")


async def _reason(request: web.Request) -> str:
    return str((await request.post()).get("why", "")).strip()[:_LONGEST_REASON]


async def _case(request: web.Request) -> Regression:
    case = await asyncio.to_thread(Regressions(request.app[ENGINE]).get, int(request.match_info["number"]))
    if case is None or not case.case:
        raise web.HTTPNotFound
    return case


async def _posted(request: web.Request) -> CaseForm:
    posted = await request.post()
    codes = typed_codes(posted)
    return read_form(posted, await asyncio.to_thread(_known, request.app[ENGINE], codes))


def _known(engine: Engine, codes: tuple[str, ...]) -> set[str]:
    with engine.connect() as connection:
        return set(fetch_states(connection, codes))


async def _tried(request: web.Request, form: CaseForm) -> str:
    """Run the case once and say what came of it."""
    knowledge = request.app[KNOWLEDGE].knowledge
    if knowledge is None:
        return ""
    case = read_case(form.row | {"id": "0"})
    (result,) = await asyncio.to_thread(rehearse, request.app[SETTINGS], knowledge, [case])
    if result.ok:
        return "Chạy thử: trợ lý đang xử lý đúng câu này."
    row = told(result)
    found = f" ({', '.join(row['found'][:3])})" if row["found"] else ""
    done = OUTCOME_NAMES.get(row["outcome"], "không có câu trả lời").lower()
    return f"Chạy thử: câu này đang chưa đúng, trợ lý {done}{found}."


async def _names(request: web.Request, codes: set[str]) -> dict[str, str]:
    """Return the names of those of these procedures that are published."""
    return await asyncio.to_thread(names_of, Catalog(request.app[ENGINE]), codes)


def _form(request: web.Request, form: CaseForm, case: Regression | None, status: int = 200) -> web.Response:
    values: dict[str, Any] = {"form": form, "case": case, "kinds": KIND_NAMES}
    may_write = Role(request[STAFF].role) in EDITORS
    return render(request, "check_case.html", status, **values, may_write=may_write, origin=_origin)
