import asyncio
import copy
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from knowledge.catalog import IMPORT, STARTER, Catalog
from knowledge.differences import Difference, Fate
from knowledge.importers.jsonl import procedure_of
from knowledge.portal.client import Manners, PortalError, Refused, open_portal
from knowledge.portal.records import row_of
from knowledge.portal.sync import SyncReport, sync
from knowledge.types import Procedure
from storage.schema import catalogue_versions, now, portal_records
from tests.portal.local_portal import LocalPortal, served
from tests.portal.samples import UPDATED_AT, record

MANNERS = Manners(rate=100_000, at_once=4, attempts=4, first_wait_s=0.001, longest_wait_s=0.01, timeout_s=0.3)
WEEK = timedelta(days=7)


def run(portal: LocalPortal, engine: Engine, max_age: timedelta = WEEK, **options: bool) -> SyncReport:
    async def go() -> SyncReport:
        async with open_portal(base, "x", MANNERS) as client:
            return await sync(client, engine, lambda _what, _done, _total: None, max_age, **options)

    portal.asked.clear()
    with served(portal) as base:
        return asyncio.run(go())


def portal_of(count: int = 12, faults: Iterable[str] = ()) -> LocalPortal:
    return LocalPortal([record(number) for number in range(count)], faults)


def codes(engine: Engine) -> list[str]:
    return [procedure.code for procedure in Catalog(engine).published()]


def get(engine: Engine, code: str) -> Procedure:
    found = Catalog(engine).get(code)
    assert found is not None
    return found


def amounts(engine: Engine, code: str) -> set[int | None]:
    return {fee.amount for method in get(engine, code).methods for fee in method.fees}


def versions(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(catalogue_versions)) or 0


def read(portal: LocalPortal) -> list[str]:
    return [asked for asked in portal.asked if asked != "list"]


def by_fate(report: SyncReport) -> dict[str, Fate]:
    return {change.code: change.fate for change in report.changes}


def plain(number: int) -> Procedure:
    return replace(procedure_of(row_of(record(number))), summary="Giấy chứng nhận cho người dân")


def changed(portal: LocalPortal, number: int, **more: Any) -> str:
    identity = record(number)["id"]
    portal.records[identity] |= more
    return str(identity)


def test_the_first_sync_brings_everything(engine: Engine) -> None:
    portal = portal_of()
    report = run(portal, engine)
    assert codes(engine) == [f"1.9{number:05d}" for number in range(12)]
    assert (report.listed, report.complete, report.read) == (12, True, 12)
    assert set(by_fate(report).values()) == {Fate.ADDED}
    assert report.catalogue.added == 12
    assert amounts(engine, "1.900003") == {8003, 0}


def test_a_sync_again_reads_the_list_only_and_changes_nothing(engine: Engine) -> None:
    portal = portal_of()
    run(portal, engine)
    before = versions(engine)
    report = run(portal, engine)
    assert portal.asked == ["list"]
    assert report.changes == ()
    assert versions(engine) == before


def test_reordered_arrays_and_nulls_are_no_change(engine: Engine) -> None:
    portal = portal_of()
    run(portal, engine)
    before = versions(engine)
    for _ in range(3):
        report = run(portal, engine, max_age=timedelta(0))
        assert len(read(portal)) == 12
        assert report.changes == ()
    assert versions(engine) == before


def test_what_the_list_shows_differently_is_read_and_told_field_by_field(engine: Engine) -> None:
    portal = portal_of()
    run(portal, engine)
    identity = changed(portal, 4, name="Cấp thẻ", updatedAt=UPDATED_AT + 86_400_000)
    portal.records[identity]["executionMethods"] = copy.deepcopy(record(9)["executionMethods"])
    report = run(portal, engine)
    assert read(portal) == [identity]
    (change,) = report.changes
    assert (change.code, change.fate) == ("1.900004", Fate.CHANGED)
    assert change.differences[0] == Difference("name", ("Cấp giấy chứng nhận số 4",), ("Cấp thẻ",))
    assert {difference.field for difference in change.differences} >= {"name", "methods", "updated_at"}
    assert "8.004 đồng" in change.differences[1].before[0]
    assert "8.009 đồng" in change.differences[1].after[0]
    assert amounts(engine, "1.900004") == {8009, 0}


def test_what_the_list_does_not_show_is_found_when_the_reading_is_old(engine: Engine) -> None:
    portal = portal_of()
    run(portal, engine)
    identity = changed(portal, 4, requirementsAndConditions="Đủ 18 tuổi")
    assert run(portal, engine).changes == ()
    with engine.begin() as connection:
        long_ago = update(portal_records).where(portal_records.c.id == identity)
        connection.execute(long_ago.values(fetched_at=now() - timedelta(days=8)))
    report = run(portal, engine)
    assert read(portal) == [identity]
    assert by_fate(report) == {"1.900004": Fate.CHANGED}
    assert get(engine, "1.900004").conditions == "Đủ 18 tuổi"


def test_a_list_that_gives_dates_is_trusted(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    import tests.portal.local_portal as local_portal

    bare = local_portal._item
    monkeypatch.setattr(local_portal, "_item", lambda one: bare(one) | {"updatedAt": one["updatedAt"]})
    portal = portal_of()
    run(portal, engine)
    assert run(portal, engine, max_age=timedelta(0)).read == 0
    identity = changed(portal, 2, updatedAt=UPDATED_AT + 86_400_000)
    run(portal, engine, max_age=timedelta(0))
    assert read(portal) == [identity]


def test_what_leaves_a_whole_list_is_withdrawn_and_may_come_back(engine: Engine) -> None:
    portal = portal_of()
    run(portal, engine)
    gone = portal.records.pop(record(4)["id"])
    report = run(portal, engine)
    assert by_fate(report) == {"1.900004": Fate.WITHDRAWN}
    assert "1.900004" not in codes(engine)
    before = versions(engine)
    assert run(portal, engine).changes == ()
    assert versions(engine) == before
    portal.records[gone["id"]] = gone
    run(portal, engine)
    assert "1.900004" in codes(engine)


def test_a_partial_list_withdraws_nothing(engine: Engine) -> None:
    portal = portal_of()
    run(portal, engine)
    del portal.records[record(4)["id"]]
    portal.hidden = 1
    report = run(portal, engine)
    assert not report.complete
    assert report.changes == ()
    assert "1.900004" in codes(engine)


def test_a_sudden_loss_is_refused_until_it_is_accepted(engine: Engine) -> None:
    portal = portal_of()
    run(portal, engine)
    for number in range(3):
        del portal.records[record(number)["id"]]
    changed(portal, 5, name="Cấp thẻ")
    report = run(portal, engine)
    assert report.lost == ("1.900000", "1.900001", "1.900002")
    assert by_fate(report) == {"1.900005": Fate.CHANGED}, "the rest goes in"
    assert len(codes(engine)) == 12
    report = run(portal, engine, accept_losses=True)
    assert report.lost == ()
    assert len(codes(engine)) == 9


def test_an_empty_list_is_a_fault(engine: Engine) -> None:
    portal = portal_of()
    run(portal, engine)
    portal.records.clear()
    with pytest.raises(PortalError, match="rỗng"):
        run(portal, engine, accept_losses=True)
    assert len(codes(engine)) == 12


def test_a_starter_edition_is_withdrawn_too(engine: Engine) -> None:
    portal = portal_of()
    Catalog(engine).put([plain(4)], STARTER, "ban đầu")
    report = run(portal, engine)
    assert by_fate(report)["1.900004"] is Fate.KEPT
    del portal.records[record(4)["id"]]
    assert by_fate(run(portal, engine)) == {"1.900004": Fate.WITHDRAWN}
    assert "1.900004" not in codes(engine)


def test_what_the_starter_kept_out_goes_in_when_the_starter_drops_it(engine: Engine) -> None:
    portal = portal_of(2)
    Catalog(engine).put([plain(1)], STARTER, "ban đầu")
    run(portal, engine)
    Catalog(engine).put([], STARTER, "ban đầu", complete=True)
    assert codes(engine) == ["1.900000"]
    run(portal, engine)
    assert codes(engine) == ["1.900000", "1.900001"]


def test_internal_ones_never_become_public(engine: Engine) -> None:
    portal = portal_of(3)
    changed(portal, 1, type="STANDARD_INTERNAL")
    changed(portal, 2, isInternal=True)
    run(portal, engine)
    assert codes(engine) == ["1.900000"]


def test_bad_records_are_told_with_the_reason_and_the_good_ones_go_in(engine: Engine) -> None:
    portal = portal_of(4)
    changed(portal, 0, code="1.014955-Xoa")
    changed(portal, 1, type="SPECIFIC")
    changed(portal, 2, executionSteps="abc")
    for _ in range(2):  # told each time, until they are mended there
        report = run(portal, engine)
        told = {skipped.where.split()[0]: skipped.reason for skipped in (*report.rejected, *report.unread)}
        assert "xóa" in told["1.014955-Xoa"]
        assert "không rõ tỉnh" in told["1.900001"]
        assert "executionSteps" in told[record(2)["id"]]
    assert codes(engine) == ["1.900003"]


@pytest.mark.parametrize("later_first", [False, True])
def test_of_two_records_with_one_code_the_newer_counts(engine: Engine, later_first: bool) -> None:
    old, new = (1, 0) if later_first else (0, 1)
    portal = portal_of(2)
    changed(portal, old, code=" 1.900077", name="Bản cũ")
    changed(portal, new, code="1.900077", name="Bản mới", updatedAt=UPDATED_AT + 86_400_000)
    report = run(portal, engine)
    assert get(engine, "1.900077").name == "Bản mới"
    assert "trùng mã" in report.rejected[0].reason
    assert run(portal, engine).changes == ()
    del portal.records[record(new)["id"]]
    for _ in range(2):
        run(portal, engine, accept_losses=True)
    assert get(engine, "1.900077").name == "Bản cũ"


def test_a_provinces_number_yields_to_the_national_record(engine: Engine) -> None:
    portal = portal_of(2)
    changed(portal, 0, code="2.000575", name="Bản quốc gia")
    changed(portal, 1, code="2.000575.000.00.00.H35", name="Bản tỉnh", updatedAt=UPDATED_AT + 86_400_000)
    run(portal, engine)
    assert get(engine, "2.000575").name == "Bản quốc gia"


def test_an_internal_record_does_not_push_a_public_one_of_its_code_out(engine: Engine) -> None:
    portal = portal_of(2)
    changed(portal, 0, code="1.900077", name="Bản công khai")
    changed(portal, 1, code="1.900077", isInternal=True, updatedAt=UPDATED_AT + 86_400_000)
    run(portal, engine)
    assert get(engine, "1.900077").name == "Bản công khai"


def test_a_dry_run_changes_nothing_but_keeps_what_it_read(engine: Engine) -> None:
    portal = portal_of()
    report = run(portal, engine, dry_run=True)
    assert report.catalogue.added == 12
    assert codes(engine) == []
    assert versions(engine) == 0
    assert run(portal, engine).catalogue.added == 12
    assert portal.asked == ["list"]


def test_faults_on_the_way_change_nothing_in_the_end(engine: Engine) -> None:
    ways = ["", "cut", "", "half", "500", "", "429", "", "503 date", "slow", "", "cut"]
    portal = portal_of(12, ways)
    report = run(portal, engine)
    assert (report.read, report.unread) == (12, ())
    assert len(codes(engine)) == 12
    assert versions(engine) == 1


def test_what_cannot_be_read_is_told_and_read_next_time(engine: Engine) -> None:
    portal = portal_of(1, ["", *["500"] * 4])
    report = run(portal, engine)
    assert "sau 4 lần" in report.unread[0].reason
    assert codes(engine) == []
    assert run(portal, engine).read == 1
    assert codes(engine) == ["1.900000"]


def test_a_portal_that_fails_again_and_again_is_left_alone_and_what_was_read_is_kept(engine: Engine) -> None:
    portal = portal_of(40, ["", *[""] * 8, *["500"] * 1000])
    with pytest.raises(PortalError):
        run(portal, engine)
    assert len(portal.asked) < 100
    portal.faults = iter(())
    report = run(portal, engine)
    assert report.read == 40 - 8
    assert report.catalogue.added == 40


def test_a_firewall_ends_it_at_once(engine: Engine) -> None:
    portal = portal_of(40, ["", "", "", "403"])
    with pytest.raises(Refused):
        run(portal, engine)
    assert len(portal.asked) <= 4 + MANNERS.at_once


def test_an_edition_that_a_person_put_in_later_stays_until_the_portal_changes(engine: Engine) -> None:
    portal = portal_of(2)
    run(portal, engine)
    mended = procedure_of(row_of(record(1, name="Tên sửa tay", updatedAt=UPDATED_AT + 86_400_000)))
    Catalog(engine).put([mended], IMPORT, "sửa")
    run(portal, engine, max_age=timedelta(0))
    assert get(engine, "1.900001").name == "Tên sửa tay"
    changed(portal, 1, name="Tên mới của Cổng", updatedAt=UPDATED_AT + 2 * 86_400_000)
    run(portal, engine)
    assert get(engine, "1.900001").name == "Tên mới của Cổng"
    assert get(engine, "1.900001").updated_at == date(2026, 4, 23)
