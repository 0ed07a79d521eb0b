"""Canned replies: what staff send often, written by those who lead the desk and by editors."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web
from sqlalchemy import Engine

from nlu.personal import mask_personal
from nlu.text import clean
from storage.canned import (
    Canned,
    ShortcutTaken,
    add_canned,
    add_missing,
    change_canned,
    every_canned,
    get_canned,
    remove_canned,
)
from web.desk.canned import PLACEHOLDERS, SHIPPED, fill, unknown_placeholders
from web.sheet_page import ENGINE
from web.staff.frame import back, render
from web.staff.guard import EDITORS, LEAD, STAFF, guarded

_WRITERS = LEAD | EDITORS
_LONGEST = {"shortcut": 24, "title": 80, "text": 2_000}
_NAMES = {"shortcut": "Phím gọi", "title": "Tên", "text": "Nội dung"}
_SHORTCUT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_EXAMPLE = {"anh_chi": "bác", "ten_can_bo": "Nguyễn Thị Hoa", "thu_tuc": "Đăng ký khai sinh", "ma": "1.001193"}


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed; `errors` says by field what is wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def set_up(app: web.Application) -> None:
    """Give the application the page."""
    app.add_routes(
        [
            guarded("GET", "/admin/canned", _list, _WRITERS),
            guarded("POST", "/admin/canned", _add, _WRITERS),
            guarded("POST", "/admin/canned/samples", _samples, _WRITERS),
            guarded("GET", r"/admin/canned/{number:\d{1,9}}", _edit, _WRITERS),
            guarded("POST", r"/admin/canned/{number:\d{1,9}}", _change, _WRITERS),
            guarded("POST", r"/admin/canned/{number:\d{1,9}}/remove", _remove, _WRITERS),
        ]
    )


def read_form(posted: Mapping[str, object]) -> Form:
    """Read what was posted and check it."""
    values = {name: clean(str(posted.get(name, ""))) for name in _LONGEST}
    values["shortcut"] = values["shortcut"].lstrip("/").lower()
    errors = {}
    for name, longest in _LONGEST.items():
        if not values[name]:
            errors[name] = f"{_NAMES[name]}: chưa có nội dung."
        elif len(values[name]) > longest:
            errors[name] = f"{_NAMES[name]}: dài nhất {longest} ký tự, hiện có {len(values[name])}."
    if values["shortcut"] and not _SHORTCUT.fullmatch(values["shortcut"]):
        errors["shortcut"] = "Phím gọi chỉ gồm chữ không dấu, số và dấu gạch nối, ví dụ: xin-cho."
    if strange := unknown_placeholders(values["text"]):
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        errors["text"] = f"Không có chỗ điền {', '.join(strange)}. Dùng được: {known}."
    if kinds := mask_personal(values["text"]).kinds:
        errors["text"] = f"Nội dung có {', '.join(kinds)} của một người. Bỏ đi rồi lưu lại."
    return Form(values, errors)


async def _list(request: web.Request) -> web.Response:
    return await _page(request, Form())


async def _page(request: web.Request, form: Form, status: int = 200) -> web.Response:
    replies = await asyncio.to_thread(every_canned, request.app[ENGINE])
    shown = [(reply, fill(reply.text, _EXAMPLE)[0]) for reply in replies]
    missing = len({shortcut for shortcut, _, _ in SHIPPED} - {reply.shortcut for reply in replies})
    return render(
        request,
        "canned.html",
        status,
        replies=shown,
        form=form,
        placeholders=PLACEHOLDERS,
        missing=missing,
        edited=None,
    )


async def _add(request: web.Request) -> web.Response:
    form = read_form(await request.post())
    if not form.errors:
        values = (form.values["shortcut"], form.values["title"], form.values["text"])
        try:
            await asyncio.to_thread(add_canned, request.app[ENGINE], *values, request[STAFF].login)
        except ShortcutTaken:
            form = _taken(form)
        else:
            return back(request, "/admin/canned", f"Đã thêm câu “{form.values['title']}”.")
    return await _page(request, form, 422)


async def _samples(request: web.Request) -> web.Response:
    added = await asyncio.to_thread(add_missing, request.app[ENGINE], SHIPPED, request[STAFF].login)
    return back(request, "/admin/canned", f"Đã thêm {added} câu mẫu." if added else "Đã có đủ các câu mẫu.")


async def _edit(request: web.Request) -> web.Response:
    reply = await _wanted(request)
    return _edit_page(request, reply, Form({name: getattr(reply, name) for name in _LONGEST}))


def _edit_page(request: web.Request, reply: Canned, form: Form, status: int = 200) -> web.Response:
    return render(request, "canned_edit.html", status, edited=reply, form=form, placeholders=PLACEHOLDERS)


async def _change(request: web.Request) -> web.Response:
    reply = await _wanted(request)
    form = read_form(await request.post())
    if not form.errors:
        values = (form.values["shortcut"], form.values["title"], form.values["text"])
        try:
            found = await asyncio.to_thread(change_canned, request.app[ENGINE], reply.id, *values, request[STAFF].login)
        except ShortcutTaken:
            form = _taken(form)
        else:
            words = f"Đã lưu câu “{form.values['title']}”." if found else "Câu này vừa bị xóa nên chưa lưu được."
            return back(request, "/admin/canned", words)
    return _edit_page(request, reply, form, 422)


async def _remove(request: web.Request) -> web.Response:
    number = int(request.match_info["number"])
    gone = await asyncio.to_thread(remove_canned, request.app[ENGINE], number, request[STAFF].login)
    return back(request, "/admin/canned", f"Đã xóa câu “{gone.title}”." if gone else "Câu này đã được xóa từ trước.")


async def _wanted(request: web.Request) -> Canned:
    engine: Engine = request.app[ENGINE]
    reply = await asyncio.to_thread(get_canned, engine, int(request.match_info["number"]))
    if reply is None:
        raise web.HTTPNotFound
    return reply


def _taken(form: Form) -> Form:
    return Form(form.values, {"shortcut": f"Phím gọi “{form.values['shortcut']}” đã dùng cho câu khác."})
