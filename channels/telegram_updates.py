"""What Telegram delivers (an `Update`), as a `Delivery`. Pure: unreadable or foreign ones are told apart, never raised.

Edited messages, posts of channels and messages of groups are not answered: docs/channels.md says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from telegram import CallbackQuery, ChatMemberUpdated, InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from bot.messages import File, FileKind, Location
from channels.base import Delivery
from channels.deep_links import procedure_code

CHANNEL = "telegram"
ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")
COMMANDS = {
    "start": ("Bắt đầu", "xin chào"),
    "help": ("Hỏi được những gì", "hỏi được những gì"),
    "canbo": ("Gặp cán bộ", "gặp cán bộ"),
    "moi": ("Hỏi việc khác từ đầu", "bắt đầu lại"),
    "huy": ("Hủy việc đang điền", "hủy"),
}
"""Each command with what the menu says of it and the words it stands for."""

_FILES = {
    "photo": FileKind.IMAGE,
    "sticker": FileKind.STICKER,
    "voice": FileKind.AUDIO,
    "audio": FileKind.AUDIO,
    "video_note": FileKind.VIDEO,
    "video": FileKind.VIDEO,
    "animation": FileKind.VIDEO,  # before document: a GIF is sent as both
    "document": FileKind.DOCUMENT,
}
_WITHOUT_WORDS = ("dice", "poll", "story", "game", "paid_media", "checklist", "gift")


@dataclass(frozen=True, slots=True)
class Tap:
    """A button was tapped: the query to acknowledge, and where its keyboard stands, if that can still be edited."""

    query_id: str
    chat_id: int = 0
    message_id: int = 0
    keyboard: InlineKeyboardMarkup | None = None
    data: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one update means: something to answer, a tap to acknowledge, a group to leave, or nothing of these."""

    delivery: Delivery | None = None
    tap: Tap | None = None
    group_id: int | None = None
    readable: bool = True


def hear(data: object, bot_id: str) -> Heard:
    """Read one update as Telegram sent it; `bot_id` keeps deliveries of different bots apart."""
    try:
        update = Update.de_json(data, None) if isinstance(data, dict) else None
        return Heard(readable=False) if update is None else _meaning(update, bot_id)
    except (AttributeError, KeyError, IndexError, OSError, OverflowError, TypeError, ValueError):
        # The library trusts Telegram's types; what has others is a fault of somebody's and holds nothing to answer.
        return Heard(readable=False)


def _meaning(update: Update, bot_id: str) -> Heard:
    if update.message is not None:
        return Heard(_delivery(update.message, bot_id))
    if update.callback_query is not None:
        return _tapped(update.callback_query, bot_id)
    if update.my_chat_member is not None:
        return Heard(group_id=_joined_group(update.my_chat_member))
    return Heard()


def _delivery(message: Message, bot_id: str) -> Delivery | None:
    """Return what a person wrote to the bot alone; None for groups, bots and notices of the service."""
    if message.chat.type != ChatType.PRIVATE or (message.from_user is not None and message.from_user.is_bot):
        return None
    text, files, location = _text(message), _files(message), _location(message)
    if not (text or files or location):
        return None
    # The pictures of an album come one by one: those without words count as one delivery.
    album = message.media_group_id if not message.caption else None
    number = f"g{_string(album)}" if album else str(_number(message.message_id))
    return Delivery(
        channel=CHANNEL,
        id=f"{bot_id}:{_number(message.chat.id)}:{number}",
        sender_id=str(message.chat.id),
        text=text,
        location=location,
        files=files,
        sent_at=message.date.astimezone(UTC),
    )


def _text(message: Message) -> str:
    """Return the words of a message: a command written out, or the person's own number where they shared it."""
    text = _string(message.text or message.caption)
    if text.startswith("/"):
        return _spoken(text)
    return _string(message.contact.phone_number) if message.contact is not None and _is_own(message) else text


def _is_own(message: Message) -> bool:
    """Tell whether the contact shared is the sender's."""
    contact, sender = message.contact, message.from_user
    return contact is not None and sender is not None and contact.user_id == sender.id


def _spoken(text: str) -> str:
    """Return what a command stands for: "/start p-1_001193" is the code 1.001193; an unknown one is mere text."""
    command, _, rest = text[1:].partition(" ")
    name = command.partition("@")[0].lower()
    if name not in COMMANDS:
        return text
    return procedure_code(rest.strip()) or COMMANDS[name][1]


def _files(message: Message) -> tuple[File, ...]:
    if message.contact is not None:
        # Somebody else's number is none of ours: not even that the person has it.
        return () if _is_own(message) else (File(FileKind.CONTACT),)
    for name, kind in _FILES.items():
        if message[name]:
            return (_file(kind, message[name]),)
    return (File(FileKind.STICKER),) if any(getattr(message, name, None) for name in _WITHOUT_WORDS) else ()


def _file(kind: FileKind, thing: Any) -> File:
    """Return a file by what fetches it; of a photo's sizes, the last is the largest."""
    whole = thing[-1] if isinstance(thing, tuple) else thing
    size, name = getattr(whole, "file_size", None), getattr(whole, "file_name", None)
    return File(kind, _string(whole.file_id), _string(name), None if size is None else _number(size))


def _location(message: Message) -> Location | None:
    place = message.location
    if place is None:
        return None
    if not (abs(place.latitude) <= 90 and abs(place.longitude) <= 180):  # also false for what is no number at all
        raise ValueError("not on earth")
    name = f"{message.venue.title}, {message.venue.address}" if message.venue is not None else ""
    return Location(float(place.latitude), float(place.longitude), _string(name))


def _tapped(query: CallbackQuery, bot_id: str) -> Heard:
    """Read a tap; it is answered in the private chat of whoever tapped, also when the message is gone."""
    message, data = query.message, _string(query.data)
    if message is not None and message.chat.type != ChatType.PRIVATE:
        return Heard(tap=Tap(_string(query.id)))
    sender = _number(query.from_user.id)
    delivery = Delivery(CHANNEL, f"{bot_id}:c:{_string(query.id)}", str(sender), token=data) if data else None
    if not isinstance(message, Message):
        return Heard(delivery, Tap(_string(query.id)))
    tap = Tap(_string(query.id), _number(message.chat.id), _number(message.message_id), message.reply_markup, data)
    return Heard(delivery, tap)


def _joined_group(change: ChatMemberUpdated) -> int | None:
    joined = change.new_chat_member.status in (ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR)
    return _number(change.chat.id) if joined and change.chat.type != ChatType.PRIVATE else None


def _string(value: object) -> str:
    """Return a text without what no database takes (NUL, half characters). Raises TypeError for what is none."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value.replace("\0", "").encode("utf-8", "ignore").decode()


def _number(value: object) -> int:
    """Return a whole number. Raises TypeError for what is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a whole number")
    return value


def update_number(data: Mapping[str, Any]) -> int:
    """Return the number of an update, which polling acknowledges it by."""
    return _number(data["update_id"])
