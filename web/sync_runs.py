"""The syncs of one installation as written down: how far the running one is, what earlier ones did.

They are files in the data folder, so that the page shows what `motcua sync` did, and can ask it to stop.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from knowledge.catalog import Skipped
from knowledge.portal.client import PortalError
from knowledge.portal.sync import SyncReport
from storage.schema import now
from web.admin.plan import Plan, load_plan, plan_of, save_plan

_KEPT = 20
_SAVED_EVERY_S = 0.5


class RunStage(StrEnum):
    """What became of a sync."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    BROKEN = "broken"  # stopped, or its process ended


@dataclass(frozen=True, slots=True)
class SyncRun:
    """One sync. `what` is "list" or "read", `done` of `total` how far that is; the counts are its report's."""

    id: str
    at: str
    author: str
    dry_run: bool
    stage: RunStage = RunStage.RUNNING
    ended: str = ""
    said: str = ""
    what: str = ""
    done: int = 0
    total: int = 0
    listed: int = 0
    complete: bool = True
    read: int = 0
    unread: int = 0
    published: int = 0
    lost: tuple[str, ...] = ()

    @property
    def moment(self) -> datetime:
        """When it began."""
        return datetime.fromisoformat(self.at)

    @property
    def seconds(self) -> int:
        """How long it took, 0 while it runs."""
        return round((datetime.fromisoformat(self.ended) - self.moment).total_seconds()) if self.ended else 0


class Running:
    """The sync that runs in this process."""

    def __init__(self, folder: Path, run: SyncRun) -> None:
        """Write it down as begun."""
        self._folder, self._run, self._saved = folder, run, 0.0
        folder.mkdir(parents=True)
        self._save(run)

    @property
    def stop_asked(self) -> bool:
        """Whether somebody asked for it to stop."""
        return (self._folder / "stop").exists()

    def progress(self, what: str, done: int, total: int) -> None:
        """Note how far it is, twice a second at most."""
        self._run = replace(self._run, what=what, done=done, total=total)
        if time.monotonic() - self._saved >= _SAVED_EVERY_S:
            self._save(self._run)

    def finish(self, report: SyncReport, left: str) -> None:
        """Note what it did; `left` is what somebody has to look at."""
        unread = [Skipped(row.where, f"Không đọc được: {row.reason}") for row in report.unread]
        save_plan(plan_of(report.changes, [*report.rejected, *unread]), self._folder / "plan.json")
        done = replace(
            self._run,
            listed=report.listed,
            complete=report.complete,
            read=report.read,
            unread=len(report.unread),
            published=report.catalogue.total,
            lost=report.lost,
        )
        self._end(done, RunStage.DONE, left)

    def fail(self, stage: RunStage, said: str) -> None:
        """Note why it did not end as it should."""
        self._end(self._run, stage, said)

    def _end(self, run: SyncRun, stage: RunStage, said: str) -> None:
        self._save(replace(run, stage=stage, said=said, ended=now().isoformat()))

    def _save(self, run: SyncRun) -> None:
        self._run, self._saved = run, time.monotonic()
        half = self._folder / "state.half"
        half.write_text(json.dumps(asdict(run), ensure_ascii=False), encoding="utf-8")
        half.replace(self._folder / "state.json")


class SyncRuns:
    """What is written down of syncs."""

    def __init__(self, data: Path) -> None:
        """Look in the data folder of an installation."""
        self._data, self._folder = data, data / "syncs"

    @contextmanager
    def run(self, author: str, *, dry_run: bool) -> Iterator[Running]:
        """Write a sync down while it runs; whoever calls holds the lock. What it raises is noted, and goes on."""
        at = now()
        identity = f"{at:%Y%m%d%H%M%S%f}"
        running = Running(self._folder / identity, SyncRun(identity, at.isoformat(), author, dry_run))
        for old in sorted(self._folder.iterdir())[:-_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        try:
            yield running
        except PortalError as error:
            running.fail(RunStage.BROKEN if running.stop_asked else RunStage.FAILED, str(error))
            raise
        except BaseException:
            running.fail(RunStage.BROKEN, "Đã dừng giữa chừng. Những gì đã đọc được giữ lại, lần sau chạy tiếp.")
            raise

    def all(self) -> list[SyncRun]:
        """Return what is written down, the newest first."""
        found = (self.get(folder.name) for folder in sorted(self._folder.glob("*"), reverse=True))
        return [run for run in found if run is not None]

    def get(self, identity: str) -> SyncRun | None:
        """Return one sync; one whose process is gone is told as broken."""
        if not identity.isdecimal():
            return None
        try:
            data: dict[str, Any] = json.loads((self._folder / identity / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        run = SyncRun(**(data | {"stage": RunStage(data["stage"]), "lost": tuple(data["lost"])}))
        if run.stage is RunStage.RUNNING and not self.busy():
            return replace(run, stage=RunStage.BROKEN, said="Tiến trình đồng bộ đã dừng đột ngột. Lần sau chạy tiếp.")
        return run

    def plan(self, identity: str) -> Plan:
        """Return what a sync changed. Raises OSError where it did not come so far."""
        return load_plan(self._folder / identity / "plan.json")

    def ask_to_stop(self, identity: str) -> None:
        """Ask a sync to stop, whatever process it runs in."""
        (self._folder / identity / "stop").touch()

    def busy(self) -> bool:
        """Tell whether a sync runs now, in whatever process."""
        try:
            with lock_of(self._data).open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def lock_of(data: Path) -> Path:
    """Return the file that a sync locks while it runs."""
    return data / "sync.lock"
