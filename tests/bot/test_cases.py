"""A facet told for a case: what is shown, what is asked, what a message says of the case."""

from __future__ import annotations

import pytest

from bot.answers import answer
from bot.cases import facet_of_case, instead_of, match_said, put, settle, tell, tells_case_only
from bot.choices import Choice, match_typed, parse_token
from bot.facets.layout import PAGE_LENGTH
from bot.messages import Outcome, Reply
from knowledge.cases import EVERY_CASE, load_cases, narrow
from knowledge.starter import load_starter
from knowledge.types import Facet, Procedure
from tests.bot.test_truth import AMOUNT, LEGAL, OURS, amount_stands, links_of, numbers, record

STARTER = {procedure.code: procedure for procedure in load_starter()}
BIRTH, PASSPORT, PERMIT, MARRIAGE, HOME = (
    STARTER[code] for code in ("1.001193", "1.001456", "1.013225", "1.000894", "1.004222")
)
PLAIN = STARTER["1.012812"]  # no cases are written for it
OPTION = r"(?m)(?:^|[;?)] )\d{1,2}\. "


def labels(reply: Reply) -> list[str]:
    return [suggestion.label for suggestion in reply.suggestions]


def test_papers_are_told_for_the_usual_case_and_the_question_follows_before_the_source() -> None:
    reply = tell(BIRTH, Facet.DOCUMENTS, "vi")
    assert reply.outcome is Outcome.ANSWERED
    assert "📄 Giấy chứng sinh" in reply.text
    assert "người làm chứng" not in reply.text
    asked = reply.text.index("Bé thuộc trường hợp nào?\n1. Có Giấy chứng sinh (trên đây)\n2. Không có Giấy chứng sinh")
    assert asked < reply.text.index("Nguồn: ")
    assert labels(reply)[1] == "Không có Giấy chứng sinh"
    assert match_typed("2", reply.suggestions) == reply.suggestions[1]
    assert "Lệ phí" in labels(reply)


def test_a_chosen_case_is_said_at_the_head_and_can_be_changed() -> None:
    reply = tell(BIRTH, Facet.DOCUMENTS, "vi", ("uncertified", "self"))
    assert (
        reply.text.splitlines()[1] == "Trường hợp của anh/chị: Không có Giấy chứng sinh; Tự đi nộp hoặc nộp trực tuyến."
    )
    assert "người làm chứng" in reply.text
    assert "📄 Giấy chứng sinh" not in reply.text
    assert "?" not in reply.text
    assert "Trường hợp khác" in labels(reply)
    assert len(reply.suggestions) == 4


def test_the_fee_is_that_of_the_case() -> None:
    usual, lost = (tell(PASSPORT, Facet.FEE, "vi", chosen).text for chosen in [(), ("lost",)])
    assert "200.000 đồng" in usual
    assert "400.000 đồng" not in usual
    assert "400.000 đồng" in lost
    assert "200.000 đồng" not in lost


def test_the_time_is_that_of_the_case() -> None:
    assert "⏱ 7 ngày làm việc\n" in tell(PERMIT, Facet.DURATION, "vi").text
    other = tell(PERMIT, Facet.DURATION, "vi", ("other",)).text
    assert "⏱ 10 ngày làm việc\n" in other
    assert "7 ngày" not in other


@pytest.mark.parametrize("facet", [Facet.WHERE, Facet.STEPS, Facet.LEGAL, Facet.ONLINE, Facet.FORMS])
def test_a_facet_in_which_cases_do_not_differ_is_told_whole(facet: Facet) -> None:
    assert tell(BIRTH, facet, "vi", ("uncertified",)) == tell(BIRTH, facet, "vi")
    assert "trường hợp nào" not in tell(BIRTH, facet, "vi").text


def test_a_summary_asks_nothing_but_is_of_the_case_when_it_is_known() -> None:
    assert "trường hợp" not in tell(BIRTH, Facet.OVERVIEW, "vi").text.casefold()
    known = tell(BIRTH, Facet.OVERVIEW, "vi", ("abandoned",)).text
    assert "Trẻ bị bỏ rơi." in known
    assert "Giấy chứng sinh …" not in known


def test_beside_another_answer_nothing_is_asked_and_nothing_left_out() -> None:
    reply = tell(PASSPORT, Facet.FEE, "vi", ask=False)
    assert "200.000 đồng" in reply.text
    assert "400.000 đồng" in reply.text
    assert "nào?" not in reply.text


def test_every_case_is_the_whole_record() -> None:
    reply = tell(HOME, Facet.DOCUMENTS, "vi", (EVERY_CASE,))
    assert reply.text == answer(HOME, Facet.DOCUMENTS).text
    assert "tàu, thuyền" in "".join(tell(HOME, Facet.DOCUMENTS, "vi", (EVERY_CASE,), page).text for page in (1, 2, 3))
    assert "Trường hợp khác" in labels(reply)


def test_a_procedure_without_cases_is_told_as_ever() -> None:
    assert PLAIN.code not in load_cases()
    assert "trường hợp" not in tell(PLAIN, Facet.DOCUMENTS, "vi", ("lost",)).text
    assert settle(PLAIN, "bị mất", ("x",)) == ()
    assert not tells_case_only(PLAIN, "bị mất")
    assert put(PLAIN, (), "lost") == ()


def test_in_english_the_frame_is_english() -> None:
    text = tell(BIRTH, Facet.DOCUMENTS, "en").text
    assert "Which case is yours? (Bé thuộc trường hợp nào?)" in text
    assert "5. Show every case" in text


def test_where_the_papers_are_many_the_question_takes_one_line() -> None:
    reply = tell(PERMIT, Facet.DOCUMENTS, "vi")
    assert "công trình nào? 1. Nhà ở của gia đình, cá nhân (trên đây); 2." in reply.text
    assert "bản vẽ" in reply.text


def test_the_words_of_a_message_settle_the_case() -> None:
    assert settle(BIRTH, "không có giấy chứng sinh", ()) == ("uncertified",)
    assert settle(BIRTH, "nhờ bà nội đi làm giùm", ("uncertified",)) == ("uncertified", "proxy")
    assert settle(BIRTH, "lệ phí bao nhiêu", ("uncertified",)) == ("uncertified",)
    assert settle(BIRTH, "trường hợp khác", ("uncertified",)) == ()
    assert settle(BIRTH, "xem tất cả các trường hợp", ("uncertified",)) == (EVERY_CASE,)
    assert settle(BIRTH, "không có giấy chứng sinh", (EVERY_CASE,)) == ("uncertified",)


def test_a_tap_settles_the_case() -> None:
    assert put(BIRTH, ("proxy",), "uncertified") == ("uncertified", "proxy")
    assert put(BIRTH, ("proxy",), "") == ()
    assert put(BIRTH, (EVERY_CASE,), "uncertified") == ("uncertified",)


@pytest.mark.parametrize(
    ("said", "only"),
    [
        ("nếu nhờ người khác đi làm thì sao", True),
        ("con em không có giấy chứng sinh", True),
        ("truong hop khac", True),
        ("nhờ người khác làm hộ chiếu", False),
        ("đăng ký tạm trú ở nhà thuê", False),
        ("lệ phí bao nhiêu", False),
    ],
)
def test_a_message_that_only_tells_a_case_is_known(said: str, only: bool) -> None:
    assert tells_case_only(BIRTH, said) is only


def test_what_is_told_after_a_case_is_what_was_asked_before_it() -> None:
    assert facet_of_case(PASSPORT, None, "fee") is Facet.FEE
    assert facet_of_case(PASSPORT, "steps", "fee") is Facet.FEE
    assert facet_of_case(PASSPORT, None, "where") is Facet.DOCUMENTS
    assert facet_of_case(PASSPORT, None, "overview") is Facet.DOCUMENTS


def test_a_case_that_is_another_procedure() -> None:
    assert instead_of(MARRIAGE, ("abroad",)) == "2.000806"
    assert instead_of(MARRIAGE, ("here",)) == ""
    assert instead_of(PLAIN, ("abroad",)) == ""


def test_a_case_said_in_own_words_is_the_suggestion_offered() -> None:
    offered = tell(PASSPORT, Facet.FEE, "vi").suggestions
    found = match_said("bị mất rồi", offered)
    assert found is not None
    assert parse_token(found.payload or "") == Choice("case", PASSPORT.code, "fee", option="lost")
    assert match_said("bị mất thì lệ phí bao nhiêu", offered) is None
    assert match_said("mất căn cước làm lại ở chỗ công an nào gần nhà", offered) is None
    assert match_said("bị mất rồi", tell(PLAIN, Facet.FEE, "vi").suggestions) is None


def shown() -> list[tuple[Procedure, Facet, tuple[str, ...]]]:
    """Every procedure with cases, in each facet where they differ, for each single answer and for none."""
    found = []
    for code, cases in load_cases().items():
        keys = [option.key for question in cases.questions for option in question.options]
        for facet in (Facet.DOCUMENTS, Facet.FEE, Facet.DURATION, Facet.OVERVIEW):
            if any(question.matters_for(facet) for question in cases.questions):
                found += [(STARTER[code], facet, chosen) for chosen in [(), *((key,) for key in keys)]]
    return found


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_fact_told_for_a_case_stands_in_the_record(language: str) -> None:
    import re

    wrong = []
    for procedure, facet, chosen in shown():
        text = tell(procedure, facet, language, chosen).text
        facts = re.sub(OPTION, " ", OURS.sub("", text))
        facts = re.sub(r"(?:trả lời|answer) [\d, ]+", "", facts)
        words = record(procedure)
        foreign = numbers(facts) - numbers(words) - {digits.lstrip("0") for digits in re.findall(r"\d+", words)}
        foreign |= {amount for amount in AMOUNT.findall(facts) if not amount_stands(amount, words, procedure)}
        foreign |= links_of(facts) - links_of(words)
        foreign |= {number for number in LEGAL.findall(facts) if number not in words and "…" not in facts}
        if foreign or len(text) > PAGE_LENGTH:
            wrong.append((procedure.code, facet, chosen, foreign, len(text)))
    assert not wrong, wrong[:5]


def test_no_case_is_less_clear_than_the_whole_record() -> None:
    unclear = "danh mục không nói rõ trường hợp nào"
    wrong = [
        (procedure.code, chosen)
        for procedure, facet, chosen in shown()
        if facet is Facet.DURATION
        and unclear in tell(procedure, facet, "vi", chosen).text
        and unclear not in tell(procedure, facet, "vi", ask=False).text
    ]
    assert not wrong


def test_each_answer_to_a_question_changes_what_is_told() -> None:
    """An answer that changes nothing is a question too many; one of each question may be what is told before."""
    for code, cases in load_cases().items():
        for question in cases.questions:
            told = {narrow(STARTER[code], cases, (option.key,)) for option in question.options if not option.instead}
            pointless = len([option for option in question.options if not option.instead]) - len(told)
            assert pointless == 0, (code, question.ask)
