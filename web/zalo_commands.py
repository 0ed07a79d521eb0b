"""`motcua zalo`: lending the Official Account's rights to us, looking whether all is well, sending a test message."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import click

from channels.zalo_settings import ZaloBotSettings, ZaloSettings
from web.console import Failure, errors, open_engine, output
from web.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from storage.zalo_tokens import Chain
    from web.zalo_wiring import OfficialAccount

T = TypeVar("T")

_GREETING = "Đây là tin thử từ Một Cửa: kênh Zalo gửi được. Anh/chị không cần trả lời tin này."


@click.group()
def zalo() -> None:
    """Zalo Official Account: đăng nhập, xem tình trạng, gửi tin thử."""


@zalo.command()
@click.pass_obj
def login(settings: Settings) -> None:
    """Đăng nhập Official Account: mở một địa chỉ, bấm Đồng ý, dán lại địa chỉ Zalo đưa về."""
    from channels.zalo_oauth import CallbackError, begin_login, exchange_code, read_callback
    from storage.schema import now

    configured, redirect = _configured(settings), f"{settings.public_url}/"
    attempt = begin_login(configured, redirect)
    errors.print(f"1. Trang cài đặt của ứng dụng phải có Callback URL là {redirect}", markup=False)
    errors.print("2. Quản trị viên của Official Account mở địa chỉ này và bấm Đồng ý:")
    output.print(attempt.url, markup=False)
    errors.print("3. Zalo đưa về trang hỏi đáp. Sao chép trọn địa chỉ trên thanh địa chỉ (có code=…), dán vào đây.")
    pasted = click.prompt("Địa chỉ", err=True)
    try:
        code, oa_id = read_callback(attempt, pasted)
    except CallbackError as error:
        raise Failure(f"{error}. Chạy lại: motcua zalo login") from None

    async def work(account: OfficialAccount) -> None:
        pair = await exchange_code(account.http, configured, code, attempt.verifier, now())
        await account.tokens.save_login(pair, oa_id)

    _ask(configured, open_engine(settings), work)
    errors.print("Đã đăng nhập. Xem lại bằng: motcua zalo status")


@zalo.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Tài khoản nào, mã truy cập còn hạn không, webhook đặt ở đâu; thoát mã 1 khi có việc phải sửa."""
    if settings.zalo is None and settings.zalo_bot is None:
        _configured(settings)
    wrong: list[str] = []
    if settings.zalo is not None:
        wrong += _account_status(settings, settings.zalo)
    if settings.zalo_bot is not None:
        wrong += _bot_status(settings, settings.zalo_bot)
    for finding in wrong:
        output.print(f"• {finding}", markup=False)
    if wrong:
        raise Failure("còn việc phải sửa, xem các dòng trên.")
    output.print("Sẵn sàng nhận tin.")


@zalo.command()
@click.argument("user_id")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def test(settings: Settings, user_id: str, file: Path | None) -> None:
    """Gửi một tin thử (và FILE, nếu có) cho USER_ID, số của một người đã nhắn cho Official Account.

    Số của người nhắn gần nhất có trong `motcua zalo status`. FILE là ảnh (jpg, png) hoặc tài liệu (pdf, doc, docx).
    """
    from bot.messages import Outcome, Reply

    async def work(account: OfficialAccount) -> None:
        await account.channel.send(user_id, Reply(_GREETING, Outcome.SMALLTALK))
        if file is not None:
            await account.channel.send_file(user_id, file.name, await asyncio.to_thread(file.read_bytes))
        errors.print(_quota(await account.api.quota(user_id)), markup=False)

    _ask(_configured(settings), open_engine(settings), work)
    errors.print("Đã gửi. Mở Zalo của người nhận để xem.")


def _account_status(settings: Settings, configured: ZaloSettings) -> list[str]:
    """Print what is known of the account and return what is to be mended."""
    from channels.zalo import PATH
    from channels.zalo_events import CHANNEL
    from storage.arrivals import newest_arrival
    from storage.schema import now

    engine, failed = open_engine(settings), []

    async def work(account: OfficialAccount) -> tuple[Chain | None, str]:
        told = await account.api.account()
        return await account.tokens.state(), f"{told.get('name', '')} (số {told.get('oa_id', '')})"

    try:
        chain, name = _ask(configured, engine, work)
        output.print(f"Official Account: {name}", markup=False)
    except Failure as error:
        failed.append(error.message)
        chain = None
    newest = newest_arrival(engine, CHANNEL)
    output.print(f"Webhook để khai ở developers.zalo.me: {settings.public_url}{PATH}", markup=False)
    output.print(f"Cách ký sự kiện: {configured.signature or 'nhận mọi cách đã biết (chưa ghim)'}", markup=False)
    if chain is not None:
        output.print(
            f"Mã truy cập dùng đến {_moment(chain.expires_at)}; đăng nhập lần cuối {_moment(chain.authorised_at)}"
        )
    if newest is not None:
        output.print(f"Người nhắn gần nhất: {newest.sender_id}, lúc {_moment(newest.received_at)}", markup=False)
    return failed + findings(settings, chain, now())


def _bot_status(settings: Settings, bot: ZaloBotSettings) -> list[str]:
    """Print what is known of the Zalo bot and return what is to be mended."""
    from channels.base import SendFailed
    from channels.zalo_bot import PATH
    from channels.zalo_bot_api import ZaloBotApi
    from channels.zalo_http import Http

    async def work() -> tuple[str, str]:
        http = Http()
        try:
            api = ZaloBotApi(bot, http)
            return str((await api.get_me()).get("account_name", "")), await api.webhook()
        finally:
            await http.close()

    try:
        name, hook = asyncio.run(work())
    except SendFailed as error:
        return [f"Zalo Bot: {error.reason}"]
    output.print(f"Zalo Bot: {name}; webhook: {hook or 'chưa đặt'}", markup=False)
    expected = settings.public_url + PATH if settings.secure and bot.secret else ""
    if hook != expected:
        return [f"webhook của bot chưa là {expected or 'trống'}; motcua serve tự đặt lại khi khởi động"]
    return []


def findings(settings: Settings, chain: Chain | None, at: datetime) -> list[str]:
    """Return what keeps messages from coming and going, each with what to do."""
    from channels.zalo_tokens import LOGIN_AGE

    found = []
    if not settings.secure or _is_number(urlsplit(settings.public_url).hostname or ""):
        found.append("Zalo chỉ gửi đến tên miền có https. Đặt MOTCUA_PUBLIC_URL=https://ten-mien")
    if urlsplit(settings.public_url).port is not None:
        found.append("Zalo không gửi đến địa chỉ có số cổng; đặt MOTCUA_PUBLIC_URL không có cổng")
    if chain is not None and chain.fault is not None:
        found.append(chain.fault)
    if chain is not None and at - chain.authorised_at > LOGIN_AGE:
        days = (at - chain.authorised_at) // timedelta(days=1)
        found.append(f"lần đăng nhập cuối đã {days} ngày; mã có thể hết hạn sau 3 tháng. Chạy: motcua zalo login")
    return found


def _quota(told: object) -> str:
    """Return what may still be sent, in words."""
    from channels.zalo_errors import VIETNAM

    values = told if isinstance(told, dict) else {}
    last = str(values.get("last_interaction", ""))
    if not last.isdecimal() or int(last) == 0:
        return "Zalo không cho biết lần cuối người này nhắn."
    when = datetime.fromtimestamp(int(last) / 1000, VIETNAM)
    return f"Người này nhắn lần cuối lúc {when:%H:%M %d/%m/%Y}; trả lời miễn phí trong 48 giờ, gửi được trong 7 ngày."


def _moment(at: datetime) -> str:
    from channels.zalo_errors import VIETNAM

    return f"{at.astimezone(VIETNAM):%H:%M %d/%m/%Y}"


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _configured(settings: Settings) -> ZaloSettings:
    if settings.zalo is None:
        raise Failure(
            "chưa có ZALO_APP_ID. Tạo ứng dụng ở developers.zalo.me, rồi đặt ZALO_APP_ID, ZALO_APP_SECRET và "
            "ZALO_OA_SECRET (docs/channels.md có từng bước)."
        )
    return settings.zalo


def _ask(settings: ZaloSettings, engine: Engine, work: Callable[[OfficialAccount], Awaitable[T]]) -> T:
    """Do something with the account. Raises Failure, with what to do, when Zalo refuses or cannot be reached."""
    from channels.base import SendFailed
    from web.zalo_wiring import open_account

    async def run() -> T:
        account = open_account(settings, engine)
        try:
            return await work(account)
        finally:
            await account.close()

    try:
        return asyncio.run(run())
    except SendFailed as failed:
        raise Failure(f"Zalo không làm được: {failed.reason}.") from None
