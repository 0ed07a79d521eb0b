"""The API of the Zalo Bot Platform: `POST /bot<token>/<method>` with JSON, answered by `{"ok": …}`.

The token is part of the address, so no failure, log or exception of this module carries an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.base import FailureKind, SendFailed
from channels.zalo_http import Answer, Http
from channels.zalo_settings import ZaloBotSettings

TIMEOUT_S = 10.0
POLL_S = 30
_POLL_GRACE_S = 7.0
NOTHING_NEW = 408
_BUSY_S = 30.0
_KINDS = {
    400: (FailureKind.REFUSED, "nội dung gửi không đúng quy cách"),
    401: (FailureKind.CREDENTIALS, "sai ZALO_BOT_TOKEN"),
    403: (FailureKind.UNREACHABLE, "người nhận đã chặn bot hoặc không nhận tin"),
    404: (FailureKind.CREDENTIALS, "sai ZALO_BOT_TOKEN hoặc ZALO_BOT_API_BASE"),
    NOTHING_NEW: (FailureKind.PASSING, "máy chủ Zalo không trả lời kịp"),
    429: (FailureKind.BUSY, "Zalo yêu cầu gửi chậm lại"),
}


class BotFailed(SendFailed):
    """The platform answered with an error number."""

    def __init__(self, error: int, retry_after: float | None = None) -> None:
        """Say what the number means; an unknown one passes, so that it is tried again."""
        kind, reason = _KINDS.get(error, (FailureKind.PASSING, "máy chủ Zalo Bot báo lỗi"))
        wait = (retry_after or _BUSY_S) if kind is FailureKind.BUSY else None
        super().__init__(kind, f"{reason} (lỗi {error})", retry_after=wait, uncertain=error == NOTHING_NEW)
        self.error = error


class ZaloBotApi:
    """The calls of one bot."""

    def __init__(self, settings: ZaloBotSettings, http: Http) -> None:
        """Call `settings.api_base`."""
        self._base, self._http = f"{settings.api_base}/bot{settings.token}", http

    async def get_me(self) -> Mapping[str, Any]:
        """Return the bot's own id, name and kind. Raises SendFailed."""
        return _mapping(await self._call("getMe"))

    async def send_message(self, chat_id: str, text: str) -> str:
        """Send a text of 1 to 2,000 characters and return its id. Raises SendFailed."""
        return str(_mapping(await self._call("sendMessage", chat_id=chat_id, text=text)).get("message_id", ""))

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates posted to `url` with `secret` (8 to 256 characters) in a header. Raises SendFailed."""
        await self._call("setWebhook", url=url, secret_token=secret)

    async def delete_webhook(self) -> None:
        """Have updates kept for polling. Raises SendFailed."""
        await self._call("deleteWebhook")

    async def webhook(self) -> str:
        """Return the address updates are posted to, empty when there is none. Raises SendFailed."""
        return str(_mapping(await self._call("getWebhookInfo")).get("url") or "")

    async def updates(self) -> list[Mapping[str, Any]]:
        """Wait for what is new and return it. Raises SendFailed.

        The platform gives one object, not a list (both are read), and an object that was given before again and again
        until another one comes: there is no offset.
        """
        try:
            found = await self._call("getUpdates", POLL_S + _POLL_GRACE_S, timeout=str(POLL_S))
        except BotFailed as failed:
            if failed.error == NOTHING_NEW:
                return []
            raise
        return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, Mapping) and one]

    async def _call(self, method: str, seconds: float = TIMEOUT_S, **values: str) -> object:
        answer = await self._http.ask("POST", f"{self._base}/{method}", seconds, json=values)
        if answer.status >= 300 or answer.body.get("ok") is not True:
            raise BotFailed(_error_of(answer), answer.retry_after)
        return answer.body.get("result")


def _error_of(answer: Answer) -> int:
    """Return the number in the answer, else the HTTP status."""
    told = str(answer.body.get("error_code", ""))
    return int(told) if told.isascii() and told.isdigit() else answer.status


def _mapping(found: object) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}
