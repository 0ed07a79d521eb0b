"""Where an editor begins: the newest edition of a procedure as it is now, and what stands in its way when saving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from knowledge.history import Edition, History, called_now
from knowledge.types import Procedure, Status
from knowledge.wording import FieldChange, compare
from storage.procedures import fetch_names


@dataclass(frozen=True, slots=True)
class Named:
    """A name of a procedure: the text, whether it is a question, whether it was silenced, and where it comes from."""

    text: str
    question: bool
    removed: bool
    origin: str


def begin(engine: Engine, code: str) -> Edition | None:
    """Return the newest version of a procedure to edit from, None when there is none.

    What is in force has the names it has today: with those kept when it was made, saving would silence later ones.
    """
    newest = History(engine).edition(code)
    if newest is None or not newest.live:
        return newest
    return replace(newest, procedure=_called_now(engine, newest.procedure))


def against_live(engine: Engine, edited: Procedure) -> tuple[FieldChange, ...]:
    """Return in what an edited record differs from what citizens are told now; all of it when they are told nothing."""
    live = next((edition for edition in History(engine).of(edited.code) if edition.live), None)
    if live is None or live.status is Status.WITHDRAWN:
        return compare(Procedure(edited.code, ""), replace(edited, status=Status.PUBLISHED))
    return compare(_called_now(engine, live.procedure), replace(edited, status=live.procedure.status))


def before(editions: Sequence[Edition], number: int) -> Edition | None:
    """Return what was in force before a version came (`editions` newest first), None when there was nothing."""
    in_force = (Status.PUBLISHED, Status.WITHDRAWN)
    return next((edition for edition in editions if edition.number < number and edition.status in in_force), None)


def names_of(engine: Engine, code: str) -> list[Named]:
    """Return every name of a procedure with its origin, those that are silenced at the end."""
    with engine.connect() as connection:
        held = fetch_names(connection, [code]).get(code, {})
    removed = {text for names in held.values() for text in names.removed}
    found = [
        Named(text, question, text in removed, origin)
        for question in (False, True)
        for origin, names in held.items()
        for text in (names.questions if question else names.aliases)
    ]
    return sorted(found, key=lambda name: name.removed)


def _called_now(engine: Engine, record: Procedure) -> Procedure:
    with engine.connect() as connection:
        names = called_now(connection, record.code)
    return replace(record, aliases=names.aliases, questions=names.questions)
