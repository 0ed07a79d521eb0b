"""The gate before publishing: the regression cases that an edition touches are run as if it were in force already.

A case that is right today and would be wrong then has fallen and keeps the edition from being published, unless an
administrator overrides it with a reason.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from bot.evaluation import Case, Result
from knowledge.history import History
from knowledge.publishing import Refused
from knowledge.retriever import Retriever
from knowledge.types import Procedure, Status
from nlu.accents import load_restorer
from nlu.encoder import Encoder, RememberingEncoder
from nlu.facets import search_words
from storage.checks import Checks
from web.admin.cases import all_cases, told
from web.pages import SETTINGS
from web.rehearsal import rehearse, with_edition
from web.service import Knowledge
from web.settings import Settings
from web.staff.opened import KNOWLEDGE

log = logging.getLogger(__name__)

MOST = 60  # cases run for one edition
LONGEST = 30.0  # seconds a check before publishing may take
_NEAR = 3  # a case is touched when the procedure is among so many best ones, now or then
_MEMORIES: dict[str, RememberingEncoder] = {}  # by the encoder's fingerprint
REHEARSING = web.AppKey("rehearsing", asyncio.Lock)

_NOT_READY = "Trợ lý đang khởi động nên chưa kiểm tra được. Anh/chị chờ khoảng nửa phút rồi thử lại."
_BROKEN = "Phần kiểm tra gặp trục trặc nên chưa biết bản này có làm hỏng câu trả lời nào không. Anh/chị thử lại."
_TOO_SLOW = "Máy đang bận nên chưa kiểm tra xong trong {seconds:.0f} giây ({done}/{count} câu). Anh/chị thử lại."
_FALLEN = "{fallen} câu đang trả lời đúng sẽ thành sai nếu công bố bản này."


@dataclass(frozen=True, slots=True)
class Fallen:
    """A question that is answered rightly today and would not be any more."""

    id: str
    turns: tuple[str, ...]
    kind: str
    expected: tuple[str, ...]
    outcome: str
    found: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class GateResult:
    """Whether an edition may be published; if not, `words` says why, and an administrator may override it or not."""

    allowed: bool
    check_id: int | None
    fallen: tuple[Fallen, ...] = ()
    override_allowed: bool = False
    count: int = 0
    words: str = ""


@dataclass(slots=True)
class _Run:
    """A run under way: what came out so far."""

    count: int = 0
    right: list[Result] = field(default_factory=list)
    wrong: list[Result] = field(default_factory=list)

    @property
    def done(self) -> int:
        return len(self.right) + len(self.wrong)

    def take(self, result: Result) -> None:
        (self.right if result.ok else self.wrong).append(result)


async def check_before_publish(app: web.Application, code: str, number: int, started_by: str = "") -> GateResult:
    """Run the cases that a version of a procedure touches, as if it were in force. Raises Refused for no such version.

    Takes some five seconds, at most `LONGEST`. What was found is kept among the checks.
    """
    knowledge, settings = app[KNOWLEDGE].knowledge, app[SETTINGS]
    if knowledge is None:
        return GateResult(False, None, words=_NOT_READY)
    edition = await asyncio.to_thread(History(knowledge.engine).edition, code, number)
    if edition is None:
        raise Refused(f"Thủ tục {code} không có phiên bản {number}.")
    withdrawn = edition.status is Status.WITHDRAWN
    proposed = replace(edition.procedure, status=Status.WITHDRAWN if withdrawn else Status.PUBLISHED)
    checks = Checks(knowledge.engine)
    async with app[REHEARSING]:
        check = await asyncio.to_thread(checks.start, code, started_by)
        try:
            return await asyncio.to_thread(_check, settings, knowledge, proposed, checks, check)
        except Exception:
            log.exception("the check before publishing %s failed", code)
            await asyncio.to_thread(checks.fail, check)
            return GateResult(False, check, override_allowed=True, words=_BROKEN)


def _check(settings: Settings, knowledge: Knowledge, proposed: Procedure, checks: Checks, check: int) -> GateResult:
    until = time.monotonic() + LONGEST
    knowledge.refresh()
    then = with_edition(knowledge, proposed)
    cases = touched(all_cases(knowledge.engine), proposed.code, knowledge, then)
    run = _Run(len(cases))

    def each(result: Result) -> bool:
        run.take(result)
        checks.progress(check, run.done, run.count, len(run.right))
        return time.monotonic() < until

    rehearse(settings, then, cases, each)
    before = rehearse(settings, knowledge, [result.case for result in run.wrong], lambda _: time.monotonic() < until)
    was_right = {result.case.id for result in before if result.ok}
    fallen = [result for result in run.wrong if result.case.id in was_right]
    finished = run.done == run.count and len(before) == len(run.wrong)
    if not finished:
        checks.fail(check)
        words = _TOO_SLOW.format(seconds=LONGEST, done=run.done, count=run.count)
        return GateResult(False, check, _fallen(fallen), override_allowed=True, count=run.done, words=words)
    checks.end(check, len(run.right), [told(one) for one in fallen], [told(one) for one in run.wrong])
    words = _FALLEN.format(fallen=len(fallen)) if fallen else ""
    return GateResult(not fallen, check, _fallen(fallen), bool(fallen), run.count, words)


def touched(cases: Iterable[Case], code: str, now: Knowledge, then: Knowledge) -> list[Case]:
    """Return the cases an edition of a procedure may change, at most `MOST`.

    Those about the procedure come first, then those for which the search finds it near the top, nearest first.
    """
    encoder, restorer = _remembering(now.encoder), load_restorer()
    searches = [Retriever(one.live.retriever.index, encoder, restorer) for one in (now, then)]
    about: list[Case] = []
    near: list[tuple[float, Case]] = []
    for case in cases:
        if code in case.gold:
            about.append(case)
        elif (likeness := max(_nearness(search, case, code) for search in searches)) > 0:
            near.append((likeness, case))
    near.sort(key=lambda pair: -pair[0])
    return [*about, *(case for _, case in near)][:MOST]


def _remembering(encoder: Encoder) -> RememberingEncoder:
    """Return the memory of this process for an encoder: the same cases are looked through for every edition."""
    return _MEMORIES.setdefault(encoder.fingerprint, RememberingEncoder(encoder))


def _nearness(retriever: Retriever, case: Case, code: str) -> float:
    """Return the greatest confidence with which the search finds a procedure near the top for a turn of a case."""
    found = (retriever.search(search_words(turn) or turn, _NEAR) for turn in case.turns)
    return max((result.confidence for results in found for result in results if result.code == code), default=0.0)


def _fallen(results: Iterable[Result]) -> tuple[Fallen, ...]:
    rows: Iterable[dict[str, Any]] = map(told, results)
    return tuple(
        Fallen(
            row["id"],
            tuple(row["turns"]),
            row["kind"],
            tuple(row["expected"]),
            row["outcome"],
            tuple(row["found"]),
            row["text"],
        )
        for row in rows
    )
