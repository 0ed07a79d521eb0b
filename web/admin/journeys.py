"""Events of life and cases as the assistant tells them, to look at: what has lost its procedure stands out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import Engine

from knowledge.cases import Cases, load_cases
from knowledge.catalog import Catalog
from knowledge.journeys import Journey, JourneyStep, Together, load_journeys
from knowledge.types import Procedure
from web.sheet_page import ENGINE
from web.staff.frame import render
from web.staff.guard import READERS, guarded


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step and the name of its procedure; `lost`: it has a code, but no such procedure is published."""

    number: int
    step: JourneyStep
    name: str
    lost: bool


@dataclass(frozen=True, slots=True)
class ShownJourney:
    """One event of life; `joined` are the linked procedures that do several steps, with whether they are lost."""

    journey: Journey
    steps: tuple[ShownStep, ...]
    joined: tuple[tuple[Together, bool], ...]

    @property
    def lost(self) -> int:
        """How many of its links are broken."""
        return sum(step.lost for step in self.steps) + sum(lost for _, lost in self.joined)


@dataclass(frozen=True, slots=True)
class ShownCases:
    """The case questions of one procedure; `trouble` says why they are not asked, "" while they are."""

    cases: Cases
    name: str
    trouble: str


def set_up(app: web.Application) -> None:
    """Give the application the page of journeys and cases."""
    app.add_routes([guarded("GET", "/admin/journeys", _show, READERS)])


async def _show(request: web.Request) -> web.Response:
    shown, cases = await asyncio.to_thread(_read, request.app[ENGINE])
    only = request.query.get("only") == "lost"
    return render(
        request,
        "journeys.html",
        journeys=[one for one in shown if one.lost or not only],
        cases=[one for one in cases if one.trouble or not only],
        only=only,
        lost=sum(one.lost for one in shown),
        troubled=sum(bool(one.trouble) for one in cases),
    )


def _read(engine: Engine) -> tuple[list[ShownJourney], list[ShownCases]]:
    journeys, cases = load_journeys(), load_cases()
    instead = {option.instead for one in cases.values() for asked in one.questions for option in asked.options}
    wanted = {code for journey in journeys.values() for code in journey.codes} | cases.keys() | instead
    published = {procedure.code: procedure for procedure in Catalog(engine).published(wanted - {""})}
    return (
        [_journey(journey, published) for journey in journeys.values()],
        [_cases(one, published) for one in cases.values()],
    )


def _journey(journey: Journey, published: Mapping[str, Procedure]) -> ShownJourney:
    steps = tuple(
        ShownStep(
            number,
            step,
            published[step.code].name if step.code in published else "",
            bool(step.code) and step.code not in published,
        )
        for number, step in enumerate(journey.steps, start=1)
    )
    return ShownJourney(journey, steps, tuple((one, one.code not in published) for one in journey.together))


def _cases(cases: Cases, published: Mapping[str, Procedure]) -> ShownCases:
    procedure = published.get(cases.code)
    if procedure is None:
        return ShownCases(cases, "", "Thủ tục chưa công bố, nên chưa hỏi.")
    options = [option for asked in cases.questions for option in asked.options]
    gone = sorted({option.instead for option in options if option.instead and option.instead not in published})
    if not cases.fits(procedure):
        return ShownCases(cases, procedure.name, "Bản ghi đã đổi tên hồ sơ hoặc thời hạn, nên kể cả bản ghi, chưa hỏi.")
    if gone:
        return ShownCases(cases, procedure.name, f"Dẫn sang thủ tục chưa công bố: {', '.join(gone)}.")
    return ShownCases(cases, procedure.name, "")
