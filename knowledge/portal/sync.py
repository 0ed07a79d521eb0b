"""Keeping the catalogue in step with the portal: list, read what may have changed, put it in as one change.

Whatever was read is written down at once, so a sync that is killed goes on where it stopped; the catalogue itself is
changed once, at the end, in one transaction. Killing it at any instant and running it again ends in the same store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Engine

from knowledge.catalog import ADMIN, STARTER, Catalog, ImportReport, Skipped
from knowledge.days import today
from knowledge.differences import Change, Fate, foresee
from knowledge.importers.cleaning import clean_code, clean_line
from knowledge.importers.fields import Json, Unfit
from knowledge.importers.jsonl import procedure_of
from knowledge.portal.client import Item, Listing, NotThere, Portal, PortalError, Refused
from knowledge.portal.records import row_of, updated_at
from knowledge.records import hash_of
from knowledge.types import Procedure, Status
from storage.database import writing
from storage.procedures import fetch_states
from storage.schema import now
from storage.sync_state import Fetched, Seen, fetch_rows, fetch_seen, forget, keep, settle

ORIGIN = "portal"
NOTE = "Đồng bộ từ Cổng Dịch vụ công quốc gia"
LARGEST_LOSS = 0.1  # share of what was listed before that may be gone at once; more looks like a fault of the portal
_MOST_FAILURES = 10
# Editions that yield to newer records only: the plain ones, and those that a person corrected.
_HOLDING = (STARTER, ADMIN)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, or would do.

    `read` counts the records read in this run, `unread` those that could not be. `complete`: the list was whole, so
    that what it lacks is known to be gone. `lost` are codes that it lacks but that were not withdrawn, because they
    were too many at once.
    """

    listed: int
    complete: bool
    read: int
    changes: tuple[Change, ...]
    rejected: tuple[Skipped, ...]
    unread: tuple[Skipped, ...]
    lost: tuple[str, ...]
    catalogue: ImportReport


async def sync(
    portal: Portal,
    engine: Engine,
    progress: Progress,
    max_age: timedelta,
    *,
    accept_losses: bool = False,
    dry_run: bool = False,
) -> SyncReport:
    """Bring the catalogue up to the portal; with `dry_run` only tell what would change.

    A record is read when it is new, when the list shows it differently, or when it was last read `max_age` ago and
    the list does not say when records were changed. Raises PortalError; what was read until then is kept.
    """
    listing = await portal.list(lambda read, total: progress("list", read, total))
    if not listing.items:
        raise PortalError("Cổng trả danh sách rỗng. Không thay đổi gì; chạy lại sau.")
    read, unread = await _read(portal, engine, listing, max_age, lambda done, total: progress("read", done, total))
    return replace(_apply(engine, listing, accept_losses, dry_run), read=read, unread=unread)


def waiting(engine: Engine) -> tuple[tuple[Change, ...], tuple[Skipped, ...]]:
    """Return what was read and the catalogue has not got: what would become of it now, and what cannot be taken."""
    with engine.connect() as connection:
        rows = fetch_rows(connection)
    procedures, rejected = [], []
    for identity, row in rows.items():
        try:
            procedures.append(procedure_of(row))
        except Unfit as error:
            rejected.append(Skipped(f"{row.get('ma', '')} {identity}".strip(), str(error)))
    return foresee(engine, procedures, ORIGIN), tuple(rejected)


async def _read(
    portal: Portal, engine: Engine, listing: Listing, max_age: timedelta, progress: Callable[[int, int], None]
) -> tuple[int, tuple[Skipped, ...]]:
    """Read what may have changed and write it down; return how many were read and which could not be."""
    with engine.connect() as connection:
        seen = fetch_seen(connection)
    due = [item for item in listing.items.values() if _is_due(item, seen.get(item.id), max_age)]
    unread: list[Skipped] = []
    queue, done = iter(due), 0

    async def work() -> None:
        nonlocal done
        for item in queue:
            try:
                _keep(engine, item, seen.get(item.id), await portal.detail(item.id))
            except Refused:
                raise
            except (NotThere, Unfit, PortalError) as error:
                unread.append(Skipped(item.id, str(error)))
                if isinstance(error, PortalError) and len(unread) >= _MOST_FAILURES:
                    raise
            done += 1
            progress(done, len(due))

    await _together(work() for _ in range(portal.at_once))
    return len(due) - len(unread), tuple(unread)


def _is_due(item: Item, seen: Seen | None, max_age: timedelta) -> bool:
    if seen is None or item.mark != seen.mark:
        return True
    if item.updated_at is not None:
        return item.updated_at != seen.updated_at
    return now() - seen.fetched_at >= max_age


def _keep(engine: Engine, item: Item, seen: Seen | None, detail: Json) -> None:
    row = row_of(detail)
    fingerprint = hash_of(row)
    in_catalogue = seen is not None and not seen.pending and seen.fingerprint == fingerprint
    code = clean_line(str(row["ma"] or ""))[:40]
    changed_at = updated_at(detail) or 0
    internal = row["loai"] == "STANDARD_INTERNAL"
    record = Fetched(item.id, code, internal, item.mark, changed_at, fingerprint, None if in_catalogue else row)
    with writing(engine) as connection:
        keep(connection, record)


async def _together(jobs: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run jobs until all are done or one raises; then the others are stopped."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Offers(NamedTuple):
    """Procedures to put in by the portal's id, and the records that cannot be, with the reason."""

    procedures: dict[str, Procedure]
    rejected: tuple[Skipped, ...]


def _apply(engine: Engine, listing: Listing, accept_losses: bool, dry_run: bool) -> SyncReport:
    """Put what was read into the catalogue and withdraw what is gone, as one change."""
    with engine.connect() as connection:
        seen, rows = fetch_seen(connection), fetch_rows(connection)
    offers = _offers(listing, seen, rows)
    missing = [identity for identity in seen if identity not in listing.items] if listing.complete else []
    gone = _gone_codes(seen, missing)
    refused = not accept_losses and len(gone) > LARGEST_LOSS * len({_code(one.code) for one in seen.values()})
    withdrawn = [] if refused else _withdrawn(engine, gone)
    procedures = [*offers.procedures.values(), *withdrawn]
    changes = tuple(change for change in foresee(engine, procedures, ORIGIN) if change.fate is not Fate.UNCHANGED)
    catalogue = Catalog(engine).put(procedures, ORIGIN, NOTE, dry_run=dry_run)
    if not dry_run:
        _settle(engine, offers, [] if refused else _with_siblings(seen, missing))
    lost = tuple(gone) if refused else ()
    return SyncReport(len(listing.items), listing.complete, 0, changes, offers.rejected, (), lost, catalogue)


def _offers(listing: Listing, seen: dict[str, Seen], rows: dict[str, Json]) -> _Offers:
    """Return what is to be put in: of several records with one code, the one of `_rank`."""
    best: dict[str, str] = {}
    for identity in sorted(listing.items.keys() & seen.keys(), key=lambda one: _rank(one, seen[one])):
        best[_code(seen[identity].code)] = identity
    procedures: dict[str, Procedure] = {}
    rejected = []
    for identity in (one for one in rows if one in listing.items):
        code = seen[identity].code
        where, chosen = f"{code} {identity}", best[_code(code)]
        if chosen != identity:
            rejected.append(Skipped(where, f"trùng mã với bản ghi {chosen}, được chọn thay"))
            continue
        try:
            procedures[identity] = procedure_of(rows[identity])
        except Unfit as error:
            rejected.append(Skipped(where, str(error)))
    return _Offers(procedures, tuple(rejected))


def _rank(identity: str, seen: Seen) -> tuple[bool, bool, int, str]:
    """Order records of one code; the last counts: a public one, with the bare code, changed last."""
    return not seen.internal, seen.code == clean_code(seen.code), seen.updated_at, identity


def _code(raw: str) -> str:
    return clean_code(raw) or raw


def _gone_codes(seen: dict[str, Seen], missing: list[str]) -> list[str]:
    lost = set(missing)
    left = {_code(one.code) for identity, one in seen.items() if identity not in lost}
    return sorted({_code(seen[identity].code) for identity in missing} - left)


def _with_siblings(seen: dict[str, Seen], missing: list[str]) -> list[str]:
    """Return what is missing, and the records that share a code with it: those have to be read again to take over."""
    codes = {_code(seen[identity].code) for identity in missing}
    return [identity for identity, one in seen.items() if _code(one.code) in codes]


def _withdrawn(engine: Engine, codes: list[str]) -> list[Procedure]:
    """Return the editions that take these procedures out of search and answers."""
    with engine.connect() as connection:
        states = fetch_states(connection)
    catalog = Catalog(engine)
    held = [procedure for code in codes if (procedure := catalog.get(code))]
    return [
        replace(
            procedure,
            status=Status.WITHDRAWN,
            aliases=(),
            questions=(),
            # That the portal dropped it is news of today.
            updated_at=today() if states[procedure.code].origin in _HOLDING else procedure.updated_at,
        )
        for procedure in held
    ]


def _settle(engine: Engine, offers: _Offers, missing: list[str]) -> None:
    """Note what the catalogue has got. What another edition kept out is offered again next time."""
    with writing(engine) as connection:
        states = fetch_states(connection)
        codes = {identity: procedure.code for identity, procedure in offers.procedures.items()}
        settle(connection, [identity for identity, code in codes.items() if states[code].origin not in _HOLDING])
        forget(connection, missing)
