"""Who may use which route: every route of the staff side is made here, so that none is without a guard.

A guarded handler runs only for a signed-in member of staff whose role it names, and, where it changes something, only
with the CSRF token of the session (form field `csrf` or header `X-CSRF-Token`).

An event stream is checked when it opens; while it stays open its handler looks at the session again from time to time.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from aiohttp import hdrs, web

from storage.staff import Staff, StaffAccounts

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

COOKIE = "motcua_staff"
ACCOUNTS = web.AppKey("accounts", StaffAccounts)
STAFF: web.RequestKey[Staff] = web.RequestKey("staff", Staff)
CSRF: web.RequestKey[str] = web.RequestKey("csrf", str)

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
PASSWORD = "/account/password"  # noqa: S105 - an address
BODY_BYTES = 1024 * 1024  # a procedure with all its texts takes a tenth of it
_READING = (hdrs.METH_GET, hdrs.METH_HEAD)
WRONG_ROLE = "wrong_role"
_NOT_YOURS = "Tài khoản này không có quyền mở trang đó. Nếu cần, anh/chị nhờ người quản trị."
_STALE = "Phiên đăng nhập đã đổi nên chưa lưu được. Anh/chị quay lại, chép phần đã viết, tải lại trang rồi dán vào."


class Role(StrEnum):
    """What a member of staff is; `storage.staff` keeps the word."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    EDITOR = "editor"
    ADMINISTRATOR = "administrator"


EVERYONE = frozenset(Role)
DESK = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMINISTRATOR})
LEAD = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
EDITORS = frozenset({Role.EDITOR, Role.ADMINISTRATOR})
READERS = frozenset({Role.SUPERVISOR, Role.EDITOR, Role.ADMINISTRATOR})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})


class Denied(web.HTTPForbidden):
    """A refusal with its own code for programs and words for people."""

    def __init__(self, code: str, words: str) -> None:
        """Refuse with these."""
        super().__init__()
        self.code, self.words = code, words


@dataclass(frozen=True)
class Guarded:
    """A handler behind its guard; `roles` is what the table of rights is tested against."""

    handler: Handler
    roles: frozenset[Role]
    changing: bool
    body_bytes: int

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Let the request through, or send it to the sign-in page, or refuse it."""
        signed_in = await asyncio.to_thread(request.app[ACCOUNTS].signed_in, request.cookies.get(COOKIE, ""))
        if signed_in is None:
            raise _sign_in_first(request)
        staff, csrf = signed_in
        if Role(staff.role) not in self.roles:
            raise Denied(WRONG_ROLE, _NOT_YOURS)
        if staff.must_change and request.path not in (PASSWORD, SIGN_OUT):
            raise _elsewhere(request, PASSWORD)
        if self.changing:
            request = request.clone(client_max_size=self.body_bytes)
            if not await _has_token(request, csrf):
                raise Denied("stale_page", _STALE)
        request[STAFF], request[CSRF] = staff, csrf
        response = await self.handler(request)
        response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
        return response


def guarded(
    method: str, path: str, handler: Handler, roles: Collection[Role], body_bytes: int = BODY_BYTES
) -> web.RouteDef:
    """Return a route that only these roles may use, and send no more than `body_bytes` to."""
    return web.route(method, path, Guarded(handler, frozenset(roles), method not in _READING, body_bytes).__call__)


def is_program(request: web.Request) -> bool:
    """Tell whether a script asks, which wants a status and not a page."""
    return "text/html" not in request.headers.get(hdrs.ACCEPT, "")


def _sign_in_first(request: web.Request) -> web.HTTPException:
    if is_program(request) or request.method not in _READING:
        return web.HTTPUnauthorized()
    return web.HTTPSeeOther(f"{SIGN_IN}?next={quote(request.path_qs, safe='')}")


def _elsewhere(request: web.Request, path: str) -> web.HTTPException:
    return web.HTTPForbidden() if is_program(request) else web.HTTPSeeOther(path)


async def _has_token(request: web.Request, csrf: str) -> bool:
    told = request.headers.get("X-CSRF-Token")
    if told is None and request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        try:
            told = str((await request.post()).get("csrf", ""))
        except (ValueError, LookupError) as error:
            # Bytes that are no text in the character set the browser names, or a set that nobody knows.
            raise web.HTTPBadRequest from error
    return told is not None and hmac.compare_digest(told.encode(), csrf.encode())
