"""`motcua sync`: one sync at a time, its report in words and as JSON."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from knowledge.differences import Fate
from knowledge.portal.client import Manners, PortalError, open_portal
from knowledge.portal.sync import LARGEST_LOSS, SyncReport, sync
from web.changes import changes_json, print_changes, print_skipped, skipped_json
from web.settings import Settings
from web.sync_runs import Running, SyncRuns, lock_of

Progress = Callable[[str, int, int], None]
_LOOKS_EVERY_S = 0.5


class Busy(PortalError):  # noqa: N818 - it says what is the matter
    """Another sync of this installation is under way."""


class Stopped(PortalError):  # noqa: N818 - it says what happened
    """Somebody asked the sync to stop; what was read is kept."""


def run_sync(
    settings: Settings,
    engine: Engine,
    progress: Progress,
    max_age: timedelta,
    *,
    accept_losses: bool,
    dry_run: bool,
    author: str = "",
) -> SyncReport:
    """Sync with the portal of the settings, and write down how far it is and what it did (`web.sync_runs`).

    Raises PortalError: the portal's, Busy, or Stopped when somebody asked for that on the page.
    """
    runs = SyncRuns(settings.data)

    async def work(told: Progress) -> SyncReport:
        async with open_portal(settings.portal_base, settings.public_url, Manners(rate=settings.portal_rate)) as portal:
            return await sync(portal, engine, told, max_age, accept_losses=accept_losses, dry_run=dry_run)

    with _alone(lock_of(settings.data)), runs.run(author, dry_run=dry_run) as running:

        def told(what: str, done: int, total: int) -> None:
            running.progress(what, done, total)
            progress(what, done, total)

        report = asyncio.run(_unless_stopped(work(told), running))
        running.finish(report, what_is_left(report))
        return report


async def _unless_stopped(work: Coroutine[Any, Any, SyncReport], running: Running) -> SyncReport:
    """Do the work, but end it when somebody asks for that. Raises Stopped."""
    working = asyncio.ensure_future(work)
    while not working.done():
        await asyncio.wait((working,), timeout=_LOOKS_EVERY_S)
        if not working.done() and running.stop_asked:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            raise Stopped("Đã dừng theo yêu cầu.")
    return working.result()


def print_report(report: SyncReport, dry_run: bool, console: Console) -> None:
    """Print what a sync did: counts, changes field by field, what was left out and why."""
    counts = {fate: sum(change.fate is fate for change in report.changes) for fate in Fate}
    table = Table(title="Sẽ thay đổi" if dry_run else "Đã đồng bộ", title_justify="left", show_header=False)
    for name, count in (
        ("Trong danh sách của Cổng", report.listed),
        ("Đọc lại lần này", report.read),
        ("Mới", counts[Fate.ADDED]),
        ("Đổi nội dung", counts[Fate.CHANGED]),
        ("Ngừng", counts[Fate.WITHDRAWN]),
        ("Giữ bản đang có (mới bằng)", counts[Fate.KEPT]),
        ("Bỏ qua", len(report.rejected)),
        ("Không đọc được", len(report.unread)),
        ("Đang công bố", report.catalogue.total),
    ):
        table.add_row(name, str(count))
    console.print(table)
    print_changes(report.changes, console)
    print_skipped(report.rejected, "bỏ qua", console)
    print_skipped(report.unread, "không đọc được", console)
    if not report.complete:
        console.print("  Danh sách của Cổng chưa trọn, nên lần này không ngừng thủ tục nào.")


def report_json(report: SyncReport) -> dict[str, Any]:
    """Return all that a sync did."""
    catalogue = asdict(report.catalogue)
    del catalogue["skipped"]
    return {
        "listed": report.listed,
        "complete": report.complete,
        "read": report.read,
        "catalogue": catalogue,
        **changes_json(report.changes),
        "rejected": skipped_json(report.rejected),
        "unread": skipped_json(report.unread),
        "lost": list(report.lost),
    }


def what_is_left(report: SyncReport) -> str:
    """Return what somebody has to look at, "" when all went well."""
    if report.lost:
        shown = ", ".join(report.lost[:5])
        return (
            f"{len(report.lost)} thủ tục không còn trong danh sách của Cổng ({shown} …), hơn {LARGEST_LOSS:.0%} số đã "
            "biết, nên chưa ngừng. Nếu đúng là Cổng đã bỏ: motcua sync --accept-losses"
        )
    if report.unread:
        return f"{len(report.unread)} bản ghi chưa đọc được; phần còn lại đã xong. Chạy lại sau: motcua sync"
    return ""


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock that the system frees when the process ends, however it ends."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("Một lần đồng bộ khác đang chạy. Đợi nó xong.") from None
        yield
