"""What an installation sets for Telegram."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

API_BASE = "https://api.telegram.org"
WEBHOOK_PATH = "/webhooks/telegram"
_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_\-]{10,100}")
_SECRET = re.compile(r"[A-Za-z0-9_\-]{16,256}")


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """One bot. `secret` proves Telegram's requests to the webhook; a bot that is polled needs none.

    Raises ValueError, with what to write instead, for a token or a secret that Telegram would not take.
    """

    token: str = field(repr=False)
    secret: str = field(default="", repr=False)
    api_base: str = API_BASE

    def __post_init__(self) -> None:
        """Check the shapes; what is wrong is never printed, as it may be a secret."""
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("TELEGRAM_TOKEN must be what @BotFather gave, such as 123456789:AA…")
        if self.secret and not _SECRET.fullmatch(self.secret):
            raise ValueError("TELEGRAM_SECRET must be 16 to 256 letters, digits, _ or -; try: openssl rand -hex 32")

    @property
    def bot_id(self) -> str:
        """Return the number of the bot, which is no secret."""
        return self.token.partition(":")[0]
