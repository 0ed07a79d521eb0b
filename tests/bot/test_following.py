"""What tapped suggestions lead to, and what the conversation remembers of cases and journeys."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.answering import Answering
from bot.choices import Choice
from bot.following import follow
from bot.memory import Memory
from bot.messages import Outcome
from knowledge.starter import load_starter
from knowledge.types import Procedure, SearchResult

STARTER: dict[str, Procedure] = {procedure.code: procedure for procedure in load_starter()}
BIRTH, PASSPORT, MARRIAGE, ABROAD, HOME = "1.001193", "1.001456", "1.000894", "2.000806", "1.004222"


@dataclass
class Search:
    """Finds the one procedure, or nothing."""

    code: str | None = None

    def search(self, question: str, limit: int = 10) -> list[SearchResult]:
        return [SearchResult(self.code, 1.0, 0.9, "")] if self.code else []


def answering(finds: str | None = None) -> Answering:
    return Answering(STARTER, Search(finds))


def test_a_case_tapped_is_told_and_remembered_for_its_procedure() -> None:
    reply, memory = follow(answering(), Choice("case", PASSPORT, "fee", option="lost"), Memory(), "vi")
    assert "400.000 đồng" in reply.text
    assert memory.chosen == {PASSPORT: ("lost",)}
    again, memory = follow(answering(), Choice("facet", PASSPORT, "documents"), memory, "vi")
    assert "Hộ chiếu còn hạn bị mất hoặc hỏng." in again.text
    other, memory = follow(answering(), Choice("facet", BIRTH, "documents"), memory, "vi")
    assert "bị mất" not in other.text
    assert memory.chosen == {PASSPORT: ("lost",)}


def test_another_case_asks_again() -> None:
    memory = Memory(PASSPORT, chosen={PASSPORT: ("lost",)})
    reply, memory = follow(answering(), Choice("case", PASSPORT, "fee"), memory, "vi")
    assert "Anh/chị làm hộ chiếu trong trường hợp nào?" in reply.text
    assert memory.chosen == {}


def test_a_case_that_is_another_procedure_tells_that_one() -> None:
    reply, memory = follow(answering(), Choice("case", MARRIAGE, "documents", option="abroad"), Memory(), "vi")
    assert reply.procedures == (ABROAD,)
    assert (memory.focus, memory.chosen) == (ABROAD, {})


def test_a_case_of_a_procedure_that_is_no_more() -> None:
    reply, memory = follow(Answering({}, Search()), Choice("case", BIRTH, "documents"), Memory("1.1"), "vi")
    assert BIRTH in reply.text
    assert memory == Memory("1.1")


def test_a_case_said_in_the_question_is_told_and_remembered() -> None:
    (reply,), memory = answering(BIRTH).answer("khai sinh mà không có giấy chứng sinh cần giấy tờ gì", Memory(), "vi")
    assert "người làm chứng" in reply.text
    assert memory.chosen == {BIRTH: ("uncertified",)}
    (reply,), memory = answering().answer("nhờ bà nội đi làm giùm thì sao", memory, "vi")
    assert reply.procedures == (BIRTH,)
    assert memory.chosen == {BIRTH: ("uncertified", "proxy")}
    assert "ủy quyền" in reply.text


def test_a_case_said_when_another_matter_is_named_is_of_that_matter() -> None:
    memory = Memory(BIRTH, facet="documents")
    (reply,), memory = answering(PASSPORT).answer("nhờ người khác làm hộ chiếu cần giấy tờ gì", memory, "vi")
    assert reply.procedures == (PASSPORT,)
    assert memory.focus == PASSPORT


def test_two_facets_at_once_are_not_interrupted_by_a_question() -> None:
    (reply,), _ = answering(PASSPORT).answer("làm hộ chiếu cần giấy tờ gì, lệ phí bao nhiêu", Memory(), "vi")
    assert "trường hợp nào?" not in reply.text


def test_only_the_last_few_procedures_keep_their_cases() -> None:
    memory = Memory()
    for number in range(12):
        memory = memory.choose(f"1.{number:06}", ("lost",))
    assert len(memory.chosen) <= 9
    assert "1.000011" in memory.chosen
    assert "1.000000" not in memory.chosen


def test_an_event_as_a_whole_is_a_journey_and_a_step_leads_back() -> None:
    (reply,), memory = answering(BIRTH).answer("vợ em mới sinh thì phải làm những gì", Memory(), "vi")
    assert (reply.outcome, reply.facet) == (Outcome.ANSWERED, "steps")
    assert memory.journey == "birth"
    step, memory = follow(answering(), Choice("step", option="birth", page=2), memory, "vi")
    assert step.procedures == (BIRTH,)
    assert "Quay lại: Sinh con" in [suggestion.label for suggestion in step.suggestions]
    (back,), memory = answering().back_to("quay lại", memory, "vi")
    assert back.text == reply.text


@pytest.mark.parametrize("said", ["bước tiếp theo là gì", "buoc tiep theo la gi"])
def test_the_next_step_shows_the_journey_again_and_nothing_without_one(said: str) -> None:
    (reply,), _ = answering().answer(said, Memory(BIRTH, journey="birth"), "vi")
    assert reply.text.startswith("Sinh con")
    (other,), _ = answering().answer(said, Memory(BIRTH), "vi")
    assert not other.text.startswith("Sinh con")


def test_an_old_button_works_without_any_memory() -> None:
    reply, memory = follow(answering(), Choice("step", option="death", page=1), Memory(), "vi")
    assert reply.procedures == ("1.000656",)
    assert memory.journey == "death"


@pytest.mark.parametrize("choice", [Choice("journey", option="nothing"), Choice("step", option="birth", page=77)])
def test_a_journey_that_is_no_more_shows_all(choice: Choice) -> None:
    reply, memory = follow(answering(), choice, Memory(), "vi")
    assert "Sinh con" in reply.text
    assert memory == Memory()


def test_a_step_without_a_procedure_keeps_the_journey() -> None:
    reply, memory = follow(answering(), Choice("step", option="birth", page=1), Memory(HOME), "vi")
    assert reply.procedures == ()
    assert (memory.journey, memory.focus) == ("birth", HOME)


def test_all_journeys_and_their_second_page() -> None:
    first, _ = follow(answering(), Choice("journeys"), Memory(), "vi")
    second, _ = follow(answering(), Choice("journeys", page=1), Memory(), "vi")
    assert first.outcome is second.outcome is Outcome.SMALLTALK
    assert first.text != second.text
