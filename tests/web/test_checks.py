"""Runs of the regression cases, by night and by hand, and the pages of cases and runs."""

from __future__ import annotations

import asyncio
import html
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from storage.checks import DONE, Check, Checks
from storage.regressions import Regressions
from storage.schema import now
from tests.web.rehearsed import Real, app, case, client, real
from tests.web.staff_side import sign_in
from web.admin import cases, checks
from web.admin.running import RUNS, due_before, start_all, start_nightly
from web.staff.opened import KNOWLEDGE

__all__ = ["app", "client", "real"]

pytestmark = pytest.mark.model

BIRTH = "1.001193"
CASES = (
    case("r-1", "làm giấy khai sinh cho con cần những gì", BIRTH, "Giấy chứng sinh"),
    case("r-2", "đăng ký khai sinh mất bao lâu", BIRTH, "một trăm năm"),
)
NEW = {"turns": "làm giấy khai sinh ở đâu", "kind": "answer", "codes": BIRTH, "contains": "", "without": ""}


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (cases, checks):
        monkeypatch.setattr(place, "shipped_cases", lambda: CASES)


async def ended(app: web.Application, real: Real, number: int | None) -> Check:
    await asyncio.gather(*app[RUNS])
    check = Checks(real.knowledge.engine).get(number or 0)
    assert check is not None
    return check


async def post(client: TestClient, path: str, csrf: str, **form: str) -> tuple[int, str]:
    response = await client.post(path, data=form, headers={"X-CSRF-Token": csrf}, allow_redirects=False)
    return response.status, response.headers.get("Location") or html.unescape(await response.text())


async def page(client: TestClient, path: str) -> str:
    response = await client.get(path, headers={"Accept": "text/html"})
    assert response.status == 200, path
    return html.unescape(await response.text())


async def test_a_run_asked_for_goes_on_behind_and_tells_what_it_found(
    client: TestClient, app: web.Application, real: Real
) -> None:
    csrf = await sign_in(client, "supervisor", login="hoa")
    status, where = await post(client, "/admin/checks", csrf)
    assert status == 303
    number = int(where.rsplit("/", 1)[1])
    assert "data-progress" in await page(client, where)
    check = await ended(app, real, number)
    assert (check.status, check.count, check.done, check.right, check.started_by) == (DONE, 2, 2, 1, "hoa")
    told = await (await client.get(f"{where}/progress")).json()
    assert told == {"done": 2, "count": 2, "ended": True}
    shown = await page(client, where)
    assert "Đúng 1/2 câu" in shown
    assert "đăng ký khai sinh mất bao lâu" in shown
    assert "Có: một trăm năm" in shown
    assert "làm giấy khai sinh cho con cần những gì" not in shown
    assert f'href="{where}"' in await page(client, "/admin/checks")


async def test_what_was_right_in_the_run_before_has_fallen(
    client: TestClient, app: web.Application, real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ended(app, real, await start_all(app, "lan"))
    spoilt = (replace(CASES[0], must_contain_any=(("một triệu đồng",),)), CASES[1])
    monkeypatch.setattr(cases, "shipped_cases", lambda: spoilt)
    fresh = Regressions(real.knowledge.engine).add(
        {"kind": "answer", "question": "khai sinh", "gold_codes": [BIRTH], "must_contain_any": [["không có"]]},
        [BIRTH],
        "admin",
        "lan",
    )
    check = await ended(app, real, await start_all(app, "lan"))
    Regressions(real.knowledge.engine).deactivate(fresh, "lan", "chỉ để thử")
    assert [row["id"] for row in check.fallen] == ["r-1"]  # r-2 was wrong before, the new case was not there
    assert {row["id"] for row in check.wrong} == {"r-1", "r-2", f"k-{fresh}"}
    await sign_in(client, "editor")
    assert "Trước đúng, nay sai (1)" in await page(client, f"/admin/checks/{check.id}")


async def test_two_who_ask_at_once_get_one_run(app: web.Application, real: Real) -> None:
    first = await start_all(app, "lan")
    assert await start_all(app, "minh") == first
    await ended(app, real, first)
    app[KNOWLEDGE].knowledge = None
    assert await start_all(app, "lan") is None


async def test_the_nightly_run_is_begun_by_one_process(app: web.Application, real: Real) -> None:
    due = now() - timedelta(seconds=5)
    number = await start_nightly(app, due)
    assert number is not None
    assert await start_nightly(app, due) is None
    check = await ended(app, real, number)
    assert (check.status, check.started_by) == (DONE, "nightly")


def test_the_night_is_that_of_vietnam() -> None:
    def at(day: int, hour: int, minute: int) -> datetime:
        return datetime(2026, 11, day, hour, minute, tzinfo=UTC)

    assert due_before(at(21, 19, 29)) == at(20, 19, 30)
    assert due_before(at(21, 19, 30)) == at(21, 19, 30)
    assert due_before(at(22, 3, 0)) == at(21, 19, 30)


async def test_a_case_is_written_tried_changed_and_switched_off(client: TestClient, real: Real) -> None:
    csrf = await sign_in(client, "editor", login="lan")
    status, where = await post(client, "/admin/checks/cases/new", csrf, **NEW)
    assert status == 303
    assert "đang xử lý đúng câu này" in await page(client, where)
    await post(client, where, csrf, **(NEW | {"contains": "một trăm năm | 100 năm"}))
    shown = await page(client, where)
    assert "câu này đang chưa đúng" in shown
    assert "một trăm năm | 100 năm" in shown
    number = int(where.rsplit("/", 1)[1])
    assert cases.all_cases(real.knowledge.engine)[0].must_contain_any == (("một trăm năm", "100 năm"),)
    assert (await post(client, f"{where}/deactivate", csrf, why="không còn hợp"))[0] == 303
    assert number not in {one.id for one in Regressions(real.knowledge.engine).active()}
    assert "Không chạy" in await page(client, "/admin/checks/cases")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"turns": " \n "}, "Viết câu hỏi của người dân"),
        ({"turns": "\n".join("abcdefg")}, "Nhiều nhất 6 dòng"),
        ({"turns": "a" * 2001}, "dài nhất 2000 ký tự"),
        ({"turns": "gọi tôi 0912 345 678"}, "có số điện thoại"),
        ({"kind": "x"}, "Chọn cách xử lý đúng"),
        ({"codes": "9.999999"}, "Không có thủ tục 9.999999"),
        ({"codes": ""}, "Ghi mã thủ tục"),
        ({"contains": "a\n" * 21}, "Nhiều nhất 20 dòng"),
    ],
)
async def test_what_is_wrong_with_a_case_is_said_and_nothing_typed_is_lost(
    client: TestClient, real: Real, wrong: dict[str, str], words: str
) -> None:
    csrf = await sign_in(client, "editor")
    kept = len(Regressions(real.knowledge.engine).list())
    status, text = await post(client, "/admin/checks/cases/new", csrf, **(NEW | {"without": "xin <lỗi>"} | wrong))
    assert status == 422
    assert words in text
    assert "xin <lỗi>" in text
    assert len(Regressions(real.knowledge.engine).list()) == kept


async def test_a_case_of_the_program_that_fits_no_more_is_silenced(client: TestClient, real: Real) -> None:
    csrf = await sign_in(client, "editor")
    assert (await post(client, "/admin/checks/shipped/r-2/silence", csrf, why="lệ phí đã đổi"))[0] == 303
    assert "r-2" not in {one.id for one in cases.all_cases(real.knowledge.engine)}
    assert "r-2" in await page(client, "/admin/checks/shipped?show=silenced")
    assert (await post(client, "/admin/checks/shipped/r-2/voice", csrf, why="nhầm"))[0] == 303
    assert "r-2" in {one.id for one in cases.all_cases(real.knowledge.engine)}
    assert (await post(client, "/admin/checks/shipped/r-77/silence", csrf, why="không có"))[0] == 404


async def test_who_only_reads_changes_no_case(client: TestClient) -> None:
    csrf = await sign_in(client, "supervisor")
    assert (await post(client, "/admin/checks/cases/new", csrf, **NEW))[0] == 403
    assert "Thêm câu kiểm tra" not in await page(client, "/admin/checks/cases")
    for path in ("/admin/checks/999999", "/admin/checks/cases/999999"):
        assert (await client.get(path)).status == 404


def test_the_programs_own_file_is_read() -> None:
    assert cases.FILE.is_file()
    assert len(cases.read_cases(cases.FILE)) >= 400
