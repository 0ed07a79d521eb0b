"""`motcua user`: the accounts of staff, for whoever may log in to the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click
from rich.table import Table

from web.console import Failure, errors, open_engine, output
from web.settings import Settings

if TYPE_CHECKING:
    from storage.staff import Account, StaffAccounts

ROLES = ("agent", "supervisor", "editor", "administrator")
_AUTHOR = "motcua user"
_role = click.option(
    "--role",
    required=True,
    type=click.Choice(ROLES),
    help="agent: cán bộ trực; supervisor: trưởng ca; editor: biên tập viên; administrator: quản trị.",
)
_make = click.option("--make", is_flag=True, help="Tự tạo mật khẩu dùng một lần và in ra, không hỏi.")
_login = click.argument("login")


@click.group()
def user() -> None:
    """Tài khoản cán bộ: thêm, đổi vai trò, cấp lại mật khẩu, khóa, đăng xuất."""


@user.command()
@_login
@click.option("--name", required=True, help="Tên hiện với người dân và đồng nghiệp.")
@_role
@_make
@click.pass_obj
def add(settings: Settings, login: str, name: str, role: str, make: bool) -> None:
    """Thêm tài khoản LOGIN; hỏi mật khẩu (không hiện chữ), hoặc --make."""
    from storage.staff import LoginTaken
    from web.staff.names import wrong_login, wrong_name
    from web.staff.passwords import hash_password

    accounts = _accounts(settings)
    login = login.strip().lower()
    if problem := wrong_login(login) or wrong_name(name):
        raise Failure(problem)
    if accounts.find(login):
        raise Failure(f"{login} đã có tài khoản. Xem: motcua user list")
    password = _password(login, make)
    try:
        accounts.add(login, name.strip(), role, hash_password(password), _AUTHOR, must_change=make)
    except LoginTaken as error:
        raise Failure(f"{login} đã có tài khoản. Xem: motcua user list") from error
    errors.print(f"Đã thêm {login}.", markup=False)
    _tell(password, make)


@user.command("list")
@click.pass_obj
def list_(settings: Settings) -> None:
    """Các tài khoản, vai trò, và ai đang đăng nhập."""
    table = Table("Đăng nhập", "Tên", "Vai trò", "Hai bước", "Đang mở", "Dùng lần cuối", "Trạng thái")
    for account in _accounts(settings).all():
        table.add_row(
            account.login,
            account.name,
            account.role,
            "có" if account.second_factor else "",
            str(account.sessions or ""),
            f"{account.last_seen.astimezone():%d/%m/%Y %H:%M}" if account.last_seen else "",
            _state(account),
        )
    output.print(table)


@user.command()
@_login
@click.argument("role", type=click.Choice(ROLES))
@click.pass_obj
def role(settings: Settings, login: str, role: str) -> None:
    """Đổi vai trò của LOGIN; có hiệu lực ngay."""
    accounts = _accounts(settings)
    _unless_last(lambda: accounts.set_role(_number(accounts, login), role, _AUTHOR))
    errors.print(f"{login} nay là {role}.", markup=False)


@user.command()
@_login
@_make
@click.option("--reset-second-factor", is_flag=True, help="Tắt luôn xác thực hai bước (khi mất điện thoại).")
@click.pass_obj
def password(settings: Settings, login: str, make: bool, reset_second_factor: bool) -> None:
    """Đặt mật khẩu khác cho LOGIN; mọi nơi đang đăng nhập bị đăng xuất."""
    from web.staff.passwords import hash_password

    accounts = _accounts(settings)
    number = _number(accounts, login)
    chosen = _password(login, make)
    accounts.set_password(number, hash_password(chosen), _AUTHOR, must_change=make)
    if reset_second_factor:
        accounts.set_totp(number, None, _AUTHOR)
    errors.print(f"Đã đặt mật khẩu mới cho {login}.", markup=False)
    _tell(chosen, make)


@user.command()
@_login
@click.pass_obj
def disable(settings: Settings, login: str) -> None:
    """Khóa tài khoản LOGIN; mọi nơi đang đăng nhập bị đăng xuất, việc đã làm vẫn còn tên."""
    accounts = _accounts(settings)
    _unless_last(lambda: accounts.set_active(_number(accounts, login), False, _AUTHOR))
    errors.print(f"Đã khóa {login}.", markup=False)


@user.command()
@_login
@click.pass_obj
def enable(settings: Settings, login: str) -> None:
    """Mở lại tài khoản LOGIN."""
    accounts = _accounts(settings)
    accounts.set_active(_number(accounts, login), True, _AUTHOR)
    errors.print(f"Đã mở lại {login}.", markup=False)


@user.command()
@_login
@click.option("--revoke", is_flag=True, help="Đăng xuất tất cả.")
@click.pass_obj
def sessions(settings: Settings, login: str, revoke: bool) -> None:
    """Nơi LOGIN đang đăng nhập; --revoke để đăng xuất tất cả."""
    accounts = _accounts(settings)
    number = _number(accounts, login)
    if revoke:
        errors.print(f"Đã đăng xuất {accounts.end_sessions(number, _AUTHOR)} nơi.")
        return
    table = Table("Trình duyệt", "Từ", "Dùng lần cuối")
    for session in accounts.sessions(number):
        moments = (f"{moment.astimezone():%d/%m/%Y %H:%M}" for moment in (session.created_at, session.seen_at))
        table.add_row(session.agent, *moments)
    output.print(table)


def _accounts(settings: Settings) -> StaffAccounts:
    from storage.staff import StaffAccounts

    return StaffAccounts(open_engine(settings))


def _number(accounts: StaffAccounts, login: str) -> int:
    found = accounts.find(login)
    if found is None:
        raise Failure(f"không có tài khoản {login}. Xem: motcua user list")
    return found.staff.id


def _unless_last(change: Callable[[], None]) -> None:
    from storage.staff import LastAdministrator

    try:
        change()
    except LastAdministrator as error:
        raise Failure(f"{error} là người quản trị duy nhất; cho người khác làm quản trị trước.") from error


def _password(login: str, make: bool) -> str:
    """Return a password made, or typed twice without being shown."""
    from web.staff.passwords import make_password, refusal

    if make:
        return make_password()
    typed: str = click.prompt("Mật khẩu", hide_input=True, confirmation_prompt="Nhập lại")
    if problem := refusal(typed, login):
        raise Failure(problem)
    return typed


def _tell(password: str, made: bool) -> None:
    if made:
        errors.print("Mật khẩu dùng một lần (chỉ hiện lần này, đăng nhập xong phải đổi):")
        click.echo(password)


def _state(account: Account) -> str:
    if not account.active:
        return "đã khóa"
    return "chờ đổi mật khẩu" if account.must_change else ""
