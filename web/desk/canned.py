"""GET /desk/api/canned: the canned replies, filled in for one conversation; and what may stand in them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

from aiohttp import web

from bot import phrases
from bot.formatting import plain_name
from knowledge.catalog import Catalog
from storage.answered import talk
from storage.canned import every_canned
from web.desk.asking import told, wrong
from web.pages import CATALOG
from web.sheet_page import ENGINE
from web.staff.guard import DESK, STAFF, guarded

PLACEHOLDERS = {
    "anh_chi": "cách gọi người dân: anh/chị, bác, cô …",
    "ten_can_bo": "tên của cán bộ đang trả lời",
    "thu_tuc": "tên thủ tục đang nói tới",
    "ma": "mã của thủ tục đang nói tới",
}
UNKNOWN = "…"
"""Stands where a conversation has nothing to fill in; the agent writes it."""
_PLACE = re.compile(r"\{([^{}]*)\}")
_STARTS = re.compile(r"(?:^|[.?!]\s+|\n\s*)$")

SHIPPED = (
    ("chao", "Chào và nhận việc", "Chào {anh_chi}, tôi là {ten_can_bo}. Tôi đang xem câu hỏi của {anh_chi}."),
    (
        "cho",
        "Xin chờ để kiểm tra",
        "{anh_chi} chờ tôi ít phút để tra lại cho đúng. Tôi sẽ trả lời ngay tại đây.",
    ),
    (
        "ro-hon",
        "Hỏi thêm cho rõ",
        "Để trả lời đúng, {anh_chi} cho tôi biết thêm: việc này làm cho ai, và {anh_chi} đang ở xã, phường nào?",
    ),
    (
        "thu-tuc",
        "Gửi tên và mã thủ tục",
        "Việc {anh_chi} hỏi là thủ tục “{thu_tuc}”, mã {ma}. {anh_chi} cần biết thêm giấy tờ, lệ phí hay nơi nộp?",
    ),
    (
        "1022",
        "Ngoài thẩm quyền",
        "Việc này tôi không có thông tin chính thức nên không dám trả lời thay. {anh_chi} gọi 1022 để được chuyển đến "
        "đúng cơ quan.",
    ),
    (
        "xong",
        "Kết thúc",
        "Tôi đã trả lời xong. Nếu còn điều gì chưa rõ, {anh_chi} cứ viết tiếp tại đây. Cảm ơn {anh_chi}.",
    ),
)
"""Replies to begin with: shortcut, title, text."""


def set_up(app: web.Application) -> None:
    """Give the application the route."""
    app.add_routes([guarded("GET", "/desk/api/canned", _canned, DESK)])


def unknown_placeholders(text: str) -> list[str]:
    """Return what stands in braces and cannot be filled in, and braces that are not closed."""
    strange = [f"{{{name}}}" for name in dict.fromkeys(_PLACE.findall(text)) if name not in PLACEHOLDERS]
    return strange + [brace for brace in "{}" if brace in _PLACE.sub("", text)]


def fill(text: str, values: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return a text with its placeholders filled in, and those for which there is no value."""
    missing: list[str] = []

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1], "")
        if not found:
            missing.append(match[1])
            return UNKNOWN
        return found[:1].upper() + found[1:] if _STARTS.search(text[: match.start()]) else found

    return _PLACE.sub(value, text), list(dict.fromkeys(missing))


async def _canned(request: web.Request) -> web.Response:
    engine, values = request.app[ENGINE], {"ten_can_bo": request[STAFF].name, "anh_chi": phrases.ADDRESS}
    conversation_id = request.query.get("conversation", "")
    if conversation_id:
        found = await asyncio.to_thread(talk, engine, conversation_id)
        if found is None:
            return wrong("Không có cuộc trò chuyện này.", "not_found", 404)
        slots = found.state.get("slots") or {}
        code = str((found.sent or {}).get("code") or slots.get("focus") or "")
        values |= {"anh_chi": str(found.state.get("address") or phrases.ADDRESS)}
        values |= await asyncio.to_thread(_of_procedure, request.app[CATALOG], code)
    replies = await asyncio.to_thread(every_canned, engine)
    listed = []
    for reply in replies:
        text, missing = fill(reply.text, values)
        listed.append(
            {"id": reply.id, "shortcut": reply.shortcut, "title": reply.title, "text": text, "missing": missing}
        )
    return told({"canned": listed})


def _of_procedure(catalog: Catalog, code: str) -> dict[str, str]:
    procedure = catalog.get(code) if code else None
    return {"thu_tuc": plain_name(procedure.name), "ma": procedure.code} if procedure else {}
