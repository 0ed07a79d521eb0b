"""`/admin/numbers`: how much was asked, what became of it, who waited how long, and how satisfied people were."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Engine

from bot.formatting import plain_name
from knowledge.catalog import Catalog
from knowledge.days import today
from storage.numbers import Comment, Numbers, Period, Rated
from web.admin import figures
from web.admin.figures import ChannelRow, Chart, Tile
from web.pages import TEMPLATES
from web.sheet_page import ENGINE
from web.staff.frame import render
from web.staff.guard import READERS, guarded

LONGEST_DAYS = 366
_USUAL_DAYS = 7
_TOP = 12
_COMMENTS = 20
_EXPORTS = (
    ("/admin/numbers.csv", "Số đếm theo giờ (CSV)"),
    ("/admin/asked.csv", "Từng câu hỏi (CSV)"),
    ("/admin/open-data.json", "Dữ liệu mở (JSON)"),
)
_PRESETS = (("Hôm nay", 1, 0), ("Hôm qua", 1, 1), ("7 ngày", 7, 0), ("30 ngày", 30, 0), ("90 ngày", 90, 0))


class PeriodError(ValueError):
    """The address asks for days that cannot be counted; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A period to choose with one tap."""

    name: str
    link: str
    current: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the page shows of a period."""

    tiles: list[Tile]
    charts: list[Chart]
    channels: list[ChannelRow]
    comments: list[Comment]
    names: Mapping[str, str]
    slowest: str
    empty: bool


def set_up(app: web.Application) -> None:
    """Give the application the page of numbers."""
    app[TEMPLATES].filters.update(count=figures.number, channel_name=figures.channel_name)
    app.add_routes([guarded("GET", "/admin/numbers", _numbers, READERS)])


def read_period(query: Mapping[str, str]) -> Period:
    """Return the period that an address asks for, the last week where it asks for none. Raises PeriodError."""
    last = _day(query.get("to", ""), today())
    first = _day(query.get("from", ""), last - timedelta(days=_USUAL_DAYS - 1))
    if first > last:
        raise PeriodError("Ngày đầu đang sau ngày cuối. Chọn ngày đầu sớm hơn hoặc bằng ngày cuối.")
    if (last - first).days >= LONGEST_DAYS:
        raise PeriodError(f"Khoảng này dài hơn một năm. Chọn tối đa {LONGEST_DAYS} ngày mỗi lần.")
    return Period(first, last, query.get("channel", "")[:40])


def address(path: str, period: Period) -> str:
    """Return the address of a page of this period."""
    asked = {"from": period.first.isoformat(), "to": period.last.isoformat(), "channel": period.channel}
    return f"{path}?{urlencode({name: value for name, value in asked.items() if value})}"


def overview(engine: Engine, period: Period) -> Overview:
    """Count everything of a period."""
    numbers = Numbers(engine)
    counts, talks, waits = numbers.messages(period), numbers.talks(period), numbers.waits(period)
    rated, asked = numbers.ratings(period), numbers.procedures(period, _TOP)
    comments = numbers.comments(period, _COMMENTS)
    codes = (*(one.code for one in rated), *(one.code for one in comments), *(one.code for one in asked))
    names, fields = _described(engine, {code for code in codes if code})
    charts = [
        figures.by_day(counts, period),
        figures.by_hour(counts, period),
        figures.waits_by_day(waits, period),
        figures.top_procedures(asked, names),
        figures.by_outcome(counts),
        figures.satisfaction("by-channel", "Hài lòng theo kênh", "Kênh", _labelled(rated, _channel)),
        figures.satisfaction("by-field", "Hài lòng theo lĩnh vực", "Lĩnh vực", _labelled(rated, _field(fields))),
    ]
    return Overview(
        figures.tiles(counts, talks, waits, rated),
        charts,
        figures.channel_rows(counts, talks, waits, rated),
        comments,
        names,
        figures.slowest_tenth(waits),
        not (counts or waits or rated),
    )


async def _numbers(request: web.Request) -> web.Response:
    engine = request.app[ENGINE]
    try:
        period, wrong = read_period(request.query), ""
    except PeriodError as error:
        period, wrong = read_period({}), str(error)
    shown = await asyncio.to_thread(overview, engine, period)
    channels = await asyncio.to_thread(Numbers(engine).channels)
    asked = {name: request.query.get(name, "") for name in ("from", "to")} if wrong else {}
    return render(
        request,
        "numbers.html",
        422 if wrong else 200,
        period=period,
        asked=asked or {"from": period.first.isoformat(), "to": period.last.isoformat()},
        wrong=wrong,
        shown=shown,
        channels=channels,
        presets=_presets(period),
        exports=[(address(path, period), words) for path, words in _EXPORTS],
        today=today().isoformat(),
    )


def _presets(period: Period) -> list[Preset]:
    made = []
    for name, days, ago in _PRESETS:
        last = today() - timedelta(days=ago)
        one = replace(period, first=last - timedelta(days=days - 1), last=last)
        made.append(Preset(name, address("/admin/numbers", one), one == period))
    return made


def _day(told: str, otherwise: date) -> date:
    if not told:
        return otherwise
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise PeriodError("Không đọc được ngày. Viết theo dạng năm-tháng-ngày, ví dụ 2026-11-22.") from None


def _described(engine: Engine, codes: set[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return plain names and fields of procedures, by code; of those no longer published nothing is known."""
    found = list(Catalog(engine).published(codes)) if codes else []
    names = {procedure.code: plain_name(procedure.name) for procedure in found}
    return names, {procedure.code: procedure.fields[0] for procedure in found if procedure.fields}


def _labelled(rated: list[Rated], label: Callable[[Rated], str]) -> list[tuple[str, Rated]]:
    return [(label(one), one) for one in rated]


def _channel(one: Rated) -> str:
    return figures.channel_name(one.channel)


def _field(fields: Mapping[str, str]) -> Callable[[Rated], str]:
    return lambda one: fields.get(one.code or "", figures.NO_FIELD)
