"""What two editions tell differently, word by word, for a person to read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from knowledge.differences import FIELD_NAMES, differences
from knowledge.types import Procedure

_WORD = re.compile(r"\s+|[^\s]+")
_ALIKE = 0.5  # share of words in common from which two texts are one text changed and not one gone and one come
_NAMES = {"aliases": "Cách gọi", "questions": "Câu hỏi thường gặp"}


class Mark(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words, and what became of them."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that changed: its key, its Vietnamese name, and each text of it that changed, in pieces."""

    field: str
    label: str
    texts: tuple[tuple[Piece, ...], ...]


def compare(old: Procedure, new: Procedure) -> tuple[FieldChange, ...]:
    """Return the fields in which two editions differ; the order within a list counts only for steps."""
    changes = [
        FieldChange(found.field, FIELD_NAMES[found.field], matched(found.before, found.after))
        for found in differences(old, new)
    ]
    if old.steps != new.steps and sorted(map(repr, old.steps)) == sorted(map(repr, new.steps)):
        order = tuple(" → ".join(step.name or step.text[:40] for step in edition.steps) for edition in (old, new))
        changes.append(FieldChange("steps", "Thứ tự các bước", matched(order[:1], order[1:])))
    for field, label in _NAMES.items():
        before, after = getattr(old, field), getattr(new, field)
        gone = [text for text in before if text not in after]
        come = [text for text in after if text not in before]
        if gone or come:
            changes.append(FieldChange(field, label, matched(gone, come)))
    return tuple(changes)


def word_pieces(before: str, after: str) -> tuple[Piece, ...]:
    """Return a text that was changed as pieces of whole words."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    return tuple(_joined(_steps(old, new)))


def _steps(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    for kind, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece(Mark.SAME, "".join(old[start:end]))
            continue
        if end > start:
            yield Piece(Mark.REMOVED, "".join(old[start:end]))
        if new_end > new_start:
            yield Piece(Mark.ADDED, "".join(new[new_start:new_end]))


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    """Take a lone space between two changed words into the change: it reads as one."""
    found = list(pieces)
    kept: list[Piece] = []
    for place, piece in enumerate(found):
        lone = piece.mark is Mark.SAME and piece.text.isspace() and 0 < place < len(found) - 1
        kept += [Piece(Mark.REMOVED, piece.text), Piece(Mark.ADDED, piece.text)] if lone else [piece]
    return _grouped(kept)


def _grouped(pieces: Sequence[Piece]) -> list[Piece]:
    """Put what was removed before what was added between two texts that stayed."""
    out: list[Piece] = []
    waiting: dict[Mark, str] = {Mark.REMOVED: "", Mark.ADDED: ""}
    for piece in (*pieces, Piece(Mark.SAME, "")):
        if piece.mark is not Mark.SAME:
            waiting[piece.mark] += piece.text
            continue
        out += [Piece(mark, text) for mark, text in waiting.items() if text]
        waiting = dict.fromkeys(waiting, "")
        if piece.text:
            out.append(piece)
    return out


def matched(before: Sequence[str], after: Sequence[str]) -> tuple[tuple[Piece, ...], ...]:
    """Return the texts in pieces: those changed paired with what they became, the others gone or come whole."""
    left = list(after)
    told: list[tuple[Piece, ...]] = []
    for text in before:
        best = max(left, key=lambda other: _likeness(text, other), default=None)
        if best is not None and (_likeness(text, best) >= _ALIKE or len(before) == len(after) == 1):
            left.remove(best)
            told.append(word_pieces(text, best))
        else:
            told.append((Piece(Mark.REMOVED, text),))
    return (*told, *((Piece(Mark.ADDED, text),) for text in left))


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()
