"""The first administrator, made when the installation has no staff: somebody has to make the other accounts."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine

from storage.staff import ADMINISTRATOR, LoginTaken, StaffAccounts
from web.staff.passwords import hash_password, make_password

LOGIN = "quantri"
_NAME = "Quản trị"


def ensure_administrator(engine: Engine, address: str, say: Callable[[str], None]) -> None:
    """Make the first administrator where there is no staff, and tell the one-time password, once."""
    accounts = StaffAccounts(engine)
    if accounts.any():
        return
    password = make_password()
    try:
        accounts.add(LOGIN, _NAME, ADMINISTRATOR, hash_password(password), "motcua serve", must_change=True)
    except LoginTaken:  # another process was quicker, and has told it
        return
    say("Chưa có cán bộ nào, nên đã tạo người quản trị đầu tiên:")
    say(f"  trang đăng nhập  {address}/sign-in")
    say(f"  tên đăng nhập    {LOGIN}")
    say(f"  mật khẩu         {password}   (dùng một lần, chỉ hiện lần này)")
