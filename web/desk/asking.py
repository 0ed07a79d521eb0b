"""What the desk's aids share: the knowledge when it is loaded, and JSON answers with errors in plain words."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from bot.answering import Answering
from channels.web import error_json
from knowledge.faq import Faqs, FaqSearch
from knowledge.offices import OfficeBook
from web.service import Knowledge
from web.staff.opened import KNOWLEDGE


def opened(app: web.Application) -> tuple[Knowledge, Answering]:
    """Return the knowledge and what answers from it; refuse while they are being loaded."""
    knowledge = app[KNOWLEDGE].knowledge
    if knowledge is None:
        words = "Danh mục đang được nạp. Anh/chị chờ vài giây rồi thử lại."
        text = error_json("not_ready", words)
        raise web.HTTPServiceUnavailable(text=text, content_type="application/json", headers={"Retry-After": "2"})
    known = FaqSearch(Faqs(knowledge.engine), lambda: knowledge.live.retriever.index.rarity)
    return knowledge, Answering(knowledge.catalog, knowledge.live, known, OfficeBook(knowledge.engine))


def told(data: Any, status: int = 200) -> web.Response:
    """Return JSON that nobody keeps on the way."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return web.Response(
        text=text, status=status, content_type="application/json", headers={"Cache-Control": "no-store"}
    )


def wrong(words: str, code: str = "wrong_field", status: int = 422) -> web.Response:
    """Return an error that says what to do instead."""
    return web.Response(text=error_json(code, words), status=status, content_type="application/json")
