"""Asking each service whether it knows us and delivers to us: what `motcua channels` calls verified."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from channels.base import SendFailed
from web.settings import Settings

CHECK_S = 10.0
NAMES = {"web": "Trang web", "telegram": "Telegram", "zalo": "Zalo OA", "zalo_bot": "Zalo Bot"}
"""The channels, as people call them."""


@dataclass(frozen=True, slots=True)
class Check:
    """What a service says: our name there (empty when it did not answer), and what is to be mended."""

    account: str
    findings: tuple[str, ...] = ()


def configured(settings: Settings) -> dict[str, bool]:
    """Return which channels are set up."""
    return {
        "web": True,
        "telegram": settings.telegram is not None,
        "zalo": settings.zalo is not None,
        "zalo_bot": settings.zalo_bot is not None,
    }


async def check_channels(settings: Settings, engine: Engine) -> dict[str, Check]:
    """Ask all services that are set up at once, each for ten seconds at most."""
    asked: dict[str, Callable[[Settings, Engine], Awaitable[Check]]] = {
        "web": _web,
        "telegram": _telegram,
        "zalo": _account,
        "zalo_bot": _bot,
    }
    names = [name for name in asked if configured(settings)[name]]
    answers = await asyncio.gather(*(_in_time(asked[name](settings, engine)) for name in names))
    return dict(zip(names, answers, strict=True))


async def _in_time(check: Awaitable[Check]) -> Check:
    try:
        async with asyncio.timeout(CHECK_S):
            return await check
    except TimeoutError:
        return Check("", (f"dịch vụ không trả lời trong {CHECK_S:.0f} giây; kiểm tra mạng ra ngoài của máy chủ",))
    except SendFailed as failed:
        return Check("", (f"dịch vụ từ chối: {failed.reason}",))


async def _web(settings: Settings, _engine: Engine) -> Check:
    """Open the address that citizens open."""
    import aiohttp

    try:
        async with aiohttp.ClientSession() as session, session.get(f"{settings.public_url}/readyz") as answer:
            if answer.status == 200:
                return Check(settings.public_url)
            reason = "máy chủ đang khởi động" if answer.status == 503 else f"trả lời mã {answer.status}"
    except aiohttp.ClientError:
        reason = "không nối được"
    return Check("", (f"{settings.public_url}: {reason}. motcua serve có đang chạy, MOTCUA_PUBLIC_URL có đúng không?",))


async def _telegram(settings: Settings, _engine: Engine) -> Check:
    from telegram.error import InvalidToken, TelegramError  # half a second, for those who use it

    from channels.telegram_api import TelegramApi, failure_of
    from web.telegram_commands import findings

    assert settings.telegram is not None  # noqa: S101 - only those set up are asked
    api = TelegramApi(settings.telegram)
    try:
        user, hook = await api.bot.get_me(), await api.bot.get_webhook_info()
    except InvalidToken:
        return Check("", ("Telegram không nhận TELEGRAM_TOKEN. Lấy lại ở @BotFather bằng /token",))
    except TelegramError as error:
        raise failure_of(error) from error
    finally:
        await api.close()
    return Check(f"@{user.username}", tuple(findings(settings, hook)))


async def _account(settings: Settings, engine: Engine) -> Check:
    from storage.schema import now
    from web.zalo_commands import findings
    from web.zalo_wiring import open_account

    assert settings.zalo is not None  # noqa: S101 - only those set up are asked
    account = open_account(settings.zalo, engine)
    try:
        told, chain = await account.api.account(), await account.tokens.state()
    finally:
        await account.close()
    return Check(str(told.get("name") or told.get("oa_id")), tuple(findings(settings, chain, now())))


async def _bot(settings: Settings, _engine: Engine) -> Check:
    from channels.zalo_bot import PATH
    from channels.zalo_bot_api import ZaloBotApi
    from channels.zalo_http import Http

    assert settings.zalo_bot is not None  # noqa: S101 - only those set up are asked
    http = Http()
    try:
        api = ZaloBotApi(settings.zalo_bot, http)
        name, hook = str((await api.get_me()).get("account_name", "")), await api.webhook()
    finally:
        await http.close()
    expected = settings.public_url + PATH if settings.secure and settings.zalo_bot.secret else ""
    found = f"webhook của bot chưa là {expected or 'trống'}; motcua serve tự đặt lại khi khởi động"
    return Check(name, () if hook == expected else (found,))
