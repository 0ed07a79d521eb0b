"""Short labels that let a person tell similar procedures apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from bot.formatting import plain_name, shorten
from knowledge.types import Kind, Procedure

LABEL_LENGTH = 60
_CLOSING = re.compile(r"\s\(([^()]{4,36})\)$")
_KEPT = 2
"""Words of the shared beginning kept for sense."""


def distinguishing_labels(procedures: Sequence[Procedure]) -> list[str]:
    """Return one label of at most 60 characters each: the name, or from where it differs, its province, its code."""
    labels = _shortened([plain_name(procedure.name) for procedure in procedures], LABEL_LENGTH)
    placed = [_marked(label, _province(procedure)) for label, procedure in zip(labels, procedures, strict=True)]
    times = Counter(placed)
    return [
        _marked(label, procedure.code) if times[label] > 1 else label
        for label, procedure in zip(placed, procedures, strict=True)
    ]


def _shortened(names: list[str], limit: int) -> list[str]:
    """Cut names that are too long; those that become the same are shown from where they begin to differ."""
    cut = [_shortened_name(name, limit) for name in names]
    for label, times in Counter(cut).items():
        places = [place for place, other in enumerate(cut) if other == label]
        alike = [names[place] for place in places]
        if times > 1 and len(set(alike)) > 1:
            for place, name in zip(places, _from_difference(alike, limit), strict=True):
                cut[place] = name
    return cut


def _shortened_name(name: str, limit: int) -> str:
    """Cut a name but keep what closes it in brackets, "(thực hiện tại cấp tỉnh)": it often is the difference."""
    closing = _CLOSING.search(name)
    return _marked(name[: closing.start()], closing[1]) if closing and len(name) > limit else shorten(name, limit)


def _from_difference(names: list[str], limit: int) -> list[str]:
    """Drop the words all names begin with, but for the last few."""
    words = [name.split() for name in names]
    same = [len(set(column)) == 1 for column in zip(*words, strict=False)]
    shared = max(0, [*same, False].index(False) - _KEPT)
    tails = [" ".join(name[shared:]) for name in words]
    if len(set(tails)) == 1 or shared == 0:
        return [shorten(tail, limit) for tail in tails]
    return [f"… {tail}" for tail in _shortened(tails, limit - 2)]


def _province(procedure: Procedure) -> str:
    return procedure.scope if procedure.kind is Kind.PROVINCIAL and procedure.scope != "national" else ""


def _marked(label: str, mark: str) -> str:
    """Add a mark in brackets, cutting the label to make room; a mark that is in the label already is left out."""
    if not mark or mark in label:
        return label
    return f"{shorten(label.rstrip(), LABEL_LENGTH - len(mark) - 3)} ({mark})"
