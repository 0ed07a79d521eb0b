"""What an installation sets for Zalo: an Official Account, and a bot of the Zalo Bot Platform."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from channels.zalo_signature import Candidate

API_BASE = "https://openapi.zalo.me"
OAUTH_BASE = "https://oauth.zaloapp.com"
BOT_API_BASE = "https://bot-api.zaloplatforms.com"
_APP_ID = re.compile(r"[0-9]{5,25}")
_VERIFIER = re.compile(r"[A-Za-z0-9_\-]{1,200}")
_BOT_TOKEN = re.compile(r"[A-Za-z0-9:_\-]{8,200}")
_BOT_SECRET = re.compile(r"[\x21-\x7e]{8,256}")


@dataclass(frozen=True, slots=True)
class ZaloSettings:
    """One app with one Official Account.

    `app_secret` proves the app when tokens are renewed, `oa_secret` signs the events: two keys from two pages of the
    console. `refresh_token` only starts the chain; later ones are in the database. `verifier` is the code in the name
    of the file that proves the domain, `signature` the one way of signing to accept (None: any of `Candidate`).
    Raises ValueError, with what to write instead and without the value, for what cannot be right.
    """

    app_id: str
    app_secret: str = field(repr=False)
    oa_secret: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    api_base: str = API_BASE
    oauth_base: str = OAUTH_BASE
    verifier: str = ""
    signature: Candidate | None = None

    def __post_init__(self) -> None:
        """Refuse to go on without a key: unsigned events would be obeyed, or no answer could be sent."""
        if not _APP_ID.fullmatch(self.app_id):
            raise ValueError("ZALO_APP_ID must be the number of the app at developers.zalo.me")
        if not self.app_secret:
            raise ValueError("ZALO_APP_SECRET is missing: the key on the app's settings page")
        if not self.oa_secret:
            raise ValueError("ZALO_OA_SECRET is missing: the OA Secret Key on the app's Webhook page")
        if self.verifier and not _VERIFIER.fullmatch(self.verifier):
            raise ValueError("ZALO_VERIFIER must be the code between zalo_verifier and .html in the file's name")
        _check_base("ZALO_API_BASE", self.api_base)
        _check_base("ZALO_OAUTH_BASE", self.oauth_base)


@dataclass(frozen=True, slots=True)
class ZaloBotSettings:
    """One bot. `secret` proves Zalo's requests to the webhook; without it the bot can only be polled.

    Raises ValueError, as `ZaloSettings` does.
    """

    token: str = field(repr=False)
    secret: str = field(default="", repr=False)
    api_base: str = BOT_API_BASE

    def __post_init__(self) -> None:
        """Check the shapes; the token becomes part of addresses, the secret of a header."""
        if not _BOT_TOKEN.fullmatch(self.token):
            raise ValueError("ZALO_BOT_TOKEN must be what Zalo Bot Manager gave, such as 123456789:abc…")
        if self.secret and not _BOT_SECRET.fullmatch(self.secret):
            raise ValueError("ZALO_BOT_SECRET must be 8 to 256 characters without blanks; try: openssl rand -hex 32")
        _check_base("ZALO_BOT_API_BASE", self.api_base)


def _check_base(name: str, value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or value != f"{parts.scheme}://{parts.netloc}" or not parts.hostname:
        raise ValueError(f"{name} is {value!r}; write scheme and host only, such as {API_BASE}")
