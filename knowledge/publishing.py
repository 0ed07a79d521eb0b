"""Changing what citizens are told: drafts, publishing, withdrawing, going back. Every step is a new version.

Each function is one transaction and one change of the catalogue with author and reason; the record in force and its
version swap together. A search takes the change up by itself (`Knowledge.refresh` in `web.service`), answers read the
record in force at once. Nothing is ever overwritten: what was published on a day can be read and brought back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, Engine

from knowledge.catalog import ADMIN, FAQ, is_live, live_row, names_json, row_of
from knowledge.days import today
from knowledge.history import called_now
from knowledge.types import Procedure, Status
from storage.database import writing
from storage.procedures import (
    CatalogueVersion,
    Names,
    State,
    add_version,
    fetch_change,
    fetch_names,
    fetch_states,
    lock_catalogue,
    merged,
    save,
    save_names,
    settle_version,
)
from storage.versions import (
    VersionRow,
    add_versions,
    fetch_change_versions,
    fetch_changed_since,
    fetch_due,
    fetch_version,
    fetch_versions,
    newest_numbers,
)


class Refused(ValueError):  # noqa: N818 - the step is refused, nothing is broken
    """A step cannot be done; the text tells the administrator why and what to do instead."""


class Unchanged(Refused):
    """There is nothing to change: it is so already."""


class Conflict(Refused):
    """Somebody else was quicker: `newest` is the version there is now, None when there is none."""

    def __init__(self, code: str, newest: VersionRow | None) -> None:
        """Say who changed what in between."""
        self.code, self.newest = code, newest
        if newest is None:
            super().__init__(f"Thủ tục {code} chưa có phiên bản nào.")
        else:
            who = newest.author or "chương trình nạp dữ liệu"
            super().__init__(
                f"Thủ tục {code} đã có phiên bản {newest.number} ({who}: {newest.reason}). "
                "Mở lại phiên bản mới nhất, xem khác biệt rồi sửa tiếp; bản anh/chị đang sửa chưa được lưu."
            )


@dataclass(frozen=True, slots=True)
class Changed:
    """What a step did: the number of the change of the catalogue, and the new version number by code."""

    change_id: int
    versions: Mapping[str, int]


class Publishing:
    """Changes the catalogue of one database on behalf of administrators."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine whose schema is up to date."""
        self._engine = engine

    def draft(self, procedure: Procedure, author: str, why: str, based_on: int) -> int:
        """Keep an edition that citizens do not see yet, and return its version number.

        `based_on` is the newest version the author saw, 0 for a new procedure. Names are those the author sees in
        all; what is missing among them is silenced when the draft is published. Raises Conflict when there is a newer
        version, Refused when the procedure cannot be right.
        """
        _check(procedure)
        with self._step(author, why) as connection:
            newest = fetch_version(connection, procedure.code)
            if (newest.number if newest else 0) != based_on:
                raise Conflict(procedure.code, newest)
            row = row_of(replace(procedure, status=Status.DRAFT), ADMIN, author, why)
            add_versions(connection, [replace(row, number=based_on + 1)])
            return based_on + 1

    def publish(self, code: str, number: int, author: str, why: str) -> Changed:
        """Put a draft in force, or schedule it when its day is still to come.

        Raises Conflict when the draft is not the newest version any more, Refused when it is no draft.
        """
        with self._step(author, why) as connection:
            newest = fetch_version(connection, code)
            if newest is None or newest.number != number:
                raise Conflict(code, newest)
            if newest.status not in (Status.DRAFT, Status.SCHEDULED):
                raise Refused(f"Phiên bản {number} của {code} không phải bản nháp nên không có gì để công bố.")
            return _apply(connection, [_again(newest, number + 1, author, why)], author, why)

    def withdraw(self, code: str, author: str, why: str) -> Changed:
        """Take a procedure out of search and answers. Raises Refused when it is not published."""
        with self._step(author, why) as connection:
            held, live = _in_force(connection, code)
            if held.status != Status.PUBLISHED:
                raise Refused(f"Thủ tục {code} đang không công bố.")
            number = newest_numbers(connection, [code])[code] + 1
            gone = replace(_again(live, number, author, why), status=Status.WITHDRAWN)
            return _apply(connection, [gone], author, why)

    def restore(self, code: str, author: str, why: str) -> Changed:
        """Publish again what was withdrawn, as it last was. Raises Refused when it is not withdrawn."""
        with self._step(author, why) as connection:
            held, live = _in_force(connection, code)
            if held.status != Status.WITHDRAWN:
                raise Refused(f"Thủ tục {code} đang được công bố.")
            number = newest_numbers(connection, [code])[code] + 1
            back = _again(replace(live, status=Status.PUBLISHED), number, author, why)
            return _apply(connection, [back], author, why)

    def rollback(self, code: str, number: int, author: str, why: str) -> Changed:
        """Make an earlier version of one procedure the newest one. Raises Refused when there is no such version."""
        with self._step(author, why) as connection:
            target = fetch_version(connection, code, number)
            if target is None:
                raise Refused(f"Thủ tục {code} không có phiên bản {number}.")
            newest = newest_numbers(connection, [code])[code]
            return _apply(connection, [_again(target, newest + 1, author, why)], author, why)

    def rollback_all(self, change_id: int, author: str, why: str) -> Changed:
        """Bring every procedure back to what was in force just after a change of the catalogue.

        What came later is withdrawn. FAQ entries have a history of their own and stay. Raises Refused when there is
        no such change, or nothing has changed since.
        """
        with self._step(author, why) as connection:
            if fetch_change(connection, change_id) is None:
                raise Refused(f"Không có lần thay đổi số {change_id}. Xem: motcua catalogue log")
            editions = _editions_of(connection, change_id, author, why)
            if not editions:
                raise Refused(f"Từ lần thay đổi số {change_id} đến nay không có thủ tục nào thay đổi.")
            return _apply(connection, editions, author, why)

    def rename(self, code: str, change: Callable[[Names], Names], author: str, why: str) -> Changed:
        """Change what a published procedure is called, at once, and nothing else of it.

        `change` gets the names of now, without the questions of FAQ entries, and returns those wanted. Editions that
        wait, a draft or one for a coming day, wait on with the same change. Raises Unchanged when that is what it is
        called already, Refused when it is not published.
        """
        with self._step(author, why) as connection:
            held, live = _in_force(connection, code)
            if held.status != Status.PUBLISHED:
                raise Refused(f"Thủ tục {code} đang không công bố.")
            before = called_now(connection, code)
            called = change(before)
            if called == before:
                raise Unchanged(f"Tên gọi của thủ tục {code} đã như vậy, không có gì để đổi.")
            number = newest_numbers(connection, [code])[code] + 1
            named = replace(_again(live, number, author, why), status=Status.PUBLISHED, names=names_json(called))
            scheduled, draft = _waiting(connection, code, held.version)
            coming = [_renamed(row, number + 1, change) for row in scheduled]
            changed = _apply(connection, [named, *coming], author, why)
            add_versions(connection, [_renamed(row, number + 1 + len(coming), change) for row in draft])
            return Changed(changed.change_id, {code: number})

    def undo(self, change_id: int, author: str, why: str) -> Changed:
        """Take one change of the catalogue back: what it made and is still in force becomes what it was before.

        Procedures that somebody changed since stay as they are. Raises Refused when there is nothing to take back.
        """
        with self._step(author, why) as connection:
            still = still_in_force(connection, change_id)
            editions = [row for row in _editions_of(connection, change_id - 1, author, why) if row.code in still]
            if not editions:
                raise Refused(f"Lần thay đổi số {change_id} không còn gì để hoàn tác.")
            return _apply(connection, editions, author, why)

    def publish_due(self, day: date | None = None) -> Changed | None:
        """Put in force what was scheduled for `day` (today) or before; None when there is nothing."""
        day = day or today()
        with self._engine.connect() as connection:
            if not fetch_due(connection, day):
                return None
        with writing(self._engine) as connection:
            lock_catalogue(connection)
            due = fetch_due(connection, day)
            if not due:  # another process was quicker
                return None
            numbers, why = newest_numbers(connection, [row.code for row in due]), "Đến ngày có hiệu lực"
            editions = [_again(row, numbers[row.code] + 1, row.author, why) for row in due]
            return _apply(connection, [replace(row, status=Status.PUBLISHED) for row in editions], "", why)

    @contextmanager
    def _step(self, author: str, why: str) -> Iterator[Connection]:
        if not author.strip() or not why.strip():
            raise Refused("Mỗi thay đổi cần có người thực hiện và lý do.")
        with writing(self._engine) as connection:
            lock_catalogue(connection)
            yield connection


def still_in_force(connection: Connection, change_id: int) -> set[str]:
    """Return the codes of the procedures that are as this change of the catalogue made them."""
    made = dict(fetch_change_versions(connection, change_id))
    states = fetch_states(connection, list(made))
    return {code for code, state in states.items() if state.version == made[code]}


def _check(procedure: Procedure) -> None:
    if not procedure.code.strip() or not procedure.name.strip():
        raise Refused("Thủ tục cần có mã và tên.")
    first, last = procedure.effective_on, procedure.expires_on
    if first and last and last < first:
        raise Refused(f"Ngày hết hiệu lực ({last:%d/%m/%Y}) ở trước ngày có hiệu lực ({first:%d/%m/%Y}).")


def _again(version: VersionRow, number: int, author: str, why: str) -> VersionRow:
    """Return an earlier edition as a new one of the administrators."""
    status: str = version.status
    if status != Status.WITHDRAWN:
        status = Status.SCHEDULED if (version.effective_on or date.min) > today() else Status.PUBLISHED
    return replace(version, number=number, status=status, origin=ADMIN, author=author, reason=why)


def _in_force(connection: Connection, code: str) -> tuple[State, VersionRow]:
    held = fetch_states(connection, [code]).get(code)
    live = fetch_version(connection, code, held.version) if held else None
    if held is None or live is None:
        raise Refused(f"Không có thủ tục {code} trong danh mục.")
    return held, live


def _waiting(connection: Connection, code: str, live: int) -> tuple[list[VersionRow], list[VersionRow]]:
    """Return the edition of a procedure that waits for its day, and the draft; each none or one."""
    scheduled = [row for row in fetch_due(connection, date.max) if row.code == code]
    newest = fetch_version(connection, code)
    draft = newest is not None and newest.status == Status.DRAFT and newest.number > live
    return scheduled, [newest] if newest is not None and draft else []


def _renamed(version: VersionRow, number: int, change: Callable[[Names], Names]) -> VersionRow:
    """Return an edition that waits as the newest one, still its author's, with its names changed."""
    held = version.names
    if held is None:
        return replace(version, number=number)
    names = change(Names(tuple(held["aliases"]), tuple(held["questions"])))
    return replace(version, number=number, names=names_json(names))


def _editions_of(connection: Connection, change_id: int, author: str, why: str) -> list[VersionRow]:
    """Return the new editions that undo what came after a change."""
    then = fetch_changed_since(connection, change_id)
    states, numbers = fetch_states(connection, list(then)), newest_numbers(connection, list(then))
    wanted = {code: target[0] if target else states[code].version for code, target in then.items()}
    rows = fetch_versions(connection, wanted.items())
    editions = []
    for code, target in then.items():
        status = target[1] if target else Status.WITHDRAWN
        if status == states[code].status == Status.WITHDRAWN:
            continue
        edition = replace(rows[code], status=status)
        editions.append(_again(edition, numbers[code] + 1, author, why))
    return editions


def _apply(connection: Connection, editions: Sequence[VersionRow], author: str, why: str) -> Changed:
    """Write editions down as one change and swap those that take effect at once into force."""
    codes = [row.code for row in editions]
    held = fetch_states(connection, codes)
    live = [row for row in editions if is_live(row)]
    save(connection, [live_row(row, held.get(row.code)) for row in live])
    _save_names(connection, live)
    fates = Counter(_fate(row, held.get(row.code)) for row in live)
    counts = (fates["added"], fates["changed"], fates["withdrawn"])
    change = add_version(connection, CatalogueVersion(ADMIN, why, None, *counts, total=0, author=author))
    add_versions(connection, [replace(row, change_id=change) for row in editions])
    settle_version(connection, change)
    return Changed(change, {row.code: row.number for row in editions})


def _fate(row: VersionRow, held: State | None) -> str:
    if row.status == Status.WITHDRAWN:
        return "withdrawn"
    return "changed" if held is not None and held.status == Status.PUBLISHED else "added"


def _save_names(connection: Connection, editions: Iterable[VersionRow]) -> None:
    """Keep, as names of the administrators, how the names of these editions differ from those of other origins."""
    kept = {row.code: row.names for row in editions if row.names is not None}
    held = fetch_names(connection, list(kept))
    ours: dict[str, Names] = {}
    for code, names in kept.items():
        others = {origin: texts for origin, texts in held.get(code, {}).items() if origin not in (ADMIN, FAQ)}
        asked = held.get(code, {}).get(FAQ, Names()).questions  # they come and go with their entries
        delta = _delta(
            {role: [text for text in texts if text not in asked] for role, texts in names.items()}, merged(others)
        )
        if delta != held.get(code, {}).get(ADMIN, Names()):
            ours[code] = delta
    save_names(connection, ADMIN, ours)


def _delta(wanted: Mapping[str, list[str]], others: Names) -> Names:
    added = [
        tuple(text for text in wanted[role] if text not in held)
        for role, held in (("aliases", others.aliases), ("questions", others.questions))
    ]
    kept = {*wanted["aliases"], *wanted["questions"]}
    missing = [text for text in (*others.aliases, *others.questions) if text not in kept]
    return Names(added[0], added[1], tuple(dict.fromkeys(missing)))
