"""`/admin/queues`: how each channel is doing, what was given up and trying it again, switching a channel off and on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlalchemy import Engine

from storage import inbox, outbox, switches
from storage.audit import note
from storage.channel_state import ChannelState, channel_states
from storage.switches import ALL, Pause
from web.channel_checks import NAMES, configured
from web.channels_command import FAILURES
from web.pages import SETTINGS
from web.queue_commands import revive
from web.settings import Settings
from web.sheet_page import ENGINE
from web.staff.frame import back, render
from web.staff.guard import LEAD, STAFF, guarded

PATH = "/admin/queues"
_SHOWN = 200
_LONGEST_REASON = 200
_NO_REASON = "Cần lý do để báo cho người dân, ví dụ: bảo trì đến 14 giờ."
_NO_CHANNEL = "Anh/chị chọn một kênh trong danh sách."


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel that is set up, or all of them; `pause` is its own, not that of all."""

    name: str
    title: str
    state: ChannelState | None
    pause: Pause | None

    @property
    def failures(self) -> Sequence[str]:
        """What failed in the last day, in words, with how often."""
        kinds = sorted(self.state.failures.items()) if self.state else ()
        return [f"{FAILURES.get(kind, 'lỗi khác')} ({count})" for kind, count in kinds]


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A delivery not answered, or a send not sent. What was said in it is not shown here."""

    name: str
    channel: str
    direction: str
    at: datetime
    why: str


def set_up(app: web.Application) -> None:
    """Give the application the page of channels and queues."""
    app.add_routes(
        [
            guarded("GET", PATH, _show, LEAD),
            guarded("POST", f"{PATH}/retry", _retry, LEAD),
            guarded("POST", f"{PATH}/pause", _pause, LEAD),
            guarded("POST", f"{PATH}/resume", _resume, LEAD),
        ]
    )


async def _show(request: web.Request, problem: str = "", why: str = "") -> web.Response:
    settings, engine = request.app[SETTINGS], request.app[ENGINE]
    channels = await asyncio.to_thread(_channels, settings, engine)
    given_up = await asyncio.to_thread(_given_up, engine)
    values = {"channels": channels, "given_up": given_up, "problem": problem, "why": why, "shown": _SHOWN}
    return render(request, "queues.html", 422 if problem else 200, **values)


async def _retry(request: web.Request) -> web.Response:
    """POST: let what is named in `name`, once for each, be tried again."""
    names = [str(name) for name in (await request.post()).getall("name", [])][:_SHOWN]
    if not names:
        return await _show(request, "Anh/chị đánh dấu những tin muốn làm lại.")
    count, _ = await asyncio.to_thread(revive, request.app[ENGINE], names)
    if count:
        await asyncio.to_thread(note, request.app[ENGINE], "queue.retry", " ".join(names), request[STAFF].login)
    return back(request, PATH, f"{count} tin sẽ được làm lại ngay." if count else "Những tin đó đã được làm lại rồi.")


async def _pause(request: web.Request) -> web.Response:
    form, author = await request.post(), request[STAFF].login
    channel, why = str(form.get("channel", "")), str(form.get("why", "")).strip()[:_LONGEST_REASON]
    if channel != ALL and not configured(request.app[SETTINGS]).get(channel):
        return await _show(request, _NO_CHANNEL, why)
    if not why:
        return await _show(request, _NO_REASON)
    silent = form.get("silent") == "1"
    await asyncio.to_thread(switches.pause, request.app[ENGINE], channel, why, author, silent=silent)
    return back(request, PATH, f"Đã tạm dừng: {_title(channel)}. Tin đến vẫn được giữ lại để trả lời sau.")


async def _resume(request: web.Request) -> web.Response:
    channel = str((await request.post()).get("channel", ""))
    resumed = await asyncio.to_thread(switches.resume, request.app[ENGINE], channel, "", request[STAFF].login)
    return back(request, PATH, f"Đã mở lại: {_title(channel)}." if resumed else "Kênh đó đang không bị tạm dừng.")


def _channels(settings: Settings, engine: Engine) -> list[Channel]:
    names = [name for name, is_set_up in configured(settings).items() if is_set_up]
    states, off = channel_states(engine, names), {pause.channel: pause for pause in switches.pauses(engine)}
    return [Channel(name, _title(name), states.get(name), off.get(name)) for name in (*names, ALL)]


def _given_up(engine: Engine) -> list[GivenUp]:
    found = [
        *(
            GivenUp(f"vao-{row.id}", _title(row.channel), "chưa trả lời được", row.received_at, row.reason or "")
            for row in inbox.dead_deliveries(engine, _SHOWN)
        ),
        *(
            GivenUp(f"ra-{row.id}", _title(row.channel), "chưa gửi được", row.created_at, _why(row.reason or ""))
            for row in outbox.dead_sends(engine, _SHOWN)
        ),
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)[:_SHOWN]


def _why(reason: str) -> str:
    """Return why a send was given up: the kind of failure in words, then what the service said."""
    kind, _, rest = reason.partition(":")
    return f"{FAILURES[kind]} ({rest.strip()})" if kind in FAILURES else reason


def _title(channel: str) -> str:
    return "Mọi kênh" if channel == ALL else NAMES.get(channel, channel)
