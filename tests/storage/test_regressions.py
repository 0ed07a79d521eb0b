"""Regression cases and their runs as rows, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from storage.audit import Wanted, lines
from storage.checks import ALL, FAILED, RUNNING, Checks
from storage.regressions import Regressions
from storage.schema import checks as table
from storage.schema import now

CASE = {"kind": "answer", "question": "làm giấy đẻ ở đâu", "gold_codes": ["1.001193"]}


@pytest.fixture
def regressions(engine: Engine) -> Regressions:
    return Regressions(engine)


@pytest.fixture
def checks(engine: Engine) -> Checks:
    return Checks(engine)


def test_a_case_is_kept_changed_and_switched_off_with_a_line_in_the_audit(
    regressions: Regressions, engine: Engine
) -> None:
    number = regressions.add(CASE, ["1.001193"], "question:7", "lan")
    (held,) = regressions.active()
    assert (held.id, held.case, held.codes, held.origin, held.author) == (
        number,
        CASE,
        ("1.001193",),
        "question:7",
        "lan",
    )
    changed = CASE | {"gold_codes": ["1.000656"]}
    assert regressions.change(number, changed, ["1.000656"], "minh")
    assert regressions.active(["1.000656"])[0].case == changed
    assert regressions.active(["1.001193"]) == []
    assert regressions.deactivate(number, "minh", "không còn đúng")
    assert regressions.active() == []
    assert [case.active for case in regressions.list()] == [False]
    assert regressions.activate(number, "minh", "lại đúng")
    assert not regressions.deactivate(99, "minh", "không có")
    noted = [(line.action, line.subject, line.author) for line in lines(engine, Wanted(action="regression"), 9)]
    assert noted == [
        ("regression.activate", str(number), "minh"),
        ("regression.deactivate", str(number), "minh"),
        ("regression.change", str(number), "minh"),
        ("regression.add", str(number), "lan"),
    ]


def test_the_same_question_of_the_same_origin_is_one_case(regressions: Regressions) -> None:
    first = regressions.add(CASE, ["1.001193"], "mark:1", "lan")
    assert regressions.add(CASE, ["1.001193"], "mark:1", "lan") == first
    assert regressions.add(CASE, ["1.001193"], "mark:2", "lan") != first
    regressions.deactivate(first, "lan", "nhầm")
    assert regressions.add(CASE, ["1.001193"], "mark:1", "lan") != first


def test_what_one_thing_was_made_into_is_switched_off_together(regressions: Regressions) -> None:
    regressions.add(CASE, ["1.001193"], "question:7", "lan")
    regressions.add(CASE | {"question": "giấy đẻ mấy ngày"}, ["1.001193"], "question:7", "lan")
    kept = regressions.add(CASE, ["1.001193"], "question:70", "lan")
    assert regressions.deactivate_of("question:7", "lan", "hoàn tác") == 2
    assert [case.id for case in regressions.active()] == [kept]


def test_a_case_of_the_programs_file_is_silenced_and_heard_again(regressions: Regressions) -> None:
    regressions.silence("r-0001", "lan", "lệ phí đã đổi")
    regressions.silence("r-0001", "lan", "lệ phí đã đổi")
    assert regressions.silenced() == {"r-0001"}
    assert (regressions.list(), regressions.active()) == ([], [])
    regressions.voice("r-0001", "lan", "nhầm")
    assert regressions.silenced() == set()


def test_a_run_is_followed_from_beginning_to_end(checks: Checks) -> None:
    number = checks.start(ALL, "lan")
    assert checks.running() == number
    checks.progress(number, 3, 10, 2)
    held = checks.get(number)
    assert held is not None
    assert (held.status, held.done, held.count, held.right) == (RUNNING, 3, 10, 2)
    wrong = [{"id": "r-0001"}, {"id": "r-0002"}]
    checks.end(number, 8, wrong[:1], wrong)
    last = checks.last_done()
    assert last is not None
    assert (last.right, last.fallen, last.wrong, checks.running()) == (8, wrong[:1], wrong, None)


def test_the_nightly_run_begins_once(checks: Checks) -> None:
    due = now() - timedelta(minutes=1)
    assert checks.start_nightly(due) is not None
    assert checks.start_nightly(due) is None
    assert checks.start_nightly(now() + timedelta(seconds=1)) is not None


def test_a_run_that_was_cut_off_with_its_process_is_not_running_for_ever(checks: Checks, engine: Engine) -> None:
    number = checks.start(ALL, "lan")
    with engine.begin() as connection:
        connection.execute(update(table).values(started_at=now() - timedelta(hours=1)))
    assert checks.running() is None
    assert checks.newest(5)[0].status == FAILED
    again = checks.start(ALL, "lan")
    assert [check.id for check in checks.newest(5)] == [again, number]
    assert [check.id for check in checks.newest(5, before=again)] == [number]
