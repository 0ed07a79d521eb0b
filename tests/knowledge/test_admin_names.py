"""Names put in one at a time, on both databases: in force at once, in the history, undone, nothing else touched."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from knowledge.admin_names import add_name, remove_name
from knowledge.catalog import ADMIN, IMPORT, STARTER, Catalog
from knowledge.days import today
from knowledge.faq import FaqEntry, Faqs
from knowledge.history import History
from knowledge.publishing import Publishing, Refused, Unchanged
from knowledge.types import Procedure, Status

CODE, WHO, WHY = "1.001193", "lan", "người dân gọi như vậy"
BIRTH = Procedure(CODE, "Đăng ký khai sinh", aliases=("giấy khai sinh",), updated_at=date(2026, 4, 15))


@pytest.fixture
def catalog(engine: Engine) -> Catalog:
    made = Catalog(engine)
    made.put([BIRTH], STARTER, "đầu")
    return made


def told(catalog: Catalog) -> Procedure:
    held = catalog.get(CODE)
    assert held is not None
    return held


def test_a_name_is_in_force_at_once_and_a_version_of_its_own(engine: Engine, catalog: Catalog) -> None:
    before = catalog.marks()
    named = add_name(engine, CODE, "  làm giấy   đẻ ", "alias", WHO, WHY)
    assert (named.text, named.version, named.change_id) == ("làm giấy đẻ", 2, catalog.change())
    assert set(told(catalog).aliases) == {"giấy khai sinh", "làm giấy đẻ"}
    assert catalog.marks() != before  # the search takes it up
    newest = History(engine).of(CODE)[0]
    assert (newest.number, newest.author, newest.reason, newest.origin, newest.live) == (2, WHO, WHY, ADMIN, True)

    add_name(engine, CODE, "đẻ rồi làm giấy ở đâu", "question", WHO, WHY)
    assert told(catalog).questions == ("đẻ rồi làm giấy ở đâu",)


def test_it_is_undone_by_taking_it_away_or_by_going_back(engine: Engine, catalog: Catalog) -> None:
    add_name(engine, CODE, "làm giấy đẻ", "alias", WHO, WHY)
    remove_name(engine, CODE, "Làm giấy đẻ", WHO, "nhầm thủ tục")
    assert told(catalog).aliases == ("giấy khai sinh",)
    Publishing(engine).rollback(CODE, 2, WHO, "đúng mà")
    assert "làm giấy đẻ" in told(catalog).aliases


def test_a_name_of_another_origin_can_be_silenced_and_stays_silent_over_imports(
    engine: Engine, catalog: Catalog
) -> None:
    remove_name(engine, CODE, "giấy khai sinh", WHO, "gây nhầm")
    assert told(catalog).aliases == ()
    catalog.put([replace(BIRTH, updated_at=date(2026, 5, 1))], STARTER, "sau")
    assert told(catalog).aliases == ()


def test_what_it_is_called_already_is_said_and_makes_no_version(engine: Engine, catalog: Catalog) -> None:
    with pytest.raises(Unchanged, match="đã có “Giấy khai sinh”"):
        add_name(engine, CODE, "Giấy khai sinh", "question", WHO, WHY)
    with pytest.raises(Unchanged, match="không có tên gọi hay câu hỏi “giấy đẻ”"):
        remove_name(engine, CODE, "giấy đẻ", WHO, WHY)
    assert len(History(engine).of(CODE)) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "bằng chữ"), ("  12 ?", "bằng chữ"), ("à" * 301, "dài nhất 300"), ("gọi 0912 345 678", "số điện thoại")],
)
def test_a_text_that_cannot_be_a_name_is_refused(engine: Engine, catalog: Catalog, text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        add_name(engine, CODE, text, "alias", WHO, WHY)
    assert len(History(engine).of(CODE)) == 1


def test_only_what_is_published_gets_names(engine: Engine, catalog: Catalog) -> None:
    with pytest.raises(Refused, match=r"Không có thủ tục 9\.999999"):
        add_name(engine, "9.999999", "làm giấy đẻ", "alias", WHO, WHY)
    Publishing(engine).withdraw(CODE, WHO, "bãi bỏ")
    with pytest.raises(Refused, match="đang không công bố"):
        add_name(engine, CODE, "làm giấy đẻ", "alias", WHO, WHY)


def test_a_draft_and_an_edition_for_a_coming_day_wait_on_with_the_name(engine: Engine, catalog: Catalog) -> None:
    publishing, history = Publishing(engine), History(engine)
    coming = replace(BIRTH, name="Đăng ký khai sinh mới", effective_on=today() + timedelta(days=3))
    publishing.publish(CODE, publishing.draft(coming, "minh", "từ tháng sau", 1), "minh", "từ tháng sau")
    newest = history.of(CODE)[0].number
    publishing.draft(replace(BIRTH, name="Đăng ký khai sinh nháp"), "hoa", "đang sửa", newest)

    add_name(engine, CODE, "làm giấy đẻ", "alias", WHO, WHY)

    draft, scheduled, live = history.of(CODE)[:3]
    assert (live.author, live.live, live.procedure.name) == (WHO, True, "Đăng ký khai sinh")
    assert (scheduled.author, scheduled.status) == ("minh", Status.SCHEDULED)
    assert (draft.author, draft.status, draft.reason) == ("hoa", Status.DRAFT, "đang sửa")
    assert all("làm giấy đẻ" in edition.procedure.aliases for edition in (draft, scheduled, live))
    publishing.publish_due(today() + timedelta(days=3))
    assert told(catalog).name == "Đăng ký khai sinh mới"
    assert "làm giấy đẻ" in told(catalog).aliases


def test_names_that_came_later_from_elsewhere_and_faq_questions_stay(engine: Engine, catalog: Catalog) -> None:
    faqs = Faqs(engine)
    asked = "Con ngoài giá thú khai sinh thế nào?"
    entry = FaqEntry(CODE, asked, "Như thường.", "Sở Tư pháp", "https://example.gov.vn/khai-sinh")
    faqs.add(entry, WHO, "hay hỏi", publish=True)
    catalog.put([replace(BIRTH, aliases=("khai sinh cho bé",))], IMPORT, "tên mới")
    add_name(engine, CODE, "làm giấy đẻ", "alias", WHO, WHY)
    assert {"giấy khai sinh", "khai sinh cho bé", "làm giấy đẻ"} <= set(told(catalog).aliases)
    assert asked in told(catalog).questions
