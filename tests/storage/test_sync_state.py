from dataclasses import replace

from sqlalchemy import Engine

from storage.database import writing
from storage.schema import now
from storage.sync_state import Fetched, Held, fetch_held, fetch_rows, fetch_seen, forget, keep, settle

RECORD = Fetched("b", "1.900001", False, "m", 1_776_763_561_895, "f", {"ten": "Cấp thẻ"})


def test_before_the_first_sync_nothing_is_held(engine: Engine) -> None:
    with engine.connect() as connection:
        assert fetch_held(connection) == Held(0, 0, None)


def test_a_record_is_pending_until_it_is_settled(engine: Engine) -> None:
    with writing(engine) as connection:
        keep(connection, RECORD)
        keep(connection, replace(RECORD, id="a"))
        assert list(fetch_rows(connection)) == ["a", "b"]
        settle(connection, ["a"])
    with engine.connect() as connection:
        assert fetch_rows(connection) == {"b": {"ten": "Cấp thẻ"}}
        held = fetch_held(connection)
        assert held == Held(2, 1, held.fetched_at)
        seen = fetch_seen(connection)
    assert {identity: one.pending for identity, one in seen.items()} == {"a": False, "b": True}
    assert (seen["b"].code, seen["b"].mark, seen["b"].updated_at) == ("1.900001", "m", 1_776_763_561_895)
    assert abs((now() - seen["b"].fetched_at).total_seconds()) < 60


def test_a_record_read_again_takes_the_place_of_the_first(engine: Engine) -> None:
    with writing(engine) as connection:
        keep(connection, RECORD)
        keep(connection, replace(RECORD, fingerprint="g", row=None))
        assert fetch_rows(connection) == {}
        assert fetch_seen(connection)["b"].fingerprint == "g"


def test_more_records_are_forgotten_than_fit_in_one_statement(engine: Engine) -> None:
    ids = [f"{number:04d}" for number in range(1_100)]
    with writing(engine) as connection:
        for identity in ids:
            keep(connection, replace(RECORD, id=identity))
        settle(connection, ids)
        forget(connection, ids[1:])
        assert [one.pending for one in fetch_seen(connection).values()] == [False]
