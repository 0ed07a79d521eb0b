"""`/admin/staff`: administrators keep the accounts."""

from __future__ import annotations

import asyncio

from aiohttp import web

from storage.staff import Account, LastAdministrator, LoginTaken
from web.pages import SETTINGS
from web.staff.frame import back, render
from web.staff.guard import ACCOUNTS, ADMINISTRATORS, SIGN_IN, STAFF, Handler, Role, guarded
from web.staff.names import wrong_login, wrong_name
from web.staff.passwords import hash_password, make_password, slowly

PATH = "/admin/staff"
_TAKEN = "Đã có người dùng tên đăng nhập này. Anh/chị chọn tên khác."
_LAST = "Đây là người quản trị duy nhất. Cho người khác làm quản trị trước."
_ONESELF = "Không tự khóa hoặc tự đổi vai trò của chính mình được. Nhờ một người quản trị khác."


def set_up(app: web.Application) -> None:
    """Give the application the pages of accounts."""
    one = f"{PATH}/{{id:[0-9]{{1,15}}}}"
    routes: list[tuple[str, str, Handler]] = [
        ("GET", PATH, _list),
        ("GET", f"{PATH}/new", _new),
        ("POST", PATH, _add),
        ("GET", one, _show),
        ("POST", one, _change),
        ("POST", f"{one}/password", _password),
        ("POST", f"{one}/second-factor", _second_factor),
        ("POST", f"{one}/sessions", _end_sessions),
        ("POST", f"{one}/active", _active),
    ]
    app.add_routes([guarded(method, path, handler, ADMINISTRATORS) for method, path, handler in routes])


async def _list(request: web.Request) -> web.Response:
    accounts = await asyncio.to_thread(request.app[ACCOUNTS].all)
    return render(request, "staff_accounts.html", accounts=accounts)


async def _new(request: web.Request) -> web.Response:
    return render(request, "staff_new.html", problem="", login="", name="", role=Role.AGENT)


async def _add(request: web.Request) -> web.Response:
    """POST: add an account; its one-time password stands in the answer and nowhere else."""
    form = await request.post()
    login, name, role = (str(form.get(field, "")).strip() for field in ("login", "name", "role"))
    login = login.lower()
    problem = wrong_login(login) or wrong_name(name) or _wrong_role(role)
    if problem is None:
        password = make_password()
        kept = await slowly(request.app, hash_password, password)
        add = request.app[ACCOUNTS].add
        try:
            made = await asyncio.to_thread(add, login, name, role, kept, request[STAFF].login, must_change=True)
        except LoginTaken:
            problem = _TAKEN
        else:
            return _once(request, made.id, login, name, password)
    return render(request, "staff_new.html", 422, problem=problem, login=login, name=name, role=role)


async def _show(request: web.Request) -> web.Response:
    return await _page(request, await _account(request))


async def _change(request: web.Request) -> web.Response:
    """POST: another name, another role."""
    account, form, author = await _account(request), await request.post(), request[STAFF].login
    name, role = str(form.get("name", "")).strip(), str(form.get("role", ""))
    problem = wrong_name(name) or _wrong_role(role)
    if problem is None and role != account.role and account.id == request[STAFF].id:
        problem = _ONESELF
    if problem is not None:
        return await _page(request, account, problem)
    accounts = request.app[ACCOUNTS]
    try:
        if role != account.role:
            await asyncio.to_thread(accounts.set_role, account.id, role, author)
    except LastAdministrator:
        return await _page(request, account, _LAST)
    if name != account.name:
        await asyncio.to_thread(accounts.rename, account.id, name, author)
    return back(request, f"{PATH}/{account.id}", "Đã lưu.")


async def _password(request: web.Request) -> web.Response:
    account, password = await _account(request), make_password()
    kept = await slowly(request.app, hash_password, password)
    author = request[STAFF].login
    await asyncio.to_thread(request.app[ACCOUNTS].set_password, account.id, kept, author, must_change=True)
    return _once(request, account.id, account.login, account.name, password)


async def _second_factor(request: web.Request) -> web.Response:
    account = await _account(request)
    await asyncio.to_thread(request.app[ACCOUNTS].set_totp, account.id, None, request[STAFF].login)
    return back(request, f"{PATH}/{account.id}", "Đã tắt xác thực hai bước của người này.")


async def _end_sessions(request: web.Request) -> web.Response:
    account = await _account(request)
    ended = await asyncio.to_thread(request.app[ACCOUNTS].end_sessions, account.id, request[STAFF].login)
    return back(request, f"{PATH}/{account.id}", f"Đã đăng xuất {ended} nơi.")


async def _active(request: web.Request) -> web.Response:
    """POST: close the account, or open it again."""
    account, form = await _account(request), await request.post()
    active = form.get("active") == "1"
    if account.id == request[STAFF].id and not active:
        return await _page(request, account, _ONESELF)
    try:
        await asyncio.to_thread(request.app[ACCOUNTS].set_active, account.id, active, request[STAFF].login)
    except LastAdministrator:
        return await _page(request, account, _LAST)
    return back(request, f"{PATH}/{account.id}", "Đã mở lại tài khoản." if active else "Đã khóa tài khoản.")


async def _account(request: web.Request) -> Account:
    found = await asyncio.to_thread(request.app[ACCOUNTS].get, int(request.match_info["id"]))
    if found is None:
        raise web.HTTPNotFound
    return found


async def _page(request: web.Request, account: Account, problem: str = "") -> web.Response:
    sessions = await asyncio.to_thread(request.app[ACCOUNTS].sessions, account.id)
    status = 422 if problem else 200
    return render(request, "staff_account.html", status, account=account, sessions=sessions, problem=problem)


def _once(request: web.Request, number: int, login: str, name: str, password: str) -> web.Response:
    return render(
        request,
        "staff_password.html",
        number=number,
        address=request.app[SETTINGS].public_url + SIGN_IN,
        login=login,
        name=name,
        password=password,
    )


def _wrong_role(role: str) -> str | None:
    return None if role in set(Role) else "Anh/chị chọn một vai trò trong danh sách."
