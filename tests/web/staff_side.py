"""Signing in for tests: a client of aiohttp with its session made at once, a real page by typing."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.test_utils import TestClient
from yarl import URL

from storage.staff import Staff, StaffAccounts
from web.staff.guard import ACCOUNTS, COOKIE, Role
from web.staff.passwords import hash_password

if TYPE_CHECKING:
    from playwright.async_api import Page

PASSWORD = "một câu dài chỉ mình biết"


def add_staff(app: web.Application, role: Role | str, login: str = "", name: str = "", password: str = "") -> Staff:
    """Add an account; without a password nobody can sign in by typing."""
    login = login or f"{role}-{secrets.token_hex(3)}"
    kept = hash_password(password) if password else "nobody's"
    accounts: StaffAccounts = app[ACCOUNTS]
    return accounts.add(login, name or f"Cán bộ {login}", str(role), kept, "test", must_change=False)


async def sign_in(client: TestClient, role: Role | str, login: str = "", name: str = "") -> str:
    """Sign the client in as a new member of staff and return the CSRF token to send as X-CSRF-Token."""
    accounts: StaffAccounts = client.app[ACCOUNTS]
    staff = add_staff(client.app, role, login, name)
    token = accounts.open_session(staff.id, "test")
    # The test server speaks plain HTTP, where the client would keep a Secure cookie to itself.
    client.session.cookie_jar.update_cookies({COOKIE: token}, URL(client.make_url("/")))
    signed_in = accounts.signed_in(token)
    assert signed_in is not None
    return signed_in[1]


async def sign_in_page(page: Page, base_url: str, login: str, password: str = PASSWORD) -> None:
    """Sign a browser in by the page for it."""
    await page.goto(f"{base_url}/sign-in")
    await page.get_by_label("Tên đăng nhập").fill(login)
    await page.get_by_label("Mật khẩu").fill(password)
    await page.get_by_role("button", name="Đăng nhập").click()
    await page.wait_for_url(lambda url: "/sign-in" not in url)
