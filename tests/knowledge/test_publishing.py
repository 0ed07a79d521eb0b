"""Drafts, publishing and going back, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from knowledge.catalog import IMPORT, STARTER, Catalog, ImportReport
from knowledge.days import today
from knowledge.faq import FaqEntry, Faqs
from knowledge.history import Concern, History
from knowledge.publishing import Conflict, Publishing, Refused
from knowledge.types import Channel, Fee, Kind, Method, Procedure, Status

WHO, WHY = "lan", "lệ phí mới"
BIRTH = Procedure(
    "1.001193",
    "Đăng ký khai sinh",
    aliases=("giấy khai sinh",),
    methods=(Method(Channel.DIRECT, fees=(Fee(8000),)),),
    updated_at=date(2026, 4, 15),
)
DEATH = Procedure("1.000656", "Đăng ký khai tử", updated_at=date(2026, 4, 15))


def fee(procedure: Procedure, amount: int) -> Procedure:
    return replace(procedure, methods=(Method(Channel.DIRECT, fees=(Fee(amount),)),))


@pytest.fixture
def catalog(engine: Engine) -> Catalog:
    made = Catalog(engine)
    made.put([BIRTH, DEATH], STARTER, "đầu")
    return made


@pytest.fixture
def publishing(engine: Engine) -> Publishing:
    return Publishing(engine)


@pytest.fixture
def history(engine: Engine) -> History:
    return History(engine)


def told_fee(catalog: Catalog, code: str = "1.001193") -> int | None:
    held = catalog.get(code)
    return held.methods[0].fees[0].amount if held else None


def test_a_draft_reaches_nobody_until_it_is_published(catalog: Catalog, publishing: Publishing) -> None:
    before = catalog.fingerprint(), catalog.change()
    number = publishing.draft(fee(BIRTH, 9000), WHO, WHY, based_on=1)
    assert (number, told_fee(catalog)) == (2, 8000)
    assert (catalog.fingerprint(), catalog.change()) == before

    changed = publishing.publish("1.001193", number, WHO, "đã duyệt")
    assert told_fee(catalog) == 9000
    assert changed.versions == {"1.001193": 3}
    assert catalog.change() == changed.change_id > before[1]
    assert catalog.fingerprint() != before[0]


def test_every_version_can_be_read_with_who_when_and_why(
    publishing: Publishing, history: History, catalog: Catalog
) -> None:
    publishing.publish("1.001193", publishing.draft(fee(BIRTH, 9000), WHO, WHY, 1), "minh", "đã duyệt")
    told = [(e.number, e.status, e.origin, e.author, e.reason, e.live) for e in history.of("1.001193")]
    assert told == [
        (3, Status.PUBLISHED, "admin", "minh", "đã duyệt", True),
        (2, Status.DRAFT, "admin", WHO, WHY, False),
        (1, Status.PUBLISHED, "starter", "", "đầu", False),
    ]
    first = history.edition("1.001193", 1)
    assert first is not None
    assert first.procedure == BIRTH
    assert [edition.change_id is None for edition in history.of("1.001193")] == [False, True, False]


def test_a_draft_based_on_an_older_version_is_a_conflict_and_changes_nothing(
    catalog: Catalog, publishing: Publishing, history: History
) -> None:
    publishing.draft(fee(BIRTH, 9000), "lan", "lan sửa", based_on=1)
    with pytest.raises(Conflict, match=r"phiên bản 2 .*lan: lan sửa") as caught:
        publishing.draft(fee(BIRTH, 7000), "minh", "minh sửa", based_on=1)
    assert caught.value.newest is not None
    assert caught.value.newest.number == 2
    assert [edition.number for edition in history.of("1.001193")] == [2, 1]


def test_of_two_editors_at_once_one_gets_through(catalog: Catalog, publishing: Publishing) -> None:
    def save(amount: int) -> bool:
        try:
            publishing.draft(fee(BIRTH, amount), "ai đó", WHY, based_on=1)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(save, range(1000, 1004))) == [False, False, False, True]


def test_a_draft_that_an_import_overtook_is_not_published(catalog: Catalog, publishing: Publishing) -> None:
    number = publishing.draft(fee(BIRTH, 9000), WHO, WHY, based_on=1)
    newer = replace(fee(BIRTH, 5000), updated_at=date(2026, 6, 1))
    catalog.put([newer], IMPORT, "tháng 6")
    with pytest.raises(Conflict, match="chương trình nạp dữ liệu"):
        publishing.publish("1.001193", number, WHO, WHY)
    assert told_fee(catalog) == 5000


def test_what_is_no_draft_cannot_be_published(catalog: Catalog, publishing: Publishing) -> None:
    with pytest.raises(Refused, match="không phải bản nháp"):
        publishing.publish("1.001193", 1, WHO, WHY)
    with pytest.raises(Conflict, match="chưa có phiên bản"):
        publishing.publish("9.999999", 1, WHO, WHY)


def test_a_new_procedure_begins_as_a_draft(catalog: Catalog, publishing: Publishing) -> None:
    new = Procedure("1.900001", "Việc mới", aliases=("việc hay hỏi",), questions=("việc mới làm sao",))
    number = publishing.draft(new, WHO, WHY, based_on=0)
    assert catalog.get("1.900001") is None
    publishing.publish("1.900001", number, WHO, WHY)
    assert catalog.get("1.900001") == replace(new, version=2)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": " "}, "mã và tên"),
        ({"effective_on": date(2026, 2, 1), "expires_on": date(2026, 1, 1)}, "ở trước ngày có hiệu lực"),
    ],
)
def test_what_cannot_be_right_is_refused(
    catalog: Catalog, publishing: Publishing, wrong: dict[str, object], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        publishing.draft(replace(BIRTH, **wrong), WHO, WHY, based_on=1)  # type: ignore[arg-type]


def test_a_change_needs_an_author_and_a_reason(catalog: Catalog, publishing: Publishing) -> None:
    for author, why in (("", WHY), (WHO, "  ")):
        with pytest.raises(Refused, match="người thực hiện và lý do"):
            publishing.withdraw("1.001193", author, why)
    assert catalog.get("1.001193") is not None


def test_withdrawn_and_restored(catalog: Catalog, publishing: Publishing) -> None:
    publishing.withdraw("1.001193", WHO, "bãi bỏ")
    assert catalog.get("1.001193") is None
    assert [held.code for held in catalog.published()] == ["1.000656"]
    with pytest.raises(Refused, match="đang không công bố"):
        publishing.withdraw("1.001193", WHO, "lại")
    publishing.restore("1.001193", WHO, "nhầm")
    assert catalog.get("1.001193") == replace(BIRTH, version=3)
    with pytest.raises(Refused, match="đang được công bố"):
        publishing.restore("1.001193", WHO, "lại")
    with pytest.raises(Refused, match="Không có thủ tục"):
        publishing.withdraw("9.999999", WHO, WHY)


def test_an_import_of_the_same_record_undoes_no_administrator(catalog: Catalog, publishing: Publishing) -> None:
    record = replace(BIRTH, aliases=(), steps=())
    publishing.publish("1.001193", publishing.draft(fee(BIRTH, 9000), WHO, WHY, 1), WHO, WHY)
    assert catalog.put([record], IMPORT, "tệp") == ImportReport(kept=1, total=2)
    assert told_fee(catalog) == 9000
    publishing.withdraw("1.000656", WHO, "bãi bỏ")
    assert catalog.put([DEATH], IMPORT, "tệp") == ImportReport(kept=1, total=1)
    newer = replace(record, updated_at=date(2026, 5, 1))
    assert catalog.put([newer], IMPORT, "tệp mới") == ImportReport(changed=1, total=1)
    assert told_fee(catalog) == 8000


def test_one_procedure_goes_back_to_any_version(catalog: Catalog, publishing: Publishing, history: History) -> None:
    catalog.put([replace(fee(BIRTH, 1), aliases=(), updated_at=date(2026, 5, 1))], IMPORT, "tệp sai")
    publishing.rollback("1.001193", 1, WHO, "tệp sai số tiền")
    assert catalog.get("1.001193") == replace(BIRTH, version=3)
    assert [edition.number for edition in history.of("1.001193")] == [3, 2, 1], "history is not rewritten"
    # The file that was wrong does not come back by itself, a newer one does.
    again = replace(fee(BIRTH, 1), aliases=(), updated_at=date(2026, 5, 1))
    assert catalog.put([again], IMPORT, "tệp sai").kept == 1
    assert catalog.put([replace(again, updated_at=date(2026, 5, 2))], IMPORT, "tệp đúng").changed == 1
    with pytest.raises(Refused, match="không có phiên bản 9"):
        publishing.rollback("1.001193", 9, WHO, WHY)


def test_going_back_to_a_withdrawn_version_withdraws(catalog: Catalog, publishing: Publishing) -> None:
    publishing.withdraw("1.001193", WHO, "bãi bỏ")
    publishing.restore("1.001193", WHO, "nhầm")
    publishing.rollback("1.001193", 2, WHO, "không nhầm")
    assert catalog.get("1.001193") is None


def test_the_whole_catalogue_goes_back_to_a_change(catalog: Catalog, publishing: Publishing) -> None:
    good = catalog.change()
    before = [replace(held, version=0) for held in catalog.published()]
    new = Procedure("1.900001", "Việc mới")
    june = date(2026, 6, 1)
    catalog.put([replace(fee(BIRTH, 1), aliases=(), updated_at=june), new], IMPORT, "tệp sai")
    publishing.withdraw("1.000656", WHO, "nhầm")
    publishing.draft(fee(BIRTH, 77), WHO, "nháp dở", based_on=2)

    undone = publishing.rollback_all(good, WHO, "tệp sai")
    assert [replace(held, version=0) for held in catalog.published()] == before
    assert set(undone.versions) == {"1.001193", "1.000656", "1.900001"}
    assert catalog.get("1.900001") is None

    # And forward again: going back is a change like any other.
    publishing.rollback_all(undone.change_id - 1, WHO, "tệp đúng")
    assert (told_fee(catalog), catalog.get("1.000656")) == (1, None)
    assert catalog.get("1.900001") is not None


def test_going_back_to_what_is_or_never_was_is_refused(catalog: Catalog, publishing: Publishing) -> None:
    with pytest.raises(Refused, match="Không có lần thay đổi số 99"):
        publishing.rollback_all(99, WHO, WHY)
    with pytest.raises(Refused, match="không có thủ tục nào thay đổi"):
        publishing.rollback_all(catalog.change(), WHO, WHY)


def test_names_are_edited_and_go_back_with_the_edition(catalog: Catalog, publishing: Publishing) -> None:
    renamed = replace(BIRTH, aliases=("giấy sinh",), questions=("sinh con xong làm gì",))
    publishing.publish("1.001193", publishing.draft(renamed, WHO, WHY, 1), WHO, WHY)
    held = catalog.get("1.001193")
    assert held is not None
    assert (held.aliases, held.questions) == (("giấy sinh",), ("sinh con xong làm gì",))
    # The starter's names come again with its files; the one taken away stays away.
    catalog.put([replace(BIRTH, aliases=("giấy khai sinh", "gks"))], STARTER, "đầu 2")
    held = catalog.get("1.001193")
    assert held is not None
    assert set(held.aliases) == {"gks", "giấy sinh"}
    publishing.rollback("1.001193", 1, WHO, "như cũ")
    held = catalog.get("1.001193")
    assert held is not None
    assert (held.aliases, held.questions) == (("giấy khai sinh",), ())


def test_a_question_of_an_faq_entry_stays_the_entrys(catalog: Catalog, publishing: Publishing, engine: Engine) -> None:
    faqs = Faqs(engine)
    faq = faqs.add(FaqEntry("1.001193", "sinh ở Lào?", "Có.", "Luật", "https://vbpl.vn"), WHO, WHY, publish=True)
    seen = catalog.get("1.001193")
    assert seen is not None
    assert seen.questions == ("sinh ở Lào?",)
    publishing.publish("1.001193", publishing.draft(fee(seen, 9000), WHO, WHY, 1), WHO, WHY)
    faqs.withdraw(faq.id, WHO, "hết đúng")
    seen = catalog.get("1.001193")
    assert seen is not None
    assert seen.questions == ()


# ---- the days on which an edition is in force


def test_an_edition_for_a_coming_day_waits_and_the_present_one_stays(
    catalog: Catalog, publishing: Publishing, history: History
) -> None:
    day = today() + timedelta(days=40)
    coming = replace(fee(BIRTH, 9000), effective_on=day)
    publishing.publish("1.001193", publishing.draft(coming, WHO, WHY, 1), WHO, "nghị định mới")
    assert told_fee(catalog) == 8000
    assert [edition.status for edition in history.of("1.001193")][:2] == [Status.SCHEDULED, Status.DRAFT]
    assert [(found.concern, found.day) for found in history.warnings()] == [(Concern.SCHEDULED, day)]

    assert publishing.publish_due(day - timedelta(days=1)) is None
    due = publishing.publish_due(day)
    assert due is not None
    assert (told_fee(catalog), due.versions) == (9000, {"1.001193": 4})
    assert publishing.publish_due(day) is None
    assert history.warnings() == []


def test_an_import_meanwhile_does_not_cancel_it_but_an_administrator_does(
    catalog: Catalog, publishing: Publishing
) -> None:
    day = today() + timedelta(days=3)
    for procedure in (BIRTH, DEATH):
        coming = replace(procedure, conditions="mới", effective_on=day)
        publishing.publish(procedure.code, publishing.draft(coming, WHO, WHY, 1), WHO, WHY)
    catalog.put([replace(BIRTH, aliases=(), name="Khai sinh", updated_at=date(2026, 7, 1))], IMPORT, "tệp")
    publishing.withdraw(DEATH.code, WHO, "bãi bỏ hẳn")
    due = publishing.publish_due(day)
    assert due is not None
    assert list(due.versions) == [BIRTH.code]
    assert catalog.get(DEATH.code) is None


def test_an_imported_record_for_a_coming_day_waits_too(catalog: Catalog, publishing: Publishing) -> None:
    day = today() + timedelta(days=1)
    coming = [
        replace(BIRTH, name="Khai sinh", effective_on=day, updated_at=today()),
        Procedure("1.900001", "Việc mới", aliases=("mới",), effective_on=day),
    ]
    assert catalog.put(coming, IMPORT, "tệp") == ImportReport(scheduled=2, total=2)
    assert catalog.put(coming, IMPORT, "tệp") == ImportReport(unchanged=2, total=2)
    assert catalog.get("1.900001") is None
    publishing.publish_due(day)
    held = catalog.get("1.900001")
    assert held is not None
    assert held.aliases == ("mới",)
    assert catalog.put(coming, IMPORT, "tệp").changed == 0


def test_what_is_past_or_near_its_last_day_is_warned_of_and_still_told(catalog: Catalog, history: History) -> None:
    past, soon, far = (today() + timedelta(days=days) for days in (-1, 30, 31))
    catalog.put(
        [
            replace(DEATH, code=code, expires_on=day, **more)  # type: ignore[arg-type]
            for code, day, more in (
                ("1.000001", past, {}),
                ("1.000002", soon, {}),
                ("1.000003", far, {}),
                ("1.000004", past, {"status": Status.WITHDRAWN}),
                ("1.000005", past, {"kind": Kind.INTERNAL}),
            )
        ],
        IMPORT,
        "a",
    )
    assert [(found.concern, found.code, found.name) for found in history.warnings()] == [
        (Concern.EXPIRED, "1.000001", DEATH.name),
        (Concern.EXPIRES_SOON, "1.000002", DEATH.name),
    ]
    assert catalog.get("1.000001") is not None


def test_what_nobody_has_updated_for_months_is_told_when_asked_for(catalog: Catalog, history: History) -> None:
    catalog.put([replace(DEATH, code="1.000001", updated_at=date(2024, 2, 28))], IMPORT, "a")
    assert history.warnings(date(2026, 2, 28)) == []
    assert history.warnings(date(2026, 2, 28), months=24) == []
    assert [found.code for found in history.warnings(date(2026, 3, 1), months=24)] == ["1.000001"]
    assert history.warnings(date(2026, 3, 31), months=25)[0].day == date(2024, 2, 28)


# ---- the log of the whole


def test_changes_are_listed_with_author_and_what_they_touched(
    catalog: Catalog, publishing: Publishing, history: History
) -> None:
    publishing.withdraw("1.000656", WHO, "bãi bỏ")
    newest, first = history.changes()
    assert (newest.origin, newest.author, newest.note) == ("admin", WHO, "bãi bỏ")
    assert (newest.added, newest.changed, newest.withdrawn, newest.total) == (0, 0, 1, 1)
    assert (first.origin, first.added, first.total) == ("starter", 2, 2)
    found = history.change(newest.id)
    assert found is not None
    assert found[1] == [("1.000656", 2)]
    assert history.change(999) is None
    assert len(history.changes(1)) == 1


def test_two_versions_are_compared_word_by_word(catalog: Catalog, publishing: Publishing, history: History) -> None:
    publishing.draft(replace(fee(BIRTH, 9000), aliases=("gks",)), WHO, WHY, 1)
    told = {
        change.label: [[(piece.mark.value, piece.text) for piece in text] for text in change.texts]
        for change in history.diff("1.001193", 1, 2)
    }
    assert ("removed", "8.000") in told["Cách nộp, thời hạn, lệ phí"][0]
    assert ("added", "9.000") in told["Cách nộp, thời hạn, lệ phí"][0]
    assert "Cách gọi" in told
    assert history.diff("1.001193", 1, 1) == ()
    with pytest.raises(KeyError):
        history.diff("1.001193", 1, 7)
