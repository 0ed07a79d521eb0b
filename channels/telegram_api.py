"""The Bot API as we call it: python-telegram-bot with time-outs of ours, and its faults as `SendFailed`.

The library's `Application` is not used: its queue acknowledges an update before anything is stored.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import httpx
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from channels.base import FailureKind, SendFailed
from channels.telegram_settings import TelegramSettings

# The library's own way to have `RetryAfter.retry_after` as a timedelta, which its next major version always gives.
os.environ.setdefault("PTB_TIMEDELTA", "true")

CONNECT_S = 5.0
ANSWER_S = 10.0
POLL_S = 30  # how long Telegram holds a request for updates that has nothing to answer yet
_CONNECTIONS = 32
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_GONE = ("chat not found", "user not found", "bot can't initiate conversation", "peer_id_invalid")
# Both write addresses of requests, and those hold the token.
for _name in ("httpx", "httpcore", "telegram"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class TelegramApi:
    """One bot's connections; `bot` is the library's, without its own start-up."""

    def __init__(self, settings: TelegramSettings) -> None:
        """Prepare connections to the server of `settings`; nothing is sent yet."""
        self._requests = [_request(_CONNECTIONS), _request(1)]
        base = settings.api_base.rstrip("/")
        self.bot = Bot(
            settings.token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._requests[0],
            get_updates_request=self._requests[1],
        )

    async def updates(self, offset: int | None, allowed: tuple[str, ...], wait_s: int = POLL_S) -> list[object]:
        """Return the updates from `offset` on as Telegram wrote them; all before it are acknowledged.

        Raises TelegramError. The library's own method would parse them, and fail for all when one cannot be read.
        """
        asked = {"timeout": wait_s, "allowed_updates": str(list(allowed)).replace("'", '"')}
        if offset is not None:
            asked["offset"] = offset
        found = await self._requests[1].post(
            f"{self.bot.base_url}/getUpdates?{urlencode(asked)}", read_timeout=wait_s + ANSWER_S
        )
        return list(found) if isinstance(found, list) else []

    async def close(self) -> None:
        """Close the connections."""
        for request in self._requests:
            await request.shutdown()


def _request(connections: int) -> HTTPXRequest:
    # HTTPS_PROXY of the environment is obeyed: some networks reach Telegram by a proxy only.
    return HTTPXRequest(
        connection_pool_size=connections,
        connect_timeout=CONNECT_S,
        read_timeout=ANSWER_S,
        write_timeout=ANSWER_S,
        pool_timeout=CONNECT_S,
    )


@asynccontextmanager
async def sending() -> AsyncIterator[None]:
    """Turn the library's errors into SendFailed, which says what to do next."""
    try:
        yield
    except TelegramError as error:
        raise failure_of(error) from error


def failure_of(error: TelegramError) -> SendFailed:
    """Return what an error of the library means for a send. The order matters: some are kinds of others."""
    if isinstance(error, RetryAfter):
        seconds = error.retry_after
        wait = float(seconds) if isinstance(seconds, int) else seconds.total_seconds()
        return SendFailed(FailureKind.BUSY, "429 too many requests", retry_after=wait)
    if isinstance(error, InvalidToken):
        return SendFailed(FailureKind.CREDENTIALS, "TELEGRAM_TOKEN is refused")  # its own words hold the token
    if isinstance(error, ChatMigrated):
        return SendFailed(FailureKind.UNREACHABLE, "a group, and groups are not answered")
    if isinstance(error, Forbidden):
        return SendFailed(FailureKind.UNREACHABLE, error.message)
    if isinstance(error, BadRequest):
        gone = any(words in error.message.lower() for words in _GONE)
        return SendFailed(FailureKind.UNREACHABLE if gone else FailureKind.REFUSED, error.message)
    if isinstance(error, Conflict):
        return SendFailed(FailureKind.REFUSED, error.message)
    return _passing(error)


def _passing(error: TelegramError) -> SendFailed:
    """Return what a time-out, a broken connection or a 5xx means; what broke after connecting may have arrived."""
    cause = error.__cause__
    uncertain = isinstance(cause, httpx.HTTPError) and not isinstance(cause, _NOT_SENT)
    kind = "time-out" if isinstance(error, TimedOut) else type(cause or error).__name__
    status = f" {error.message}" if cause is None and isinstance(error, NetworkError) else ""
    return SendFailed(FailureKind.PASSING, f"{kind}{status}", uncertain=uncertain)
