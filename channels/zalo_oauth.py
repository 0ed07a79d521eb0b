"""How an Official Account lends us its rights: the address where a person allows it, and the pairs of tokens.

OAuth v4 for Official Accounts with PKCE (challenge = base64url(SHA-256(verifier)), as in the official PHP SDK's
PKCEUtil). Errors arrive with HTTP status 200. An access token lives 25 hours, a refresh token three months and once.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from channels.base import FailureKind, SendFailed
from channels.zalo_errors import error_of, needs_login, refresh_failure
from channels.zalo_http import Answer, Http, refuse_status
from channels.zalo_settings import ZaloSettings

TIMEOUT_S = 15.0
_LIFE_S = 90_000  # 25 hours, where an answer does not tell


class LoginNeeded(SendFailed):
    """The chain of refresh tokens is broken; only a person's new login helps."""


class CallbackError(ValueError):
    """The address pasted is not the one Zalo leads back to; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What Zalo gives: the refresh token is empty where the answer holds none, and the old one stays."""

    access_token: str
    refresh_token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Login:
    """One attempt to log in: where the person goes, and what proves that the answer belongs to it."""

    url: str
    state: str
    verifier: str


def begin_login(settings: ZaloSettings, redirect_uri: str) -> Login:
    """Return a new attempt; `redirect_uri` must stand in the app's settings."""
    verifier, state = secrets.token_urlsafe(32), secrets.token_urlsafe(16)  # 43 characters
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "app_id": settings.app_id,
        "redirect_uri": redirect_uri,
        "code_challenge": challenge,
        "state": state,
    }
    return Login(f"{settings.oauth_base}/v4/oa/permission?{urlencode(asked)}", state, verifier)


def read_callback(login: Login, address: str) -> tuple[str, str | None]:
    """Return code and account id from the address Zalo led back to. Raises CallbackError."""
    told = {name: values[0] for name, values in parse_qs(urlsplit(address.strip()).query).items()}
    if not secrets.compare_digest(told.get("state", "").encode(), login.state.encode()):
        raise CallbackError("địa chỉ này không thuộc lần đăng nhập vừa mở; hãy dán trọn địa chỉ của lần này")
    if not told.get("code"):
        raise CallbackError("địa chỉ không có mã (code); có thể anh/chị chưa bấm Đồng ý")
    return told["code"], told.get("oa_id")


async def exchange_code(http: Http, settings: ZaloSettings, code: str, verifier: str, now: datetime) -> Pair:
    """Return the pair for the code of a login. Raises SendFailed."""
    form = {"code": code, "grant_type": "authorization_code", "code_verifier": verifier}
    answer = await _post(http, settings, form)
    if error := error_of(answer.body):
        raise SendFailed(FailureKind.CREDENTIALS, f"Zalo không nhận mã đăng nhập (lỗi {error})")
    return _pair(answer.body, now)


async def renew(http: Http, settings: ZaloSettings, refresh_token: str, now: datetime) -> Pair:
    """Return the next pair; the refresh token is spent by this. Raises LoginNeeded, SendFailed."""
    answer = await _post(http, settings, {"refresh_token": refresh_token, "grant_type": "refresh_token"})
    if error := error_of(answer.body):
        failed = refresh_failure(error)
        raise LoginNeeded(failed.kind, failed.reason) if needs_login(error) else failed
    return _pair(answer.body, now)


async def _post(http: Http, settings: ZaloSettings, form: Mapping[str, str]) -> Answer:
    answer = await http.ask(
        "POST",
        f"{settings.oauth_base}/v4/oa/access_token",
        TIMEOUT_S,
        data={"app_id": settings.app_id, **form},
        headers={"secret_key": settings.app_secret},
    )
    refuse_status(answer)
    return answer


def _pair(body: Mapping[str, Any], now: datetime) -> Pair:
    access = body.get("access_token")
    if not isinstance(access, str) or not access:
        raise SendFailed(FailureKind.PASSING, "trả lời của Zalo không có mã truy cập", uncertain=True)
    life = str(body.get("expires_in", _LIFE_S))
    seconds = int(life) if life.isdecimal() else _LIFE_S
    refresh = body.get("refresh_token")
    return Pair(access, refresh if isinstance(refresh, str) else "", now + timedelta(seconds=seconds))
