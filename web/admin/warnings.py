"""What somebody should look at: records past their last day or near it, those that wait for a day, and old ones."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from sqlalchemy import Engine

from knowledge.faq import Faqs
from knowledge.history import Concern, History
from web.admin.paging import cut, page_number
from web.admin.procedures import told
from web.sheet_page import ENGINE
from web.staff.frame import render
from web.staff.guard import READERS, guarded

_MONTHS = (6, 12, 24, 36)
_TITLES = {
    Concern.EXPIRED: "Đã hết hiệu lực mà vẫn công bố",
    Concern.EXPIRES_SOON: "Hết hiệu lực trong 30 ngày tới",
    Concern.SCHEDULED: "Bản mới chờ ngày hiệu lực",
    Concern.OLD: "Nơi công bố lâu không cập nhật",
}


def set_up(app: web.Application) -> None:
    """Give the application the page of warnings."""
    app.add_routes([guarded("GET", "/admin/warnings", _warnings, READERS)])


async def _warnings(request: web.Request) -> web.Response:
    asked = request.query.get("months", "")
    months = int(asked) if asked.isdecimal() and int(asked[:4]) in _MONTHS else None
    values = await asyncio.to_thread(_read, request.app[ENGINE], months)
    old = cut(values["found"][Concern.OLD], page_number(request), f"months={months}" if months else "")
    return render(request, "warnings.html", **told(request, **values, old=old, months=months, choices=_MONTHS))


def _read(engine: Engine, months: int | None) -> dict[str, Any]:
    warnings = History(engine).warnings(months=months)
    found = {concern: [warned for warned in warnings if warned.concern is concern] for concern in Concern}
    return {"found": found, "titles": _TITLES, "entries": Faqs(engine).past_date()}
