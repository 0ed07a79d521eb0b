"""How long a sync takes, from a local portal that fails as the national one does."""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from knowledge.portal.client import Manners, open_portal
from knowledge.portal.sync import SyncReport, sync
from storage.database import open_database, upgrade
from tests.portal.local_portal import LocalPortal, served

WEEK, ALWAYS = timedelta(days=7), timedelta(0)
FAULTS = ("429", "429 after", "503 date", "500", "cut", "half")


def faults() -> Iterator[str]:
    dice = random.Random(3)
    while True:
        yield dice.choice(FAULTS) if dice.random() < 1 / 20 else ""


def run(base: str, engine: Engine, rate: float, max_age: timedelta) -> SyncReport:
    async def go() -> SyncReport:
        async with open_portal(base, "https://example.gov.vn", Manners(rate=rate)) as portal:
            return await sync(portal, engine, lambda _what, _done, _total: None, max_age)

    return asyncio.run(go())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("details", type=Path)
    parser.add_argument("--rate", type=float, default=50.0)
    options = parser.parse_args()
    with gzip.open(options.details, "rt", encoding="utf-8") as lines:
        portal = LocalPortal([json.loads(line)["detail"] for line in lines], faults())
    with tempfile.TemporaryDirectory() as folder, served(portal) as base:
        engine = open_database(f"sqlite:///{folder}/motcua.db")
        upgrade(engine)
        for name, max_age in (("all new", WEEK), ("nothing new", WEEK), ("all read again", ALWAYS)):
            portal.asked.clear()
            started, busy = time.perf_counter(), time.process_time()
            report = run(base, engine, options.rate, max_age)
            took, worked = time.perf_counter() - started, time.process_time() - busy
            fates = dict(Counter(change.fate.value for change in report.changes))
            told = f"{report.read} read, {len(report.rejected)} rejected, {len(report.unread)} unread"
            print(f"{name:15} {took:6.1f} s, {worked:5.1f} s CPU, {len(portal.asked)} calls, {told}, {fates}")


if __name__ == "__main__":
    main()
