"""The place of the asker on its way through a conversation; a scripted search, procedures made by hand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from bot.answering import Answering
from bot.choices import Choice
from bot.following import follow
from bot.memory import Memory
from bot.messages import Outcome
from bot.places import Place
from knowledge.types import Kind, Procedure, SearchResult

BIRTH = Procedure(
    "1.000001",
    "Đăng ký khai sinh",
    agencies=("Ủy ban nhân dân cấp xã",),
    levels=("Cấp xã",),
    source_url="https://example.gov.vn/1",
)
TOUR = Procedure("1.000010", "Hỗ trợ du lịch", kind=Kind.PROVINCIAL, scope="Bắc Ninh", source_url="https://e.vn/2")
TOUR_TOO = replace(TOUR, code="1.000011", scope="Gia Lai")
LAND = Procedure("1.000012", "Cấp sổ đỏ lần đầu", kind=Kind.PROVINCIAL, scope="Bắc Ninh", source_url="https://e.vn/3")
LAND_HERE = Procedure("1.000013", "Cấp sổ đỏ", source_url="https://e.vn/4")
ALL = {known.code: known for known in (BIRTH, TOUR, TOUR_TOO, LAND, LAND_HERE)}
FINDS = {"sổ đỏ": (LAND, LAND_HERE), "du lịch": (TOUR, TOUR_TOO), "khai sinh": (BIRTH,)}


@dataclass
class Search:
    """Finds by a word of the question; the asker's own province first, as the retriever does."""

    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def search(self, question: str, limit: int = 10, province: str | None = None) -> list[SearchResult]:
        self.asked.append((question, province))
        known = next((found for word, found in FINDS.items() if word in question.lower()), ())
        ordered = sorted(known, key=lambda one: one.scope != province)
        return [SearchResult(one.code, 1 - place / 10, 0.9 - place / 10, one.name) for place, one in enumerate(ordered)]


@pytest.fixture
def answering() -> Answering:
    return Answering(ALL, Search())


def test_the_place_in_a_question_is_not_searched_for_but_its_province_is_told(answering: Answering) -> None:
    _, memory = answering.answer("ở phường Bến Nghé đăng ký khai sinh nộp ở đâu", Memory(), "vi")
    ((words, province),) = answering.search.asked  # type: ignore[attr-defined]
    assert "Bến" not in words
    assert province == "Hồ Chí Minh"
    assert memory.place == Place(("26740",))


def test_only_a_place_is_about_the_procedure_in_focus(answering: Answering) -> None:
    (reply,), memory = answering.answer("phường Sài Gòn", Memory(BIRTH.code, (), "documents"), "vi")
    assert (reply.outcome, reply.facet, reply.procedures) == (Outcome.ANSWERED, "where", (BIRTH.code,))
    assert "Ủy ban nhân dân phường Sài Gòn" in reply.text
    assert memory.place == Place(("26740",))


def test_a_place_chosen_answers_where_and_without_a_matter_asks_for_one(answering: Answering) -> None:
    choice = Choice("place", option="26740")
    reply, memory = follow(answering, choice, Memory(BIRTH.code, (), "where"), "vi")
    assert (reply.outcome, reply.facet) == (Outcome.ANSWERED, "where")
    assert memory.place == Place(("26740",))
    reply, memory = follow(answering, choice, Memory(), "vi")
    assert reply.outcome is Outcome.CLARIFY
    assert "Tôi nhớ anh/chị ở phường Sài Gòn" in reply.text


def test_where_one_is_is_asked_when_only_provinces_have_the_procedure(answering: Answering) -> None:
    (reply,), memory = answering.answer("hỗ trợ du lịch cần giấy tờ gì", Memory(), "vi")
    assert (reply.outcome, reply.procedures) == (Outcome.CLARIFY, (TOUR.code, TOUR_TOO.code))
    assert memory.pending == "documents"


@pytest.mark.parametrize(
    ("text", "memory"),
    [
        ("hỗ trợ du lịch cần giấy tờ gì", Memory(place=Place(("52",)))),
        ("em ở Gia Lai, hỗ trợ du lịch cần giấy tờ gì", Memory()),
        ("hỗ trợ du lịch tỉnh Gia Lai cần giấy tờ gì", Memory()),
    ],
)
def test_the_askers_province_decides_between_copies(answering: Answering, text: str, memory: Memory) -> None:
    (reply,), _ = answering.answer(text, memory, "vi")
    assert (reply.outcome, reply.procedures) == (Outcome.ANSWERED, (TOUR_TOO.code,))


def test_who_lives_in_another_province_is_offered_what_holds_for_everyone(answering: Answering) -> None:
    (reply,), _ = answering.answer("cấp sổ đỏ cần giấy tờ gì", Memory(place=Place(("01",))), "vi")
    assert reply.outcome is Outcome.CLARIFY
    assert reply.procedures == (LAND.code, LAND_HERE.code)
    assert "chỉ áp dụng ở tỉnh Bắc Ninh" in reply.text


def test_an_old_place_is_told_once(answering: Answering) -> None:
    (first,), memory = answering.answer("ở phường Bến Nghé đăng ký khai sinh cần giấy tờ gì", Memory(), "vi")
    (second,), _ = answering.answer("nộp ở đâu", memory, "vi")
    assert first.text.startswith("Phường Bến Nghé cũ nay thuộc phường Sài Gòn")
    assert "cũ nay" not in second.text
    assert "Ủy ban nhân dân phường Sài Gòn" in second.text
