"""`/account`: where somebody is signed in, and one's password."""

from __future__ import annotations

import asyncio

from aiohttp import hdrs, web

from storage.staff import session_id
from web.staff import attempts
from web.staff.attempts import FAILURES
from web.staff.browsers import browser_words
from web.staff.frame import ACCOUNT, back, home, render
from web.staff.guard import ACCOUNTS, COOKIE, EVERYONE, PASSWORD, STAFF, Role, guarded
from web.staff.passwords import hash_password, is_password, refusal, slowly
from web.staff.signing_in import set_session

_WRONG = "Mật khẩu hiện nay chưa đúng."
_WAIT = "Đã thử nhiều lần. Anh/chị chờ {} rồi thử lại."


def set_up(app: web.Application) -> None:
    """Give the application everybody's own pages."""
    app.add_routes(
        [
            guarded("GET", ACCOUNT, _show, EVERYONE),
            guarded("POST", f"{ACCOUNT}/sessions", _end_sessions, EVERYONE),
            guarded("GET", PASSWORD, _show_password, EVERYONE),
            guarded("POST", PASSWORD, _change_password, EVERYONE),
        ]
    )


async def _show(request: web.Request) -> web.Response:
    accounts, staff = request.app[ACCOUNTS], request[STAFF]
    account = await asyncio.to_thread(accounts.get, staff.id)
    sessions = await asyncio.to_thread(accounts.sessions, staff.id)
    here = session_id(request.cookies[COOKIE])
    return render(request, "account.html", account=account, sessions=sessions, here=here)


async def _end_sessions(request: web.Request) -> web.Response:
    """POST: sign out one other browser (`only`), or all of them."""
    only = str((await request.post()).get("only", ""))
    staff, here = request[STAFF], request.cookies[COOKIE]
    end = request.app[ACCOUNTS].end_sessions
    ended = await asyncio.to_thread(end, staff.id, staff.login, keep=here, only=only)
    return back(request, ACCOUNT, f"Đã đăng xuất ở {ended} nơi." if ended else "Không còn đăng nhập ở nơi nào khác.")


async def _show_password(request: web.Request) -> web.Response:
    return render(request, "account_password.html", problem="")


async def _change_password(request: web.Request) -> web.Response:
    form, staff = await request.post(), request[STAFF]
    new, again = str(form.get("new", "")), str(form.get("again", ""))
    problem = refusal(new, staff.login) or ("Hai lần nhập mật khẩu mới chưa giống nhau." if new != again else None)
    if problem is None and not staff.must_change:
        problem = await wrong_password(request, str(form.get("current", "")))
    if problem is None and await _is_current(request, new):
        problem = "Mật khẩu mới phải khác mật khẩu hiện nay."
    if problem is not None:
        return render(request, "account_password.html", 422, problem=problem)
    kept = await slowly(request.app, hash_password, new)
    token = await asyncio.to_thread(_replace, request, kept)
    response = back(request, home(request.app, Role(staff.role)), "Đã đổi mật khẩu. Những nơi khác đã được đăng xuất.")
    set_session(request, response, token)
    return response


def _replace(request: web.Request, kept: str) -> str:
    """Keep the new password and return a new session; all that were open end, this one too."""
    accounts, staff = request.app[ACCOUNTS], request[STAFF]
    accounts.set_password(staff.id, kept, staff.login, must_change=False)
    return accounts.open_session(staff.id, browser_words(request.headers.get(hdrs.USER_AGENT, "")))


async def wrong_password(request: web.Request, password: str) -> str | None:
    """Return what is wrong when somebody gives their password again, None for the right one."""
    source = attempts.session_source(request, request[STAFF].login, request.cookies[COOKIE])
    begun = await asyncio.to_thread(attempts.begin, request.app[FAILURES], source)
    if begun.id is None:
        return _WAIT.format(attempts.in_words(begun.wait))
    if not await _is_current(request, password):
        return _WRONG
    await asyncio.to_thread(request.app[FAILURES].forget, source.login, source.name)
    return None


async def _is_current(request: web.Request, password: str) -> bool:
    found = await asyncio.to_thread(request.app[ACCOUNTS].find, request[STAFF].login)
    return await slowly(request.app, is_password, found.password_hash if found else None, password)
