"""A sync that is killed again and again ends in the store of one that nobody disturbed."""

import multiprocessing
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from knowledge.portal.client import PAGE_SIZE
from knowledge.records import hash_of
from storage import schema
from storage.database import open_database, upgrade
from tests.portal import killable
from tests.portal.local_portal import LocalPortal, served
from tests.portal.samples import real_records, record

KILLS = 20
# Preloaded once, then forked: a run starts in milliseconds.
RUNS = multiprocessing.get_context("forkserver")
RUNS.set_forkserver_preload(["tests.portal.killable", "knowledge.portal.sync"])
Json = dict[str, Any]


def start(base: str, database: str) -> Any:
    process = RUNS.Process(target=killable.run, args=(base, database), daemon=True)
    process.start()
    return process


def finish(base: str, database: str) -> float:
    """Let a run come to its end; return the moment of it."""
    process = start(base, database)
    process.join(60)
    assert process.exitcode == 0
    return time.monotonic()


def prepared(path: Path) -> str:
    url = f"sqlite:///{path}"
    engine = open_database(url)
    upgrade(engine)
    engine.dispose()
    return url


def contents(url: str) -> Json:
    """Return all that the sync writes, but for moments and the order of arrays."""
    engine = open_database(url)
    tables = ("procedures", "procedure_versions", "aliases", "catalogue_versions", "portal_records")
    found = {name: rows(engine, name) for name in tables}
    engine.dispose()
    return found


def rows(engine: Engine, name: str) -> list[Json]:
    table = schema.metadata.tables[name]
    kept = [column for column in table.c if not column.name.endswith("_at") or column.name == "updated_at"]
    with engine.connect() as connection:
        found = [dict(row._mapping) for row in connection.execute(select(*kept).order_by(*table.primary_key))]
    return [{key: hash_of(value) if isinstance(value, dict) else value for key, value in row.items()} for row in found]


def faults() -> Iterator[str]:
    """Yield how each call fails: one in twelve in some way."""
    dice = random.Random(7)
    while True:
        yield dice.choice(["429", "503 date", "500", "cut", "half"]) if dice.random() < 1 / 12 else ""


def kill_again_and_again(portal: LocalPortal, base: str, database: str, putting_s: float) -> None:
    """Kill runs at random points: first after some calls, then within the time that putting in takes."""
    dice = random.Random(1)
    whole_list = -(-len(portal.records) // PAGE_SIZE)
    kills, finished = 0, False
    while kills < KILLS:
        reading = finished or kills < KILLS * 0.6
        portal.asked.clear()
        process = start(base, database)
        most = whole_list if finished else whole_list + len(portal.records) // KILLS
        calls = dice.randrange(most) + 1 if reading else whole_list
        while process.is_alive() and len(portal.asked) < calls:
            time.sleep(0.001)
        time.sleep(dice.uniform(0, 0.01 if reading else putting_s))
        process.kill()
        process.join(10)
        kills += process.exitcode == -signal.SIGKILL
        finished = finished or process.exitcode == 0


@pytest.mark.parametrize("real", [False, True], ids=["own", "302-real"])
def test_twenty_kills_at_random_points_change_nothing_in_the_end(tmp_path: Path, real: bool) -> None:
    records = real_records() if real else [record(number) for number in range(60)]
    undisturbed, killed = prepared(tmp_path / "whole.db"), prepared(tmp_path / "killed.db")
    portal = LocalPortal(records, faults())
    last_call = [0.0]
    portal.on_call = lambda _count: last_call.__setitem__(0, time.monotonic())
    with served(portal) as base:
        putting_s = finish(base, undisturbed) - last_call[0]
        expected = contents(undisturbed)
        kill_again_and_again(portal, base, killed, putting_s)
        for _ in range(2):  # the second run changes nothing
            finish(base, killed)
            assert contents(killed) == expected
    assert len(expected["catalogue_versions"]) == 1
    assert len(expected["procedures"]) >= len(records) - 3
