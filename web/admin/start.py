"""`/admin`: what needs somebody's attention, each with the page on which it is seen to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import Engine

from knowledge.history import Concern, History
from storage import inbox, outbox
from storage.asked import Questions
from storage.checks import Checks
from storage.desk_queue import counts
from storage.marks import count_marks
from storage.queues import Status
from storage.switches import pauses
from web.sheet_page import ENGINE
from web.staff.frame import page_roles, render
from web.staff.guard import READERS, STAFF, Role, guarded

PATH = "/admin"


@dataclass(frozen=True, slots=True)
class Card:
    """A number of things to see to; `tone` is how pressing (bad, wait or nothing)."""

    path: str
    title: str
    count: int
    words: str
    tone: str


def set_up(app: web.Application) -> None:
    """Give the application the first page of the administration."""
    app.add_routes([guarded("GET", PATH, _show, READERS)])


async def _show(request: web.Request) -> web.Response:
    cards = await asyncio.to_thread(lambda: list(_cards(request.app[ENGINE])))
    roles, role = page_roles(request.app), Role(request[STAFF].role)
    mine = [card for card in cards if role in roles.get(card.path, ())]
    open_cards = [card for card in mine if card.count]
    return render(request, "start.html", cards=open_cards, done=[card for card in mine if not card.count])


def _cards(engine: Engine) -> Iterator[Card]:
    yield Card("/desk", "Người dân đang chờ cán bộ", counts(engine).waiting, "cuộc trò chuyện", "bad")
    off = pauses(engine)
    yield Card("/admin/queues", "Kênh đang tạm dừng", len(off), "kênh", "bad")
    dead = sum(size.count for queue in (inbox, outbox) for size in queue.sizes(engine) if size.status is Status.DEAD)
    yield Card("/admin/queues", "Tin hỏng, chưa trả lời được", dead, "tin", "bad")
    last = Checks(engine).last_done()
    yield Card("/admin/checks", "Câu từng đúng nay sai", len(last.fallen) if last else 0, "câu", "bad")
    concerns = [warned.concern for warned in History(engine).warnings()]
    expired = concerns.count(Concern.EXPIRED)
    yield Card("/admin/warnings", "Thủ tục đã hết hiệu lực", expired, "thủ tục", "bad")
    soon = concerns.count(Concern.EXPIRES_SOON)
    yield Card("/admin/warnings", "Thủ tục sắp hết hiệu lực", soon, "thủ tục", "wait")
    yield Card(
        "/admin/asked/unanswered", "Câu hỏi chưa trả lời được", Questions(engine).unanswered_count(), "câu", "wait"
    )
    yield Card("/admin/marks", "Góp ý của cán bộ chưa xem", count_marks(engine).get("open", 0), "góp ý", "wait")
