"""What was asked: every question with what became of it; filters and place in the list stand in the address."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from aiohttp import web

from bot.messages import Outcome
from channels.web import CONVERSATIONS
from knowledge.catalog import Catalog
from knowledge.days import VIETNAM
from storage.asked import Asked, Mended, Questions, Wanted
from web.admin.figures import channel_name
from web.staff.frame import page_roles, render
from web.staff.guard import READERS, guarded

PAGE = 50
EXPORT = "/admin/asked.csv"
OUTCOME_NAMES = {
    "answered": "Trả lời",
    "partial": "Trả lời một phần",
    "corrected": "Đính chính",
    "clarify": "Hỏi lại",
    "abstained": "Không trả lời",
    "blocked": "Từ chối",
    "crisis": "Khẩn cấp",
    "handoff": "Chuyển cán bộ",
    "form": "Điền phiếu",
    "smalltalk": "Chào hỏi",
    "error": "Lỗi máy",
}
"""Outcomes in a word or two, for tables; `web.admin.figures.OUTCOMES` says them at length."""

GOOD = frozenset({Outcome.ANSWERED, Outcome.PARTIAL, Outcome.CORRECTED})
BAD = frozenset({Outcome.ABSTAINED, Outcome.ERROR})
_FILTERS = ("q", "outcome", "channel", "code", "below", "mended", "from", "to")
_BELOW = ("0.5", "0.6", "0.7", "0.8", "0.9")
_LONGEST = 200
_MENDED = {
    "alias": "Đã thêm tên gọi",
    "question": "Đã thêm câu hỏi",
    "faq": "Đã có câu hỏi đáp",
    "procedure": "Đã sửa thủ tục",
    "dismissed": "Đã bỏ qua",
}


def set_up(app: web.Application) -> None:
    """Give the application the page."""
    app.add_routes([guarded("GET", "/admin/asked", _list, READERS)])


async def _list(request: web.Request) -> web.Response:
    query, questions = filters(request.query), Questions(request.app[CONVERSATIONS].engine)
    wanted = wanted_of(query)
    before, after = (_number(request.query.get(name, "")) for name in ("before", "after"))

    def read() -> tuple[list[Asked], int, list[str], dict[str, str]]:
        rows = questions.newest(wanted, PAGE + 1, before, after)
        names = names_of(Catalog(questions.engine), {code for row in rows for code in row.codes[:3]})
        return rows, questions.count(wanted), list(questions.channels()), names

    rows, total, channels, names = await asyncio.to_thread(read)
    more = len(rows) > PAGE
    shown = rows[1:] if more and after is not None else rows[:PAGE]
    kept = {name: value for name, value in query.items() if value}
    earlier = after is not None or more
    later = before is not None or (after is not None and more)
    return render(
        request,
        "asked.html",
        rows=shown,
        total=total,
        query=query,
        names=names,
        outcomes=OUTCOME_NAMES,
        good=GOOD,
        bad=BAD,
        channels=[(one, channel_name(one)) for one in channels],
        channel_name=channel_name,
        belows=_BELOW,
        mended=mended_words,
        older=f"?{urlencode(kept | {'before': shown[-1].id})}" if shown and earlier else "",
        newer=f"?{urlencode(kept | {'after': shown[0].id})}" if shown and later else "",
        export=f"{EXPORT}?{urlencode(kept)}" if EXPORT in page_roles(request.app) else "",
    )


def filters(query: Mapping[str, str]) -> dict[str, str]:
    """Return the filters that an address holds, each "" where there is none."""
    return {name: query.get(name, "").strip()[:_LONGEST] for name in _FILTERS}


def wanted_of(query: Mapping[str, str]) -> Wanted:
    """Return which questions these filters ask for; what cannot be read does not narrow."""
    until = _day(query["to"])
    return Wanted(
        words=query["q"],
        outcome=query["outcome"] if query["outcome"] in OUTCOME_NAMES else "",
        channel=query["channel"],
        code=query["code"],
        below=float(query["below"]) if query["below"] in _BELOW else None,
        mended=query["mended"] if query["mended"] in ("yes", "no") else "",
        since=_midnight(_day(query["from"])),
        until=_midnight(until + timedelta(days=1) if until else None),
    )


def names_of(catalog: Catalog, codes: Collection[str]) -> dict[str, str]:
    """Return the names of those of these procedures that are published."""
    return {one.code: one.name for one in catalog.published(sorted(codes))} if codes else {}


def mended_words(kept: str | None) -> str:
    """Return in words how a question was mended, "" where it was not."""
    return _MENDED.get(Mended.read(kept).kind, "Đã xử lý") if kept else ""


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 16 else None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 <= day.year < 3000 else None


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), VIETNAM).astimezone(UTC) if day else None
