"""The desk as it is worked at: a citizen in the chat page, two agents and one supervisor, over the real assistant.

Screenshots go to `screenshots/`, or to the folder in MOTCUA_SCREENSHOTS, to be looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from aiohttp import web
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, expect
from sqlalchemy import Engine, select, update

from storage.approvals import Approvals, Rule
from storage.canned import add_canned
from storage.database import writing
from storage.schema import audit, desk, held_answers, marks, now, staff_messages
from tests.browser.conftest import serve, watch
from tests.web.staff_side import PASSWORD, add_staff, sign_in_page
from web.app import create_app
from web.desk.live import LIVE
from web.staff.guard import ACCOUNTS, Role
from web.staff.opened import KNOWLEDGE

if TYPE_CHECKING:
    from bot.assistant import Assistant
    from bot.messages import Message, Reply
    from tests.conftest import RealService

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

SCREENSHOTS = Path(os.environ.get("MOTCUA_SCREENSHOTS") or Path(__file__).parent / "screenshots")
WIDE, TABLET, PHONE = (1280, 800), (820, 1180), (390, 844)
LARGEST_PAGE = 150_000  # bytes, compressed, with fonts
LAN, MINH, HOA = "Nguyễn Thị Lan", "Trần Văn Minh", "Lê Thị Hoa"


@dataclass(frozen=True)
class Office:
    """The running server and its store."""

    url: str
    app: web.Application
    engine: Engine


@dataclass(frozen=True)
class Loaded:
    """The real assistant, in the loop of the server: the thread of its own is tested elsewhere."""

    assistant: Assistant
    ready: bool = True

    async def handle(self, message: Message) -> list[Reply]:
        return await self.assistant.handle(message)


@dataclass(frozen=True)
class Citizen:
    """A person at the chat page."""

    page: Page

    async def say(self, words: str) -> None:
        await self.page.fill("#text", words)
        await self.page.press("#text", "Enter")

    @property
    def answers(self) -> Locator:
        return self.page.locator("article.assistant")

    async def conversation(self) -> str:
        return await self.page.evaluate("JSON.parse(localStorage.getItem('motcua')).conversation.conversation_id")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(real_service: RealService) -> AsyncIterator[Office]:
    app = create_app(real_service.settings, Loaded(real_service.assistant), real_service.conversations)
    app[KNOWLEDGE].knowledge = real_service.knowledge
    people = (("lan", LAN, Role.AGENT), ("minh", MINH, Role.AGENT), ("hoa", HOA, Role.SUPERVISOR))
    for login, name, role in people:
        add_staff(app, role, login, name, PASSWORD)
    runner, port = await serve(app)
    yield Office(f"http://127.0.0.1:{port}", app, real_service.conversations.engine)
    await runner.cleanup()


async def sit_down(
    browser: Browser, office: Office, login: str, size: tuple[int, int] = WIDE, theme: str = "light"
) -> Page:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=theme, locale="vi-VN"
    )
    context.set_default_timeout(8_000)
    page = await context.new_page()
    page.faults = watch(page)  # type: ignore[attr-defined]
    await sign_in_page(page, office.url, login)
    await page.goto(f"{office.url}/desk")
    await expect(page.locator("#queue")).not_to_have_attribute("aria-busy", "true")
    return page


@pytest_asyncio.fixture(loop_scope="module")
async def lan(browser: Browser, office: Office) -> AsyncIterator[Page]:
    async for page in _on_duty(browser, office, "lan"):
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def minh(browser: Browser, office: Office) -> AsyncIterator[Page]:
    async for page in _on_duty(browser, office, "minh"):
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def hoa(browser: Browser, office: Office) -> AsyncIterator[Page]:
    async for page in _on_duty(browser, office, "hoa"):
        yield page


async def _on_duty(browser: Browser, office: Office, login: str) -> AsyncIterator[Page]:
    page = await sit_down(browser, office, login)
    if await page.get_attribute("#presence", "aria-pressed") == "false":
        await page.keyboard.press("a")
    await expect(page.locator("#presence")).to_have_attribute("aria-pressed", "true")
    yield page
    await page.context.close()
    assert page.faults == []  # type: ignore[attr-defined]


@pytest_asyncio.fixture(loop_scope="module")
async def citizen(browser: Browser, office: Office) -> AsyncIterator[Citizen]:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="vi-VN")
    context.set_default_timeout(8_000)
    page = await context.new_page()
    faults = watch(page)
    await page.goto(office.url)
    yield Citizen(page)
    await context.close()
    assert faults == []


async def asks_for_a_person(citizen: Citizen) -> str:
    await citizen.say("làm giấy khai sinh cho con cần gì")
    await expect(citizen.answers).to_have_count(1)
    await citizen.say("cho tôi gặp cán bộ")
    await expect(citizen.answers).to_have_count(2)
    return await citizen.conversation()


def row(page: Page, conversation: str) -> Locator:
    return page.locator(f"#queue li[data-id='{conversation}'] .row")


async def take(page: Page, conversation: str) -> None:
    await row(page, conversation).click()
    await expect(row(page, conversation)).to_have_attribute("aria-current", "true")
    await page.locator("#talk-title").focus()
    await page.keyboard.press("t")
    await expect(page.locator("#text")).to_be_editable()


async def show(page: Page, name: str) -> None:
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=SCREENSHOTS / f"desk-{name}.png")


async def violations(page: Page) -> list[str]:
    found = (await Axe().run(page)).response["violations"]
    return [f"{v['id']}: {n['target']} {n['failureSummary']}" for v in found for n in v["nodes"]]


async def test_two_agents_and_a_supervisor_answer_one_citizen(
    office: Office, citizen: Citizen, lan: Page, minh: Page, hoa: Page
) -> None:
    conversation = await asks_for_a_person(citizen)
    # Both see who waits, without a reload.
    for page in (lan, minh):
        await expect(row(page, conversation)).to_contain_text("khai sinh")
        await expect(page).to_have_title("(1) Bàn trực · Một Cửa")
    await show(lan, "1280-1-waiting")

    await row(minh, conversation).click()
    await expect(minh.locator("#talk-state")).to_contain_text("Bấm Nhận (phím T)")

    # Lan takes it by keyboard alone; the citizen is told who answers.
    await lan.keyboard.press("j")
    await lan.keyboard.press("Enter")
    await expect(lan.locator("#talk .citizen").last).to_contain_text("cho tôi gặp cán bộ")
    await lan.keyboard.press("t")
    await expect(lan.locator("#text")).to_be_focused()
    await expect(citizen.page.locator(".turn")).to_have_text(f"{LAN} (cán bộ) đang trả lời anh/chị.")

    # Minh, who was reading it too, sees who has it.
    await expect(row(minh, conversation)).to_contain_text(f"{LAN} đang trả lời")
    await expect(minh.locator("#talk-state")).to_contain_text(f"{LAN} đang trả lời cuộc này")
    await expect(minh.locator("#text")).not_to_be_editable()
    await show(minh, "1280-2-held-by-another")

    # The citizen writes meanwhile: the assistant keeps silent, Lan gets drafts for it.
    await citizen.say("khai sinh mất bao nhiêu tiền")
    await expect(lan.locator("#talk .citizen").last).to_contain_text("bao nhiêu tiền")
    first = lan.locator("#drafts-list .draft").first
    await expect(lan.locator("#drafts-state")).to_be_hidden()
    await expect(first).to_contain_text("Đăng ký khai sinh")
    await expect(first).to_contain_text("Lệ phí")
    await expect(citizen.answers).to_have_count(2)
    await show(lan, "1280-3-drafts")

    # A draft is inserted by its key, edited and sent by keys.
    await lan.keyboard.press("Escape")
    await lan.keyboard.press("1")
    shown = await first.locator(".draft-text .lead").inner_text()
    await expect(lan.locator("#text")).to_have_value(re.compile(re.escape(shown)))
    await lan.locator("#text").press("Control+End")
    await lan.locator("#text").press_sequentially("\nAnh/chị nhớ mang theo giấy chứng sinh.")
    await lan.keyboard.press("Control+Enter")
    staff = citizen.page.locator("article.staff")
    await expect(staff).to_have_count(1)
    await expect(staff).to_contain_text(f"{LAN} (cán bộ)")
    await expect(staff).to_contain_text("Anh/chị nhớ mang theo giấy chứng sinh.")
    await expect(lan.locator("#talk .staff .delivery")).to_have_text("đã có trên trang")
    await expect(lan.locator("#text")).to_have_value("")
    await expect(lan.locator("#drafts-state")).to_contain_text("đã trả lời")
    await show(lan, "1280-4-answered")
    with office.engine.connect() as connection:
        draft = connection.scalars(select(staff_messages.c.draft)).one()
    assert draft["facet"] == "fee"
    await show(citizen.page, "citizen-1-answered-by-staff")

    # Handed over to Minh, with a note only colleagues see.
    await lan.keyboard.press("Escape")
    await lan.keyboard.press("h")
    dialog = lan.locator("#ask-handover")
    await dialog.get_by_label(MINH).check()
    await dialog.locator("textarea").fill("Anh Minh rành hộ tịch hơn tôi.")
    await show(lan, "1280-5-handover")
    await dialog.get_by_role("button", name="Chuyển").click()
    await expect(lan.locator("#text")).not_to_be_editable()
    await expect(minh.locator("#text")).to_be_editable()
    await expect(minh.locator("#talk-note")).to_contain_text("Anh Minh rành hộ tịch")
    await expect(citizen.page.locator(".turn").last).to_contain_text(MINH)

    # The supervisor takes it over, which leaves a trace; Minh keeps what was typed.
    await minh.fill("#text", "Tôi đang viết dở")
    await hoa.get_by_role("button", name="Tất cả").click()
    await row(hoa, conversation).click()
    await hoa.keyboard.press("t")
    await expect(hoa.locator("#takeover-holder")).to_have_text(MINH)
    await hoa.fill("#ask-takeover input", "Minh hết ca")
    await show(hoa, "1280-6-takeover")
    await hoa.keyboard.press("Enter")
    await expect(hoa.locator("#text")).to_be_editable()
    await expect(minh.locator("#talk-state")).to_contain_text(f"Anh/chị không còn giữ cuộc này. {HOA} đang trả lời")
    await expect(minh.locator("#text")).to_have_value("Tôi đang viết dở")
    with office.engine.connect() as connection:
        noted = connection.execute(select(audit).where(audit.c.action == "desk.takeover")).one()
    assert (noted.author, noted.subject) == ("hoa", conversation)
    assert "Minh hết ca" in noted.reason

    # Back to the assistant, which answers again.
    await hoa.keyboard.press("Escape")
    await hoa.keyboard.press("b")
    await hoa.keyboard.press("Enter")
    await expect(citizen.page.locator(".turn").last).to_contain_text("Tôi là trợ lý tự động")
    before = await citizen.answers.count()
    await citizen.say("đăng ký kết hôn mất bao nhiêu tiền")
    await expect(citizen.answers).to_have_count(before + 1)
    await show(citizen.page, "citizen-2-assistant-is-back")

    # Closed with a reason, by Lan, who still has it open.
    await lan.keyboard.press("t")
    await expect(lan.locator("#text")).to_be_focused()
    await lan.keyboard.press("Escape")
    await lan.keyboard.press("e")
    await lan.keyboard.press("2")
    await show(lan, "1280-7-close")
    await lan.keyboard.press("Enter")
    await expect(lan.locator("#text")).not_to_be_editable()
    await lan.get_by_role("button", name="Đã xong").click()
    await expect(row(lan, conversation)).to_be_visible()
    with office.engine.connect() as connection:
        closed = connection.execute(select(desk).where(desk.c.conversation_id == conversation)).one()
    assert (closed.status, closed.wrap_up) == ("done", "sent_elsewhere")


async def test_whoever_comes_too_late_is_told_by_the_server(
    browser: Browser, office: Office, citizen: Citizen, lan: Page
) -> None:
    minh = await sit_down(browser, office, "minh")
    conversation = await asks_for_a_person(citizen)
    await row(minh, conversation).click()
    await expect(minh.locator("#talk-state")).to_contain_text("Bấm Nhận (phím T)")
    # What Lan does reaches Minh's page no more: it still believes that nobody has the conversation.
    await minh.route("**/desk/events", lambda route: route.abort())
    await minh.route("**/desk/api/queue*", lambda route: route.abort())
    await minh.evaluate("dispatchEvent(new Event('pagehide'))")
    await take(lan, conversation)
    await minh.keyboard.press("t")
    await expect(minh.locator("#notice")).to_contain_text(f"{LAN} đang giữ cuộc này.")
    await expect(minh.locator("#talk-state")).to_contain_text(f"{LAN} đang trả lời cuộc này")
    await expect(minh.locator("#text")).not_to_be_editable()
    await minh.context.close()


async def test_a_draft_is_sent_at_once_and_withdrawn_when_things_move_on(
    office: Office, citizen: Citizen, lan: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = await asks_for_a_person(citizen)
    await take(lan, conversation)
    await citizen.say("đăng ký kết hôn cần giấy tờ gì")
    first = lan.locator("#drafts-list .draft").first
    await expect(first).to_contain_text("kết hôn")
    # The catalogue changes: what is shown is taken back and looked for again.
    monkeypatch.setattr(office.app[LIVE], "_change", lambda: 10**6)
    await expect(lan.locator("#drafts-state")).to_contain_text("Danh mục vừa thay đổi")
    await expect(first).to_contain_text("kết hôn")
    await expect(lan.locator("#drafts-state")).to_be_hidden()
    await lan.keyboard.press("Escape")
    await lan.keyboard.press("Shift+1")
    await expect(citizen.page.locator("article.staff")).to_have_count(1)
    await expect(citizen.page.locator("article.staff")).to_contain_text("kết hôn")
    await lan.keyboard.press("1")
    await expect(lan.locator("#notice")).to_contain_text("Chưa có câu gợi ý số 1")
    await expect(lan.locator("#text")).to_have_value("")


async def test_whoever_waits_too_long_is_shown_in_red(office: Office, citizen: Citizen, lan: Page) -> None:
    conversation = await asks_for_a_person(citizen)
    await expect(row(lan, conversation)).to_be_visible()
    assert await row(lan, conversation).locator(".late").count() == 0
    with writing(office.engine) as connection:
        since = now() - timedelta(minutes=90)
        mine = desk.c.conversation_id == conversation
        connection.execute(update(desk).where(mine).values(waiting_since=since))
    await lan.reload()
    await expect(row(lan, conversation).locator(".late")).to_contain_text("1 giờ 30 phút")
    await lan.locator(".filters summary").click()
    await lan.get_by_label("Thời gian chờ").select_option("60")
    await expect(lan.locator("#queue li")).to_have_count(1)
    await show(lan, "1280-14-late-and-filtered")
    assert await violations(lan) == []
    await lan.get_by_label("Kênh").select_option("telegram")
    await expect(lan.locator("#queue-empty")).to_contain_text("Không có cuộc nào hợp với bộ lọc")


async def test_whoever_reads_further_up_is_not_moved(citizen: Citizen, lan: Page) -> None:
    conversation = await asks_for_a_person(citizen)
    await take(lan, conversation)
    log = lan.locator("#talk")
    await log.evaluate("log => log.scrollTop = 0")
    await citizen.say("tôi đang chờ, cho tôi hỏi thêm")
    await expect(lan.locator("#fresh")).to_be_visible()
    assert await log.evaluate("log => log.scrollTop") == 0
    await lan.click("#fresh")
    await expect(lan.locator("#fresh")).to_be_hidden()
    await expect(lan.locator("#talk .citizen").last).to_be_in_viewport()


async def test_letters_do_nothing_while_typing_and_can_be_switched_off(citizen: Citizen, lan: Page) -> None:
    conversation = await asks_for_a_person(citizen)
    await take(lan, conversation)
    await lan.locator("#text").press_sequentially("hà bé? 123")
    await expect(lan.locator("#text")).to_have_value("hà bé? 123")
    assert await lan.locator("dialog[open]").count() == 0
    await lan.keyboard.press("Escape")
    await lan.keyboard.press("?")
    await expect(lan.locator("#keys")).to_be_visible()
    await show(lan, "1280-8-keys")
    assert await violations(lan) == []
    await lan.uncheck("#letters")
    await lan.keyboard.press("Escape")
    await lan.locator("#talk").focus()
    await lan.keyboard.press("h")
    assert await lan.locator("dialog[open]").count() == 0
    await lan.click("#help")
    await lan.check("#letters")
    await lan.keyboard.press("Escape")


async def test_what_is_typed_survives_a_reload_and_another_conversation(citizen: Citizen, lan: Page) -> None:
    conversation = await asks_for_a_person(citizen)
    await take(lan, conversation)
    await lan.fill("#text", "Tôi đang soạn dở câu này")
    await lan.reload()
    await expect(lan.locator("#text")).to_have_value("Tôi đang soạn dở câu này")
    await expect(lan.locator("#text")).to_be_editable()


async def test_a_lease_that_ran_out_is_told_and_can_be_taken_again(office: Office, citizen: Citizen, lan: Page) -> None:
    conversation = await asks_for_a_person(citizen)
    await take(lan, conversation)
    await lan.fill("#text", "Tôi đang soạn dở câu này")
    with writing(office.engine) as connection:
        mine = desk.c.conversation_id == conversation
        connection.execute(update(desk).where(mine).values(lease_until=now() - timedelta(seconds=1)))
    await expect(lan.locator("#talk-state")).to_contain_text("Anh/chị không còn giữ cuộc này.")
    await expect(lan.locator("#text")).not_to_be_editable()
    await lan.keyboard.press("Escape")
    await lan.keyboard.press("t")
    await expect(lan.locator("#text")).to_be_editable()
    await expect(lan.locator("#text")).to_have_value("Tôi đang soạn dở câu này")


async def test_without_a_connection_an_answer_waits_and_is_sent_once(citizen: Citizen, lan: Page) -> None:
    conversation = await asks_for_a_person(citizen)
    await take(lan, conversation)
    await lan.context.set_offline(True)
    await lan.fill("#text", "Anh/chị chờ tôi một phút.")
    await lan.keyboard.press("Control+Enter")
    await expect(lan.locator(".unsent .delivery")).to_contain_text("Chưa gửi được")
    await expect(lan.locator("#connection")).to_be_visible()
    await show(lan, "1280-9-offline")
    await lan.context.set_offline(False)
    await expect(lan.locator("#talk .staff")).to_have_count(1)
    await expect(lan.locator(".unsent")).to_have_count(0)
    await expect(lan.locator("#connection")).to_be_hidden()
    await expect(citizen.page.locator("article.staff")).to_have_count(1)


async def test_a_call_is_answered_by_typing_what_the_caller_says(lan: Page) -> None:
    await lan.keyboard.press("Control+k")
    await lan.locator("#search-input").press_sequentially("khai si", delay=30)
    found = lan.locator("#search-list [role=option]")
    await expect(found.first).to_contain_text("khai sinh")
    await lan.locator("#search-input").press_sequentially("nh can giay gi", delay=30)
    await expect(found.first).to_contain_text("Giấy tờ")
    await lan.keyboard.press("ArrowDown")
    await expect(found.nth(1)).to_have_attribute("aria-selected", "true")
    await lan.keyboard.press("ArrowUp")
    await lan.keyboard.press("Enter")
    await expect(lan.locator("#script-words")).to_be_focused()
    await expect(lan.locator("#script-words")).to_contain_text("chứng sinh")
    await show(lan, "1280-10-call")
    assert await violations(lan) == []
    await lan.get_by_role("button", name="Nộp ở đâu").click()
    await expect(lan.locator("#script-words")).to_contain_text("nơi nộp")
    await lan.keyboard.press("c")
    await expect(lan.locator("#notice")).to_contain_text("chép")
    await lan.keyboard.press("Escape")
    await expect(lan.locator("#search")).to_be_hidden()


async def test_a_canned_reply_is_chosen_by_a_slash(office: Office, citizen: Citizen, lan: Page) -> None:
    add_canned(office.engine, "chao", "Chào và nhận việc", "Chào {anh_chi}, tôi là {ten_can_bo}.", "test")
    conversation = await asks_for_a_person(citizen)
    await take(lan, conversation)
    await lan.locator("#text").press_sequentially("/ch")
    await expect(lan.locator("#canned")).to_contain_text("Chào và nhận việc")
    await show(lan, "1280-11-canned")
    assert await violations(lan) == []
    await lan.keyboard.press("Enter")
    await expect(lan.locator("#text")).to_have_value(f"Chào anh/chị, tôi là {LAN}.")


async def test_an_answer_is_marked_by_one_key_and_the_mark_taken_back(
    office: Office, citizen: Citizen, lan: Page
) -> None:
    conversation = await asks_for_a_person(citizen)
    await row(lan, conversation).click()
    answer = lan.locator("#talk article.assistant").first
    await answer.focus()
    await lan.keyboard.press("w")
    pressed = answer.locator("[data-mark=wrong_procedure]")
    await expect(pressed).to_have_attribute("aria-pressed", "true")
    with office.engine.connect() as connection:
        mark = connection.execute(select(marks)).one()
    assert (mark.mark, mark.author, mark.conversation_id) == ("wrong_procedure", "lan", conversation)
    await lan.reload()
    await expect(pressed).to_have_attribute("aria-pressed", "true")
    await pressed.click()
    await expect(pressed).to_have_attribute("aria-pressed", "false")
    with office.engine.connect() as connection:
        assert connection.execute(select(marks)).all() == []


async def test_an_answer_that_waits_for_leave_is_sent_as_it_is(
    office: Office, citizen: Citizen, lan: Page, hoa: Page
) -> None:
    approvals = Approvals(office.engine)
    approvals.set_rule(Rule("web", 1.01, 300), "test")
    try:
        await citizen.say("làm giấy khai sinh cho con cần gì")
        await expect(citizen.answers).to_have_count(1)
        await expect(citizen.answers).not_to_contain_text("chứng sinh")
        conversation = await citizen.conversation()
        await row(lan, conversation).click()
        await expect(lan.locator("#held-words")).to_contain_text("chứng sinh")
        await show(lan, "1280-12-approval")
        assert await violations(lan) == []
        await lan.locator("#talk").focus()
        await lan.keyboard.press("Control+Enter")
        await expect(citizen.page.locator("#log")).to_contain_text("chứng sinh")
        await expect(lan.locator("#held")).to_be_hidden()
    finally:
        approvals.drop_rule("web", "test")


@pytest.mark.parametrize("button", ["Sửa", "Tự trả lời"])
async def test_an_answer_that_waits_for_leave_is_replaced(
    office: Office, citizen: Citizen, lan: Page, button: str
) -> None:
    approvals = Approvals(office.engine)
    approvals.set_rule(Rule("web", 1.01, 300), "test")
    try:
        await citizen.say("làm giấy khai sinh cho con cần gì")
        await expect(citizen.answers).to_have_count(1)
        conversation = await citizen.conversation()
        await row(lan, conversation).click()
        await lan.get_by_role("button", name=button, exact=True).click()
        await expect(lan.locator("#text")).to_be_focused()
        before = await lan.input_value("#text")
        assert ("chứng sinh" in before) is (button == "Sửa")
        await lan.locator("#text").press_sequentially("\nAnh/chị ra phường nhé.")
        await lan.keyboard.press("Control+Enter")
        answer = citizen.page.locator("article.staff")
        await expect(answer).to_contain_text("Anh/chị ra phường nhé.")
        assert ("chứng sinh" in await answer.inner_text()) is (button == "Sửa")
        await expect(lan.locator("#held")).to_be_hidden()
        with office.engine.connect() as connection:
            mine = held_answers.c.conversation_id == conversation
            status = connection.scalars(select(held_answers.c.status).where(mine)).one()
        assert status == ("edited" if button == "Sửa" else "rejected")
    finally:
        approvals.drop_rule("web", "test")


async def test_an_ended_session_is_told_and_loses_nothing(office: Office, browser: Browser, citizen: Citizen) -> None:
    # Of her own, because the others' sessions go on.
    person = add_staff(office.app, Role.AGENT, "thu", "Vũ Thị Thu", PASSWORD)
    page = await sit_down(browser, office, "thu")
    await page.keyboard.press("a")
    await expect(page.locator("#presence")).to_have_attribute("aria-pressed", "true")
    conversation = await asks_for_a_person(citizen)
    await take(page, conversation)
    await page.fill("#text", "Câu này chưa gửi")
    office.app[ACCOUNTS].set_active(person.id, False, "test")
    office.app[ACCOUNTS].set_active(person.id, True, "test")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#connection")).to_contain_text("Phiên làm việc đã hết")
    await show(page, "1280-13-session-ended")
    await page.get_by_role("link", name="Đăng nhập lại").click()
    await page.get_by_label("Tên đăng nhập").fill("thu")
    await page.get_by_label("Mật khẩu").fill(PASSWORD)
    await page.get_by_role("button", name="Đăng nhập").click()
    await expect(citizen.page.locator("article.staff")).to_contain_text("Câu này chưa gửi")
    await page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, TABLET, PHONE], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_it_fits_and_reads_well(
    browser: Browser, office: Office, citizen: Citizen, lan: Page, size: tuple[int, int], theme: str
) -> None:
    conversation = await asks_for_a_person(citizen)
    page = await sit_down(browser, office, "minh", size, theme)
    name = f"{size[0]}-{theme}"
    await expect(row(page, conversation)).to_be_visible()
    await show(page, f"{name}-1-queue")
    assert await violations(page) == []
    await take(page, conversation)
    await show(page, f"{name}-2-conversation")
    assert await violations(page) == []
    if size is not WIDE:
        await page.click("#to-drafts")
        await expect(page.locator("#drafts-pane")).to_be_in_viewport()
        await expect(page.locator("#drafts-state")).not_to_contain_text("Đang tìm")
        await page.wait_for_timeout(200)  # the drawer slides for 120 ms
        await show(page, f"{name}-3-drafts")
        assert await violations(page) == []
        await page.click("#close-drafts")
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    await page.context.close()


async def test_it_weighs_little(browser: Browser, office: Office) -> None:
    context = await browser.new_context(locale="vi-VN")
    page = await context.new_page()
    await sign_in_page(page, office.url, "hoa")
    session = await context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    await page.goto(f"{office.url}/desk")
    await expect(page.locator("#queue")).not_to_have_attribute("aria-busy", "true")
    await page.evaluate("document.fonts.ready")
    await context.close()
    assert len(sizes) >= 15
    assert sum(sizes) <= LARGEST_PAGE, sum(sizes)


async def test_it_fetches_every_module_at_once(office: Office, hoa: Page) -> None:
    preloaded = {url.rsplit("/", 1)[-1] for url in await hoa.evaluate(PRELOADED)}
    imported = await hoa.evaluate(IMPORTED)
    assert set(imported) <= preloaded


PRELOADED = "[...document.querySelectorAll('link[rel=modulepreload]')].map(link => link.href)"
IMPORTED = """async () => {
  const names = [];
  for (const link of document.querySelectorAll('link[rel=modulepreload]')) {
    const text = await (await fetch(link.href)).text();
    names.push(...[...text.matchAll(/(?:from|import) "[.][/]([a-z_]+[.]js)"/g)].map(found => found[1]));
  }
  return names;
}"""
