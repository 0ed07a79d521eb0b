"""Approve mode: which channels let uncertain answers wait for staff, below what confidence, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from aiohttp import web

from channels.switches import WEB
from channels.web import OUTBOX
from storage.approvals import Approvals, Rule
from web.desk.shapes import CHANNELS
from web.desk.works import WORKS
from web.staff.frame import back, render
from web.staff.guard import LEAD, STAFF, guarded

PATH = "/admin/approval"
_FROM_PERCENT, _TO_PERCENT, _USUAL_PERCENT = 10, 100, 80
_SHORTEST_MIN, _LONGEST_MIN, _USUAL_MIN = 1, 60, 5


@dataclass(frozen=True, slots=True)
class Row:
    """One channel's form: what is typed or in force, and what is wrong with it."""

    channel: str
    name: str
    on: bool
    percent: str
    minutes: str
    error: str = ""
    in_force: bool = False


def set_up(app: web.Application) -> None:
    """Give the application the page."""
    app.add_routes(
        [
            guarded("GET", PATH, _page, LEAD),
            guarded("POST", PATH + r"/{channel:[\w-]{1,40}}", _save, LEAD),
        ]
    )


def read_row(channel: str, posted: Mapping[str, object]) -> tuple[Row, Rule | None]:
    """Read what was posted for a channel; a row with an error comes without a rule, so does one that is off."""
    on = posted.get("on") == "1"
    percent, minutes = (str(posted.get(name, "")).strip() for name in ("percent", "minutes"))
    row = Row(channel, CHANNELS.get(channel, channel), on, percent, minutes)
    if not on:
        return row, None
    error = _wrong(percent, _FROM_PERCENT, _TO_PERCENT, "Độ tin cậy") or _wrong(
        minutes, _SHORTEST_MIN, _LONGEST_MIN, "Số phút chờ"
    )
    if error:
        return replace(row, error=error), None
    return row, Rule(channel, int(percent) / 100, int(minutes) * 60)


async def _page(request: web.Request) -> web.Response:
    return await _shown(request, {})


async def _shown(request: web.Request, typed: Mapping[str, Row], status: int = 200) -> web.Response:
    rules = await asyncio.to_thread(_approvals(request).rules)
    rows = [
        replace(typed.get(channel) or _row(channel, rules.get(channel)), in_force=channel in rules)
        for channel in _channels(request)
    ]
    limits = {"from": _FROM_PERCENT, "to": _TO_PERCENT, "shortest": _SHORTEST_MIN, "longest": _LONGEST_MIN}
    return render(request, "approval.html", status, rows=rows, limits=limits)


async def _save(request: web.Request) -> web.Response:
    channel = request.match_info["channel"]
    if channel not in _channels(request):
        raise web.HTTPNotFound
    row, rule = read_row(channel, await request.post())
    if row.error:
        return await _shown(request, {channel: row}, 422)
    approvals, author = _approvals(request), request[STAFF].login
    if rule is None:
        await asyncio.to_thread(approvals.drop_rule, channel, author)
        return back(request, PATH, f"{row.name}: mọi câu trả lời được gửi ngay.")
    await asyncio.to_thread(approvals.set_rule, rule, author)
    words = f"{row.name}: câu trả lời có độ tin cậy dưới {row.percent} % sẽ chờ cán bộ tối đa {row.minutes} phút."
    return back(request, PATH, words)


def _row(channel: str, rule: Rule | None) -> Row:
    percent = round(rule.below * 100) if rule else _USUAL_PERCENT
    minutes = rule.wait_s // 60 if rule else _USUAL_MIN
    return Row(channel, CHANNELS.get(channel, channel), rule is not None, str(percent), str(minutes))


def _channels(request: web.Request) -> list[str]:
    return [WEB, *request.app[OUTBOX].channels]


def _approvals(request: web.Request) -> Approvals:
    return request.app[WORKS].approvals


def _wrong(told: str, least: int, most: int, name: str) -> str:
    fits = told.isascii() and told.isdigit() and len(told) < 6 and least <= int(told) <= most
    return "" if fits else f"{name}: cần một số từ {least} đến {most}."
