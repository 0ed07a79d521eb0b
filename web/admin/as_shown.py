"""One reply as every channel would show it: the same fitting as sending does, to be looked at before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.messages import Reply, Suggestion
from channels import zalo_bot, zalo_parts
from channels.base import Limits
from channels.fit import fit
from web.transcript import safe_url

# The web page shows a reply whole. Telegram's limits stand in channels.telegram_layout, whose library is heavy to
# import for a page: a test holds these to them.
TELEGRAM = Limits(text=4_096, suggestions=100, label=40)
_FITTED = (
    ("Telegram", TELEGRAM),
    ("Zalo OA", zalo_parts.LIMITS),
    ("Zalo, người chưa quan tâm OA", zalo_parts.ANONYMOUS_LIMITS),
    ("Zalo Bot", zalo_bot.LIMITS),
)


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a message; `url` is empty where the tap comes back to us."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One message as it arrives."""

    text: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What arrives in one channel."""

    channel: str
    parts: tuple[Part, ...]


def as_shown(replies: Sequence[Reply]) -> tuple[Shown, ...]:
    """Return the messages that these replies become, channel by channel."""
    web = Shown("Trang web", tuple(Part(reply.text, _buttons(reply.suggestions)) for reply in replies))
    fitted = (
        Shown(
            name,
            tuple(Part(part.text, _buttons(part.suggestions)) for reply in replies for part in fit(reply, limits)),
        )
        for name, limits in _FITTED
    )
    return (web, *fitted)


def _buttons(suggestions: Sequence[Suggestion]) -> tuple[Button, ...]:
    return tuple(Button(one.label, safe_url(one.url) if one.url else "") for one in suggestions)
