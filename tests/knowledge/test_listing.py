"""The list of all procedures: what is in force joined with what waits, narrowed and searched; on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from knowledge.catalog import IMPORT, STARTER, Catalog
from knowledge.days import today
from knowledge.listing import Filters, Item, Listing, choices, select
from knowledge.publishing import Publishing
from knowledge.types import Kind, Procedure, Status

BIRTH = Procedure("1.001193", "Đăng ký khai sinh", fields=("Hộ tịch",), levels=("Cấp xã",))
DEATH = Procedure("1.000656", "Đăng ký khai tử", fields=("Hộ tịch",), levels=("Cấp xã", "Cấp tỉnh"))
LAND = Procedure("1.010000", "Tách thửa đất", Kind.PROVINCIAL, "Bắc Ninh", fields=("Đất đai",), levels=("Cấp tỉnh",))


@pytest.fixture
def listing(engine: Engine) -> Listing:
    catalog = Catalog(engine)
    catalog.put([BIRTH, DEATH], STARTER, "đầu")
    catalog.put([LAND], IMPORT, "tệp", author="lan")
    return Listing(engine)


@pytest.fixture
def publishing(engine: Engine, listing: Listing) -> Publishing:
    return Publishing(engine)


def codes(items: list[Item]) -> list[str]:
    return [item.code for item in items]


def one(listing: Listing, code: str) -> Item:
    return next(item for item in listing.items() if item.code == code)


def test_all_procedures_are_listed_by_name(listing: Listing) -> None:
    assert [item.name for item in listing.items()] == ["Đăng ký khai sinh", "Đăng ký khai tử", "Tách thửa đất"]
    land = one(listing, "1.010000")
    assert (land.scope, land.fields, land.levels, land.origin) == ("Bắc Ninh", ("Đất đai",), ("Cấp tỉnh",), IMPORT)
    assert (land.status, land.author, land.draft, land.starts_on) == (Status.PUBLISHED, "lan", None, None)


def test_the_list_is_as_the_catalogue_is_now(listing: Listing, publishing: Publishing) -> None:
    first = listing.items()
    assert listing.items() is first  # nothing has changed: not read again
    publishing.draft(replace(BIRTH, name="Khai sinh"), "lan", "tên mới", 1)
    drafted = one(listing, BIRTH.code)
    assert (drafted.name, drafted.status, drafted.draft, drafted.author) == (BIRTH.name, Status.PUBLISHED, 2, "lan")
    publishing.publish(BIRTH.code, 2, "lan", "duyệt")
    published = one(listing, BIRTH.code)
    assert (published.name, published.draft) == ("Khai sinh", None)
    publishing.withdraw(BIRTH.code, "lan", "bãi bỏ")
    assert one(listing, BIRTH.code).status is Status.WITHDRAWN


def test_a_new_draft_and_one_for_a_coming_day_are_listed(listing: Listing, publishing: Publishing) -> None:
    publishing.draft(Procedure("9.000001", "Thủ tục mới"), "lan", "mới", 0)
    assert one(listing, "9.000001").status is Status.DRAFT
    coming = today() + timedelta(days=9)
    number = publishing.draft(replace(DEATH, effective_on=coming), "lan", "luật mới", 1)
    publishing.publish(DEATH.code, number, "lan", "luật mới")
    item = one(listing, DEATH.code)
    assert (item.status, item.starts_on, item.draft) == (Status.PUBLISHED, coming, None)
    assert codes(select(listing.items(), Filters(status="scheduled"))) == [DEATH.code]
    assert codes(select(listing.items(), Filters(status="draft"))) == ["9.000001"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), {BIRTH.code, DEATH.code, LAND.code}),
        (Filters(field="Hộ tịch"), {BIRTH.code, DEATH.code}),
        (Filters(level="Cấp tỉnh"), {DEATH.code, LAND.code}),
        (Filters(scope="Bắc Ninh"), {LAND.code}),
        (Filters(origin=STARTER), {BIRTH.code, DEATH.code}),
        (Filters(status="withdrawn"), set()),
        (Filters(words="dang ky khai"), {BIRTH.code, DEATH.code}),
        (Filters(words="1.0101"), set()),
        (Filters(words="1.010000"), {LAND.code}),
        (Filters(field="Hộ tịch", level="Cấp tỉnh"), {DEATH.code}),
    ],
)
def test_filters_narrow(listing: Listing, filters: Filters, expected: set[str]) -> None:
    assert set(codes(select(listing.items(), filters))) == expected


def test_what_the_search_found_comes_in_its_order_before_what_is_only_named(listing: Listing) -> None:
    found = ["1.010000", DEATH.code, "9.999999"]
    assert codes(select(listing.items(), Filters(words="khai"), found)) == ["1.010000", DEATH.code, BIRTH.code]
    assert codes(select(listing.items(), Filters(words=BIRTH.code), found))[0] == BIRTH.code


def test_what_expires_soon_or_has_is_found(listing: Listing, engine: Engine) -> None:
    day = today()
    ends = {"2.1": day - timedelta(days=400), "2.2": day + timedelta(days=30), "2.3": day + timedelta(days=31)}
    Catalog(engine).put([Procedure(code, code, expires_on=last) for code, last in ends.items()], IMPORT, "x")
    assert codes(select(listing.items(), Filters(expiring=True))) == ["2.1", "2.2"]


def test_the_newest_change_can_come_first(listing: Listing, publishing: Publishing) -> None:
    publishing.withdraw(DEATH.code, "lan", "bãi bỏ")
    assert codes(select(listing.items(), Filters(newest=True)))[0] == DEATH.code


def test_filters_offer_what_there_is_with_counts(listing: Listing) -> None:
    offered = choices(listing.items())
    assert offered["field"] == [("Hộ tịch", 2), ("Đất đai", 1)]
    assert offered["scope"] == [("national", 2), ("Bắc Ninh", 1)]
    assert dict(offered["status"]) == {Status.PUBLISHED: 3}
