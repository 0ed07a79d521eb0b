"""`/sign-in` and `/sign-out`: the password, then the second factor where there is one.

A right password alone opens nothing when a second factor is set up: it gives a sealed cookie, good for some minutes,
with which the code is asked for. Every answer to a wrong password is the same, whether or not there is such a login.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from aiohttp import hdrs, web

from channels.seal import Sealed
from storage.audit import note
from storage.staff import LONGEST, Credentials
from web.pages import SETTINGS, refuse_other_sites
from web.sheet_page import ENGINE
from web.staff import attempts, second_factor
from web.staff.attempts import FAILURES, Source
from web.staff.browsers import browser_words
from web.staff.frame import back, home, render
from web.staff.guard import ACCOUNTS, COOKIE, EVERYONE, PASSWORD, SIGN_IN, SIGN_OUT, Role, guarded
from web.staff.keys import KEYS
from web.staff.passwords import hash_password, is_dated, is_password, slowly

_CODE = f"{SIGN_IN}/code"
_HALF, _HALF_S = "motcua_half", 300
_WRONG = "Tên đăng nhập hoặc mật khẩu chưa đúng."
_WRONG_CODE = "Mã chưa đúng hoặc đã dùng rồi. Chờ ứng dụng hiện mã mới rồi nhập lại."
_WAIT = "Đã thử nhiều lần. Anh/chị chờ {} rồi thử lại."
_TOO_LATE = "Đã quá 5 phút. Anh/chị đăng nhập lại từ đầu."
_OTHER_KEY = (
    "Khóa của hệ thống đã đổi nên không kiểm tra được mã. Anh/chị nhờ người quản trị đặt lại xác thực hai bước."
)
_LONGEST_LOGIN = 100


def set_up(app: web.Application) -> None:
    """Give the application the way in and out."""
    app.add_routes(
        [
            web.get(SIGN_IN, _show),
            web.post(SIGN_IN, _password),
            web.get(_CODE, _show_code),
            web.post(_CODE, _code),
            guarded("POST", SIGN_OUT, _sign_out, EVERYONE),
        ]
    )


async def _show(request: web.Request) -> web.Response:
    signed_in = await asyncio.to_thread(request.app[ACCOUNTS].signed_in, request.cookies.get(COOKIE, ""))
    if signed_in is not None:
        return back(request, own_path(request.query.get("next", "")) or home(request.app, Role(signed_in[0].role)))
    return _form(request, 200, "", "", request.query.get("next", ""))


async def _password(request: web.Request) -> web.Response:
    form = await _fields(request)
    login = form.get("login", "").strip().lower()[:_LONGEST_LOGIN]
    password, wanted = form.get("password", ""), form.get("next", "")
    source, failures = attempts.source_of(request, login), request.app[FAILURES]
    begun = await asyncio.to_thread(attempts.begin, failures, source)
    if begun.id is None:
        return _form(request, 429, login, _WAIT.format(attempts.in_words(begun.wait)), wanted)
    found = await asyncio.to_thread(request.app[ACCOUNTS].find, login)
    right = await slowly(request.app, is_password, found.password_hash if found else None, password)
    if found is None or not right or not found.active:
        return _form(request, 401, login, _WRONG, wanted)
    if is_dated(found.password_hash):
        newer = await slowly(request.app, hash_password, password)
        await asyncio.to_thread(request.app[ACCOUNTS].rehash, found.staff.id, newer)
    if found.totp_secret is None:
        return await _let_in(request, found, source, wanted)
    # Only this attempt is taken back: who knows the password must not guess codes without end.
    await asyncio.to_thread(failures.take_back, begun.id)
    response = back(request, _CODE)
    half = {"login": login, "password": _mark(request, found), "next": wanted}
    response.set_cookie(_HALF, request.app[KEYS].seal_for(_HALF_S, half), max_age=_HALF_S, **_cookie(request, SIGN_IN))
    return response


async def _show_code(request: web.Request) -> web.Response:
    if _half(request) is None:
        return back(request, SIGN_IN, _TOO_LATE)
    return render(request, "sign_in_code.html", problem="")


async def _code(request: web.Request) -> web.Response:
    form, half = await _fields(request), _half(request)
    found = await asyncio.to_thread(request.app[ACCOUNTS].find, half["login"]) if half else None
    if half is None or found is None or not found.active or half["password"] != _mark(request, found):
        return back(request, SIGN_IN, _TOO_LATE)
    source = attempts.source_of(request, half["login"])
    begun = await asyncio.to_thread(attempts.begin, request.app[FAILURES], source)
    if begun.id is None:
        return _code_form(request, 429, _WAIT.format(attempts.in_words(begun.wait)))
    try:
        right = await asyncio.to_thread(_spend, request.app, found, form.get("code", ""))
    except Sealed:
        return _code_form(request, 503, _OTHER_KEY)
    if not right:
        return _code_form(request, 401, _WRONG_CODE)
    response = await _let_in(request, found, source, half["next"])
    response.del_cookie(_HALF, path=SIGN_IN)
    return response


def _spend(app: web.Application, found: Credentials, code: str) -> bool:
    if found.totp_secret is None:  # taken away by an administrator meanwhile
        return True
    secret = app[KEYS].second_factor.open(found.totp_secret)["secret"]
    step = second_factor.step_of(secret, code, time.time())
    return step is not None and app[ACCOUNTS].use_totp(found.staff.id, step)


async def _let_in(request: web.Request, found: Credentials, source: Source, wanted: str) -> web.Response:
    """Open a new session, whatever session the browser came with, and go where the person wanted to."""
    staff, browser = found.staff, browser_words(request.headers.get(hdrs.USER_AGENT, ""))
    token = await asyncio.to_thread(_open_session, request, found, source, browser)
    path = PASSWORD if staff.must_change else own_path(wanted) or home(request.app, Role(staff.role))
    response = back(request, path)
    set_session(request, response, token)
    attempts.remember(request, response, staff.login)
    return response


def _open_session(request: web.Request, found: Credentials, source: Source, browser: str) -> str:
    accounts = request.app[ACCOUNTS]
    accounts.close_session(request.cookies.get(COOKIE, ""))
    token = accounts.open_session(found.staff.id, browser)
    request.app[FAILURES].forget(source.login, source.name)
    note(request.app[ENGINE], "staff.sign_in", found.staff.login, found.staff.login, browser)
    return token


async def _sign_out(request: web.Request) -> web.Response:
    await asyncio.to_thread(request.app[ACCOUNTS].close_session, request.cookies[COOKIE])
    response = back(request, SIGN_IN, "Đã đăng xuất.")
    response.del_cookie(COOKIE, path="/")
    return response


def set_session(request: web.Request, response: web.Response, token: str) -> None:
    """Give the browser its session. Lax, not Strict: a link in a mail must find the person signed in."""
    response.set_cookie(COOKIE, token, max_age=int(LONGEST.total_seconds()), **_cookie(request, "/"))


def own_path(wanted: str) -> str:
    """Return where somebody wanted to go if that is one of our own addresses, else nothing."""
    inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if inside and "\\" not in wanted and " " not in wanted else ""


def _form(request: web.Request, status: int, login: str, problem: str, wanted: str) -> web.Response:
    return render(request, "sign_in.html", status, login=login, problem=problem, next=own_path(wanted))


def _code_form(request: web.Request, status: int, problem: str) -> web.Response:
    return render(request, "sign_in_code.html", status, problem=problem)


def _half(request: web.Request) -> dict[str, Any] | None:
    return request.app[KEYS].unseal(request.cookies.get(_HALF, ""))


def _mark(request: web.Request, found: Credentials) -> str:
    """Return what changes with the password, so that half a sign-in ends with it."""
    return request.app[KEYS].digest("password", found.password_hash)


def _cookie(request: web.Request, path: str) -> dict[str, Any]:
    return {"path": path, "httponly": True, "samesite": "Lax", "secure": request.app[SETTINGS].secure}


async def _fields(request: web.Request) -> dict[str, str]:
    """Return the fields of a form of our own page: nobody may sign others in with an account of theirs."""
    refuse_other_sites(request)
    try:
        return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    except (ValueError, LookupError) as error:
        raise web.HTTPBadRequest from error
