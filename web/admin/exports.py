"""What can be taken away: counts and questions as CSV for staff, and open data that says nothing about anybody.

Everything is streamed, so that a year of questions needs no more memory than a day of them. The form of the open data
is told in docs/open-data.md.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import hdrs, web
from sqlalchemy import Engine

from bot.formatting import plain_name
from channels.web import error_json
from knowledge.catalog import Catalog
from knowledge.days import VIETNAM, today
from nlu.personal import mask_personal
from storage.asked import Asked, Questions, Wanted
from storage.audit import note
from storage.numbers import Dimension, Numbers, OpenCount, Period
from storage.schema import now
from web.admin.asked import filters, wanted_of
from web.admin.figures import channel_name, outcome_name
from web.admin.numbers import PeriodError, read_period
from web.sheet_page import ENGINE
from web.staff.guard import READERS, STAFF, guarded

SMALLEST_GROUP = 5  # conversations; a count of fewer is not published
ROUNDED_TO = 5
_PORTION = 500  # lines written at a time
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BYTE_ORDER_MARK = "\ufeff"  # Excel takes a file without it for an old code page

Cell = str | int


def set_up(app: web.Application) -> None:
    """Give the application what can be downloaded."""
    app.add_routes(
        [
            guarded("GET", "/admin/numbers.csv", _numbers, READERS),
            guarded("GET", "/admin/asked.csv", _asked, READERS),
            guarded("GET", "/admin/open-data.json", _open_data, READERS),
        ]
    )


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield a CSV file in pieces; no cell of it is a formula to a spreadsheet."""
    buffer = io.StringIO()
    buffer.write(_BYTE_ORDER_MARK)
    writer = csv.writer(buffer)
    writer.writerow(head)
    for number, row in enumerate(rows, 1):
        writer.writerow([plain(cell) for cell in row])
        if number % _PORTION == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def plain(cell: Cell) -> Cell:
    """Return a cell that a spreadsheet shows as it is: words that look like a formula get an apostrophe before them."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def open_data(engine: Engine, period: Period, at: datetime) -> Iterator[str]:
    """Yield the open data of a period as JSON, in pieces: counts only, rounded, none of a small group."""
    numbers = Numbers(engine)
    about = {
        "title": "Số câu hỏi về thủ tục hành chính gửi đến trợ lý Một Cửa",
        "period": {"from": period.first.isoformat(), "to": period.last.isoformat()},
        "channel": period.channel or "all",
        "time_zone": "Asia/Ho_Chi_Minh",
        "generated_at": at.astimezone(VIETNAM).isoformat(timespec="seconds"),
        "smallest_group": SMALLEST_GROUP,
        "rounded_to": ROUNDED_TO,
    }
    yield json.dumps(about, ensure_ascii=False)[:-1]
    for name, dimension in (
        ("by_channel", Dimension.CHANNEL),
        ("by_outcome", Dimension.OUTCOME),
        ("by_procedure", Dimension.CODE),
    ):
        counts = [one for one in numbers.by_day(period, dimension) if one.conversations >= SMALLEST_GROUP]
        names = _names(engine, counts) if dimension is Dimension.CODE else {}
        yield f',\n"{name}": ['
        for start in range(0, len(counts), _PORTION):
            portion = (_open_row(one, dimension, names) for one in counts[start : start + _PORTION])
            yield (",\n" if start else "\n") + ",\n".join(json.dumps(row, ensure_ascii=False) for row in portion)
        yield "]"
    yield "}\n"


def rounded(count: int) -> int:
    """Return a count rounded to the nearest five, so that no small one can be found by subtraction."""
    return ROUNDED_TO * ((count + ROUNDED_TO // 2) // ROUNDED_TO)


async def _numbers(request: web.Request) -> web.StreamResponse:
    engine, period = request.app[ENGINE], _period(request)
    counts = await asyncio.to_thread(Numbers(engine).messages, period)
    rows = (
        (one.hour.date().isoformat(), one.hour.hour, channel_name(one.channel), outcome_name(one.outcome), one.count)
        for one in counts
    )
    lines = csv_lines(("Ngày", "Giờ", "Kênh", "Kết quả", "Số tin nhắn"), rows)
    return await _send(request, lines, f"so-lieu-{_days(period)}.csv", "text/csv")


async def _asked(request: web.Request) -> web.StreamResponse:
    """Send the questions that the same filters show at /admin/asked; who took them away is noted."""
    engine, asked_for = request.app[ENGINE], filters(request.query)
    told = urlencode({name: mask_personal(value).text for name, value in asked_for.items() if value})
    await asyncio.to_thread(note, engine, "asked.export", told, request[STAFF].login)
    rows = map(_asked_row, _every(Questions(engine), wanted_of(asked_for)))
    return await _send(request, csv_lines(_ASKED, rows), f"cau-hoi-{today().isoformat()}.csv", "text/csv")


async def _open_data(request: web.Request) -> web.StreamResponse:
    period = _period(request)
    pieces = open_data(request.app[ENGINE], period, now())
    return await _send(request, pieces, f"du-lieu-mo-{_days(period)}.json", "application/json")


async def _send(request: web.Request, pieces: Iterator[str], name: str, content_type: str) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: f"{content_type}; charset=utf-8",
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
            hdrs.CACHE_CONTROL: "no-store",
        }
    )
    first = await asyncio.to_thread(next, pieces, "")  # what cannot be read fails before the answer has begun
    await response.prepare(request)
    await response.write(first.encode())
    while piece := await asyncio.to_thread(next, pieces, ""):
        await response.write(piece.encode())
    await response.write_eof()
    return response


def _every(questions: Questions, wanted: Wanted) -> Iterator[Asked]:
    """Yield all that fit, newest first; each portion by a query of its own, for each may be read in another thread."""
    portion = questions.newest(wanted, _PORTION)
    while portion:
        yield from portion
        portion = questions.newest(wanted, _PORTION, before=portion[-1].id)


def _period(request: web.Request) -> Period:
    try:
        return read_period(request.query)
    except PeriodError as error:
        words = error_json("wrong_period", str(error))
        raise web.HTTPUnprocessableEntity(text=words, content_type="application/json") from error


_ASKED = (
    "Số", "Lúc", "Kênh", "Câu hỏi (đã che số riêng)", "Kết quả", "Độ tin (%)", "Thủ tục", "Phần được hỏi", "Ngôn ngữ",
    "Đã sửa",
)  # fmt: skip


def _asked_row(one: Asked) -> Sequence[Cell]:
    return (
        one.id,
        f"{one.created_at.astimezone(VIETNAM):%Y-%m-%d %H:%M}",
        channel_name(one.channel),
        one.text,
        outcome_name(one.outcome),
        round(100 * one.confidence),
        " ".join(one.codes),
        one.facet or "",
        one.language,
        f"{one.mended_at.astimezone(VIETNAM):%Y-%m-%d}" if one.mended_at else "",
    )


def _open_row(one: OpenCount, dimension: Dimension, names: Mapping[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {"day": one.day.isoformat(), dimension.value: one.key}
    if one.key in names:
        row["name"] = names[one.key]
    return row | {"messages": rounded(one.messages)}


def _names(engine: Engine, counts: Sequence[OpenCount]) -> dict[str, str]:
    codes = {one.key for one in counts}
    return {one.code: plain_name(one.name) for one in Catalog(engine).published(codes)} if codes else {}


def _days(period: Period) -> str:
    return f"{period.first.isoformat()}-{period.last.isoformat()}"
