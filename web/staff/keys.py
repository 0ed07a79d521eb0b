"""What the installation's secret is used for on the staff side."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any

from aiohttp import web

from channels.seal import Seal, Sealed, kept_secret
from web.settings import Settings


class Keys:
    """Seals second factors and half-done sign-ins, and hashes what is only to be recognised."""

    def __init__(self, secret: str) -> None:
        """Use a secret that every process of the installation has."""
        self.second_factor = Seal(secret, b"second factor of motcua\0")
        self._half = Seal(secret, b"half a sign-in of motcua\0")
        self._mac = hashlib.sha256(b"staff side of motcua\0" + secret.encode()).digest()

    def digest(self, *parts: str) -> str:
        """Return a hash that only we can make."""
        return hmac.new(self._mac, "\0".join(parts).encode(), hashlib.sha256).hexdigest()

    def seal_for(self, seconds: int, body: dict[str, Any]) -> str:
        """Return an object sealed, to be opened within some seconds."""
        return self._half.close({**body, "until": time.time() + seconds})

    def unseal(self, sealed: str) -> dict[str, Any] | None:
        """Return what was sealed by `seal_for`, None when it is too late or not ours."""
        try:
            body = self._half.open(sealed)
        except Sealed:
            return None
        return body if time.time() < body["until"] else None


KEYS = web.AppKey("keys", Keys)


def open_keys(settings: Settings) -> Keys:
    """Return the keys of an installation."""
    return Keys(settings.secret or kept_secret(settings.data))
