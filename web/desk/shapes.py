"""The desk's JSON: how conversations, entries and deliveries look to its page. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from storage.approvals import Checking
from storage.conversations import Entry
from storage.desk_queue import Author, Counts, Said, Sent, Standing
from storage.outbox import BY_STAFF
from storage.presence import Colleague
from storage.queues import Status

CHANNELS = {"web": "Web", "telegram": "Telegram", "zalo": "Zalo", "zalo_bot": "Zalo Bot"}
_SHOWN = 140  # characters of the newest entry
_TAPPED, _FILES = "(đã bấm một gợi ý)", "(đã gửi tệp)"
_FAILURES = {
    "passing": "dịch vụ đang trục trặc",
    "busy": "dịch vụ đang quá tải",
    "credentials": "kênh cần được kết nối lại",
    "closed": "đã quá thời hạn mà dịch vụ cho trả lời",
    "unreachable": "người dân đã chặn hoặc rời cuộc trò chuyện",
    "refused": "dịch vụ không nhận nội dung này",
}

Name = Callable[[str], str]
"""Returns a procedure's name by its code."""


def summary(standing: Standing, viewer: int, limit: timedelta, name: Name) -> dict[str, Any]:
    """Return one row of the queue as one member of staff sees it."""
    since = standing.waiting_since
    holder = {"id": standing.holder_id, "name": standing.holder} if standing.holder else None
    return {
        "id": standing.id,
        "channel": standing.channel,
        "status": standing.status,
        "who": who(standing.channel, standing.id),
        "topic": {"code": standing.code, "name": name(standing.code)} if standing.code else None,
        "reason": standing.reason,
        "waiting_since": since.isoformat() if since else None,
        "red_at": (since + limit).isoformat() if since else None,
        "holder": holder,
        "mine": standing.holder_id == viewer and standing.status == "held",
        "last": _last(standing.last) if standing.last else None,
        "citizen": _last(standing.citizen) if standing.citizen else None,
        "contact": standing.contact or None,
        "ticket": standing.ticket,
        "note": standing.note,
        "held_answer": standing.held_answer,
        "wrap_up": standing.wrap_up or None,
    }


def who(channel: str, conversation_id: str) -> str:
    """Return a short name by which colleagues can speak of a conversation."""
    mark = hashlib.sha256(conversation_id.encode()).hexdigest()[:4]
    return f"{CHANNELS.get(channel, channel)} · {mark}"


def words_of(body: Mapping[str, Any]) -> str:
    """Return what an entry says in words."""
    text = str(body.get("text") or "")
    return text or (_TAPPED if body.get("payload") else _FILES if body.get("files") else "")


def counts(found: Counts, viewer: int) -> dict[str, int]:
    """Return the numbers on the tabs."""
    return {"waiting": found.waiting, "mine": found.held.get(viewer, 0), "all": found.all, "done": found.done}


def entry(
    told: Entry, channel: str, authors: Mapping[int, Author], sends: Mapping[str, Sequence[Sent]]
) -> dict[str, Any]:
    """Return one line of a conversation: who said it, and whether it arrived where we wrote it."""
    author = authors.get(told.id)
    known = {"id": author.staff_id, "name": author.name} if author else None
    named = told.body.get("author")
    return {
        "id": told.id,
        "role": told.role,
        "body": told.body,
        "created_at": told.created_at.isoformat(),
        "author": known or ({"id": None, "name": named} if named else None),
        "delivery": _delivery(told, channel, author, sends),
    }


def held_answer(checking: Checking | None) -> dict[str, Any] | None:
    """Return an answer that waits to be looked at."""
    if checking is None:
        return None
    return {
        "id": checking.id,
        "replies": list(checking.replies),
        "confidence": checking.confidence,
        "due_at": checking.due_at.isoformat(),
    }


def colleague(one: Colleague) -> dict[str, Any]:
    """Return a member of staff."""
    return {"id": one.id, "name": one.name, "role": one.role, "presence": one.presence, "load": one.load}


def staff_source(staff_id: int, key: str) -> str:
    """Return what a send of staff is for, in the outbox."""
    return f"{BY_STAFF}{staff_id}:{key}"


def delivery(parts: Sequence[Sent]) -> dict[str, Any] | None:
    """Return in words what became of the parts that one answer was sent in; None when nobody knows any more."""
    if not parts:
        return None
    at = max(part.at for part in parts)
    dead = [part for part in parts if part.status is Status.DEAD]
    if dead:
        unsure = any(part.uncertain for part in dead)
        words = "chưa rõ đã đến nơi hay chưa" if unsure else "không gửi được"
        return _state("uncertain" if unsure else "failed", f"{words}{_because(dead[0].reason)}", at)
    waiting = [part for part in parts if part.status is not Status.DONE]
    if waiting:
        again = next((part.reason for part in waiting if part.reason), "")
        return _state("waiting", f"chưa gửi được, đang thử lại{_because(again)}" if again else "đang gửi", at)
    return _state("sent", "đã gửi", at)


def _delivery(
    told: Entry, channel: str, author: Author | None, sends: Mapping[str, Sequence[Sent]]
) -> dict[str, Any] | None:
    if author is None:
        return None
    if channel == "web":
        return _state("sent", "đã có trên trang", told.created_at)
    return delivery(sends.get(staff_source(author.staff_id, author.key), ()))


def _state(state: str, words: str, at: datetime) -> dict[str, Any]:
    return {"state": state, "words": words, "at": at.isoformat()}


def _because(reason: str) -> str:
    kind = reason.partition(":")[0]
    return f": {_FAILURES[kind]}" if kind in _FAILURES else ""


def _last(said: Said) -> dict[str, Any]:
    text = " ".join(words_of(said.body).split())
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return {"id": said.id, "role": said.role, "text": shown, "at": said.at.isoformat()}


def by_source(parts: Sequence[Sent]) -> dict[str, list[Sent]]:
    """Return sends grouped by what they were for."""
    found: dict[str, list[Sent]] = {}
    for part in parts:
        found.setdefault(part.source, []).append(part)
    return found
