"""The log of the catalogue: every change with who made it and why, what it did, and how to take it back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Engine

from bot.formatting import plain_name
from knowledge.editing import before
from knowledge.history import History
from knowledge.publishing import Publishing, Refused, still_in_force
from knowledge.types import Status
from knowledge.wording import FieldChange
from storage.audit import note
from storage.procedures import Change
from storage.versions import fetch_changed_since
from web.admin.paging import Page, cut, page_number
from web.admin.procedures import told
from web.sheet_page import ENGINE
from web.staff.frame import back, render
from web.staff.guard import ADMINISTRATORS, EDITORS, READERS, STAFF, Role, guarded

_MOST = 10_000  # changes that the log goes back
_LONGEST_REASON = 500
_SHOWN_WHOLE = 10  # procedures whose differences are told on the page of a change


@dataclass(frozen=True, slots=True)
class Touched:
    """What a change did to one procedure; `old` is the version before, None where there was none."""

    code: str
    name: str
    old: int | None
    new: int
    status: Status
    live: bool
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One change; `still` counts the procedures that are as it made them, `later` those changed after it."""

    change: Change
    page: Page[tuple[str, int]]
    touched: Sequence[Touched]
    still: int
    later: int


def set_up(app: web.Application) -> None:
    """Give the application the log of the catalogue."""
    one = r"/admin/changes/{number:\d{1,9}}"
    app.add_routes(
        [
            guarded("GET", "/admin/changes", _list, READERS),
            guarded("GET", one, _one, READERS),
            guarded("POST", f"{one}/undo", _undo, EDITORS),
            guarded("POST", f"{one}/rollback", _rollback, ADMINISTRATORS),
        ]
    )


async def _list(request: web.Request) -> web.Response:
    changes = await asyncio.to_thread(History(request.app[ENGINE]).changes, _MOST)
    query = {name: request.query.get(name, "").strip() for name in ("origin", "author")}
    rows = [change for change in changes if all(value in ("", getattr(change, key)) for key, value in query.items())]
    kept = urlencode({name: value for name, value in query.items() if value})
    values = told(request, rows=cut(rows, page_number(request), kept), query=query, all=len(changes))
    values["authors"] = sorted({change.author for change in changes if change.author})
    values["origins"] = sorted({change.origin for change in changes})
    return render(request, "changes.html", **values)


async def _one(request: web.Request) -> web.Response:
    return await _page(request)


async def _page(request: web.Request, why: str = "", fault: str = "", status: int = 200) -> web.Response:
    number = int(request.match_info["number"])
    shown = await asyncio.to_thread(_read, request.app[ENGINE], number, page_number(request))
    if shown is None:
        raise web.HTTPNotFound
    may_roll_back = Role(request[STAFF].role) in ADMINISTRATORS
    values = told(request, shown=shown, change=shown.change, why=why, fault=fault, may_roll_back=may_roll_back)
    return render(request, "change.html", status, **values)


def _read(engine: Engine, number: int, page: int) -> Shown | None:
    history = History(engine)
    found = history.change(number)
    if found is None:
        return None
    change, versions = found
    with engine.connect() as connection:
        still = len(still_in_force(connection, number))
        later = len(fetch_changed_since(connection, number))
    part = cut(versions, page)
    whole = len(versions) <= _SHOWN_WHOLE
    return Shown(change, part, [_touched(history, code, new, whole) for code, new in part.items], still, later)


def _touched(history: History, code: str, new: int, whole: bool) -> Touched:
    editions = history.of(code)
    edition = next(edition for edition in editions if edition.number == new)
    old = before(editions, new)
    changes = history.diff(code, old.number, new) if old and whole else ()
    name = plain_name(edition.procedure.name)
    return Touched(code, name, old.number if old else None, new, edition.status, edition.live, changes)


async def _undo(request: web.Request) -> web.Response:
    return await _take_back(request, "undo")


async def _rollback(request: web.Request) -> web.Response:
    return await _take_back(request, "rollback")


async def _take_back(request: web.Request, deed: str) -> web.Response:
    """POST: take one change back, or everything that came after it."""
    why = str((await request.post()).get("why", "")).strip()[:_LONGEST_REASON]
    if not why:
        return await _page(request, fault="Ghi lý do, để người sau hiểu vì sao đổi.", status=422)
    number = int(request.match_info["number"])
    try:
        count, made = await asyncio.to_thread(_carry_out, request.app[ENGINE], deed, number, request[STAFF].login, why)
    except Refused as refused:
        return await _page(request, why, str(refused), 422)
    return back(request, f"/admin/changes/{made}", f"Đã trả lại {count} thủ tục như trước, là lần thay đổi {made}.")


def _carry_out(engine: Engine, deed: str, number: int, author: str, why: str) -> tuple[int, int]:
    publishing = Publishing(engine)
    step: Any = publishing.undo if deed == "undo" else publishing.rollback_all
    changed = step(number, author, why)
    note(engine, f"catalogue.{deed}", str(number), author, why)
    return len(changed.versions), changed.change_id
