"""`/admin/audit`: who did what, when, to which record. Nothing here can be changed."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from aiohttp import web

from knowledge.days import VIETNAM
from storage.audit import Wanted, authors, lines
from web.sheet_page import ENGINE
from web.staff.audit_words import AREAS, action_words, reason_words, subject_words
from web.staff.frame import render
from web.staff.guard import ADMINISTRATORS, guarded

PATH = "/admin/audit"
_SHOWN = 50
_FIELDS = ("area", "author", "subject", "from", "to")


def set_up(app: web.Application) -> None:
    """Give the application the page of the audit."""
    app.add_routes([guarded("GET", PATH, _show, ADMINISTRATORS)])


async def _show(request: web.Request) -> web.Response:
    asked = {name: request.query.get(name, "").strip() for name in _FIELDS}
    problem, wanted = "", Wanted()
    try:
        wanted = _wanted(asked)
    except ValueError:
        problem = "Ngày chưa đúng. Anh/chị chọn lại ngày trong lịch."
    before = request.query.get("before", "")
    older_than = int(before) if before.isdecimal() and len(before) < 16 else None
    engine = request.app[ENGINE]
    found = await asyncio.to_thread(lines, engine, wanted, _SHOWN + 1, older_than)
    people = await asyncio.to_thread(authors, engine)
    kept = {name: value for name, value in asked.items() if value}
    older = urlencode({**kept, "before": found[_SHOWN - 1].id}) if len(found) > _SHOWN else ""
    return render(
        request,
        "audit.html",
        422 if problem else 200,
        lines=found[:_SHOWN],
        action_words=action_words,
        subject_words=subject_words,
        reason_words=reason_words,
        areas=AREAS,
        authors=people,
        asked=asked,
        narrowed=bool(kept),
        older=older,
        newest=urlencode(kept) if older_than is not None else None,
        problem=problem,
    )


def _wanted(asked: dict[str, str]) -> Wanted:
    """Return what the address asks for. Raises ValueError for a day that is none."""
    since, until = (date.fromisoformat(asked[name]) if asked[name] else None for name in ("from", "to"))
    return Wanted(
        asked["area"],
        asked["subject"],
        asked["author"],
        datetime.combine(since, time(), VIETNAM) if since else None,
        datetime.combine(until, time(), VIETNAM) + timedelta(days=1) if until else None,
    )
