"""Try a question: the real assistant's answer, and what each stage on the way to it did. Nothing of it is kept."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from threading import Lock
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Engine

from bot.assistant import LONGEST_TEXT
from bot.facets.words import FACET_LABELS
from bot.judging import ANSWER_FROM, OFFER_FROM
from bot.trial import MOST_BEFORE, Asked, OverheardSearch, Trial, Trier
from knowledge.journeys import load_journeys
from knowledge.places import load_places
from nlu.text import fold
from storage.scratch import open_scratch
from web.admin import trial_words
from web.admin.as_shown import as_shown
from web.service import Knowledge, answering_of, open_dialogue
from web.settings import Settings
from web.staff.frame import render
from web.staff.guard import READERS, guarded
from web.staff.opened import KNOWLEDGE

log = logging.getLogger(__name__)

EXAMPLES = (
    "lam giay khai sinh cho con can gi",
    "mất cccd làm lại hết nhiêu tiền",
    "nghe nói đăng ký kết hôn mất 500 nghìn phải không",
    "vợ em mới sinh thì phải làm những gì",
)
_LONGEST_BEFORE = 2_000
_LONGEST_TYPED = 800  # characters a field: all of it stands in the address, which has an end
_INTENTS_SHOWN = 5


class Trying:
    """What tries questions out, loaded when the first one is tried: most processes never need it."""

    def __init__(self, settings: Settings) -> None:
        """Load with these settings."""
        self._settings, self._lock = settings, Lock()
        self._trier: Trier | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._engine: Engine | None = None

    def run(self, asked: Asked, knowledge: Knowledge) -> Trial:
        """Try a question on the catalogue as it is published now."""
        with self._lock:
            if self._trier is None:
                self._trier = self._open(knowledge)
        return self._trier.run(asked, knowledge.live.retriever)

    def close(self) -> None:
        """Delete the scratch database."""
        if self._engine is not None:
            self._engine.dispose()
        if self._folder is not None:
            self._folder.cleanup()

    def _open(self, knowledge: Knowledge) -> Trier:
        self._folder = tempfile.TemporaryDirectory(prefix="motcua-try-")
        self._engine = engine = open_scratch(Path(self._folder.name))
        search = OverheardSearch(knowledge.live)
        answering = replace(answering_of(knowledge), search=search)
        return Trier(open_dialogue(self._settings, answering, engine), search, engine)


TRYING = web.AppKey("trying", Trying)


def set_up(app: web.Application, settings: Settings) -> None:
    """Give the application the page that tries a question."""
    app[TRYING] = Trying(settings)
    app.cleanup_ctx.append(_closing)
    app.add_routes([guarded("GET", "/admin/try", _try, READERS)])


async def _closing(app: web.Application) -> AsyncIterator[None]:
    yield
    app[TRYING].close()


async def _try(request: web.Request) -> web.Response:
    asked, said_before = _asked(request), request.query.get("before", "")[:_LONGEST_BEFORE]
    knowledge, trial, wrong, status = request.app[KNOWLEDGE].knowledge, None, "", 200
    if asked.text and knowledge is None:
        wrong, status = "Trợ lý đang khởi động. Anh/chị chờ vài giây rồi thử lại.", 503
    elif asked.text and knowledge is not None:
        try:
            trial = await asyncio.to_thread(request.app[TRYING].run, asked, knowledge)
        except Exception:
            log.exception("a question could not be tried")
            wrong, status = "Câu này làm trợ lý gặp lỗi: người dân hỏi vậy cũng nhận lời xin lỗi. Nhật ký đã ghi.", 500
    return render(
        request,
        "try.html",
        status,
        asked=asked,
        said_before=said_before,
        trial=trial,
        wrong=wrong,
        shown=as_shown(trial.replies) if trial else (),
        words=trial_words,
        facets={facet.value: label for facet, label in FACET_LABELS["vi"].items()},
        provinces=sorted(load_places().provinces.values(), key=lambda province: fold(province.short)),
        events={key: journey.title for key, journey in load_journeys().items()},
        examples=EXAMPLES,
        longest_typed=_LONGEST_TYPED,
        follow=_following(asked),
        most_before=MOST_BEFORE,
        intents_shown=_INTENTS_SHOWN,
        answer_from=ANSWER_FROM,
        offer_from=OFFER_FROM,
    )


def _following(asked: Asked) -> str:
    """Return the address of the next message of the same conversation, without its words, which end it."""
    said = "\n".join((*asked.before, asked.text)[-MOST_BEFORE:])
    known = {"before": said, "province": asked.province}
    return f"?{urlencode({name: value for name, value in known.items() if value})}&q="


def _asked(request: web.Request) -> Asked:
    province = request.query.get("province", "")
    before = [line.strip() for line in request.query.get("before", "")[:_LONGEST_BEFORE].splitlines()]
    return Asked(
        request.query.get("q", "").strip()[: 2 * LONGEST_TEXT],
        tuple(filter(None, before))[-MOST_BEFORE:],
        province if province in load_places().provinces else "",
    )
