"""Every procedure in one list, for the people who keep the catalogue: what is in force, what waits, who changed it.

The list is read when something has changed and kept in memory; narrowing and searching it is pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock

from sqlalchemy import Engine

from knowledge.days import today
from knowledge.types import Status
from nlu.text import fold
from storage.versions import Listed, fetch_listed, history_mark

SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Item:
    """A procedure in the list.

    `status` is what citizens see of it; DRAFT where it was never published. `draft` is the number of the version that
    waits to be published, `starts_on` the day on which one comes into force.
    """

    code: str
    name: str
    kind: str
    scope: str
    fields: tuple[str, ...]
    levels: tuple[str, ...]
    status: Status
    origin: str
    author: str
    changed_at: datetime
    updated_at: date | None
    expires_on: date | None
    draft: int | None = None
    starts_on: date | None = None
    folded: str = field(default="", compare=False, repr=False)

    @property
    def states(self) -> frozenset[str]:
        """Everything a filter by state may find it by."""
        waiting = [Status.DRAFT] if self.draft else []
        coming = [Status.SCHEDULED] if self.starts_on else []
        return frozenset({self.status, *waiting, *coming})


@dataclass(frozen=True, slots=True)
class Filters:
    """Which procedures are looked for; what is empty does not narrow. `expiring`: the last day is near or past."""

    words: str = ""
    status: str = ""
    field: str = ""
    level: str = ""
    scope: str = ""
    origin: str = ""
    expiring: bool = False
    newest: bool = False


class Listing:
    """The list of one database."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine
        self._lock = Lock()
        self._mark: tuple[int, int] | None = None
        self._items: tuple[Item, ...] = ()

    def items(self) -> tuple[Item, ...]:
        """Return all procedures by name, as they are now."""
        with self._lock, self._engine.connect() as connection:
            mark = history_mark(connection)
            if mark != self._mark:
                self._items = listed(*fetch_listed(connection))
                self._mark = mark
            return self._items


def listed(in_force: Iterable[Listed], waiting: Iterable[Listed]) -> tuple[Item, ...]:
    """Join what is in force with what waits, by name."""
    held, coming = {row.code: row for row in in_force}, {row.code: row for row in waiting}
    items = [_item(held.get(code), coming.get(code)) for code in {**held, **coming}]
    return tuple(sorted(items, key=lambda item: (fold(item.name), item.code)))


def select(items: Sequence[Item], filters: Filters, found: Sequence[str] = (), day: date | None = None) -> list[Item]:
    """Return the items that fit. With words, those whose code or name holds them, then those that a search `found`."""
    last = (day or today()) + SOON
    kept = [item for item in items if _fits(item, filters, last)]
    words = fold(filters.words).split()
    if words:
        rank = {code: place for place, code in enumerate(found)}
        named = {item.code for item in kept if all(word in item.folded for word in words)}
        kept = [item for item in kept if item.code in named or item.code in rank]
        kept.sort(key=lambda item: (item.code != filters.words.strip(), rank.get(item.code, len(rank))))
    if filters.newest:
        kept.sort(key=lambda item: item.changed_at, reverse=True)
    return kept


def choices(items: Iterable[Item]) -> Mapping[str, list[tuple[str, int]]]:
    """Return what each filter can be set to, with how many procedures there are of it, most first."""
    counted: dict[str, Counter[str]] = {name: Counter() for name in ("status", "field", "level", "scope", "origin")}
    for item in items:
        counted["status"].update(item.states)
        counted["field"].update(set(item.fields))
        counted["level"].update(set(item.levels))
        counted["scope"][item.scope] += 1
        counted["origin"][item.origin] += 1
    return {name: found.most_common() for name, found in counted.items()}


def _item(held: Listed | None, waiting: Listed | None) -> Item:
    row = held or waiting
    assert row is not None  # noqa: S101 - a code is in the list because it has one of them
    newest = waiting if waiting and (held is None or waiting.created_at > held.created_at) else row
    status = Status(held.status) if held else Status.DRAFT
    draft = waiting.number if waiting and waiting.status == Status.DRAFT else None
    starts_on = waiting.effective_on if waiting and waiting.status == Status.SCHEDULED else None
    return Item(
        code=row.code,
        name=row.name,
        kind=row.kind,
        scope=row.scope,
        fields=row.fields,
        levels=row.levels,
        status=Status.SCHEDULED if held is None and starts_on else status,
        origin=newest.origin,
        author=newest.author,
        changed_at=newest.created_at,
        updated_at=row.updated_at,
        expires_on=row.expires_on,
        draft=draft,
        starts_on=starts_on,
        folded=fold(f"{row.code} {row.name}"),
    )


def _fits(item: Item, filters: Filters, last: date) -> bool:
    wanted: tuple[tuple[str, Collection[str]], ...] = (
        (filters.status, item.states),
        (filters.field, item.fields),
        (filters.level, item.levels),
        (filters.scope, (item.scope,)),
        (filters.origin, (item.origin,)),
    )
    if not all(not value or value in held for value, held in wanted):
        return False
    return not filters.expiring or (item.expires_on is not None and item.expires_on <= last)
