"""The steps that change what citizens are told: publish, withdraw, restore, go back. Each is confirmed on a page first.

The page tells the consequence and asks for a reason; what is published first passes the questions of the gate.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date

from aiohttp import web
from sqlalchemy import Engine

from bot.formatting import day
from knowledge.days import today
from knowledge.forms import Fault
from knowledge.history import Edition
from knowledge.publishing import Publishing, Refused
from knowledge.typed import read_day
from storage.audit import note
from web.admin import gate
from web.admin.consequences import STEPS, Step, find_step
from web.admin.procedures import missing, page_of, told
from web.sheet_page import ENGINE
from web.staff.frame import back, render
from web.staff.guard import ADMINISTRATORS, EDITORS, STAFF, Role, guarded

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form of a step says."""

    why: str = ""
    starts: str = ""  # now | later
    starts_on: str = ""
    override: str = ""
    faults: tuple[tuple[str, str], ...] = ()


def set_up(app: web.Application) -> None:
    """Give the application the pages of the steps."""
    path = f"/admin/procedures/{{code}}/{{step:{'|'.join(STEPS)}}}"
    app.add_routes([guarded("GET", path, _ask, EDITORS), guarded("POST", path, _do, EDITORS)])


async def _ask(request: web.Request) -> web.Response:
    code = request.match_info["code"]
    try:
        step = await _step(request)
    except Refused as refused:
        return back(request, page_of(code), str(refused))
    return missing(request, code) if step is None else _page(request, step, Asked(why=step.why))


async def _do(request: web.Request) -> web.Response:
    posted = await request.post()
    why, starts, starts_on, override = (
        str(posted.get(name, "")).strip()[:_LONGEST_REASON] for name in ("why", "starts", "starts_on", "override")
    )
    asked = Asked(why, starts, starts_on, override)
    code = request.match_info["code"]
    try:
        step = await _step(request)
    except Refused as refused:
        return back(request, page_of(code), str(refused))
    if step is None:
        return missing(request, code)
    if str(posted.get("seen", "")) != str(step.seen):
        changed = "Có người vừa thay đổi thủ tục này. Anh/chị xem lại rồi mới làm tiếp."
        return _page(request, step, replace(asked, faults=(("", changed),)), 409)
    if not asked.why:
        return _refused(request, step, asked, "why", "Ghi lý do, để người sau hiểu vì sao đổi.")
    try:
        return await _done(request, step, asked)
    except Fault as fault:
        return _refused(request, step, asked, fault.key, str(fault))
    except Refused as refused:
        return _refused(request, step, asked, "", str(refused))


async def _step(request: web.Request) -> Step | None:
    version = request.query.get("version", "")
    number = int(version) if version.isdecimal() and len(version) < 10 else None
    name, code = request.match_info["step"], request.match_info["code"]
    return await asyncio.to_thread(find_step, request.app[ENGINE], name, code, number)


async def _done(request: web.Request, step: Step, asked: Asked) -> web.Response:
    """Do a step. Raises Refused, or Fault naming the field that is wrong."""
    app, author = request.app, request[STAFF].login
    assert step.target is not None  # noqa: S101 - every step is about a version
    starts_on = _starts_on(asked, step.target) if step.does == "publish" else None
    override = asked.override if Role(request[STAFF].role) in ADMINISTRATORS else ""
    if step.checked and not override:
        result = await gate.check_before_publish(app, step.code, step.target.number, author)
        if not result.allowed:
            return _page(request, step, asked, 409, result)
    number = await asyncio.to_thread(_carry_out, app[ENGINE], step, author, asked.why, starts_on)
    if step.checked and override:
        subject = f"{step.code}@{number}"
        await asyncio.to_thread(note, app[ENGINE], "procedure.override", subject, author, override)
    return back(request, page_of(step.code), _flash(step, number, starts_on))


def _starts_on(asked: Asked, target: Edition) -> date | None:
    """Return the first day of a version that is published: the one asked for, or the record's own."""
    own = target.procedure.effective_on
    if asked.starts == "later":
        try:
            chosen = read_day(asked.starts_on)
        except Fault as fault:
            raise Fault(str(fault), "starts_on") from None
        if chosen <= today():
            raise Fault("Chọn một ngày sau hôm nay, hoặc chọn công bố ngay.", "starts_on")
        return chosen
    return today() if own and own > today() else own


def _carry_out(engine: Engine, step: Step, author: str, why: str, starts_on: date | None) -> int:
    publishing, target = Publishing(engine), step.target
    assert target is not None  # noqa: S101 - every step is about a version
    match step.does:
        case "withdraw":
            changed = publishing.withdraw(step.code, author, why)
        case "restore":
            changed = publishing.restore(step.code, author, why)
        case "rollback":
            changed = publishing.rollback(step.code, target.number, author, why)
        case _:
            number = target.number
            if starts_on != target.procedure.effective_on:
                number = publishing.draft(replace(target.procedure, effective_on=starts_on), author, why, number)
            changed = publishing.publish(step.code, number, author, why)
    made = changed.versions[step.code]
    note(engine, f"procedure.{step.does}", f"{step.code}@{made}", author, why)
    return made


def _flash(step: Step, number: int, starts_on: date | None) -> str:
    if step.does == "publish" and starts_on and starts_on > today():
        return f"Phiên bản {number} sẽ có hiệu lực từ {day(starts_on)}."
    deeds = {
        "publish": f"Đã công bố phiên bản {number}. Người dân được trả lời theo bản này trong vài giây.",
        "withdraw": "Đã ngừng công bố.",
        "restore": f"Đã công bố lại, phiên bản {number}.",
        "rollback": f"Đã quay lại: phiên bản {number} giống phiên bản {step.target.number if step.target else ''}.",
    }
    return deeds[step.does]


def _refused(request: web.Request, step: Step, asked: Asked, field: str, text: str) -> web.Response:
    return _page(request, step, replace(asked, faults=((field, text),)), 422)


def _page(
    request: web.Request, step: Step, asked: Asked, status: int = 200, result: gate.GateResult | None = None
) -> web.Response:
    may_override = Role(request[STAFF].role) in ADMINISTRATORS and result is not None and result.override_allowed
    values = {"step": step, "asked": asked, "faults": dict(asked.faults), "result": result}
    own = step.target.procedure.effective_on if step.target else None
    later = day(own) if own and own > today() else ""
    return render(
        request, "procedure_step.html", status, **told(request, **values, may_override=may_override, later=later)
    )
