from __future__ import annotations

import re

import pytest

from bot.aloud import MOST_READ, aloud
from bot.answers import answer
from bot.facets.words import say
from bot.whole import LONGEST, tell_whole
from knowledge.starter import load_starter
from knowledge.types import Document, DocumentSet, Facet, Procedure

RECORDS = {procedure.code: procedure for procedure in load_starter()}
BIRTH = RECORDS["1.001193"]
SIGNS = re.compile(r"[📄💰⏱📍•↗()“”]|https?:|\*\*")
NUMBERS = re.compile(r"\d[\d.]*")


def test_a_short_answer_is_read_in_whole_sentences() -> None:
    text = (
        "Đăng ký khai sinh – lệ phí:\n💰 8.000 đồng\nNguồn: Cổng Dịch vụ công quốc gia, mã 1.001193, cập nhật 15/4/2026"
    )
    assert aloud(f"{text}\nhttps://dichvucong.gov.vn/x").splitlines() == [
        "Đăng ký khai sinh, lệ phí:",
        "8.000 đồng.",
        "Theo Cổng Dịch vụ công quốc gia, mã số 1.001193, cập nhật ngày 15 tháng 4 năm 2026.",
    ]


def test_a_long_list_is_counted_and_cut() -> None:
    items = "\n".join(f"📄 Giấy số {number}" for number in range(1, 13))
    read = aloud(f"Việc này – giấy tờ cần có:\n{items}").splitlines()
    assert read[1] == "Có 12 mục."
    assert len(read) == 1 + 1 + (MOST_READ - 1) + 1
    assert read[-1] == f"Còn {12 - MOST_READ + 1} mục nữa."


def test_dates_are_said_once_as_dates_and_other_slashes_stay() -> None:
    assert (
        aloud("Theo Nghị định 60/2014/QH13 từ ngày 01/07/2025")
        == "Theo Nghị định 60/2014/QH13 từ ngày 1 tháng 7 năm 2025."
    )


def test_a_fee_that_was_cut_short_says_so() -> None:
    fee = "💰 50.000 đồng: mỗi thẻ; đến hết 31/12/2026 chỉ …; Nộp trực tuyến …; …"
    assert aloud(f"📄 Tờ khai …; Giấy tờ tùy thân …\n{fee}").splitlines() == [
        "Tờ khai; Giấy tờ tùy thân.",
        "50.000 đồng: mỗi thẻ; đến hết ngày 31 tháng 12 năm 2026 chỉ, còn nữa; Nộp trực tuyến, còn nữa; "
        "xem phần lệ phí.",
    ]


def test_what_only_a_screen_can_do_is_not_read() -> None:
    assert aloud("Xong.\nCòn nữa: bấm hoặc nhắn “Xem đủ”.\nBấm chọn, hoặc trả lời 1, 2, 3.") == "Xong."


@pytest.mark.parametrize("facet", list(Facet))
def test_nothing_that_cannot_be_spoken_is_left_and_no_number_is_new(facet: Facet) -> None:
    for procedure in list(RECORDS.values())[::7]:
        written = tell_whole(procedure, facet, "vi")
        read = aloud(written)
        assert not SIGNS.search(read), (procedure.code, read)
        counted = {str(number) for number in range(1, 60)}  # "Có 12 mục", "1, …"
        stated = {found.strip(".") for found in NUMBERS.findall(written)}
        new = {found.strip(".") for found in NUMBERS.findall(read)} - stated - {found.lstrip("0") for found in stated}
        assert new <= counted, (procedure.code, facet, new)


def test_the_whole_facet_has_every_paper_and_nothing_to_tap() -> None:
    papers = tuple(Document(f"Giấy tờ thứ {number} của hồ sơ này") for number in range(1, 21))
    procedure = Procedure("9.000001", "Việc có nhiều giấy tờ", document_sets=(DocumentSet("", papers),))
    first_page = answer(procedure, Facet.DOCUMENTS).text
    assert say("vi", "more_hint") in first_page
    whole = tell_whole(procedure, Facet.DOCUMENTS, "vi")
    assert all(paper.name in whole for paper in papers)
    assert "Xem đủ" not in whole
    assert "Bấm" not in whole


def test_where_even_a_whole_message_is_too_short_the_rest_is_counted() -> None:
    papers = tuple(Document(f"Giấy tờ thứ {number} " + "với tên rất dài " * 12) for number in range(1, 61))
    procedure = Procedure("9.000001", "Việc có nhiều giấy tờ", document_sets=(DocumentSet("", papers),))
    whole = tell_whole(procedure, Facet.DOCUMENTS, "vi")
    assert len(whole) <= LONGEST
    left = re.search(r"Còn (\d+) dòng nữa", whole)
    assert left is not None
    assert whole.count("📄") + int(left[1]) == len(papers)


def test_the_question_for_the_case_is_asked_in_words() -> None:
    whole = tell_whole(BIRTH, Facet.DOCUMENTS, "vi")
    assert "Bé thuộc trường hợp nào? Có Giấy chứng sinh (trên đây); " in whole
    chosen = tell_whole(BIRTH, Facet.DOCUMENTS, "vi", ("abandoned",))
    assert "1." not in chosen.splitlines()[0]
