"""What an import or a sync would change, or did: kept as a file, shown in pages with each changed word marked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from knowledge.catalog import Skipped
from knowledge.differences import FIELD_NAMES, Change, Fate
from knowledge.wording import Piece, matched

REJECTED = "rejected"
TITLES = {
    Fate.CHANGED.value: "Đổi nội dung",
    Fate.WITHDRAWN.value: "Ngừng",
    Fate.ADDED.value: "Mới",
    Fate.DRAFT.value: "Vào bản nháp",
    Fate.KEPT.value: "Giữ bản đang có",
    REJECTED: "Không nhận",
}
"""What becomes of a row, in the order in which a person should look at it."""


@dataclass(frozen=True, slots=True)
class Told:
    """One field that changes: what only the old one says, what only the new one."""

    label: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def texts(self) -> tuple[tuple[Piece, ...], ...]:
        """The texts that differ, word by word."""
        return matched(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that changes, or a row that is not taken (`reason`)."""

    code: str
    name: str
    told: tuple[Told, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that changes, by what becomes of it; `unchanged` counts what stays as it is."""

    items: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    unchanged: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each kind that has any."""
        return {fate: len(self.items[fate]) for fate in TITLES if self.items.get(fate)}

    @property
    def changes(self) -> int:
        """How many things would be written."""
        return sum(count for fate, count in self.counts.items() if fate not in (Fate.KEPT, REJECTED))

    def first(self) -> str:
        """Return the kind to look at first, "" where there is none."""
        return next(iter(self.counts), "")


def plan_of(changes: Iterable[Change], rejected: Iterable[Skipped]) -> Plan:
    """Return the plan of putting procedures in."""
    items: dict[str, list[Item]] = {}
    unchanged = 0
    for change in changes:
        if change.fate is Fate.UNCHANGED:
            unchanged += 1
            continue
        told = tuple(Told(FIELD_NAMES[one.field], one.before, one.after) for one in change.differences)
        items.setdefault(change.fate.value, []).append(Item(change.code, change.name, told))
    items[REJECTED] = rejects(rejected)
    return Plan(items, unchanged)


def rejects(skipped: Iterable[Skipped]) -> list[Item]:
    """Return the rows that are not taken, as items of a plan."""
    return [Item(row.where, "", reason=row.reason) for row in skipped]


def planned(fates: Iterable[tuple[Fate, Item]], skipped: Iterable[Skipped]) -> Plan:
    """Return the plan of items whose fate is known."""
    pairs = list(fates)
    counted = Counter(fate for fate, _ in pairs)
    items: dict[str, Sequence[Item]] = {
        fate.value: [item for its, item in pairs if its is fate] for fate in counted if fate is not Fate.UNCHANGED
    }
    return Plan(items | {REJECTED: rejects(skipped)}, counted[Fate.UNCHANGED])


def held_fates(*, done: bool) -> tuple[str, ...]:
    """Return what becomes of procedures that the catalogue holds, so that their pages can be opened."""
    new = (Fate.ADDED.value,) if done else ()
    return (*new, Fate.CHANGED.value, Fate.WITHDRAWN.value, Fate.DRAFT.value, Fate.KEPT.value)


def save_plan(plan: Plan, path: Path) -> None:
    """Write a plan, whole or not at all."""
    half = path.with_suffix(".half")
    half.write_text(json.dumps(asdict(plan), ensure_ascii=False), encoding="utf-8")
    half.replace(path)


def load_plan(path: Path) -> Plan:
    """Read a plan. Raises OSError, or ValueError where the file is none."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    items = {fate: [_item(item) for item in listed] for fate, listed in data["items"].items()}
    return Plan(items, data["unchanged"])


def _item(data: dict[str, Any]) -> Item:
    told = tuple(Told(one["label"], tuple(one["before"]), tuple(one["after"])) for one in data["told"])
    return Item(data["code"], data["name"], told, data["reason"])
