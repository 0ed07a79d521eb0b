"""What the desk's page asks for, read and checked; errors in plain words, in the one shape of all our JSON."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, NoReturn

from aiohttp import web

from channels.web import error_json
from storage.desk_queue import View, Wanted

LONGEST_ANSWER = 4_000  # characters
LONGEST_NOTE = 1_000
_LARGEST_ID = 2**63 - 1
_LONGEST_WAIT_MIN = 7 * 24 * 60


def refuse(error: type[web.HTTPException], code: str, words: str, **more: Any) -> NoReturn:
    """End the request with an error that says what to do; `more` stands beside it."""
    body = json.loads(error_json(code, words)) | more
    raise error(text=json.dumps(body, ensure_ascii=False), content_type="application/json")


def answer(data: Any, status: int = 200) -> web.Response:
    """Return JSON that nobody keeps on the way."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return web.Response(
        text=text, status=status, content_type="application/json", headers={"Cache-Control": "no-store"}
    )


async def body_of(request: web.Request) -> dict[str, Any]:
    """Return the JSON object that was posted; nothing posted is an empty one."""
    raw = await request.read()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        refuse(web.HTTPBadRequest, "broken_json", "Nội dung gửi lên cần là một đối tượng JSON.")
    return body


def conversation_of(request: web.Request) -> str:
    """Return the id of the conversation in the address."""
    found = request.match_info["conversation_id"]
    # An id from outside may hold anything, also characters no database takes; ours are plain.
    if not (found.isascii() and found.isprintable()):
        unknown()
    return found


def unknown() -> NoReturn:
    """Say that there is no such conversation."""
    refuse(web.HTTPNotFound, "unknown_conversation", "Không còn cuộc trò chuyện này; có thể người dân đã yêu cầu xóa.")


def words_in(body: dict[str, Any], name: str, longest: int, *, empty: str = "") -> str:
    """Return a text of the body, without blanks around; `empty` says what to write when it must not be empty."""
    told = body.get(name) or ""
    if not isinstance(told, str):
        refuse(web.HTTPUnprocessableEntity, "wrong_field", f'"{name}" cần là một chuỗi chữ.')
    # Halves of characters are mended: no database takes them.
    text = told.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "").strip()
    if len(text) > longest:
        words = f"Nội dung dài {len(text):,} ký tự, tối đa {longest:,}. Anh/chị rút gọn hoặc chia làm nhiều tin."
        refuse(web.HTTPUnprocessableEntity, "too_long", words.replace(",", "."))
    if empty and not text:
        refuse(web.HTTPUnprocessableEntity, "empty", empty)
    return text


def number_in(body: dict[str, Any], name: str, *, needed: bool = False) -> int | None:
    """Return the id in a field of the body."""
    told = body.get(name)
    if told is None and not needed:
        return None
    if not isinstance(told, int) or isinstance(told, bool) or not 0 < told <= _LARGEST_ID:
        refuse(web.HTTPUnprocessableEntity, "wrong_field", f'"{name}" cần là một số.')
    return told


def number_asked(request: web.Request, name: str, default: int, most: int = _LARGEST_ID) -> int:
    """Return a number of the address."""
    told = request.query.get(name) or str(default)
    number = int(told) if told.isascii() and told.isdigit() and len(told) < 20 else -1
    if not 0 <= number <= most:
        refuse(web.HTTPUnprocessableEntity, "wrong_field", f'"{name}" cần là một số từ 0 đến {most}.')
    return number


def wanted(request: web.Request, staff_id: int) -> Wanted:
    """Return which conversations the page asks for."""
    view = request.query.get("view") or View.WAITING
    if view not in set(View):
        refuse(web.HTTPUnprocessableEntity, "wrong_field", '"view" cần là waiting, mine, all hoặc done.')
    minutes = number_asked(request, "wait", 0, _LONGEST_WAIT_MIN)
    before = number_asked(request, "before", 0)
    if before > 4_102_444_800_000_000:  # the year 2100, in microseconds
        refuse(web.HTTPUnprocessableEntity, "wrong_field", '"before" cần là số lấy từ "next" của lần trước.')
    return Wanted(
        View(view),
        staff_id,
        request.query.get("channel", "")[:40].replace("\0", ""),
        request.query.get("topic", "")[:40].replace("\0", ""),
        timedelta(minutes=minutes) if minutes else None,
        before or None,
    )
