"""Showing what a sync or an import changes: a few lines for people, everything for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console

from knowledge.catalog import Skipped
from knowledge.differences import FIELD_NAMES, Change, Difference, Fate

_SHOWN_CHANGES = 20
_SHOWN_REASONS = 15
_LONGEST_TEXT = 160  # characters of a changed text that are shown

_TITLES = {
    Fate.ADDED: "mới",
    Fate.CHANGED: "đổi",
    Fate.WITHDRAWN: "ngừng",
    Fate.DRAFT: "nháp",
}


def print_changes(changes: Iterable[Change], console: Console) -> None:
    """Print the first changes field by field: what goes in red, what comes in green."""
    told = [change for change in changes if change.fate in _TITLES]
    # What is told of is worth more than what is new: a changed fee must not be pushed out by a thousand new names.
    told.sort(key=lambda change: (not change.differences, change.fate is Fate.ADDED))
    for change in told[:_SHOWN_CHANGES]:
        console.print(f"  {_TITLES[change.fate]} {change.code} {change.name}", markup=False, soft_wrap=True)
        for difference in change.differences:
            _print_difference(difference, console)
    _print_rest(len(told) - _SHOWN_CHANGES, "thủ tục", console)


def print_skipped(skipped: Sequence[Skipped], title: str, console: Console) -> None:
    """Print the first rows that were left out, each with its reason."""
    for row in skipped[:_SHOWN_REASONS]:
        console.print(f"  {title} {row.where}: {row.reason}", markup=False, soft_wrap=True)
    _print_rest(len(skipped) - _SHOWN_REASONS, "dòng", console)


def changes_json(changes: Iterable[Change]) -> dict[str, list[dict[str, Any]]]:
    """Return all changes by what becomes of the procedure."""
    told: dict[str, list[dict[str, Any]]] = {fate.value: [] for fate in Fate if fate is not Fate.UNCHANGED}
    for change in changes:
        if change.fate is not Fate.UNCHANGED:
            fields = [{"field": one.field, "before": one.before, "after": one.after} for one in change.differences]
            told[change.fate].append({"code": change.code, "name": change.name, "differences": fields})
    return told


def skipped_json(skipped: Iterable[Skipped]) -> list[dict[str, str]]:
    """Return rows that were left out, with their reasons."""
    return [{"where": row.where, "reason": row.reason} for row in skipped]


def _print_difference(difference: Difference, console: Console) -> None:
    console.print(f"      {FIELD_NAMES[difference.field]}:", markup=False, soft_wrap=True)
    for sign, style, texts in (("-", "red", difference.before), ("+", "green", difference.after)):
        for text in texts:
            line = " ".join(text.split())
            shown = line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]} …"
            console.print(f"        {sign} {shown}", style=style, markup=False, soft_wrap=True)


def _print_rest(count: int, what: str, console: Console) -> None:
    if count > 0:
        console.print(f"  … và {count} {what} nữa")
