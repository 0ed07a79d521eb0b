"""`/account/second-factor`: setting up the second factor with a QR code, and taking it away."""

from __future__ import annotations

import asyncio
import time

from aiohttp import web
from markupsafe import Markup

from web.qr import qr_svg
from web.staff import second_factor
from web.staff.account import wrong_password
from web.staff.frame import ACCOUNT, back, render
from web.staff.guard import ACCOUNTS, EVERYONE, STAFF, guarded
from web.staff.keys import KEYS

PATH = f"{ACCOUNT}/second-factor"
_SETTING_UP_S = 900
_TOO_LATE = "Đã quá 15 phút nên mã QR cũ không dùng nữa. Anh/chị quét mã mới dưới đây."
_WRONG_CODE = "Mã 6 số chưa đúng. Xem lại giờ trên điện thoại, rồi nhập mã đang hiện."


def set_up(app: web.Application) -> None:
    """Give the application the second factor's pages."""
    app.add_routes(
        [
            guarded("GET", PATH, _show, EVERYONE),
            guarded("POST", PATH, _set_up, EVERYONE),
            guarded("POST", f"{PATH}/off", _take_away, EVERYONE),
        ]
    )


async def _show(request: web.Request) -> web.Response:
    account = await asyncio.to_thread(request.app[ACCOUNTS].get, request[STAFF].id)
    if account is not None and account.second_factor:
        return render(request, "account_second_factor_off.html", problem="")
    return _offer(request, second_factor.make_secret())


async def _set_up(request: web.Request) -> web.Response:
    """POST: the secret comes back sealed, with a code made from it and the password."""
    form, staff, keys = await request.post(), request[STAFF], request.app[KEYS]
    offered = keys.unseal(str(form.get("offer", "")))
    if offered is None or offered.get("staff") != staff.id:
        return _offer(request, second_factor.make_secret(), _TOO_LATE)
    problem = await wrong_password(request, str(form.get("password", "")))
    if problem is not None:
        return _offer(request, offered["secret"], problem)
    step = second_factor.step_of(offered["secret"], str(form.get("code", "")), time.time())
    if step is None:
        return _offer(request, offered["secret"], _WRONG_CODE)
    sealed = keys.second_factor.close({"secret": offered["secret"]})
    await asyncio.to_thread(request.app[ACCOUNTS].set_totp, staff.id, sealed, staff.login, step)
    return back(request, ACCOUNT, "Đã bật xác thực hai bước.")


async def _take_away(request: web.Request) -> web.Response:
    problem = await wrong_password(request, str((await request.post()).get("password", "")))
    if problem is not None:
        return render(request, "account_second_factor_off.html", 422, problem=problem)
    await asyncio.to_thread(request.app[ACCOUNTS].set_totp, request[STAFF].id, None, request[STAFF].login)
    return back(request, ACCOUNT, "Đã tắt xác thực hai bước.")


def _offer(request: web.Request, secret: str, problem: str = "") -> web.Response:
    staff = request[STAFF]
    qr = Markup(qr_svg(second_factor.address(secret, staff.login)))  # noqa: S704 - an SVG that we drew
    return render(
        request,
        "account_second_factor.html",
        422 if problem else 200,
        qr=qr,
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        offer=request.app[KEYS].seal_for(_SETTING_UP_S, {"secret": secret, "staff": staff.id}),
        problem=problem,
    )
