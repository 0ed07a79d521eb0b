"""The gate before publishing: what would fall is found before any citizen is told it, and nothing else is touched."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from sqlalchemy import func, select

from bot.evaluation import Case
from knowledge.history import History
from knowledge.publishing import Publishing, Refused
from knowledge.types import Procedure, Status
from storage.audit import Wanted, lines
from storage.checks import DONE, FAILED, Checks
from storage.schema import conversations, questions
from tests.web.rehearsed import Real, app, case, client, real
from tests.web.staff_side import sign_in
from web.admin import cases, gate
from web.admin.gate import check_before_publish, touched
from web.rehearsal import ask, rehearse, with_edition
from web.staff.opened import KNOWLEDGE

__all__ = ["app", "client", "real"]

pytestmark = pytest.mark.model

BIRTH, DEATH = "1.001193", "1.000656"
CASES = (
    case("r-1", "làm giấy khai sinh cho con cần những gì", BIRTH, "Giấy chứng sinh"),
    case("r-2", "đăng ký khai sinh mất bao lâu", BIRTH),
    case("r-3", "khai tử cho ông nội cần giấy tờ gì", DEATH),
    case("r-4", "hôm nay ăn gì", "", kind="abstain"),
)


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "shipped_cases", lambda: CASES)


@pytest.fixture(autouse=True)
def clean(real: Real) -> Iterator[None]:
    """Every test finds the catalogue as it came."""
    yield
    live = History(real.knowledge.engine).of(BIRTH)
    if not live[-1].live:
        Publishing(real.knowledge.engine).rollback(BIRTH, live[-1].number, "test", "dọn lại")
        real.knowledge.refresh()


def draft(real: Real, procedure: Procedure) -> int:
    newest = History(real.knowledge.engine).of(procedure.code)[0]
    return Publishing(real.knowledge.engine).draft(procedure, "lan", "sửa", newest.number)


def now(real: Real, code: str) -> Procedure:
    found = real.knowledge.catalog.get(code)
    assert found is not None
    return found


async def test_an_edition_that_spoils_no_answer_may_be_published(app: web.Application, real: Real) -> None:
    number = draft(real, replace(now(real, BIRTH), summary="Ghi nhận một đứa trẻ ra đời."))
    result = await check_before_publish(app, BIRTH, number, "lan")
    assert (result.allowed, result.fallen, result.override_allowed, result.words) == (True, (), False, "")
    check = Checks(real.knowledge.engine).get(result.check_id or 0)
    assert check is not None
    assert (check.scope, check.started_by, check.status) == (BIRTH, "lan", DONE)
    assert check.count == check.done == check.right == result.count >= 2


async def test_what_is_right_today_and_would_be_wrong_has_fallen(app: web.Application, real: Real) -> None:
    before = History(real.knowledge.engine).of(BIRTH)
    number = draft(real, replace(now(real, BIRTH), document_sets=()))
    result = await check_before_publish(app, BIRTH, number)
    assert not result.allowed
    assert result.override_allowed
    assert "1 câu đang trả lời đúng sẽ thành sai" in result.words
    (fallen,) = result.fallen
    assert (fallen.id, fallen.turns, fallen.expected) == ("r-1", CASES[0].turns, (BIRTH,))
    check = Checks(real.knowledge.engine).get(result.check_id or 0)
    assert check is not None
    assert [row["id"] for row in check.fallen] == [row["id"] for row in check.wrong] == ["r-1"]
    assert check.fallen[0]["contains"] == [["Giấy chứng sinh"]]
    assert now(real, BIRTH).document_sets  # citizens are told what they were
    assert len(History(real.knowledge.engine).of(BIRTH)) == len(before) + 1  # the draft alone


async def test_a_name_taken_from_another_procedure_falls_on_that_ones_questions(
    app: web.Application, real: Real
) -> None:
    stolen = ("khai tử cho ông nội", "khai tử cho ông nội cần giấy tờ gì", "khai tử")
    number = draft(real, replace(now(real, BIRTH), aliases=stolen, questions=stolen))
    result = await check_before_publish(app, BIRTH, number)
    assert "r-3" in {fallen.id for fallen in result.fallen}


async def test_what_was_wrong_before_has_not_fallen(
    app: web.Application, real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = case("r-9", "đăng ký khai sinh mất bao lâu", BIRTH, "một trăm năm")
    monkeypatch.setattr(cases, "shipped_cases", lambda: (wrong,))
    number = draft(real, replace(now(real, BIRTH), document_sets=()))
    result = await check_before_publish(app, BIRTH, number)
    assert (result.allowed, result.count) == (True, 1)
    check = Checks(real.knowledge.engine).get(result.check_id or 0)
    assert check is not None
    assert ([row["id"] for row in check.wrong], check.fallen) == (["r-9"], [])


async def test_no_trace_is_left_among_what_citizens_asked(app: web.Application, real: Real) -> None:
    def rows() -> list[int]:
        with real.knowledge.engine.connect() as connection:
            counts = (connection.scalar(select(func.count()).select_from(one)) for one in (conversations, questions))
            return [count or 0 for count in counts]

    before, live = rows(), real.knowledge.live.retriever
    await check_before_publish(app, BIRTH, draft(real, now(real, BIRTH)))
    assert rows() == before
    assert real.knowledge.live.retriever is live


async def test_while_loading_and_without_such_a_version_nothing_is_allowed(app: web.Application, real: Real) -> None:
    with pytest.raises(Refused, match="không có phiên bản 99"):
        await check_before_publish(app, BIRTH, 99)
    app[KNOWLEDGE].knowledge = None
    result = await check_before_publish(app, BIRTH, 1)
    assert (result.allowed, result.override_allowed, result.check_id) == (False, False, None)
    assert "đang khởi động" in result.words


async def test_a_check_that_breaks_or_takes_too_long_does_not_let_through(
    app: web.Application, real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = draft(real, now(real, BIRTH))
    monkeypatch.setattr(gate, "LONGEST", 0.0)
    slow = await check_before_publish(app, BIRTH, number)
    assert (slow.allowed, slow.override_allowed) == (False, True)
    assert "chưa kiểm tra xong" in slow.words

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(gate, "rehearse", broken)
    result = await check_before_publish(app, BIRTH, number)
    assert (result.allowed, result.override_allowed) == (False, True)
    assert Checks(real.knowledge.engine).newest(1)[0].status == FAILED


def test_a_withdrawn_edition_is_neither_found_nor_told(real: Real) -> None:
    then = with_edition(real.knowledge, replace(now(real, BIRTH), status=Status.WITHDRAWN))
    (reply,) = ask(real.settings, then, ["làm giấy khai sinh cho con cần những gì"])
    assert BIRTH not in reply.procedures
    (reply,) = ask(real.settings, real.knowledge, ["làm giấy khai sinh cho con cần những gì"])
    assert reply.procedures == (BIRTH,)


def test_cases_about_the_procedure_come_first_and_few_others(real: Real) -> None:
    others: list[Case] = [case(f"x-{place}", "làm giấy khai sinh ở đâu", DEATH) for place in range(80)]
    found = touched([*others, *CASES], BIRTH, real.knowledge, real.knowledge)
    assert [one.id for one in found[:2]] == ["r-1", "r-2"]
    assert len(found) == gate.MOST
    assert "r-4" not in {one.id for one in found}


def test_a_rehearsal_ends_when_told(real: Real) -> None:
    assert len(rehearse(real.settings, real.knowledge, CASES, lambda _: False)) == 1
    assert rehearse(real.settings, real.knowledge, []) == []


async def test_the_page_that_publishes_stops_at_the_gate_unless_an_administrator_goes_on(
    client: TestClient, real: Real
) -> None:
    engine = real.knowledge.engine
    draft(real, replace(now(real, BIRTH), document_sets=()))
    here = f"/admin/procedures/{BIRTH}/publish"

    async def publish(role: str, **more: str) -> tuple[int, str]:
        csrf = await sign_in(client, role, login=f"{role}-{len(more)}")
        seen = re.search(r'name="seen" value="([^"]*)"', await (await client.get(here)).text())
        form = {"csrf": csrf, "why": "bỏ giấy tờ", "starts": "now", "seen": seen[1] if seen else ""} | more
        response = await client.post(here, data=form, allow_redirects=False)
        return response.status, html.unescape(await response.text())

    status, text = await publish("editor", override="cứ công bố")
    assert status == 409
    assert CASES[0].turns[0] in text
    assert now(real, BIRTH).document_sets
    assert Checks(engine).newest(1)[0].started_by == "editor-1"
    status, _ = await publish("administrator", override="câu kiểm tra đã cũ")
    assert status == 303
    assert not now(real, BIRTH).document_sets
    (noted,) = lines(engine, Wanted(action="procedure.override"), 9)
    assert (noted.author, noted.reason) == ("administrator-1", "câu kiểm tra đã cũ")
