"""Journeys in words, over the starter catalogue."""

from __future__ import annotations

import re

import pytest

from bot.choices import Choice, match_typed, parse_token
from bot.facets.layout import PAGE_LENGTH, source
from bot.formatting import PAGE_LINES
from bot.journeys import belongs_to, list_journeys, step_of, tell_journey, tell_uncoded, with_way_back
from bot.messages import Outcome, Reply, Suggestion
from knowledge.journeys import load_journeys
from knowledge.starter import load_starter
from knowledge.types import Facet

STARTER = {procedure.code: procedure for procedure in load_starter()}
JOURNEYS = load_journeys()


def told(key: str, page: int = 0, language: str = "vi") -> Reply:
    reply = tell_journey(key, STARTER.get, language, page)
    assert reply is not None
    return reply


def pages(key: str) -> list[Reply]:
    found = [told(key)]
    while any(suggestion.label == "Xem đủ" for suggestion in found[-1].suggestions):
        found.append(told(key, len(found)))
    return found


@pytest.mark.parametrize("key", JOURNEYS)
def test_a_journey_is_told_with_its_sources_on_pages_that_can_be_read(key: str) -> None:
    replies = pages(key)
    for reply in replies:
        assert (reply.outcome, reply.facet) == (Outcome.ANSWERED, "steps")
        assert len(reply.text) <= PAGE_LENGTH
        assert len(re.findall(r"^(?:\d+\. |Làm chung)", reply.text, re.MULTILINE)) <= PAGE_LINES
        assert reply.sources == tuple(source(STARTER[code], Facet.STEPS) for code in reply.procedures)
        assert all(code in reply.text for code in reply.procedures)
    available = {code for code in JOURNEYS[key].codes if code in STARTER}
    assert {code for reply in replies for code in reply.procedures} == available


@pytest.mark.parametrize("key", JOURNEYS)
def test_the_number_of_a_step_chooses_it_on_every_page(key: str) -> None:
    for reply in pages(key):
        for number, title in re.findall(r"^(\d+)\. ([^–\n]+)", reply.text, re.MULTILINE):
            chosen = match_typed(number, reply.suggestions)
            assert chosen is not None
            assert title.strip().startswith(chosen.label)
            choice = parse_token(chosen.payload or "")
            assert choice is not None
            step = step_of(choice.option, choice.page)
            assert step is not None
            assert step.title == chosen.label


def test_steps_after_others_and_what_is_done_in_one_go_are_said() -> None:
    text = told("birth").text
    assert "3. Đăng ký thường trú cho con – Công an cấp xã; trong tối đa 60 ngày; sau việc 2" in text
    assert "Làm chung một lần được: việc 2, 3, 4" in text
    assert "2.000986" in told("birth").procedures


def test_a_step_whose_procedure_is_not_published_is_left_out_and_the_rest_counted_anew() -> None:
    lacking = {code: procedure for code, procedure in STARTER.items() if code not in ("1.001193", "2.000986")}
    reply = tell_journey("birth", lacking.get, "vi")
    assert reply is not None
    assert "Khai sinh cho con" not in reply.text
    assert "2. Đăng ký thường trú cho con – Công an cấp xã; trong tối đa 60 ngày\n" in reply.text
    assert "Làm chung" not in reply.text
    assert "1.001193" not in reply.procedures


def test_a_page_too_far_is_the_last_one() -> None:
    assert told("death", 50) == told("death", 1)


def test_in_english() -> None:
    text = told("death", language="en").text
    assert "what there is to do" in text
    assert "after no. 1" in text
    assert "Source: " in text


def test_no_journey_no_reply() -> None:
    assert tell_journey("nothing", STARTER.get, "vi") is None
    assert step_of("nothing", 1) is None
    assert step_of("birth", 0) is None
    assert step_of("birth", 99) is None


def test_a_step_without_a_procedure_is_honest_and_leads_back() -> None:
    step = step_of("birth", 1)
    assert step is not None
    assert step.code == ""
    reply = tell_uncoded("birth", step, "vi")
    assert reply.text.startswith(step.title)
    assert reply.procedures == ()
    assert [parse_token(s.payload or "") for s in reply.suggestions] == [Choice("journey", option="birth")]


def test_all_journeys_are_listed_page_by_page() -> None:
    found: list[str] = []
    page = 0
    while True:
        reply = list_journeys("vi", page)
        assert reply.outcome is Outcome.SMALLTALK
        assert len(re.findall(r"^\d+\. ", reply.text, re.MULTILINE)) == len(reply.suggestions) <= PAGE_LINES
        choices = [parse_token(suggestion.payload or "") for suggestion in reply.suggestions]
        found += [choice.option for choice in choices if choice and choice.act == "journey"]
        following = [choice for choice in choices if choice and choice.act == "journeys"]
        if not following:
            break
        page = following[0].page
    assert found == list(JOURNEYS)
    assert list_journeys("vi", 99) == reply


def test_the_way_back_is_offered_for_procedures_of_the_journey_only() -> None:
    link = Suggestion("Nộp trực tuyến ↗", url="https://example.gov.vn")
    facets = tuple(Suggestion(label, f"facet:1.001193:{label.lower()}") for label in ("Fee", "Where", "Steps"))
    reply = Reply("x", Outcome.ANSWERED, "overview", ("1.001193",), suggestions=(*facets, link))
    back = with_way_back(reply, "birth", "vi")
    assert [suggestion.label for suggestion in back.suggestions] == ["Fee", "Where", "Quay lại: Sinh con", link.label]
    assert with_way_back(reply, "vehicle", "vi") == reply
    assert with_way_back(reply, None, "vi") == reply


def test_what_belongs_to_a_journey() -> None:
    assert belongs_to("1.001193", "birth")
    assert not belongs_to("1.001193", "vehicle")
    assert not belongs_to(None, "birth")
    assert not belongs_to("1.001193", None)
