import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from knowledge.portal.client import Item, Manners, NotThere, PortalError, Refused, _seconds, open_portal, user_agent
from tests.portal.local_portal import LocalPortal, served
from tests.portal.samples import record

QUICK = Manners(rate=100_000, at_once=4, attempts=4, first_wait_s=0.001, longest_wait_s=2, timeout_s=0.3)


def call(portal: LocalPortal, method: str, *arguments: object, manners: Manners = QUICK) -> object:
    async def run() -> object:
        async with open_portal(base, "https://example.gov.vn", manners) as client:
            return await getattr(client, method)(*arguments)

    with served(portal) as base:
        return asyncio.run(run())


def portal_of(count: int, faults: Iterable[str] = ()) -> LocalPortal:
    return LocalPortal([record(number) for number in range(count)], faults)


def no_progress(_read: int, _total: int) -> None:
    pass


def test_the_list_is_read_to_its_end_page_by_page() -> None:
    portal = portal_of(120)
    told: list[tuple[int, int]] = []
    listing = call(portal, "list", lambda read, total: told.append((read, total)))
    assert set(listing.items) == set(portal.records)
    assert listing.complete
    assert told == [(50, 120), (100, 120), (120, 120)]
    assert portal.asked == ["list"] * 3


def test_a_list_that_lacks_some_is_not_complete() -> None:
    portal = portal_of(60)
    portal.hidden = 1
    listing = call(portal, "list", no_progress)
    assert len(listing.items) == 60
    assert not listing.complete


def test_an_item_shows_a_change_but_not_another_order() -> None:
    portal = portal_of(1)
    identity = next(iter(portal.records))

    def mark() -> Item:
        return call(portal, "list", no_progress).items[identity]

    before = mark()
    portal.records[identity]["categoriesDetails"].append({"name": "Cư trú"})
    portal.records[identity]["subjectTypesDetails"].append({"name": "Người nước ngoài"})
    changed = mark()
    assert changed.mark != before.mark
    assert {mark().mark for _ in range(4)} == {changed.mark}
    assert changed.updated_at is None


@pytest.mark.parametrize("fault", ["429", "429 after", "503", "503 date", "500", "cut", "half", "slow"])
def test_what_fails_once_is_asked_again(fault: str) -> None:
    portal = portal_of(1, [fault])
    identity = next(iter(portal.records))
    assert call(portal, "detail", identity)["id"] == identity
    assert portal.asked == [identity] * 2


@pytest.mark.parametrize("fault", ["429", "500", "cut", "half"])
def test_what_keeps_failing_is_told(fault: str) -> None:
    portal = portal_of(1, [fault] * 9)
    with pytest.raises(PortalError, match="sau 4 lần"):
        call(portal, "detail", "x")
    assert len(portal.asked) == QUICK.attempts


def test_retry_after_is_waited_for() -> None:
    started = time.monotonic()
    call(portal_of(1, ["429 after"]), "list", no_progress)
    assert time.monotonic() - started >= 1


def test_one_busy_answer_holds_everybody_back() -> None:
    portal = portal_of(8, ["429 after"])
    at: list[float] = []
    portal.on_call = lambda _count: at.append(time.monotonic())
    one_lane = Manners(rate=100_000, at_once=1, attempts=2, first_wait_s=0.001, timeout_s=3)

    async def run() -> None:
        async with open_portal(base, "x", one_lane) as client:
            await asyncio.gather(*(client.detail(identity) for identity in portal.records))

    with served(portal) as base:
        asyncio.run(run())
    assert len(at) == 9
    assert min(later - at[0] for later in at[1:]) >= 0.95


def test_calls_keep_to_the_rate() -> None:
    portal = portal_of(101)
    started = time.monotonic()
    call(portal, "list", no_progress, manners=Manners(rate=10))
    assert time.monotonic() - started >= 0.2  # three calls, two gaps


def test_a_stranger_is_turned_away_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.portal.client.user_agent", lambda _contact: "python-aiohttp")
    portal = portal_of(1)
    with pytest.raises(Refused, match="PORTAL_RATE"):
        call(portal, "list", no_progress)
    assert len(portal.asked) == 1


def test_we_say_who_we_are() -> None:
    portal = portal_of(1)
    call(portal, "list", no_progress)
    assert portal.agents == {user_agent("https://example.gov.vn")}
    assert "MotCua/" in user_agent("x")


def test_a_record_that_is_gone_is_told() -> None:
    with pytest.raises(NotThere, match="Không tìm thấy"):
        call(portal_of(1), "detail", "019d2bfd-0000-7000-8000-00000000abcd")


def test_another_service_at_that_address_is_told() -> None:
    with pytest.raises(PortalError, match="PORTAL_BASE"):
        call(portal_of(1, ["404"]), "list", no_progress)


@pytest.mark.parametrize(("value", "seconds"), [(None, None), ("7", 7.0), ("soon", None), ("-3", None)])
def test_retry_after_is_read(value: str | None, seconds: float | None) -> None:
    assert _seconds(value) == seconds


def test_retry_after_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 85 <= (_seconds(later) or 0) <= 90
    assert _seconds("Fri, 17 Jul 2020 08:00:00 GMT") == 0
