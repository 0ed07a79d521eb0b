"""What an event of a Zalo Official Account means for us, as pure functions over its JSON.

Ids, timestamps and coordinates are read as text: some ids are above 2^53. What we do not know is nothing (`None`):
Zalo adds events without asking.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.messages import File, FileKind, Location
from channels.base import Delivery

CHANNEL = "zalo"
ANONYMOUS = "anonymous"
# What somebody means who begins to follow, in the words of one who would say it.
GREETING = "xin chào"
# What a tapped button sends back as a typed text; `channels.zalo_parts` writes it.
_TOKEN = re.compile(r"#(t:[0-9a-f]{4,60})")
_ECHOES = frozenset(f"oa_send_{kind}" for kind in ("text", "image", "gif", "list", "file", "sticker", "template"))
_KINDS = {
    "image": FileKind.IMAGE,
    "gif": FileKind.IMAGE,
    "audio": FileKind.AUDIO,
    "video": FileKind.VIDEO,
    "sticker": FileKind.STICKER,
    "file": FileKind.DOCUMENT,
    "business_card": FileKind.CONTACT,
}


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A member of staff answered this person in the account's own console."""

    user_id: str
    admin_id: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A person took back their consent: everything kept about them has to go."""

    user_id: str


Event = Delivery | TakenOver | Withdrawn


def read_json(raw: bytes) -> dict[str, Any] | None:
    """Return the object in `raw` with every number as text, None when there is none."""
    try:
        body = json.loads(raw, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def read_event(body: Mapping[str, Any]) -> Event | None:
    """Return what an event means, or None for one that needs nothing done.

    Echoes of our own sends, receipts, tags, calls, groups and templates need nothing.
    """
    name = readable(body.get("event_name"))
    sender = readable(_part(body, "sender").get("id"))
    if name == "follow":
        follower = readable(_part(body, "follower").get("id"))
        return Delivery(CHANNEL, _made_id(body, name, follower), follower, GREETING) if follower else None
    if name in _ECHOES:
        user, admin = readable(_part(body, "recipient").get("id")), readable(_part(body, "sender").get("admin_id"))
        return TakenOver(user, admin) if user and admin else None
    if name == "user_withdraw":
        user = sender or readable(body.get("user_id"))
        return Withdrawn(user) if user else None
    if not sender:
        return None
    if name == "user_submit_info":
        return _submitted(body, name, sender)
    if name.startswith("user_send_") and not name.startswith("user_send_group"):
        return _message(body, name, sender)
    if name.startswith("anonymous_send_"):
        conversation = readable(_part(body, "message").get("conversation_id"))
        usable = conversation and ":" not in conversation
        return _message(body, name, f"{ANONYMOUS}:{conversation}:{sender}") if usable else None
    return None


def _message(body: Mapping[str, Any], name: str, sender: str) -> Delivery:
    message = _part(body, "message")
    text = readable(message.get("text"))
    found = message.get("attachments")
    attachments = [part for part in found if isinstance(part, Mapping)] if isinstance(found, list) else []
    location = next(filter(None, (_location(part, text) for part in attachments)), None)
    files = tuple(filter(None, (_file(part) for part in attachments)))
    if any(file.kind is FileKind.CONTACT for file in files) or location is not None:
        text = ""  # the name or number of a third person; the name of a place stands in the location
    token = _TOKEN.fullmatch(text.strip())
    return Delivery(
        channel=CHANNEL,
        id=readable(message.get("msg_id")) or _made_id(body, name, sender),
        sender_id=sender,
        text=text or next((_link(part) for part in attachments if part.get("type") == "link"), ""),
        token=token[1] if token else None,
        location=location,
        files=files,
        sent_at=_moment(body),
    )


def _submitted(body: Mapping[str, Any], name: str, sender: str) -> Delivery | None:
    """Take from the details somebody gave in the account's form only what a ticket asks for: the phone number."""
    phone = readable(_part(body, "info").get("phone"))
    digits = re.sub(r"\D", "", phone)
    if not digits:
        return None
    local = f"0{digits[2:]}" if digits.startswith("84") else digits
    return Delivery(CHANNEL, _made_id(body, name, sender), sender, local, sent_at=_moment(body))


def _file(part: Mapping[str, Any]) -> File | None:
    """Return an attachment as a file; a contact without what is in it, an unknown kind as a document."""
    kind, payload = part.get("type"), _part(part, "payload")
    if kind in ("location", "link"):
        return None
    if kind == "business_card":
        return File(FileKind.CONTACT)
    size = readable(payload.get("size"))
    return File(
        kind=_KINDS.get(kind, FileKind.DOCUMENT) if isinstance(kind, str) else FileKind.DOCUMENT,
        reference=readable(payload.get("url")),
        name=readable(payload.get("name")),
        size=int(size) if re.fullmatch(r"[0-9]{1,12}", size) else None,
    )


def _location(part: Mapping[str, Any], name: str) -> Location | None:
    place = _part(_part(part, "payload"), "coordinates")
    if part.get("type") != "location":
        return None
    try:
        latitude, longitude = float(readable(place.get("latitude"))), float(readable(place.get("longitude")))
    except ValueError:
        return None
    on_earth = math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    return Location(latitude, longitude, name) if on_earth else None


def _link(part: Mapping[str, Any]) -> str:
    """Return a shared link as words; it is never fetched."""
    payload = _part(part, "payload")
    return " ".join(filter(None, (readable(payload.get("description")), readable(payload.get("url")))))


def _made_id(body: Mapping[str, Any], name: str, sender: str) -> str:
    return f"{name}:{readable(body.get('timestamp'))}:{sender}"


def _moment(body: Mapping[str, Any]) -> datetime:
    stamp = readable(body.get("timestamp"))
    return datetime.fromtimestamp(int(stamp) / 1000, UTC) if re.fullmatch(r"[0-9]{13}", stamp) else datetime.now(UTC)


def _part(whole: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = whole.get(key)
    return found if isinstance(found, Mapping) else {}


def readable(value: object) -> str:
    """Return a text that every database takes: without zero characters and halves of characters."""
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
