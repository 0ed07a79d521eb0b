"""Where an editor begins and what an edit changes; taking one change of the catalogue back. On both databases."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from knowledge.catalog import FAQ, IMPORT, STARTER, Catalog
from knowledge.editing import Named, against_live, before, begin, names_of
from knowledge.faq import FaqEntry, Faqs
from knowledge.history import History
from knowledge.lay_names import LAY
from knowledge.publishing import Publishing, Refused
from knowledge.types import Procedure, Status
from storage.database import writing
from storage.procedures import Names, save_names

BIRTH = Procedure("1.001193", "Đăng ký khai sinh", aliases=("giấy khai sinh",), conditions="Trẻ mới sinh.")
DEATH = Procedure("1.000656", "Đăng ký khai tử")


@pytest.fixture
def publishing(engine: Engine) -> Publishing:
    Catalog(engine).put([BIRTH, DEATH], STARTER, "đầu")
    return Publishing(engine)


def put_in_force(publishing: Publishing, procedure: Procedure, based_on: int) -> int:
    number = publishing.draft(procedure, "lan", "sửa", based_on)
    return publishing.publish(procedure.code, number, "lan", "duyệt").versions[procedure.code]


def test_an_edit_begins_with_the_names_of_today(engine: Engine, publishing: Publishing) -> None:
    with writing(engine) as connection:  # after the version was made
        save_names(connection, LAY, {BIRTH.code: Names(("khai sinh cho bé",))})
    Faqs(engine).add(FaqEntry(BIRTH.code, "Hỏi đáp?", "Đáp.", "Luật", "https://x.vn"), "lan", "x", publish=True)
    begun = begin(engine, BIRTH.code)
    assert begun is not None
    assert (set(begun.procedure.aliases), begun.procedure.questions) == ({"giấy khai sinh", "khai sinh cho bé"}, ())
    put_in_force(publishing, replace(begun.procedure, conditions="Khác."), begun.number)
    held = Catalog(engine).get(BIRTH.code)
    assert held is not None
    assert {"giấy khai sinh", "khai sinh cho bé"} <= set(held.aliases)


def test_an_edit_goes_on_from_the_newest_draft(engine: Engine, publishing: Publishing) -> None:
    publishing.draft(replace(BIRTH, conditions="Nháp."), "lan", "sửa", 1)
    begun = begin(engine, BIRTH.code)
    assert begun is not None
    assert (begun.number, begun.procedure.conditions, begun.live) == (2, "Nháp.", False)
    assert begin(engine, "9.9") is None


def test_an_edit_is_compared_with_what_citizens_are_told(engine: Engine, publishing: Publishing) -> None:
    assert against_live(engine, BIRTH) == ()
    changes = against_live(engine, replace(BIRTH, conditions="Trẻ vừa sinh.", aliases=("làm khai sinh",)))
    assert [change.field for change in changes] == ["conditions", "aliases"]
    publishing.withdraw(BIRTH.code, "lan", "bãi bỏ")
    assert "conditions" in [change.field for change in against_live(engine, BIRTH)]  # they are told nothing now


def test_every_name_is_listed_with_where_it_comes_from(engine: Engine, publishing: Publishing) -> None:
    with writing(engine) as connection:
        save_names(connection, "admin", {BIRTH.code: Names(("đi khai sinh",), (), ("giấy khai sinh",))})
        save_names(connection, FAQ, {BIRTH.code: Names((), ("Khai sinh ở đâu?",))})
    names = names_of(engine, BIRTH.code)
    assert Named("đi khai sinh", False, False, "admin") in names
    assert Named("Khai sinh ở đâu?", True, False, FAQ) in names
    assert names[-1] == Named("giấy khai sinh", False, True, STARTER)


def test_what_was_in_force_before_is_no_draft(engine: Engine, publishing: Publishing) -> None:
    put_in_force(publishing, replace(BIRTH, conditions="Mới."), 1)
    editions = History(engine).of(BIRTH.code)
    assert [edition.number for edition in editions] == [3, 2, 1]
    earlier = before(editions, 3)
    assert earlier is not None
    assert earlier.number == 1
    assert before(editions, 1) is None


def test_one_change_is_taken_back_and_later_ones_stay(engine: Engine, publishing: Publishing) -> None:
    catalog = Catalog(engine)
    wrongly = {"name": "Sai", "updated_at": date(2026, 4, 15)}
    catalog.put([replace(BIRTH, **wrongly), replace(DEATH, **wrongly), Procedure("9.1", "Mới")], IMPORT, "tệp hỏng")
    wrong = catalog.change()
    put_in_force(publishing, replace(DEATH, name="Đã sửa tay"), 2)
    undone = publishing.undo(wrong, "lan", "tệp hỏng")
    assert set(undone.versions) == {BIRTH.code, "9.1"}
    names = {procedure.code: procedure.name for procedure in catalog.published()}
    assert names == {BIRTH.code: BIRTH.name, DEATH.code: "Đã sửa tay"}
    held = History(engine).edition("9.1")
    assert held is not None
    assert held.status is Status.WITHDRAWN
    with pytest.raises(Refused, match="không còn gì"):
        publishing.undo(wrong, "lan", "lần nữa")
    publishing.undo(undone.change_id, "lan", "thôi")
    assert {procedure.code for procedure in catalog.published()} == {BIRTH.code, DEATH.code, "9.1"}
