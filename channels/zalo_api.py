"""Zalo's API for Official Accounts: messages, uploads, and what the account says about itself.

The token goes bare into the header `access_token`; application errors arrive with HTTP status 200. A refused token is
renewed once; `appsecret_proof` is added for good once Zalo asks for it (the switch is in the app's settings).
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import aiohttp

from channels.base import FailureKind, SendFailed
from channels.zalo_errors import PROOF_WANTED, TOKEN_REFUSED, error_of, failure
from channels.zalo_http import Answer, Http, refuse_status
from channels.zalo_settings import ZaloSettings
from channels.zalo_tokens import Tokens
from storage.schema import now as moment

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
UPLOAD_S = 60.0
IMAGE_BYTES = 1_000_000
FILE_BYTES = 5_000_000
_LONGEST_NAME = 200
_IMAGES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}
_FILES = {
    ".pdf": "application/pdf",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_HTTP_UNAUTHORISED = 401


class ZaloApi:
    """The calls of one Official Account. `quotas` counts sends by what they were charged to."""

    def __init__(
        self,
        settings: ZaloSettings,
        tokens: Tokens,
        http: Http,
        now: Callable[[], datetime] = moment,
    ) -> None:
        """Call `settings.api_base` with tokens from `tokens`."""
        self._settings, self._tokens, self._http, self._now = settings, tokens, http, now
        self._proof = False
        self.quotas: Counter[str] = Counter()

    async def send(self, recipient: Mapping[str, str], message: Mapping[str, Any], path: str) -> str:
        """Send one message and return Zalo's id of it. Raises SendFailed."""
        body = await self._call("POST", path, json={"recipient": recipient, "message": message})
        data = _data(body)
        quota = data.get("quota")
        kind = quota.get("quota_type") if isinstance(quota, Mapping) else None
        self.quotas[kind if isinstance(kind, str) and kind.isidentifier() else "charged"] += 1
        return str(data.get("message_id", ""))

    async def upload_image(self, name: str, content: bytes) -> str:
        """Upload a JPEG or PNG of at most 1 MB and return its attachment id, good for 7 days. Raises SendFailed."""
        data = await self._upload("/v2.0/oa/upload/image", name, content, _IMAGES, IMAGE_BYTES)
        return _named(data, "attachment_id")

    async def upload_file(self, name: str, content: bytes) -> str:
        """Upload a PDF or Word file of at most 5 MB and return its token, good for 7 days. Raises SendFailed."""
        data = await self._upload("/v2.0/oa/upload/file", name, content, _FILES, FILE_BYTES)
        return _named(data, "token", "attachment_id")

    async def account(self) -> Mapping[str, Any]:
        """Return what the Official Account says about itself. Raises SendFailed."""
        return _data(await self._call("GET", "/v2.0/oa/getoa"))

    async def quota(self, user_id: str) -> Mapping[str, Any]:
        """Return when a person last wrote and what may still be sent to them. Raises SendFailed."""
        return _data(await self._call("POST", "/v3.0/oa/quota/message", json={"user_id": user_id}))

    async def _upload(
        self, path: str, name: str, content: bytes, types: Mapping[str, str], limit: int
    ) -> Mapping[str, Any]:
        """Upload a file; a name without an extension would be taken with success and an empty answer."""
        stem, dot, extension = name.rpartition(".")
        kind = types.get(f".{extension.lower()}") if dot else None
        if kind is None:
            allowed = ", ".join(types)
            raise SendFailed(FailureKind.REFUSED, f"Zalo không nhận loại tệp này (chỉ nhận {allowed})")
        if len(content) > limit:
            raise SendFailed(FailureKind.REFUSED, f"tệp nặng hơn mức Zalo nhận ({limit // 1_000_000} MB)")
        short = f"{stem[: _LONGEST_NAME - len(extension) - 1]}.{extension}"

        def form() -> aiohttp.FormData:
            made = aiohttp.FormData(quote_fields=False)
            made.add_field("file", content, filename=short, content_type=kind)
            return made

        return _data(await self._call("POST", path, UPLOAD_S, form))

    async def _call(
        self,
        method: str,
        path: str,
        seconds: float = TIMEOUT_S,
        form: Callable[[], aiohttp.FormData] | None = None,
        **options: Any,
    ) -> Mapping[str, Any]:
        """Return the JSON of a call that succeeded. Raises SendFailed.

        A token that is refused, and a proof that is missing, are mended once each; nothing was done by such a call.
        """
        token = await self._tokens.access_token()
        renewed = False
        while True:
            sent = {**options, "data": form()} if form else options  # a form can be sent only once
            url = self._settings.api_base + path
            answer = await self._http.ask(method, url, seconds, headers=self._headers(token), **sent)
            error = error_of(answer.body)
            if _token_refused(answer, error) and not renewed:
                renewed = True
                token = await self._tokens.after_refusal(token)
            elif error == PROOF_WANTED and not self._proof:
                self._proof = True
            else:
                break
        if error:
            if error in TOKEN_REFUSED:
                log.error("Zalo refuses a token that was just renewed (error %d)", error)
            raise failure(error, self._now())
        refuse_status(answer)
        return answer.body

    def _headers(self, token: str) -> dict[str, str]:
        headers = {"access_token": token}
        if self._proof:
            secret = self._settings.app_secret.encode()
            headers["appsecret_proof"] = hmac.new(secret, token.encode(), hashlib.sha256).hexdigest()
        return headers


def _token_refused(answer: Answer, error: int) -> bool:
    return error in TOKEN_REFUSED or (answer.status == _HTTP_UNAUTHORISED and not error)


def _data(body: Mapping[str, Any]) -> Mapping[str, Any]:
    data = body.get("data")
    return data if isinstance(data, Mapping) else {}


def _named(data: Mapping[str, Any], *names: str) -> str:
    found = next((data[name] for name in names if isinstance(data.get(name), str) and data[name]), None)
    if found is None:
        raise SendFailed(FailureKind.PASSING, "Zalo nhận tệp nhưng không trả mã tệp")
    return str(found)
