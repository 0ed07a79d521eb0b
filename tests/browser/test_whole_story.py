"""One day at the desk, from beginning to end, in the order it happens: a served process, its own database, a real
dialogue, the widget on a commune's page, Telegram, two agents, a supervisor with a tablet, and an editor.

Screenshots go to `screenshots/`, or to the folder in MOTCUA_SCREENSHOTS, to be looked at.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from sqlalchemy import Engine, select

from storage.database import open_database
from storage.schema import audit, desk, ratings
from storage.staff import StaffAccounts
from tests.browser.conftest import serve
from tests.browser.served import Served, serving
from tests.browser.town import DESK, PATIENCE_MS, Caller, Clerk, Writer, commune, look, opened
from tests.conftest import ROOT
from tests.servers.telegram import TOKEN, too_many
from tests.servers.telegram import serving as telegram_serving
from tests.web.staff_side import PASSWORD, sign_in_page
from web.staff.passwords import hash_password

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.model]

LAN, MINH, HOA, THU = "Nguyễn Thị Lan", "Trần Văn Minh", "Lê Thị Hoa", "Phạm Thị Thu"
STAFF = (("lan", LAN, "agent"), ("minh", MINH, "agent"), ("hoa", HOA, "supervisor"), ("thu", THU, "editor"))
WEB, TELEGRAM = "Web", "Telegram"
BIRTH = "1.001193"
STRANGE, AGAIN = "xin giấy nhập đàn nhóc tì thì ra đâu", "xin giay nhap dan nhoc ti o dau"
ADDED = "Người đi đăng ký mang theo căn cước bản gốc."
RATING = "Lần hỏi này có giúp được anh/chị không?"
LOADING_S = 180  # with nothing kept from an earlier run, the dialogue is trained and the index built


@dataclass(frozen=True)
class Town:
    """Everybody in the story."""

    served: Served
    engine: Engine
    mai: Caller
    tuan: Writer
    lan: Clerk
    minh: Clerk
    hoa: Clerk
    thu: Page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    data, site = tmp_path_factory.mktemp("town"), [""]
    _take_along(data)
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(telegram_serving())
        runner, port = await serve(commune(site))
        stack.push_async_callback(runner.cleanup)
        names = {
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_SECRET": "",
            "TELEGRAM_API_BASE": telegram.base,
            "MOTCUA_EMBED_ORIGINS": f"http://localhost:{port}",
        }
        served = stack.enter_context(serving(data, **names))
        site[0] = served.address
        engine = open_database(f"sqlite:///{data / 'motcua.db'}")
        stack.callback(engine.dispose)
        for login, name, role in STAFF:
            StaffAccounts(engine).add(login, name, role, hash_password(PASSWORD), "test", must_change=False)
        await asyncio.to_thread(served.wait, LOADING_S)
        lan = await Clerk.at_desk(browser, served.address, "lan", LAN)
        minh = await Clerk.at_desk(browser, served.address, "minh", MINH)
        hoa = await Clerk.at_desk(browser, served.address, "hoa", HOA, tablet=True)
        thu = await opened(browser, DESK)
        thu.set_default_timeout(60_000)  # the gate asks real questions
        await sign_in_page(thu, served.address, "thu")
        mai = await Caller.at(browser, f"http://localhost:{port}")
        yield Town(served, engine, mai, Writer(telegram, 77), lan, minh, hoa, thu)
        pages = (lan.page, minh.page, hoa.page, thu, mai.page)
        faults = [page.faults for page in pages]  # type: ignore[attr-defined]
        for page in pages:
            await page.context.close()
    assert faults == [[]] * len(pages)


def _take_along(data: Path) -> None:
    """Take what other tests keep, so that nothing is trained anew; the index as a copy, for it will change."""
    kept = ROOT / "var" / "test-cache"
    for name in ("index", "models"):
        (kept / name).mkdir(parents=True, exist_ok=True)
    (data / "models").symlink_to(kept / "models")
    shutil.copytree(kept / "index", data / "index")


async def test_two_citizens_are_answered_by_people(town: Town) -> None:
    await both_ask_for_a_person(town)
    first, second = await both_agents_take_the_same_one(town)
    await she_is_answered_with_a_draft(town, first)
    await he_is_answered_by_telegram(town, second)
    await hers_is_handed_over_and_taken_over(town, first, second)
    await hers_goes_back_to_the_assistant_and_ends(town, first)
    await his_ends(town, second)


async def both_ask_for_a_person(town: Town) -> None:
    assert "Giấy chứng sinh" in await town.mai.ask("lam giay khai sinh cho con can gi")
    await look(town.mai.page, "01-phone-answer")
    assert "Tôi chuyển anh/chị sang cán bộ. Anh/chị là người kế tiếp" in await town.mai.ask("cho toi gap can bo")
    await look(town.mai.page, "02-phone-person-asked-for")
    assert "Đăng ký kết hôn" in await town.tuan.ask("dang ky ket hon can giay to gi")
    assert "Hiện có 1 người đang chờ" in await town.tuan.ask("toi muon gap nguoi that")
    for clerk in (town.lan, town.minh, town.hoa):
        await expect(clerk.page).to_have_title("(2) Bàn trực · Một Cửa")
        await expect(clerk.row(WEB)).to_contain_text("khai sinh")
        await expect(clerk.row(TELEGRAM)).to_contain_text("kết hôn")
    await look(town.lan.page, "03-desk-two-wait")
    await look(town.hoa.page, "04-tablet-two-wait")


async def both_agents_take_the_same_one(town: Town) -> tuple[Clerk, Clerk]:
    """Return who got it, and who was too late."""
    agents = (town.lan, town.minh)
    for clerk in agents:
        await clerk.open(WEB)
    await asyncio.gather(*(clerk.press("t") for clerk in agents))
    got = [await clerk.holds() for clerk in agents]
    assert sorted(got) == [False, True]
    first, second = agents if got[0] else agents[::-1]
    await expect(town.mai.turns).to_have_text(f"{first.name} (cán bộ) đang trả lời anh/chị.")
    await expect(second.state).to_contain_text(f"{first.name} đang trả lời cuộc này")
    await expect(second.row(WEB)).to_contain_text(f"{first.name} đang trả lời")
    await look(second.page, "05-desk-too-late")
    return first, second


async def she_is_answered_with_a_draft(town: Town, clerk: Clerk) -> None:
    await town.mai.say("le phi het bao nhieu")
    draft = clerk.page.locator("#drafts-list .draft").first
    await expect(draft).to_contain_text("Lệ phí")
    await expect(draft).to_contain_text("Đăng ký khai sinh")
    await expect(clerk.page.locator("#drafts-state")).to_be_hidden()
    await clerk.press("1")
    await expect(clerk.text).to_have_value(re.compile("1022"))
    await expect(clerk.page.locator("#talk .citizen").last).to_be_in_viewport(ratio=1)  # beside the grown composer
    await look(clerk.page, "06-desk-draft-inserted")
    await clerk.send("\nChị mang theo giấy chứng sinh, tôi chờ ở quầy số 3.")
    await expect(clerk.page.locator("#talk .staff .delivery")).to_have_text("đã có trên trang")
    await expect(town.mai.by_staff).to_have_count(1)
    await expect(town.mai.by_staff.locator(".who")).to_have_text(f"{clerk.name} (cán bộ)")
    await expect(town.mai.by_staff).to_contain_text("tôi chờ ở quầy số 3")
    await look(clerk.page, "07-desk-answered")
    await look(town.mai.page, "08-phone-answered-by-staff")


async def he_is_answered_by_telegram(town: Town, clerk: Clerk) -> None:
    await clerk.open(TELEGRAM)
    await clerk.press("t")
    await expect(clerk.text).to_be_editable()
    assert await town.tuan.hear() == f"{clerk.name} (cán bộ) đang trả lời anh/chị."
    town.tuan.telegram.fail("sendMessage", too_many(4))
    await clerk.send("Anh ra phường nào cũng được, cả hai người cùng có mặt.")
    delivery = clerk.page.locator("#talk .staff .delivery")
    await expect(delivery).to_contain_text("chưa gửi được, đang thử lại")
    await look(clerk.page, "09-desk-telegram-tries-again")
    told = await town.tuan.hear()
    assert told.startswith(f"{clerk.name} (cán bộ):")
    assert "cả hai người cùng có mặt" in told
    await expect(delivery).to_have_text("đã gửi", timeout=PATIENCE_MS)
    await look(clerk.page, "10-desk-telegram-delivered")


async def hers_is_handed_over_and_taken_over(town: Town, first: Clerk, second: Clerk) -> None:
    await first.press("h")
    dialog = first.page.locator("#ask-handover")
    await dialog.get_by_label(second.name).check()
    await dialog.locator("textarea").fill("Bạn rành hộ tịch hơn tôi.")
    await look(first.page, "11-desk-handover")
    await dialog.get_by_role("button", name="Chuyển").click()
    await expect(first.text).not_to_be_editable()
    await expect(first.state).to_have_text(f"{second.name} đang trả lời cuộc này.")
    await second.open(WEB)
    await expect(second.text).to_be_editable()
    await expect(second.page.locator("#talk-note")).to_contain_text("rành hộ tịch")
    await expect(town.mai.turns.last).to_contain_text(second.name)
    await second.text.fill("Tôi đang viết dở")

    tablet = town.hoa.page
    await tablet.get_by_role("button", name="Tất cả").tap()
    await town.hoa.row(WEB).tap()
    await expect(town.hoa.state).to_contain_text(f"{second.name} đang trả lời cuộc này")
    await tablet.get_by_role("button", name="Tiếp quản").first.tap()
    await expect(tablet.locator("#takeover-holder")).to_have_text(second.name)
    await tablet.get_by_label("Lý do").fill("Hết ca")
    await look(tablet, "12-tablet-takeover")
    await tablet.locator("#ask-takeover").get_by_role("button", name="Tiếp quản").tap()
    await expect(town.hoa.text).to_be_editable()
    await expect(second.state).to_contain_text(f"Anh/chị không còn giữ cuộc này. {HOA} đang trả lời")
    await expect(second.text).to_have_value("Tôi đang viết dở")
    await expect(town.mai.turns.last).to_contain_text(HOA)
    await look(tablet, "13-tablet-taken-over")
    await look(second.page, "14-desk-taken-away")
    with town.engine.connect() as connection:
        noted = connection.execute(select(audit).where(audit.c.action == "desk.takeover")).one()
    assert noted.author == "hoa"
    assert "Hết ca" in noted.reason


async def hers_goes_back_to_the_assistant_and_ends(town: Town, clerk: Clerk) -> None:
    tablet = town.hoa.page
    await tablet.get_by_role("button", name="Trả trợ lý").tap()
    await tablet.get_by_role("button", name="Trả về").tap()
    await expect(town.mai.turns.last).to_contain_text("Tôi là trợ lý tự động")
    assert "1 ngày làm việc" in await town.mai.ask("dang ky khai sinh mat bao lau")
    await look(town.mai.page, "15-phone-assistant-is-back")

    await clerk.press("t")
    await expect(clerk.text).to_be_editable()
    await clerk.press("e")
    await look(clerk.page, "16-desk-close")
    await clerk.page.keyboard.press("1")
    await clerk.page.keyboard.press("Enter")
    await expect(clerk.text).not_to_be_editable()
    await expect(town.mai.answers.last).to_contain_text(RATING)
    await look(town.mai.page, "17-phone-rating")
    await town.mai.answers.last.get_by_role("button", name="Hài lòng", exact=True).tap()
    await expect(town.mai.answers.last).to_contain_text("Cảm ơn anh/chị đã cho biết")
    assert RATING not in await town.mai.ask("cam on nhe")
    assert await town.mai.answers.filter(has_text=RATING).count() == 1


async def his_ends(town: Town, clerk: Clerk) -> None:
    await clerk.open(TELEGRAM)
    await expect(clerk.text).to_be_editable()
    await clerk.press("e")
    await clerk.page.keyboard.press("1")
    await clerk.page.keyboard.press("Enter")
    assert "Tôi là trợ lý tự động" in await town.tuan.hear()
    assert await town.tuan.hear() == f"{RATING} Bấm một nút để cho biết; bỏ qua cũng được."
    assert "Cảm ơn anh/chị đã cho biết" in await town.tuan.tap("Hài lòng")
    await clerk.page.get_by_role("button", name="Đã xong").click()
    for channel in (TELEGRAM, WEB):
        await expect(clerk.row(channel).locator(".row-state")).to_have_text("Đã trả lời xong")
    # Who hands over or closes needs not be told that it is theirs no more.
    for agent in (town.lan, town.minh):
        await expect(agent.page.locator(".desk-notice.fault")).to_be_hidden()
    await look(clerk.page, "18-desk-done")
    with town.engine.connect() as connection:
        assert connection.scalars(select(desk.c.wrap_up)).all() == ["answered", "answered"]
        assert connection.scalars(select(ratings.c.score)).all() == [5, 5]
    assert town.tuan.unread == []


async def test_what_nobody_foresaw_is_mended_and_an_edit_reaches_citizens_and_is_undone(town: Town) -> None:
    await town.mai.start_over()
    assert BIRTH not in await town.mai.ask(STRANGE)
    await look(town.mai.page, "19-phone-not-answered")
    await an_editor_mends_it(town)
    assert BIRTH in await town.mai.ask(AGAIN)
    await look(town.mai.page, "22-phone-mended")

    assert ADDED not in await town.mai.ask("dang ky khai sinh can dieu kien gi")
    await an_edit_is_saved_as_a_draft(town)
    assert ADDED not in await town.mai.ask("dieu kien de dang ky khai sinh la gi")
    await it_is_published_through_the_gate(town)
    assert ADDED in await town.mai.ask("dieu kien dang ky khai sinh the nao")
    await look(town.mai.page, "28-phone-new-answer")
    await it_is_undone(town)
    assert ADDED not in await town.mai.ask("muon dang ky khai sinh thi dieu kien ra sao")


async def an_editor_mends_it(town: Town) -> None:
    page = town.thu
    await page.goto(f"{town.served.address}/admin/asked/unanswered")
    await look(page, "20-editor-unanswered", whole=True)
    await page.get_by_role("link", name=STRANGE, exact=True).click()
    await page.get_by_role("button", name="Thử ngay").click()
    tried = page.get_by_role("region", name="Kết quả hỏi lại")
    await expect(tried).to_be_visible()
    await expect(tried.locator(".better")).to_have_count(0)
    await page.get_by_role("searchbox", name="Của thủ tục").fill("đăng ký khai sinh")
    await page.get_by_role("radio", name=f"Đăng ký khai sinh {BIRTH}").check()
    await page.get_by_role("button", name="Thêm và hỏi lại ngay").click()
    await expect(page.get_by_role("status").first).to_contain_text("1/1 câu nay được trả lời")
    await expect(tried.locator(".better")).to_have_text("Trả lời")
    await look(page, "21-editor-mended", whole=True)


async def an_edit_is_saved_as_a_draft(town: Town) -> None:
    page = town.thu
    await page.goto(f"{town.served.address}/admin/procedures/{BIRTH}/edit")
    conditions = page.get_by_label("Yêu cầu, điều kiện")
    await conditions.fill(f"{ADDED}\n{await conditions.input_value()}")
    await expect(page.locator("#facet")).to_have_value("conditions")
    await expect(page.locator("#previewed .said").first).to_contain_text(ADDED)
    await conditions.scroll_into_view_if_needed()
    await look(page, "23-editor-preview")
    await page.get_by_label("Lý do").fill("Nhắc mang căn cước")
    await page.get_by_role("button", name="Lưu nháp", exact=True).click()
    await expect(page.locator(".flash")).to_contain_text("Đã lưu bản nháp")
    await look(page, "24-editor-draft", whole=True)


async def it_is_published_through_the_gate(town: Town) -> None:
    page = town.thu
    await page.get_by_role("link", name="Công bố bản nháp").click()
    await expect(page.locator("ins").first).to_contain_text(ADDED)
    await look(page, "25-editor-publish", whole=True)
    await page.get_by_role("button", name="Công bố", exact=True).click()
    await expect(page.locator(".flash")).to_contain_text("Đã công bố")
    await look(page, "26-editor-published", whole=True)
    await page.goto(f"{town.served.address}/admin/checks")
    await expect(page.get_by_role("main")).to_contain_text(BIRTH)
    await look(page, "27-editor-checks", whole=True)


async def it_is_undone(town: Town) -> None:
    page = town.thu
    await page.goto(f"{town.served.address}/admin/procedures/{BIRTH}")
    await page.get_by_role("link", name="Hoàn tác thay đổi gần nhất").click()
    await expect(page.locator("del").first).to_contain_text(ADDED)
    await look(page, "29-editor-undo", whole=True)
    await page.get_by_role("button", name="Hoàn tác").click()
    await expect(page.locator(".flash")).to_contain_text("Đã quay lại")
