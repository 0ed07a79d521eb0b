"""Signing in, one's account, and the administrators' pages in a real browser, in every size and theme, read by axe.

Screenshots go to `screenshots/` to be looked at.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import pyotp
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from storage import audit, switches
from tests.browser.conftest import Site, watch
from tests.web.staff_side import PASSWORD, add_staff, sign_in_page
from web.sheet_page import ENGINE
from web.staff.guard import ACCOUNTS, Role

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCREENSHOTS = Path(__file__).parent / "screenshots"
SIZES = [(1280, 800), (820, 1180), (390, 844)]
HEAVIEST = 150_000  # bytes on the wire, with style, script and letters


async def open_page(browser: Browser, size: tuple[int, int], theme: str = "light", **more: bool) -> Page:
    viewport = {"width": size[0], "height": size[1]}
    context = await browser.new_context(viewport=viewport, color_scheme=theme, locale="vi-VN", **more)  # type: ignore[arg-type]
    context.set_default_timeout(5_000)
    return await context.new_page()


async def look(page: Page, name: str) -> None:
    """Take a picture, and read the page with axe; nothing may stick out at the side."""
    await page.evaluate("document.fonts.ready")
    SCREENSHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    found = (await Axe().run(page)).response["violations"]
    assert [f"{name} {v['id']}: {n['target']} {n['failureSummary']}" for v in found for n in v["nodes"]] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_screens(browser: Browser, site: Site, size: tuple[int, int], theme: str) -> None:
    name = f"{size[0]}x{size[1]}-{theme}-staff"
    accounts, engine = site.app[ACCOUNTS], site.app[ENGINE]
    add_staff(site.app, Role.ADMINISTRATOR, "chinh", "Anh Chính", PASSWORD)
    lan = add_staff(site.app, Role.AGENT, "lan", "Chị Lan")
    add_staff(site.app, Role.EDITOR, "hoa", "Cô Hoa")
    accounts.set_totp(lan.id, "sealed", "lan")
    accounts.open_session(lan.id, "Chrome trên Android")
    accounts.open_session(accounts.find("chinh").staff.id, "Firefox trên Windows")
    switches.pause(engine, "web", "bảo trì đến 14 giờ", "hoa", silent=False)
    audit.note(engine, "procedure.publish", "1.001193@4", "hoa", "Nghị định mới đổi lệ phí")
    page = await open_page(browser, size, theme)
    faults = watch(page)

    await page.goto(f"{site.url}/admin/audit")
    await look(page, f"{name}-1-sign-in")
    await page.get_by_label("Tên đăng nhập").fill("chinh")
    await page.get_by_label("Mật khẩu").fill("sai")
    await page.get_by_role("button", name="Đăng nhập").click()
    await look(page, f"{name}-2-sign-in-wrong")
    await page.get_by_label("Mật khẩu").fill(PASSWORD)
    await page.get_by_role("button", name="Đăng nhập").click()
    await expect(page).to_have_url(f"{site.url}/admin/audit")
    await look(page, f"{name}-3-audit")
    for number, path in enumerate(
        (
            "/admin",
            "/admin/queues",
            "/admin/staff",
            "/admin/staff/new",
            f"/admin/staff/{lan.id}",
            "/account",
            "/account/password",
            "/account/second-factor",
        ),
        4,
    ):
        await page.goto(site.url + path)
        await look(page, f"{name}-{number}{path.replace('/', '-')}")
    await page.goto(f"{site.url}/admin/staff/{lan.id}")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Cấp mật khẩu mới").click()
    await expect(page.get_by_text("Mật khẩu dùng một lần của Chị Lan")).to_be_visible()
    await look(page, f"{name}-12-password")
    await page.context.close()
    # The wrong password is answered 401, which the console tells.
    assert [fault for fault in faults if "401" not in fault] == []


async def test_the_list_of_pages_folds_where_there_is_no_room(browser: Browser, site: Site) -> None:
    add_staff(site.app, Role.ADMINISTRATOR, "chinh", password=PASSWORD)
    page = await open_page(browser, (820, 1180))
    await sign_in_page(page, site.url, "chinh")
    await page.goto(f"{site.url}/admin")
    link, toggle = (
        page.get_by_role("link", name="Nhật ký", exact=True),
        page.get_by_role("button", name="Các trang quản lý"),
    )
    await expect(link).to_be_hidden()
    await expect(toggle).to_have_attribute("aria-expanded", "false")
    await toggle.press("Enter")
    await expect(toggle).to_have_attribute("aria-expanded", "true")
    await look(page, "820x1180-light-staff-13-pages-open")
    await link.click()
    await expect(page.get_by_role("heading", name="Nhật ký", level=1)).to_be_visible()
    await page.set_viewport_size({"width": 1280, "height": 800})
    await expect(toggle).to_be_hidden()
    await expect(page.get_by_role("link", name="Nhật ký", exact=True)).to_have_attribute("aria-current", "page")
    await page.context.close()


async def test_it_works_by_keyboard_and_without_scripts(browser: Browser, site: Site) -> None:
    add_staff(site.app, Role.ADMINISTRATOR, "chinh", password=PASSWORD)
    page = await open_page(browser, (820, 1180), java_script_enabled=False)
    await page.goto(f"{site.url}/sign-in")
    await expect(page.get_by_label("Tên đăng nhập")).to_be_focused()
    await page.keyboard.type("chinh")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{site.url}/admin")
    await expect(page.get_by_role("link", name="Nhật ký", exact=True)).to_be_visible()
    await page.goto(f"{site.url}/admin/staff/new")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Đến nội dung chính")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.get_by_label("Tên", exact=True).fill("Cô Hoa")
    await page.get_by_label("Tên đăng nhập").fill("hoa")
    await page.get_by_label("Vai trò").select_option("editor")
    await page.get_by_role("button", name="Thêm").click()
    await expect(page.get_by_text("Mật khẩu dùng một lần của Cô Hoa")).to_be_visible()
    await page.context.close()


async def test_from_the_one_time_password_to_two_steps(browser: Browser, site: Site) -> None:
    from web.staff.passwords import hash_password

    given, own = "ab2c-de3f-gh4j-kl5m", "con mèo ngủ trên mái nhà"
    site.app[ACCOUNTS].add("lan", "Chị Lan", Role.AGENT, hash_password(given), "test", must_change=True)
    page = await open_page(browser, (1280, 800))
    await sign_in_page(page, site.url, "lan", given)
    await expect(page.get_by_role("heading", name="Đặt mật khẩu của riêng mình")).to_be_visible()
    await look(page, "1280x800-light-staff-14-first-password")
    await page.get_by_label("Mật khẩu mới", exact=True).fill(own)
    await page.get_by_label("Nhập lại mật khẩu mới").fill(own)
    await page.get_by_role("button", name="Lưu mật khẩu").click()
    await expect(page).to_have_url(f"{site.url}/desk")

    await page.goto(f"{site.url}/account/second-factor")
    await page.get_by_text("Không quét được?").click()
    secret = (await page.locator(".secret").inner_text()).replace(" ", "")
    await page.get_by_label("Mã 6 số").fill(pyotp.TOTP(secret).now())
    await page.get_by_label("Mật khẩu").fill(own)
    await page.get_by_role("button", name="Bật").click()
    await expect(page.get_by_text("Đã bật xác thực hai bước.")).to_be_visible()
    await look(page, "1280x800-light-staff-15-account-two-steps")

    other = await open_page(browser, (390, 844))
    await other.goto(f"{site.url}/sign-in")
    await other.get_by_label("Tên đăng nhập").fill("lan")
    await other.get_by_label("Mật khẩu").fill(own)
    await other.get_by_role("button", name="Đăng nhập").click()
    await expect(other.get_by_role("heading", name="Xác thực hai bước")).to_be_visible()
    await look(other, "390x844-light-staff-16-code")
    await other.get_by_label("Mã 6 số").fill(pyotp.TOTP(secret).at(int(time.time()) + 30))
    await other.get_by_role("button", name="Tiếp tục").click()
    await expect(other).to_have_url(f"{site.url}/desk")

    await page.goto(f"{site.url}/account")
    await expect(page.get_by_role("listitem").filter(has_text="Chrome")).to_have_count(2)
    await page.get_by_role("button", name="Đăng xuất mọi nơi khác").click()
    await expect(page.get_by_text("Đã đăng xuất ở 1 nơi.")).to_be_visible()
    await other.goto(f"{site.url}/account")
    await expect(other).to_have_url(re.compile("/sign-in"))
    await other.context.close()
    await page.context.close()


async def test_the_frame_is_light(browser: Browser, site: Site) -> None:
    add_staff(site.app, Role.ADMINISTRATOR, "chinh", password=PASSWORD)
    page = await open_page(browser, (1280, 800))
    await sign_in_page(page, site.url, "chinh")
    await page.goto(f"{site.url}/admin/staff", wait_until="networkidle")
    weight = await page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".reduce((sum, entry) => sum + entry.encodedBodySize, 0)"
    )
    assert 20_000 < weight < HEAVIEST
    await page.context.close()
