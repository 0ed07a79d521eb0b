"""Offices in the database, on both of its kinds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from knowledge.offices import Counts, Office, OfficeBook, serves

WARD = Office(
    "26740", "Trung tâm Phục vụ hành chính công phường Sài Gòn", "45 đường A", "", "", "", "Phường", date(2026, 5, 20)
)
POLICE = replace(WARD, name="Công an phường Sài Gòn")
PROVINCE = replace(WARD, unit="79", name="Sở Tư pháp TP Hồ Chí Minh")


def test_offices_are_found_by_their_unit(engine: Engine) -> None:
    book = OfficeBook(engine)
    assert book.put([WARD, POLICE, PROVINCE]) == Counts(3, 0, 0)
    assert book.at("26740") == (POLICE, WARD)
    assert book.at("01") == ()
    assert [office.level for office in book.all()] == ["xã", "xã", "tỉnh"]


def test_the_same_again_changes_nothing_and_a_change_replaces(engine: Engine) -> None:
    book = OfficeBook(engine)
    book.put([WARD, POLICE])
    moved = replace(WARD, address="1 đường B")
    assert book.put([WARD, POLICE]) == Counts(0, 0, 2)
    assert book.put([moved, POLICE]) == Counts(0, 1, 1)
    assert moved in book.at("26740")


def test_a_dry_run_writes_nothing(engine: Engine) -> None:
    assert OfficeBook(engine).put([WARD], dry_run=True) == Counts(1, 0, 0)
    assert OfficeBook(engine).all() == []


@pytest.mark.parametrize(
    ("name", "agency", "same"),
    [
        ("Trung tâm Phục vụ hành chính công phường Sài Gòn", "Ủy ban nhân dân phường Sài Gòn, TP Hồ Chí Minh", True),
        ("UBND phường Sài Gòn", "Ủy ban nhân dân phường Sài Gòn, TP Hồ Chí Minh", True),
        ("Công an phường Sài Gòn", "Công an phường Sài Gòn, TP Hồ Chí Minh", True),
        ("Công an phường Sài Gòn", "Ủy ban nhân dân phường Sài Gòn, TP Hồ Chí Minh", False),
        ("Sở Tư pháp TP Hồ Chí Minh", "Sở Tư pháp TP Hồ Chí Minh", True),
        ("Sở Y tế TP Hồ Chí Minh", "Sở Tư pháp TP Hồ Chí Minh", False),
        ("Bảo hiểm xã hội tỉnh Bắc Ninh", "Bảo hiểm xã hội tỉnh Bắc Ninh", True),
        ("Bảo hiểm xã hội tỉnh Bắc Ninh", "Thuế tỉnh Bắc Ninh", False),
    ],
)
def test_an_office_serves_what_is_handed_in_there(name: str, agency: str, same: bool) -> None:
    assert serves(replace(WARD, name=name), agency) is same


def test_an_office_taken_out_of_use_is_told_to_nobody_and_comes_back_whole(engine: Engine) -> None:
    book = OfficeBook(engine)
    book.put([WARD, POLICE])
    assert book.remove(WARD.unit, WARD.name)
    assert not book.remove(WARD.unit, WARD.name)
    assert (book.at("26740"), book.removed()) == ((POLICE,), [WARD])
    assert book.restore(WARD.unit, WARD.name)
    assert not book.restore(WARD.unit, WARD.name)
    assert (book.at("26740"), book.removed()) == ((POLICE, WARD), [])


def test_an_import_puts_an_office_back(engine: Engine) -> None:
    book = OfficeBook(engine)
    book.put([WARD])
    book.remove(WARD.unit, WARD.name)
    assert book.put([WARD]) == Counts(1, 0, 0)
    assert book.all() == [WARD]


def test_an_office_called_otherwise_leaves_no_second_one(engine: Engine) -> None:
    book = OfficeBook(engine)
    book.put([WARD, POLICE])
    named = replace(WARD, name="Bộ phận một cửa phường Sài Gòn", address="2 đường C")
    book.change(WARD.unit, WARD.name, named)
    assert book.at("26740") == (named, POLICE)
    book.change(named.unit, named.name, replace(named, hours="7:30–16:30"))
    assert book.at("26740")[0].hours == "7:30–16:30"
