"""Ratings: whether a conversation helped, asked of each at most once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, exists, select, update

from storage.database import adding_once, writing
from storage.desk import Words, say
from storage.desk_rows import lock, note_event
from storage.schema import desk, now, questions, ratings, tickets, trackers

TOLD = ("answered", "partial", "corrected")
"""Outcomes that told somebody something."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What one conversation was rated; a score of None: asked, and not answered."""

    conversation_id: str
    asked_at: datetime
    score: int | None
    comment: str | None
    by_staff: bool
    code: str | None


def _has(outcomes: tuple[str, ...]) -> Any:
    return exists().where(questions.c.conversation_id == bindparam("id"), questions.c.outcome.in_(outcomes))


# With staff, or still to be answered by them: such a matter has not come to its end. What staff closed is settled,
# whether or not a ticket had been left too.
_AT_DESK = exists().where(desk.c.conversation_id == bindparam("id"), desk.c.status != "done")
_CLOSED = exists().where(desk.c.conversation_id == bindparam("id"), desk.c.status == "done")
_WAITS = exists().where(tickets.c.conversation_id == bindparam("id"), tickets.c.status == "waiting")
_OPEN = _AT_DESK | (_WAITS & ~_CLOSED)
_BY_STAFF = exists().where(desk.c.conversation_id == bindparam("id"), desk.c.answered_at.is_not(None))
_MAY_ASK = select(
    _has(TOLD) | _BY_STAFF,
    ~_has(("crisis",)) & ~_OPEN & ~exists().where(ratings.c.conversation_id == bindparam("id")),
    _BY_STAFF,
)
_ADD = adding_once(ratings)
_COLUMNS = tuple(ratings.c[name] for name in Rating.__slots__)


class Ratings:
    """The ratings of one database."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def claim(self, conversation_id: str, code: str | None) -> bool:
        """Note that the conversation is asked now, and tell whether it may be: True once at most.

        Only a conversation in which something was told, by the assistant or by staff, is asked; never one in which
        somebody was in danger, nor one with which staff are not done. `code`: the procedure talked about.
        """
        with self._engine.connect() as connection:
            helped, at_its_end, _ = connection.execute(_MAY_ASK, {"id": conversation_id}).one()
        if not (helped and at_its_end):
            return False  # most conversations that end are asked already, or were of small talk only: nothing to write
        with writing(self._engine) as connection:
            return _claim(connection, conversation_id, code)

    def ask(self, conversation_id: str, code: str | None, words: Words) -> bool:
        """Ask where staff have just closed the conversation; claimed, said and offered in one transaction."""
        at = now()
        with writing(self._engine) as connection:
            if not lock(connection, conversation_id) or not _claim(connection, conversation_id, code):
                return False
            say(connection, conversation_id, words, at)
            note_event(connection, "rating", at, conversation_id)
            state = connection.scalar(select(trackers.c.state).where(trackers.c.conversation_id == conversation_id))
            if state is not None:
                # So that a number or a label typed back is understood, as after a reply of the assistant's own.
                offered = [[one["label"], one["payload"]] for one in words.body["suggestions"]]
                known = trackers.c.conversation_id == conversation_id
                connection.execute(update(trackers).where(known).values(state={**state, "offered": offered}))
            return True

    def rate(self, conversation_id: str, score: int) -> bool:
        """Keep the score, which may be changed by another tap; False when the conversation was never asked."""
        return self._change(conversation_id, score=score, rated_at=now())

    def comment(self, conversation_id: str, text: str) -> bool:
        """Keep a masked comment; False when the conversation was never asked."""
        return self._change(conversation_id, comment=text)

    def get(self, conversation_id: str) -> Rating | None:
        """Return the rating of a conversation, None when it was never asked."""
        with self._engine.connect() as connection:
            row = connection.execute(select(*_COLUMNS).where(ratings.c.conversation_id == conversation_id)).first()
        return Rating(*row) if row else None

    def _change(self, conversation_id: str, **values: Any) -> bool:
        with writing(self._engine) as connection:
            changing = update(ratings).where(ratings.c.conversation_id == conversation_id).values(values)
            return bool(connection.execute(changing).rowcount)


def _claim(connection: Connection, conversation_id: str, code: str | None) -> bool:
    helped, at_its_end, by_staff = connection.execute(_MAY_ASK, {"id": conversation_id}).one()
    row = {
        "conversation_id": conversation_id,
        "asked_at": now(),
        "score": None,
        "comment": None,
        "rated_at": None,
        "by_staff": bool(by_staff),
        "code": code,
    }
    return bool(helped and at_its_end and connection.execute(_ADD[connection.dialect.name], row).rowcount)
