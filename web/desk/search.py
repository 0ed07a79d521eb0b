"""GET /desk/api/search: what a caller says, typed key by key; each key finds the procedure and a text to read out."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field, replace
from threading import Lock
from typing import Any

from aiohttp import web

from bot.answering import Answering, Procedures
from bot.facets.words import FACET_LABELS
from bot.phone import Found, look_up, part
from knowledge.completing import Completions
from knowledge.retriever import Retriever
from knowledge.types import Facet, Procedure
from nlu.personal import mask_personal
from nlu.text import clean
from web.desk.asking import opened, told, wrong
from web.staff.guard import DESK, guarded

_LONGEST = 300  # characters; more is no longer what somebody types while listening
_PROCEDURES_KEPT = 512
_NAMES = FACET_LABELS["vi"]


class LiveCompletions:
    """The words of the index in use; made anew when that changes, by whoever asks first, while others use the old."""

    def __init__(self) -> None:
        """Begin without any."""
        self._made = Completions(())
        self._fingerprint: str | None = None
        self._making = Lock()

    def of(self, retriever: Retriever) -> Completions:
        """Return the words of this search."""
        if self._fingerprint == retriever.fingerprint or not self._making.acquire(blocking=self._fingerprint is None):
            return self._made
        try:
            if self._fingerprint != retriever.fingerprint:
                self._made = Completions(entry.text for entry in retriever.index.entries)
                self._fingerprint = retriever.fingerprint
            return self._made
        finally:
            self._making.release()


class KeptProcedures:
    """The procedures read since the newest change of the catalogue: one key more finds nearly the same again."""

    def __init__(self, procedures: Procedures, change: int) -> None:
        """Read from `procedures`, which are those of `change`."""
        self.change = change
        self._procedures = procedures
        self._kept: dict[str, Procedure] = {}

    def get(self, code: str) -> Procedure | None:
        """Return one procedure, None when there is none that citizens may see."""
        if (kept := self._kept.get(code)) is not None:
            return kept
        found = self._procedures.get(code)
        if len(self._kept) >= _PROCEDURES_KEPT:
            self._kept.clear()
        if found is not None:
            self._kept[code] = found
        return found


@dataclass(slots=True)
class Typing:
    """What is kept from one key to the next."""

    completions: LiveCompletions = field(default_factory=LiveCompletions)
    procedures: KeptProcedures | None = None

    def answering(self, answering: Answering, change: int) -> Answering:
        """Return the same answering over the procedures kept."""
        kept = self.procedures
        if kept is None or kept.change != change:
            kept = self.procedures = KeptProcedures(answering.procedures, change)
        return replace(answering, procedures=kept)


TYPING = web.AppKey("typing", Typing)


def set_up(app: web.Application) -> None:
    """Give the application the route."""
    app[TYPING] = Typing()
    app.add_routes([guarded("GET", "/desk/api/search", _search, DESK)])


async def _search(request: web.Request) -> web.Response:
    knowledge, answering = opened(request.app)
    typed = mask_personal(clean(request.query.get("q", "")[:_LONGEST])).text
    wanted = request.query.get("facet", "")
    if wanted and wanted not in tuple(Facet):
        return wrong(f"Không có phần “{wanted[:40]}” trong một thủ tục.")
    facet = Facet(wanted) if wanted else None
    code = request.query.get("code", "")
    change, retriever, typing = knowledge.live.change, knowledge.live.retriever, request.app[TYPING]
    answering = typing.answering(answering, change)

    def found() -> list[Found]:
        if code:
            return _one(answering, code, facet, typed)
        return look_up(answering, typed, typing.completions.of(retriever), facet) if typed else []

    return told({"results": [_json(one) for one in await asyncio.to_thread(found)], "change": change})


def _one(answering: Answering, code: str, facet: Facet | None, typed: str) -> list[Found]:
    one = part(answering, code, facet or Facet.OVERVIEW, typed)
    return [one] if one else []


def _json(found: Found) -> dict[str, Any]:
    return {
        "code": found.code,
        "name": found.name,
        "confidence": found.confidence,
        "facet": found.facet.value,
        "facet_name": _NAMES[found.facet],
        "facets": [{"facet": facet.value, "name": _NAMES[facet]} for facet in found.facets],
        "text": found.text,
        "script": found.script,
        "source": asdict(found.source),
        "version": found.source.version,
    }
