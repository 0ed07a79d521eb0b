"""One fitted part of a reply as the JSON of Zalo's message API: text, at most five buttons, no formatting."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from bot.messages import Reply, Suggestion
from channels.base import Limits

# Zalo's limit is 2,000; whether it counts characters or UTF-16 units is not known.
LIMITS = Limits(text=1_900, suggestions=5, label=35, calls_as_buttons=True)
# People without an account get their answers through an older call that knows no buttons.
ANONYMOUS_LIMITS = Limits(text=1_900, suggestions=0, label=35, links_as_buttons=False)
_NATIONAL = re.compile(r"0(\d{8,10})")


def text_message(part: Reply) -> dict[str, Any]:
    """Return the message for a part that keeps LIMITS; payloads are tokens already."""
    message: dict[str, Any] = {"text": unicodedata.normalize("NFC", part.text)}
    if part.suggestions:
        buttons = [_button(suggestion) for suggestion in part.suggestions]
        message["attachment"] = {"type": "template", "payload": {"buttons": buttons}}
    return message


def image_message(text: str, attachment_id: str) -> dict[str, Any]:
    """Return the message for an uploaded picture; the simpler form `{"type": "image"}` is refused with -201."""
    element = {"media_type": "image", "attachment_id": attachment_id}
    payload = {"template_type": "media", "elements": [element]}
    return {"text": text, "attachment": {"type": "template", "payload": payload}}


def file_message(token: str) -> dict[str, Any]:
    """Return the message for an uploaded file; it takes no text."""
    return {"attachment": {"type": "file", "payload": {"token": token}}}


def _button(suggestion: Suggestion) -> dict[str, Any]:
    """Return a button. A tap comes back as a typed text: hidden, because a token means nothing to people."""
    if suggestion.url is None:
        return {"title": suggestion.label, "type": "oa.query.hide", "payload": f"#{suggestion.payload}"}
    number = suggestion.url.removeprefix("tel:")
    if number != suggestion.url:
        return {"title": suggestion.label, "type": "oa.open.phone", "payload": {"phone_code": _international(number)}}
    return {"title": suggestion.label, "type": "oa.open.url", "payload": {"url": suggestion.url}}


def _international(number: str) -> str:
    """Return 0241234567 as 84241234567; short numbers such as 1022 stay as they are."""
    national = _NATIONAL.fullmatch(number)
    return f"84{national[1]}" if national else number.removeprefix("+")
