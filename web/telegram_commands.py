"""`motcua telegram`: how the bot gets its messages, seen and set from the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import click

from channels.telegram_settings import WEBHOOK_PATH, TelegramSettings
from web.console import Failure, errors, output
from web.settings import Settings

if TYPE_CHECKING:
    from telegram import User, WebhookInfo

    from channels.telegram_api import TelegramApi

T = TypeVar("T")

_PORTS = (443, 80, 88, 8443)  # those that Telegram delivers to
_MANY = 100


@click.group()
def telegram() -> None:
    """Bot Telegram: xem tình trạng, đặt hoặc gỡ webhook."""


@telegram.command("set-webhook")
@click.pass_obj
def set_webhook(settings: Settings) -> None:
    """Báo cho Telegram gửi tin đến địa chỉ MOTCUA_PUBLIC_URL (https)."""
    from channels.telegram_polling import tell_commands
    from channels.telegram_updates import ALLOWED_UPDATES

    bot, url = _configured(settings), _url(settings)

    async def work(api: TelegramApi) -> None:
        await api.bot.set_webhook(url, secret_token=bot.secret, allowed_updates=ALLOWED_UPDATES)
        await tell_commands(api)

    _ask(bot, work)
    errors.print(f"Telegram sẽ gửi tin đến {url}. Xem lại sau ít phút bằng: motcua telegram status")


@telegram.command("delete-webhook")
@click.pass_obj
def delete_webhook(settings: Settings) -> None:
    """Gỡ webhook; sau đó `motcua serve` ở địa chỉ không phải https tự hỏi tin. Tin đang chờ không mất."""
    _ask(_configured(settings), lambda api: api.bot.delete_webhook())
    errors.print("Đã gỡ webhook. Tin đang chờ được giữ lại cho lần nhận sau (Telegram giữ 24 giờ).")


@telegram.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Bot nào, nhận tin bằng cách nào, Telegram báo lỗi gì; thoát mã 1 khi có việc phải sửa."""

    async def work(api: TelegramApi) -> tuple[User, WebhookInfo]:
        return await api.bot.get_me(), await api.bot.get_webhook_info()

    user, hook = _ask(_configured(settings), work)
    output.print(f"Bot: @{user.username} (số {user.id})", markup=False)
    output.print(f"Webhook: {hook.url or 'chưa đặt'}; {hook.pending_update_count} tin đang chờ", markup=False)
    if user.can_join_groups:
        output.print("Bot đang cho phép thêm vào nhóm (nó tự rời đi); tắt ở @BotFather bằng /setjoingroups.")
    wrong = findings(settings, hook)
    for finding in wrong:
        output.print(f"• {finding}", markup=False)
    if wrong:
        raise Failure("còn việc phải sửa, xem các dòng trên.")
    output.print("Sẵn sàng nhận tin.")


def findings(settings: Settings, hook: WebhookInfo) -> list[str]:
    """Return what keeps messages from arriving, each with what to do."""
    found = []
    expected = settings.public_url + WEBHOOK_PATH
    if settings.secure and hook.url != expected:
        found.append(f"Telegram chưa gửi tin đến {expected}. Chạy: motcua telegram set-webhook")
    if not settings.secure and hook.url:
        found.append("MOTCUA_PUBLIC_URL không phải https mà webhook vẫn đặt. Chạy: motcua telegram delete-webhook")
    if hook.url and hook.last_error_message:
        when = f"{hook.last_error_date:%d/%m/%Y %H:%M} UTC" if hook.last_error_date else "gần đây"
        found.append(f"Telegram gửi đến webhook bị lỗi lúc {when}: {hook.last_error_message}")
    if hook.pending_update_count > _MANY:
        found.append(f"{hook.pending_update_count} tin đang chờ: máy chủ có đang chạy (motcua serve) không?")
    return found


def _configured(settings: Settings) -> TelegramSettings:
    if settings.telegram is None:
        raise Failure("chưa có TELEGRAM_TOKEN. Xin ở @BotFather (/newbot), rồi: export TELEGRAM_TOKEN=…")
    return settings.telegram


def _url(settings: Settings) -> str:
    """Return the address of our webhook. Raises Failure for one that Telegram would not deliver to."""
    if not settings.secure:
        raise Failure(
            "webhook cần địa chỉ https. Đặt MOTCUA_PUBLIC_URL=https://…; chưa có tên miền thì không cần webhook, "
            "motcua serve tự hỏi tin."
        )
    port = urlsplit(settings.public_url).port
    if port is not None and port not in _PORTS:
        raise Failure(f"Telegram chỉ gửi đến cổng {', '.join(map(str, _PORTS))}; MOTCUA_PUBLIC_URL đang dùng {port}.")
    return settings.public_url + WEBHOOK_PATH


def _ask(settings: TelegramSettings, work: Callable[[TelegramApi], Awaitable[T]]) -> T:
    """Do something with the Bot API. Raises Failure, with what to do, when Telegram refuses or cannot be reached."""
    from telegram.error import InvalidToken, TelegramError

    from channels.telegram_api import TelegramApi, failure_of

    async def run() -> T:
        api = TelegramApi(settings)
        try:
            return await work(api)
        finally:
            await api.close()

    try:
        return asyncio.run(run())
    except InvalidToken:
        raise Failure("Telegram không nhận TELEGRAM_TOKEN. Lấy lại ở @BotFather bằng /token.") from None
    except TelegramError as error:
        raise Failure(f"Telegram không làm được ({failure_of(error).reason}). Kiểm tra mạng rồi chạy lại.") from None
