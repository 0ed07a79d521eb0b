"""Answers as people read them: whole texts for hand-made procedures, paging, asking back, correcting, joining."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.answers import answer, clarify, combine, confirm_or_correct
from bot.choices import Choice, parse_token
from bot.messages import Outcome, Reply
from knowledge.types import Channel, Facet, Fee, Method, Procedure, Step
from tests.bot.facets.samples import FREE, LINK, MIXED, PROVINCIAL, RESIDENCE, SILENT, ZERO_FEE, with_papers

SOURCE = f"Nguồn: Cổng Dịch vụ công quốc gia, mã 1.900001, cập nhật 15/4/2026\n{LINK}"
ASK = "Anh/chị hỏi bộ phận một cửa hoặc gọi 1022 trước khi đi."

WHOLE_TEXTS = {
    Facet.OVERVIEW: """Đăng ký thử
Báo nơi ở mới của gia đình.
📄 Giấy tờ: Tờ khai theo mẫu CT90 …; Giấy tờ về chỗ ở hợp pháp …; Căn cước (1 bản chính)
💰 Lệ phí: Nộp trực tuyến: 7.000 đồng; Nộp trực tiếp: 15.000 đồng: mỗi lần đăng ký
⏱ Thời hạn: 5 ngày làm việc
📍 Nơi giải quyết: Công an cấp xã""",
    Facet.DOCUMENTS: """Đăng ký thử – giấy tờ cần có:
Giấy tờ phải nộp:
📄 Tờ khai theo mẫu CT90 (1 bản chính)
📄 Giấy tờ về chỗ ở hợp pháp (1 bản sao)
Giấy tờ phải xuất trình:
📄 Căn cước (1 bản chính)""",
    Facet.FEE: """Đăng ký thử – lệ phí:
Nộp trực tuyến:
💰 7.000 đồng
Nộp trực tiếp:
💰 15.000 đồng: mỗi lần đăng ký""",
    Facet.DURATION: """Đăng ký thử – thời hạn giải quyết:
⏱ 5 ngày làm việc""",
    Facet.WHERE: """Đăng ký thử – nơi nộp:
Cơ quan giải quyết:
📍 Công an cấp xã
Nộp trực tuyến:
📍 Nộp trên ứng dụng VNeID
Cách nộp: trực tuyến, trực tiếp
Cấp giải quyết: Cấp xã""",
    Facet.ONLINE: """Đăng ký thử – nộp trực tuyến:
Được, danh mục có ghi cách nộp trực tuyến.
Xếp loại: toàn trình, tức là làm trọn trên mạng.
📍 Nộp trên ứng dụng VNeID
⏱ Thời hạn khi nộp trực tuyến: 5 ngày làm việc
💰 Lệ phí khi nộp trực tuyến: 7.000 đồng""",
    Facet.STEPS: """Đăng ký thử – các bước:
Bước 1: Nộp hồ sơ.
Bước 2: Nhận phiếu hẹn.""",
    Facet.CONDITIONS: """Đăng ký thử – yêu cầu, điều kiện:
Danh mục ghi: “Không có”""",
    Facet.RESULT: """Đăng ký thử – kết quả nhận được:
📄 Giấy xác nhận
📄 Thông báo từ chối""",
    Facet.LEGAL: """Đăng ký thử – căn cứ pháp lý:
• 68/2020/QH14: Luật Cư trú
• Nghị định 62/2021/NĐ-CP""",
    Facet.FORMS: """Đăng ký thử – mẫu đơn, tờ khai:
📄 CT90.docx: dùng cho “Tờ khai theo mẫu CT90”
Tệp mẫu tải ở trang thủ tục (đường dẫn bên dưới).""",
}


@pytest.mark.parametrize("facet", list(Facet))
def test_the_whole_text_of_each_facet(facet: Facet) -> None:
    assert answer(RESIDENCE, facet).text == f"{WHOLE_TEXTS[facet]}\n{SOURCE}"


def test_an_answer_carries_its_contract() -> None:
    reply = answer(RESIDENCE, Facet.FEE)
    assert reply.outcome is Outcome.ANSWERED
    assert reply.facet == "fee"
    assert reply.procedures == ("1.900001",)
    (source,) = reply.sources
    assert (source.code, source.title, source.facet) == ("1.900001", "Đăng ký thử", "fee")
    assert (source.url, source.updated_at, source.version) == (LINK, "2026-04-15", 3)


@pytest.mark.parametrize("facet", [facet for facet in Facet if facet is not Facet.OVERVIEW])
def test_what_the_record_lacks_is_said_with_where_to_ask(facet: Facet) -> None:
    text = answer(SILENT, facet).text
    assert "Danh mục chưa ghi rõ" in text
    assert ASK in text
    assert text.endswith("Nguồn: Sổ tay của sở, mã 1.900002, danh mục không ghi ngày cập nhật")


def test_a_fee_of_zero_without_words_is_never_read_as_free() -> None:
    text = answer(ZERO_FEE, Facet.FEE).text
    assert "Danh mục ghi 0 đồng mà không nói rõ có thu hay không" in text
    assert ASK in text
    assert "miễn" not in text.casefold()
    assert "Lệ phí: danh mục chưa ghi rõ" in answer(ZERO_FEE, Facet.OVERVIEW).text


def test_words_that_say_free_are_quoted() -> None:
    assert "💰 Danh mục ghi: “Không”" in answer(FREE, Facet.FEE).text


def test_mixed_fee_rows_are_shown_as_they_are() -> None:
    lines = answer(MIXED, Facet.FEE).text.splitlines()
    assert "💰 2.000 đồng/trang" in lines
    assert "💰 Gia hạn: danh mục ghi 0 đồng mà không nói rõ có thu hay không" in lines
    assert any(line.startswith("💰 25 đồng: 25.000.000đ/giấy (danh mục ghi như vậy nhưng") for line in lines)
    assert "💰 01 triệu đồng/lần" in lines


def test_times_of_cases_follow_the_general_one() -> None:
    lines = answer(MIXED, Facet.DURATION).text.splitlines()
    assert lines[1:4] == [
        "⏱ 30 ngày",
        "⏱ 2 tháng: Có sai lệch thông tin cần xác minh",
        "⏱ 10 ngày làm việc: Thông thường",
    ]


def test_the_abolished_district_level_is_pointed_out() -> None:
    assert "cấp này đã bỏ từ 1/7/2025" in answer(ZERO_FEE, Facet.WHERE).text
    assert "1/7/2025" not in answer(RESIDENCE, Facet.WHERE).text


def test_english_sentences_stand_around_vietnamese_facts() -> None:
    text = answer(RESIDENCE, Facet.DURATION, "en").text
    assert text.startswith("Đăng ký thử – processing time:\n⏱ 5 working days\nSource: National Public Service Portal")
    assert (
        "In person" in answer(RESIDENCE, Facet.FEE, "en").text or "in person" in answer(RESIDENCE, Facet.FEE, "en").text
    )


@pytest.mark.parametrize("facet", list(Facet))
@pytest.mark.parametrize("procedure", [RESIDENCE, SILENT, with_papers(30, 200)])
def test_two_to_four_suggestions_that_lead_somewhere_else(procedure: Procedure, facet: Facet) -> None:
    suggestions = answer(procedure, facet).suggestions
    assert 2 <= len(suggestions) <= 4
    assert len({suggestion.label for suggestion in suggestions}) == len(suggestions)
    for suggestion in suggestions:
        choice = parse_token(suggestion.payload or "")
        assert suggestion.url == LINK or (choice and choice.code == procedure.code)
        assert choice is None or choice.act == "more" or choice.facet != facet


def test_steps_that_the_portal_shuffled_are_put_in_order() -> None:
    shuffled = Procedure("1.900008", "Việc ba bước", steps=(Step("Bước 2: Chờ", ""), Step("Bước 10: Nhận", "")))
    shuffled = replace(shuffled, steps=(*reversed(shuffled.steps), Step("", "Bước 1: Nộp")))
    assert answer(shuffled, Facet.STEPS).text.splitlines()[1:4] == ["Bước 1: Nộp", "Bước 2: Chờ", "Bước 10: Nhận"]


def test_unnamed_steps_are_numbered() -> None:
    unnamed = Procedure("1.900009", "Việc hai bước", steps=(Step("", "Nộp hồ sơ"), Step("", "Nhận kết quả")))
    lines = answer(unnamed, Facet.STEPS, "en").text.splitlines()
    assert lines[1:5] == ["Step 1", "• Nộp hồ sơ", "Step 2", "• Nhận kết quả"]


def all_pages(procedure: Procedure, facet: Facet) -> list[Reply]:
    """Tap "Xem đủ" until there is no more."""
    replies = [answer(procedure, facet)]
    while any(suggestion.label == "Xem đủ" for suggestion in replies[-1].suggestions):
        token = next(s.payload for s in replies[-1].suggestions if s.label == "Xem đủ")
        choice = parse_token(token or "")
        assert choice == Choice("more", procedure.code, facet.value, len(replies))
        replies.append(answer(procedure, facet, page=choice.page))
    return replies


@pytest.mark.parametrize("count", [1, 3, 7, 8, 30])
@pytest.mark.parametrize("length", [30, 90, 150, 400, 1200])
def test_pages_lose_nothing_and_say_nothing_in_full_twice(count: int, length: int) -> None:
    procedure = with_papers(count, length)
    texts = [reply.text for reply in all_pages(procedure, Facet.DOCUMENTS)]
    joined = "\n".join(texts)
    assert max(map(len, texts)) <= 900
    assert max(text.count("📄") for text in texts) <= 7
    for paper in procedure.document_sets[0].documents:
        if length <= 400:
            assert joined.count(paper.name) == 1
        else:
            parts = [line.strip("📄 …") for text in texts[1:] for line in text.splitlines() if line[0] == "📄"]
            assert paper.name.replace(" ", "") in "".join(parts).replace(" ", "")


def test_a_page_past_the_end_is_the_last_one() -> None:
    procedure = with_papers(30, 200)
    assert answer(procedure, Facet.DOCUMENTS, page=98).text == all_pages(procedure, Facet.DOCUMENTS)[-1].text


def test_asking_back_numbers_the_options_and_each_leads_to_its_procedure() -> None:
    reply = clarify([RESIDENCE, PROVINCIAL], Facet.FEE)
    assert reply.outcome is Outcome.CLARIFY
    assert reply.procedures == ("1.900001", "1.900006")
    assert reply.text == (
        "Anh/chị cần làm việc nào?\n1. Đăng ký thử\n2. Đăng ký thử tại tỉnh (Lào Cai)\n3. Không phải các việc trên\n"
        "Bấm chọn, hoặc trả lời 1, 2, 3."
    )
    assert [parse_token(s.payload or "") for s in reply.suggestions] == [
        Choice("facet", "1.900001", "fee"),
        Choice("facet", "1.900006", "fee"),
        Choice("human"),
    ]


def test_a_wrong_amount_is_corrected_with_the_right_one() -> None:
    reply = confirm_or_correct(RESIDENCE, "amount", 500_000)
    assert reply.outcome is Outcome.CORRECTED
    assert "Không phải 500.000 đồng. Danh mục ghi:\nNộp trực tuyến:\n💰 7.000 đồng" in reply.text
    assert "phản ánh" in reply.text
    assert reply.suggestions[0].label == "Phản ánh"
    assert SOURCE in reply.text


def test_a_lower_wrong_amount_is_corrected_without_talk_of_reporting() -> None:
    reply = confirm_or_correct(RESIDENCE, "amount", 5_000)
    assert reply.outcome is Outcome.CORRECTED
    assert "phản ánh" not in reply.text


def test_a_right_amount_is_confirmed_with_its_case() -> None:
    reply = confirm_or_correct(RESIDENCE, "amount", 15_000)
    assert reply.outcome is Outcome.ANSWERED
    assert "Đúng, danh mục có ghi 15.000 đồng." in reply.text
    assert "15.000 đồng: mỗi lần đăng ký" in reply.text


@pytest.mark.parametrize("procedure", [ZERO_FEE, SILENT])
def test_an_amount_cannot_be_judged_by_a_silent_record(procedure: Procedure) -> None:
    reply = confirm_or_correct(procedure, "amount", 500_000)
    assert reply.outcome is Outcome.ABSTAINED
    assert "nên tôi không xác nhận được con số 500.000 đồng" in reply.text
    assert ASK in reply.text


def test_a_record_that_says_free_corrects_any_amount() -> None:
    assert confirm_or_correct(FREE, "amount", 50_000).outcome is Outcome.CORRECTED


@pytest.mark.parametrize(
    ("value", "unit", "outcome", "said"),
    [
        (5, "working_day", Outcome.ANSWERED, "Đúng, danh mục có ghi 5 ngày làm việc."),
        (5, "day", Outcome.ANSWERED, "Đúng con số, nhưng là 5 ngày làm việc"),
        (5, None, Outcome.ANSWERED, "Đúng, danh mục có ghi 5 ngày làm việc."),
        (1, "month", Outcome.CORRECTED, "Không phải 1 tháng. Danh mục ghi:\n⏱ 5 ngày làm việc"),
    ],
)
def test_a_time_is_held_against_the_record(value: int, unit: str | None, outcome: Outcome, said: str) -> None:
    reply = confirm_or_correct(RESIDENCE, "duration", value, unit)
    assert reply.outcome is outcome
    assert said in reply.text


def test_a_time_cannot_be_judged_by_a_silent_record() -> None:
    assert confirm_or_correct(SILENT, "duration", 5, "day").outcome is Outcome.ABSTAINED


def test_two_answers_on_one_procedure_share_one_source_line() -> None:
    reply = combine([answer(RESIDENCE, Facet.FEE), answer(RESIDENCE, Facet.DURATION)])
    assert reply.outcome is Outcome.ANSWERED
    assert reply.text.count("Nguồn:") == 1
    assert reply.text == f"{WHOLE_TEXTS[Facet.FEE]}\n\n{WHOLE_TEXTS[Facet.DURATION]}\n{SOURCE}"
    assert [source.facet for source in reply.sources] == ["fee", "duration"]
    assert {s.label for s in reply.suggestions}.isdisjoint({"Lệ phí", "Bao lâu"})


def test_long_answers_are_cut_when_joined_and_the_rest_is_offered() -> None:
    procedure = with_papers(30, 200)
    reply = combine([answer(procedure, Facet.DOCUMENTS), answer(MIXED, Facet.FEE)])
    assert len(reply.text) <= 1200
    assert reply.text.count("Nguồn:") == 2
    assert reply.suggestions[0].label == "Xem đủ: giấy tờ cần có"
    assert reply.suggestions[0].payload == Choice("facet", procedure.code, "documents").token()


@pytest.mark.parametrize(
    ("other", "joint"),
    [
        (Outcome.ABSTAINED, Outcome.PARTIAL),
        (Outcome.BLOCKED, Outcome.PARTIAL),
        (Outcome.CORRECTED, Outcome.CORRECTED),
        (Outcome.ANSWERED, Outcome.ANSWERED),
    ],
)
def test_the_outcome_of_joined_replies(other: Outcome, joint: Outcome) -> None:
    reply = combine([answer(RESIDENCE, Facet.FEE), Reply("Việc này ngoài danh mục.", other, confidence=0.2)])
    assert reply.outcome is joint
    assert "Việc này ngoài danh mục." in reply.text
    assert reply.confidence == 0.2


def test_the_rest_of_a_judged_answer_begins_with_its_first_page() -> None:
    many = tuple(Fee(1000 * number, "giấy tờ chứng minh nội dung kê khai " * 4) for number in range(1, 12))
    record = Procedure("1.900010", "Việc nhiều mức thu", methods=(Method(Channel.DIRECT, None, many),))
    reply = confirm_or_correct(record, "amount", 500_000)
    assert Choice("more", record.code, "fee").token() in [s.payload for s in reply.suggestions]


def test_nothing_answered_in_either_part_is_not_partial() -> None:
    declined = Reply("Ngoài danh mục.", Outcome.ABSTAINED)
    assert combine([declined, declined]).outcome is Outcome.ABSTAINED
