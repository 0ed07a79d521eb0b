from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.facets import body
from bot.formatting import squeeze
from knowledge.cases import cases_of, load_cases
from knowledge.journeys import Journey, JourneyStep
from knowledge.starter import load_starter
from knowledge.types import Channel, Facet, Fee, Kind, LegalReference, Method, Procedure
from web.sheets import Sheet, Words, find, linked, make_sheet
from web.transcript import Link

STARTER = {procedure.code: procedure for procedure in load_starter()}
BIRTH = STARTER["1.001193"]


def written(words: Words) -> str:
    return "".join(part.label for part in words)


def text_of(sheet: Sheet) -> str:
    lines = [sheet.name, *sheet.warnings]
    for section in sheet.sections:
        lines += [section.title, *map(written, section.lead), *map(written, section.notes)]
        lines += [group.heading for group in section.groups]
        lines += [written(item.words) for group in section.groups for item in group.items]
    return "\n".join(lines)


def test_every_facet_has_a_section_and_says_all_that_the_chat_says() -> None:
    for procedure in STARTER.values():
        sheet = make_sheet(procedure)
        assert {section.key for section in sheet.sections} == set(Facet)
        text = text_of(sheet).casefold()
        for facet in Facet:
            told = body(procedure, facet, "vi")
            said = [line.text for line in told.lines] + [*told.lead.splitlines(), *told.notes]
            assert [line for line in said if line.casefold() not in text] == [], procedure.code


def test_the_summary_comes_first() -> None:
    assert make_sheet(BIRTH).sections[0].key == "overview"


def test_the_head_identifies_the_record_and_links_to_it() -> None:
    sheet = make_sheet(BIRTH)
    facts = {label: written(words) for label, words in sheet.facts}
    assert facts["Mã thủ tục"] == "1.001193"
    assert facts["Lĩnh vực"] == "Hộ tịch"
    assert facts["Cấp thực hiện"] == "Cấp xã"
    assert facts["Cập nhật"] == "15/4/2026"
    assert dict(sheet.facts)["Nguồn"] == (Link("Cổng Dịch vụ công quốc gia", BIRTH.source_url),)
    assert sheet.source == Link("Nguồn: Cổng Dịch vụ công quốc gia, mã 1.001193, cập nhật 15/4/2026", BIRTH.source_url)


def test_what_the_record_lacks_is_said_and_marked() -> None:
    sheet = make_sheet(Procedure("1.000001", "Việc chưa ghi gì"))
    lacking = {section.key for section in sheet.sections if not section.known}
    assert {"documents", "fee", "duration", "steps", "legal", "result"} <= lacking
    fee = next(section for section in sheet.sections if section.key == "fee")
    assert "Danh mục chưa ghi rõ lệ phí" in written(fee.lead[0])
    assert dict(sheet.facts)["Cập nhật"][0].label == "danh mục không ghi ngày cập nhật"
    assert dict(sheet.facts)["Nguồn"][0].url == ""


def test_a_procedure_past_its_last_day_says_so() -> None:
    old = make_sheet(replace(BIRTH, expires_on=date(2020, 6, 30)))
    assert any("30/6/2020" in warning and "đã quá" in warning for warning in old.warnings)
    assert make_sheet(BIRTH).warnings == ()


def test_a_province_is_named_with_its_own_procedure() -> None:
    own = make_sheet(replace(BIRTH, kind=Kind.PROVINCIAL, scope="Hà Nội"))
    assert dict(own.facts)["Riêng của"][0].label == "Hà Nội"


def test_addresses_can_be_opened_but_nothing_else() -> None:
    assert linked("Xem https://a.vn/x?y=1, rồi nộp.") == (
        Link("Xem ", ""),
        Link("https://a.vn/x?y=1", "https://a.vn/x?y=1"),
        Link(", rồi nộp.", ""),
    )
    assert linked("javascript:alert(1)") == (Link("javascript:alert(1)", ""),)
    assert make_sheet(replace(BIRTH, source_url="javascript:alert(1)")).source.url == ""


def test_a_provinces_code_leads_to_the_procedure_it_is_an_edition_of() -> None:
    get = STARTER.get
    assert find(get, "1.001193") is BIRTH
    assert find(get, "1.001193.000.00.00.H35") is BIRTH
    assert find(get, "1.0011939") is None
    assert find(get, "9.999999.000.00.00.H35") is None
    own = replace(BIRTH, code="1.001193.H10")
    assert find({"1.001193": BIRTH, "1.001193.H10": own}.get, "1.001193.H10") is own


# ---- cases


def papers_of(sheet: Sheet) -> str:
    section = next(section for section in sheet.sections if section.key == "documents")
    return "\n".join(written(item.words) for group in section.groups for item in group.items)


def test_cases_are_asked_and_the_whole_record_shown_until_one_is_chosen() -> None:
    sheet = make_sheet(BIRTH)
    assert [len(question.answers) for question in sheet.questions] == [4, 3]
    assert not any(answer.told for question in sheet.questions for answer in question.answers)
    assert sheet.case == ""
    assert "bỏ rơi" in papers_of(sheet)
    assert "mang thai hộ" in papers_of(sheet) or "hỗ trợ sinh sản" in papers_of(sheet)


def test_a_chosen_case_leaves_out_the_papers_of_others_and_says_so() -> None:
    sheet = make_sheet(BIRTH, ["abandoned"])
    assert "Trẻ bị bỏ rơi" in sheet.case
    assert "bỏ rơi" in papers_of(sheet)
    assert "hỗ trợ sinh sản" not in papers_of(sheet)
    told = [answer.label for question in sheet.questions for answer in question.answers if answer.told]
    # The question left open is told by its usual answer, and that is marked too.
    assert told[0] == "Trẻ bị bỏ rơi"
    assert len(told) == 2
    other = sheet.questions[1].answers[1]
    assert "case=abandoned" in other.url
    assert "case=proxy" in other.url


@pytest.mark.parametrize("chosen", [["nonsense"], ["all"], ["nonsense", "all"]])
def test_a_case_that_is_none_shows_the_whole_record(chosen: list[str]) -> None:
    assert make_sheet(BIRTH, chosen) == make_sheet(BIRTH)


def test_an_answer_that_belongs_to_another_procedure_leads_there() -> None:
    code, cases = next(
        (code, cases)
        for code, cases in load_cases().items()
        if code in STARTER
        and cases_of(STARTER[code])
        and any(option.instead for question in cases.questions for option in question.options)
    )
    instead = {o.label: o.instead for question in cases.questions for o in question.options if o.instead}
    urls = {a.label: a.url for question in make_sheet(STARTER[code]).questions for a in question.answers}
    assert {label: urls[label] for label in instead} == {label: f"/p/{other}" for label, other in instead.items()}


# ---- events of life


def test_steps_of_an_event_link_to_their_sheets_where_there_is_one() -> None:
    journey = Journey(
        "birth",
        "Sinh con",
        "Tôi mới sinh con",
        (JourneyStep("Khai sinh", BIRTH.code), JourneyStep("Bảo hiểm", "1.2"), JourneyStep("Thẻ", "1.3")),
    )
    (event,) = make_sheet(BIRTH, (), [journey], {BIRTH.code, "1.2"}).events
    assert event.title == "Sinh con"
    assert event.steps == ((Link("Khai sinh", ""), True), (Link("Bảo hiểm", "/p/1.2"), False), (Link("Thẻ", ""), False))


def test_the_description_is_short_and_plain() -> None:
    for procedure in STARTER.values():
        description = make_sheet(procedure).description
        assert 10 < len(description) <= 200
        assert description == squeeze(description)


def test_amounts_are_told_as_in_the_chat() -> None:
    record = Procedure(
        "1.000002",
        "Cấp giấy",
        methods=(Method(Channel.DIRECT, fees=(Fee(8000, ""),)),),
        legal=(LegalReference("12/2024/NĐ-CP", "Nghị định về giấy"),),
    )
    text = text_of(make_sheet(record))
    assert "8.000 đồng" in text
    assert "12/2024/NĐ-CP: Nghị định về giấy" in text
