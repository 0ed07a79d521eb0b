"""Everything is answered exactly once and in order, though the process is killed again and again (all of it:
`benchmarks/deliveries.py`)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from tests.channels.loopback import Plan, run


async def test_nothing_is_lost_doubled_or_out_of_order(engine: Engine, database_url: str, tmp_path: Path) -> None:
    found = await run(Plan(deliveries=300, kills=4, people=25), database_url, tmp_path, engine)
    assert found.wrong == []
    assert found.kills == 4
    assert found.repeats == 90
    assert sum(found.faults.values()) > found.sends
