"""FAQ entries: their versions, and when an asked question is the one that was written down."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from knowledge.catalog import IMPORT, Catalog
from knowledge.faq import SAME_QUESTION, FaqEntry, Faqs, FaqSearch, same_question
from knowledge.index import build_index
from knowledge.publishing import Refused
from knowledge.starter import load_starter
from knowledge.types import Facet, Procedure, SearchResult, Status
from tests.knowledge.hashing import HashingEncoder

BIRTH = Procedure("1.001193", "Đăng ký khai sinh")
ENTRY = FaqEntry(
    BIRTH.code,
    "Con sinh ở nước ngoài về có khai sinh ở xã được không?",
    "Được, nếu chưa khai sinh ở nước ngoài.",
    "Luật Hộ tịch, Điều 35",
    "https://vbpl.vn/luat-ho-tich",
    Facet.WHERE,
    date(2027, 12, 31),
)
WHO, WHY = "lan", "người dân hỏi nhiều"

# Written for choosing the threshold: what was written down, how others ask the same, what only sounds alike.
SAME = [
    ("Làm giấy khai sinh trễ hạn có bị phạt tiền không?", "làm giấy khai sinh trễ hạn có bị phạt tiền không"),
    ("Làm giấy khai sinh trễ hạn có bị phạt tiền không?", "lam giay khai sinh tre han co bi phat tien ko"),
    ("Làm giấy khai sinh trễ hạn có bị phạt tiền không?", "trễ hạn làm giấy khai sinh có bị phạt tiền không ạ"),
    (
        "Cha mẹ chưa đăng ký kết hôn thì khai sinh cho con thế nào?",
        "chưa đăng ký kết hôn thì khai sinh cho con thế nào",
    ),
    (
        "Cha mẹ chưa đăng ký kết hôn thì khai sinh cho con thế nào?",
        "cha mẹ chưa dk kết hôn thì khai sinh cho con thế nào ạ",
    ),
    ("Mất hộ chiếu ở nước ngoài thì làm gì?", "bị mất hộ chiếu ở nước ngoài thì làm gì"),
    ("Trẻ 6 tuổi có làm được thẻ căn cước không?", "trẻ 6 tuổi có làm được thẻ căn cước không vậy"),
    (
        "Có được uỷ quyền cho người khác nhận giấy chứng nhận kết hôn không?",
        "có được uỷ quyền người khác nhận giấy chứng nhận kết hôn không",
    ),
    ("Đổi bằng lái xe B2 có phải thi lại không?", "doi bang lai xe b2 co phai thi lai khong"),
    (
        "Tạm trú quá 30 ngày không khai báo bị phạt bao nhiêu?",
        "tạm trú quá 30 ngày mà không khai báo bị phạt bao nhiêu",
    ),
]
OTHER = [
    ("Làm giấy khai sinh trễ hạn có bị phạt tiền không?", "làm giấy khai sinh cần những gì"),
    ("Làm giấy khai sinh trễ hạn có bị phạt tiền không?", "làm giấy khai tử trễ hạn có bị phạt tiền không"),
    ("Làm giấy khai sinh trễ hạn có bị phạt tiền không?", "làm giấy khai sinh có mất tiền không"),
    (
        "Cha mẹ chưa đăng ký kết hôn thì khai sinh cho con thế nào?",
        "cha mẹ chưa đăng ký kết hôn thì nhận con nuôi thế nào",
    ),
    ("Cha mẹ chưa đăng ký kết hôn thì khai sinh cho con thế nào?", "đăng ký khai sinh cho con thế nào"),
    ("Mất hộ chiếu ở nước ngoài thì làm gì?", "mất hộ chiếu thì làm gì"),
    ("Mất hộ chiếu ở nước ngoài thì làm gì?", "mất căn cước ở nước ngoài thì làm gì"),
    ("Trẻ 6 tuổi có làm được thẻ căn cước không?", "trẻ 16 tuổi có làm được thẻ căn cước không"),
    ("Trẻ 6 tuổi có làm được thẻ căn cước không?", "trẻ 6 tuổi có làm được hộ chiếu không"),
    (
        "Có được uỷ quyền cho người khác nhận giấy chứng nhận kết hôn không?",
        "có được uỷ quyền cho người khác đăng ký kết hôn không",
    ),
    ("Đổi bằng lái xe B2 có phải thi lại không?", "mất bằng lái xe B2 có phải thi lại không"),
    ("Đổi bằng lái xe B2 có phải thi lại không?", "đổi bằng lái xe B2 hết bao nhiêu tiền"),
    ("Tạm trú quá 30 ngày không khai báo bị phạt bao nhiêu?", "tạm trú quá 3 ngày không khai báo bị phạt bao nhiêu"),
    ("Tạm trú quá 30 ngày không khai báo bị phạt bao nhiêu?", "tạm vắng quá 30 ngày không khai báo bị phạt bao nhiêu"),
    ("Tạm trú quá 30 ngày không khai báo bị phạt bao nhiêu?", ""),
]


@pytest.fixture(scope="module")
def rarity() -> dict[str, float]:
    return build_index(load_starter(), HashingEncoder()).rarity


@pytest.fixture
def faqs(engine: Engine) -> Faqs:
    Catalog(engine).put([BIRTH], IMPORT, "đầu")
    return Faqs(engine)


@pytest.mark.parametrize(("known", "asked"), SAME)
def test_the_same_question_in_other_typing_is_the_same(known: str, asked: str, rarity: dict[str, float]) -> None:
    assert same_question(asked, known, rarity) >= SAME_QUESTION


@pytest.mark.parametrize(("known", "asked"), OTHER)
def test_a_question_about_something_else_is_not(known: str, asked: str, rarity: dict[str, float]) -> None:
    assert same_question(asked, known, rarity) < SAME_QUESTION


def test_a_published_question_finds_its_procedure_and_a_withdrawn_one_does_not(faqs: Faqs, engine: Engine) -> None:
    catalog = Catalog(engine)
    before, change = catalog.fingerprint(), catalog.change()
    draft = faqs.add(ENTRY, WHO, WHY)
    assert (draft.number, draft.status) == (1, Status.DRAFT)
    assert (catalog.fingerprint(), catalog.change()) == (before, change)
    faqs.publish(draft.id, WHO, WHY)
    held = catalog.get(BIRTH.code)
    assert held is not None
    assert held.questions == (ENTRY.question,)
    assert catalog.change() > change
    faqs.withdraw(draft.id, WHO, "luật đổi")
    held = catalog.get(BIRTH.code)
    assert held is not None
    assert held.questions == ()


def test_every_version_is_kept_and_any_comes_back(faqs: Faqs) -> None:
    first = faqs.add(ENTRY, WHO, WHY, publish=True)
    better = replace(ENTRY, answer="Được, ở nơi cư trú.")
    faqs.revise(first.id, better, "minh", "rõ hơn", 1, publish=True)
    assert [(one.number, one.author, one.entry.answer) for one in faqs.history(first.id)] == [
        (2, "minh", better.answer),
        (1, WHO, ENTRY.answer),
    ]
    back = faqs.rollback(first.id, 1, WHO, "bản 2 sai")
    assert (back.number, back.entry, back.status) == (3, ENTRY, Status.PUBLISHED)
    assert [one.entry for one in faqs.told([BIRTH.code])] == [ENTRY]


def test_a_draft_of_a_published_entry_changes_nothing_yet(faqs: Faqs) -> None:
    first = faqs.add(ENTRY, WHO, WHY, publish=True)
    faqs.revise(first.id, replace(ENTRY, answer="Nháp"), WHO, WHY, 1)
    assert [one.entry.answer for one in faqs.told([BIRTH.code])] == [ENTRY.answer]
    faqs.publish(first.id, WHO, WHY)
    assert [one.entry.answer for one in faqs.told([BIRTH.code])] == ["Nháp"]


def test_of_two_editors_the_later_is_told(faqs: Faqs) -> None:
    first = faqs.add(ENTRY, WHO, WHY)
    faqs.revise(first.id, replace(ENTRY, answer="A"), "lan", "lan sửa", 1)
    with pytest.raises(Refused, match=r"phiên bản 2 .lan: lan sửa"):
        faqs.revise(first.id, replace(ENTRY, answer="B"), "minh", "minh sửa", 1)


def test_an_entry_is_told_until_its_last_day_and_never_after(faqs: Faqs) -> None:
    faqs.add(ENTRY, WHO, WHY, publish=True)
    last = date(2027, 12, 31)
    assert len(faqs.told([BIRTH.code], last)) == 1
    assert faqs.told([BIRTH.code], date(2028, 1, 1)) == []
    assert faqs.past_date(last) == []
    assert [one.entry for one in faqs.past_date(date(2028, 1, 1))] == [ENTRY]
    assert faqs.told(["1.999999"], last) == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"question": " ", "answer": ""}, "Thiếu câu hỏi, câu trả lời"),
        ({"source_title": ""}, "Thiếu nguồn"),
        ({"source_url": "http://a.vn"}, "https://"),
        ({"code": "9.999999"}, "Không có thủ tục 9.999999"),
    ],
)
def test_an_entry_that_cannot_be_right_is_refused(faqs: Faqs, wrong: dict[str, str], words: str) -> None:
    with pytest.raises(Refused, match=words):
        faqs.add(replace(ENTRY, **wrong), WHO, WHY)  # type: ignore[arg-type]
    assert faqs.newest() == []


def test_steps_that_make_no_sense_are_refused(faqs: Faqs) -> None:
    first = faqs.add(ENTRY, WHO, WHY, publish=True)
    with pytest.raises(Refused, match="đang được công bố"):
        faqs.publish(first.id, WHO, WHY)
    faqs.withdraw(first.id, WHO, WHY)
    with pytest.raises(Refused, match="đã ngừng"):
        faqs.withdraw(first.id, WHO, WHY)
    with pytest.raises(Refused, match="Không có câu hỏi số 7"):
        faqs.publish(7, WHO, WHY)
    with pytest.raises(Refused, match="không có phiên bản 9"):
        faqs.rollback(first.id, 9, WHO, WHY)
    with pytest.raises(Refused, match="người thực hiện"):
        faqs.publish(first.id, "", WHY)


def test_the_entry_written_for_a_question_is_found_among_the_procedures_found(faqs: Faqs) -> None:
    faqs.add(replace(ENTRY, question="Sinh con ở nước ngoài thì khai sinh ở đâu?"), WHO, WHY, publish=True)
    wanted = faqs.add(ENTRY, WHO, WHY, publish=True)
    search = FaqSearch(faqs, lambda: {})
    found = [SearchResult("1.999999", 1, 1, ""), SearchResult(BIRTH.code, 1, 1, "")]
    assert search.find("con sinh ở nước ngoài về có khai sinh ở xã được ko", found) == faqs.history(wanted.id)[0]
    assert search.find("khai sinh cần gì", found) is None
    assert search.find(ENTRY.question, found[:1]) is None
    assert search.find(ENTRY.question, []) is None
