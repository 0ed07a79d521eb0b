"""POST and DELETE /desk/api/entries/{entry_id}/mark: what staff think of an answer, for the editors to learn from."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

from aiohttp import web
from sqlalchemy import Engine

from knowledge.catalog import Catalog
from nlu.personal import mask_personal
from storage.marks import Decided, Exchange, Judgement, Mark, UnknownEntry, exchange, marks_of, put_mark, take_back
from web.desk.asking import told, wrong
from web.pages import CATALOG
from web.sheet_page import ENGINE
from web.staff.guard import DESK, STAFF, guarded

_LONGEST_NOTE = 1_000
_MOST_ENTRIES = 300
_PATH = r"/desk/api/entries/{entry_id:\d{1,18}}/mark"
_DECIDED = "Biên tập viên đã xử lý góp ý này rồi. Anh/chị xem ở trang Góp ý của cán bộ."


def set_up(app: web.Application) -> None:
    """Give the application the routes."""
    app.add_routes(
        [
            guarded("POST", _PATH, _put, DESK),
            guarded("DELETE", _PATH, _take_back, DESK),
            guarded("GET", "/desk/api/marks", _list, DESK),
        ]
    )


def masked(about: Exchange) -> Exchange:
    """Return an exchange without personal numbers: staff may have written some."""
    return replace(about, question=mask_personal(about.question).text, answer=mask_personal(about.answer).text)


async def _put(request: web.Request) -> web.Response:
    body = await _body(request)
    judgement = _judgement(body.get("mark"))
    if judgement is None:
        return wrong("Chọn một trong ba: sai thủ tục, thiếu thông tin, câu trả lời tốt.")
    code, why = body.get("code") or "", body.get("note") or ""
    if not isinstance(code, str) or not isinstance(why, str) or len(why) > _LONGEST_NOTE:
        return wrong(f"Ghi chú dài nhất {_LONGEST_NOTE:,} ký tự.".replace(",", "."))
    entry_id = int(request.match_info["entry_id"])
    engine, catalog, author = request.app[ENGINE], request.app[CATALOG], request[STAFF].login
    try:
        mark = await asyncio.to_thread(_keep, engine, catalog, entry_id, judgement, author, code.strip(), why)
    except UnknownEntry:
        return wrong("Chỉ đánh dấu được câu trả lời của trợ lý hoặc cán bộ.", "not_found", 404)
    except Decided:
        return wrong(_DECIDED, "decided", 409)
    except LookupError:
        return wrong(f"Không có thủ tục nào đang công bố mang mã “{code[:40]}”.")
    return told(
        {"mark": {"id": mark.id, "entry": mark.entry_id, "mark": mark.mark, "right_code": mark.right_code}}, 201
    )


def _keep(
    engine: Engine, catalog: Catalog, entry_id: int, judgement: Judgement, author: str, code: str, why: str
) -> Mark:
    if code and catalog.get(code) is None:
        raise LookupError(code)
    about = masked(exchange(engine, entry_id))
    return put_mark(engine, about, judgement, author, code or None, mask_personal(why.strip()).text)


async def _take_back(request: web.Request) -> web.Response:
    body = await _body(request)
    named = body.get("mark") or request.query.get("mark")
    judgement = _judgement(named)
    if named and judgement is None:
        return wrong("Không có loại góp ý này.")
    entry_id = int(request.match_info["entry_id"])
    gone = await asyncio.to_thread(take_back, request.app[ENGINE], entry_id, judgement, request[STAFF].login)
    return told({"gone": gone})


async def _list(request: web.Request) -> web.Response:
    """Return the marks of the answers named in `entries`, by entry."""
    named = [text for text in request.query.get("entries", "").split(",") if text][:_MOST_ENTRIES]
    if not all(text.isdecimal() and len(text) < 19 for text in named):
        return wrong("Danh sách câu trả lời không đọc được.")
    found = await asyncio.to_thread(marks_of, request.app[ENGINE], [int(text) for text in named])
    return told({"marks": {str(entry): marks for entry, marks in found.items()}})


def _judgement(named: Any) -> Judgement | None:
    return Judgement(named) if isinstance(named, str) and named in tuple(Judgement) else None


async def _body(request: web.Request) -> dict[str, Any]:
    """Return the JSON object sent, an empty one for an empty body."""
    try:
        data = json.loads(await request.text() or "{}")
    except ValueError as error:
        raise web.HTTPBadRequest from error
    if not isinstance(data, dict):
        raise web.HTTPBadRequest
    return data
