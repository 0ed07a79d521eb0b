"""One request to one of Zalo's servers, with every way it can fail told as `SendFailed`.

Nothing of the request gets into a failure: addresses of the Bot Platform hold the bot's token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from channels.base import FailureKind, SendFailed
from channels.zalo_events import read_json

CONNECT_S = 5.0
_UNAUTHORISED = 401
_TOO_MANY = 429
_GATEWAY = (502, 504)  # the server behind may have done its work all the same
_BUSY_S = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: HTTP status, the JSON object (numbers as text), and how many seconds it asks to wait."""

    status: int
    body: Mapping[str, Any]
    retry_after: float | None = None


class Http:
    """Connections to Zalo's servers, opened at the first request in the loop that makes it."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, method: str, url: str, seconds: float, **options: Any) -> Answer:
        """Return the server's answer whatever its status. Raises SendFailed when there is none that can be read."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_S)
        try:
            async with self._session.request(
                method, url, timeout=timeout, allow_redirects=False, **options
            ) as response:
                raw = await response.read()
                return Answer(response.status, _object(raw, response.status), _seconds(response.headers))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise SendFailed(FailureKind.PASSING, "không kết nối được máy chủ Zalo") from None
        except TimeoutError:
            raise SendFailed(FailureKind.PASSING, "máy chủ Zalo không trả lời kịp", uncertain=True) from None
        except aiohttp.ClientError:
            raise SendFailed(FailureKind.PASSING, "mất kết nối với máy chủ Zalo", uncertain=True) from None

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()


def refuse_status(answer: Answer) -> None:
    """Raise SendFailed for a status that is itself the answer; those below 400 say nothing."""
    if answer.status == _TOO_MANY:
        raise SendFailed(FailureKind.BUSY, "Zalo yêu cầu gửi chậm lại", retry_after=answer.retry_after or _BUSY_S)
    if answer.status >= 500:
        uncertain = answer.status in _GATEWAY
        raise SendFailed(FailureKind.PASSING, f"máy chủ Zalo lỗi (HTTP {answer.status})", uncertain=uncertain)
    if answer.status == _UNAUTHORISED:
        raise SendFailed(FailureKind.CREDENTIALS, "Zalo không nhận mã truy cập (HTTP 401)")
    if answer.status >= 300:
        raise SendFailed(FailureKind.REFUSED, f"Zalo không nhận yêu cầu (HTTP {answer.status})")


def _object(raw: bytes, status: int) -> Mapping[str, Any]:
    """Return the JSON object; pages of proxies are none, and after a status of success that is a doubt."""
    body = read_json(raw)
    if body is not None:
        return body
    if status < 300:
        raise SendFailed(FailureKind.PASSING, "không đọc được trả lời của máy chủ Zalo", uncertain=True)
    return {}


def _seconds(headers: Mapping[str, str]) -> float | None:
    asked = headers.get("Retry-After", "")
    return float(asked) if asked.isascii() and asked.isdigit() else None
