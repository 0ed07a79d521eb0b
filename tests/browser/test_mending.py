"""A citizen asks what nobody foresaw; an editor mends it in the browser; the citizen asks again and is answered.

The pages about what was asked and about the checks in every size and theme, read by axe; screenshots to look at.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from storage.asked import Mended, Questions
from storage.checks import ALL, Checks
from tests.browser.conftest import serve, watch
from tests.browser.test_staff_pages import SIZES, look
from tests.web.rehearsed import Real, case, real
from tests.web.staff_side import PASSWORD, add_staff, sign_in_page
from web.admin import cases, checks
from web.admin.cases import told
from web.app import create_app
from web.dialogue_thread import DialogueThread
from web.rehearsal import rehearse
from web.staff.guard import Role
from web.staff.opened import KNOWLEDGE

__all__ = ["real"]

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

BIRTH = "1.001193"
STRANGE, AGAIN = "xin giấy nhập đàn nhóc tì thì ra đâu", "xin giay nhap dan nhoc ti o dau"
CASES = (
    case("r-1", "làm giấy khai sinh cho con cần những gì", BIRTH, "Giấy chứng sinh"),
    case("r-2", "đăng ký khai sinh mất bao lâu", BIRTH, "một trăm năm"),
)


@dataclass(frozen=True)
class Office:
    """The running application with its real assistant behind it."""

    url: str
    app: web.Application


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (cases, checks):
        monkeypatch.setattr(place, "shipped_cases", lambda: CASES)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(real: Real) -> AsyncIterator[Office]:
    dialogue = DialogueThread(lambda: real.assistant)
    dialogue.start()
    app = create_app(real.settings, dialogue, real.conversations)
    app[KNOWLEDGE].knowledge = real.knowledge
    add_staff(app, Role.EDITOR, "lan", "Nguyễn Thị Lan", PASSWORD)
    runner, port = await serve(app)
    yield Office(f"http://127.0.0.1:{port}", app)
    await runner.cleanup()
    dialogue.stop()


async def opened(browser: Browser, size: tuple[int, int], theme: str = "light") -> Page:
    viewport = {"width": size[0], "height": size[1]}
    context = await browser.new_context(viewport=viewport, color_scheme=theme, locale="vi-VN")  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    return await context.new_page()


async def ask(page: Page, text: str) -> str:
    """Ask in the chat and return the last answer."""
    answers = page.locator("article.assistant")
    before = await answers.count()
    await page.get_by_role("textbox").fill(text)
    await page.get_by_role("textbox").press("Enter")
    await expect(answers).to_have_count(before + 1)
    return await answers.last.inner_text()


async def test_an_editor_mends_a_question_and_the_citizen_is_answered(browser: Browser, office: Office) -> None:
    citizen, editor = await opened(browser, (390, 844)), await opened(browser, (1280, 900))
    faults = watch(citizen), watch(editor)
    await citizen.goto(office.url)
    assert f"mã {BIRTH}" not in await ask(citizen, STRANGE)

    await sign_in_page(editor, office.url, "lan")
    await editor.goto(f"{office.url}/admin/asked/unanswered")
    await editor.get_by_role("link", name=STRANGE, exact=True).click()
    await editor.get_by_role("button", name="Thử ngay").click()
    tried = editor.get_by_role("region", name="Kết quả hỏi lại")
    await expect(tried.locator(".better")).to_have_count(0)
    await editor.get_by_role("searchbox", name="Của thủ tục").fill("đăng ký khai sinh")
    await editor.get_by_role("radio", name=f"Đăng ký khai sinh {BIRTH}").check()
    await editor.get_by_role("button", name="Thêm và hỏi lại ngay").click()
    await expect(editor.get_by_role("status").first).to_contain_text("1/1 câu nay được trả lời")
    await expect(tried.locator(".better")).to_have_text("Trả lời")
    await look(editor, "mended")

    assert f"mã {BIRTH}" in await ask(citizen, AGAIN)

    await editor.goto(f"{office.url}/admin/checks/cases")
    await expect(editor.get_by_role("row", name=STRANGE)).to_contain_text(BIRTH)
    await editor.goto(f"{office.url}/admin/asked/unanswered")
    await expect(editor.get_by_role("main")).to_contain_text("Không có câu nào đang chờ")
    assert faults == ([], [])
    for page in (citizen, editor):
        await page.context.close()


async def test_all_cases_are_run_on_demand_with_their_progress(browser: Browser, office: Office) -> None:
    editor = await opened(browser, (1280, 900))
    faults = watch(editor)
    await sign_in_page(editor, office.url, "lan")
    await editor.goto(f"{office.url}/admin/checks")
    await editor.get_by_role("button", name="Chạy ngay").click()
    await expect(editor.get_by_role("main")).to_contain_text("Không câu nào trước đúng mà nay sai")
    await expect(editor.get_by_role("region", name="Vẫn chưa đúng")).to_contain_text("một trăm năm")
    assert faults == []
    await editor.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_screens(browser: Browser, office: Office, real: Real, size: tuple[int, int], theme: str) -> None:
    page = await opened(browser, size, theme)
    faults = watch(page)
    runs = Checks(real.knowledge.engine)
    await page.goto(office.url)
    await ask(page, "xin phép nuôi cá sấu ở nhà")
    newest = Questions(real.knowledge.engine).unanswered()[0]
    (result,) = await asyncio.to_thread(rehearse, real.settings, real.knowledge, [CASES[1]])
    check = runs.start(ALL, "lan")
    runs.progress(check, 1, 1, 0)
    runs.end(check, 0, [told(result)], [told(result)])
    await sign_in_page(page, office.url, "lan")
    name = f"{size[0]}x{size[1]}-{theme}-asked"
    for place, path in (
        ("all", "/admin/asked"),
        ("waiting", "/admin/asked/unanswered"),
        ("group", f"/admin/asked/unanswered/{newest.id}?try=1"),
        ("checks", "/admin/checks"),
        ("check", f"/admin/checks/{check}"),
        ("cases", "/admin/checks/cases"),
        ("case", "/admin/checks/cases/new?code=1.001193"),
        ("shipped", "/admin/checks/shipped"),
    ):
        await page.goto(f"{office.url}{path}")
        await look(page, f"{name}-{place}")
    Questions(real.knowledge.engine).mend([newest.id], Mended("dismissed", "", "chỉ để xem"), "lan")
    assert faults == []
    await page.context.close()
