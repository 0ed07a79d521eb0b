"""The page `/desk`: its frame and words. What it shows comes from the desk's JSON, by `static/desk.js`."""

from __future__ import annotations

import asyncio

from aiohttp import hdrs, web

from storage.desk import WrapUp
from storage.presence import presence_of
from web.desk.shapes import CHANNELS
from web.sheet_page import ENGINE
from web.staff import frame
from web.staff.guard import DESK, LEAD, STAFF, Role, guarded

# The modules that `desk.js` imports, so that the browser fetches them all at once.
MODULES = (
    "desk.js",
    "desk_api.js",
    "desk_ask.js",
    "desk_canned.js",
    "desk_compose.js",
    "desk_connection.js",
    "desk_drafts.js",
    "desk_keys.js",
    "desk_marks.js",
    "desk_notice.js",
    "desk_queue.js",
    "desk_search.js",
    "desk_state.js",
    "desk_talk.js",
    "desk_words.js",
    "view.js",
)
VIEWS = (("waiting", "Đang chờ"), ("mine", "Của tôi"), ("all", "Tất cả"), ("done", "Đã xong"))
WAITS = (("", "Bất kỳ"), ("2", "Từ 2 phút"), ("5", "Từ 5 phút"), ("15", "Từ 15 phút"), ("60", "Từ 1 giờ"))
DEEDS = (
    ("take", "Nhận", "T", "Nhận cuộc này để trả lời"),
    ("takeover", "Tiếp quản", "T", "Nhận thay đồng nghiệp, có ghi lý do"),
    ("handover", "Chuyển", "H", "Chuyển cho đồng nghiệp đang trực"),
    ("back", "Trả trợ lý", "B", "Trả cuộc này về trợ lý tự động"),
    ("close", "Kết thúc", "E", "Kết thúc và ghi kết quả"),
    ("note", "Ghi chú", "N", "Ghi chú cho đồng nghiệp"),
)
WRAP_UPS = (
    (WrapUp.ANSWERED, "Đã trả lời xong"),
    (WrapUp.SENT_ELSEWHERE, "Đã chỉ sang cơ quan khác"),
    (WrapUp.NO_REPLY, "Người dân không trả lời lại"),
    (WrapUp.SPAM, "Nhầm hoặc quấy rối"),
    (WrapUp.OTHER, "Việc khác (ghi chú)"),
)
SHORTCUTS = (
    (
        "Hàng chờ",
        (
            (("J", "K"), "Cuộc kế tiếp, cuộc trước"),
            (("Enter",), "Mở cuộc đang chọn"),
            (("T",), "Nhận (trưởng ca: tiếp quản)"),
            (("A",), "Đang trực / tạm nghỉ"),
        ),
    ),
    (
        "Trả lời",
        (
            (("R",), "Vào ô soạn"),
            (("Ctrl", "Enter"), "Gửi, hoặc duyệt câu đang chờ"),
            (("1", "2", "3"), "Chèn câu gợi ý"),
            (("⇧ 1", "⇧ 2", "⇧ 3"), "Gửi ngay câu gợi ý"),
            (("/",), "Câu soạn sẵn"),
            (("Esc",), "Rời ô soạn"),
        ),
    ),
    (
        "Cuộc trò chuyện",
        (
            (("H",), "Chuyển cho đồng nghiệp"),
            (("B",), "Trả về trợ lý tự động"),
            (("E",), "Kết thúc, ghi kết quả"),
            (("N",), "Ghi chú nội bộ"),
            (("G", "M", "W"), "Câu trả lời tốt, thiếu, sai thủ tục"),
        ),
    ),
    (
        "Khác",
        (
            (("Ctrl", "K"), "Tìm câu trả lời cho cuộc gọi"),
            (("S",), "Mở hoặc đóng câu gợi ý (màn hình hẹp)"),
            (("?",), "Bảng phím tắt này"),
        ),
    ),
)


def set_up(app: web.Application) -> None:
    """Give the application the page."""
    app.add_routes([guarded(hdrs.METH_GET, "/desk", _desk, DESK)])


async def _desk(request: web.Request) -> web.Response:
    presence = await asyncio.to_thread(presence_of, request.app[ENGINE], request[STAFF].id)
    return frame.render(
        request,
        "desk.html",
        presence=presence,
        lead=Role(request[STAFF].role) in LEAD,
        modules=MODULES,
        views=VIEWS,
        channels=CHANNELS.items(),
        waits=WAITS,
        deeds=DEEDS,
        wrap_ups=WRAP_UPS,
        shortcuts=SHORTCUTS,
    )
