from __future__ import annotations

import pytest

from bot.answering import Answering
from bot.drafts import MOST, Said, suggest
from bot.memory import Memory
from bot.messages import Suggestion
from bot.places import Place
from knowledge.types import Facet
from tests.web.learned import Opened, opened
from web.service import answering_of

__all__ = ["opened"]


@pytest.fixture(scope="session")
def answering(opened: Opened) -> Answering:
    return answering_of(opened[2])


def test_the_first_draft_is_what_the_assistant_would_answer(answering: Answering) -> None:
    text = "làm lại căn cước bị mất hết bao nhiêu tiền"
    replies, _ = answering.answer(text, Memory(), "vi")
    drafts = suggest(answering, Said(text))
    assert 1 <= len(drafts) <= MOST
    assert (drafts[0].code, drafts[0].facet.value) == (replies[0].procedures[0], replies[0].facet)
    assert drafts[0].confidence == pytest.approx(replies[0].confidence, abs=0.001)
    assert drafts[0].source.version >= 1
    assert drafts[0].source.url.startswith("https://")


def test_several_parts_asked_are_drafts_of_their_own(answering: Answering) -> None:
    drafts = suggest(answering, Said("đăng ký kết hôn cần giấy tờ gì và lệ phí bao nhiêu"))
    assert {(draft.code, draft.facet) for draft in drafts} >= {
        ("1.000894", Facet.DOCUMENTS),
        ("1.000894", Facet.FEE),
    }


def test_where_the_assistant_would_ask_back_the_agent_gets_each_answer(answering: Answering) -> None:
    replies, _ = answering.answer("sổ đỏ", Memory(), "vi")
    assert replies[0].outcome == "clarify"
    drafts = suggest(answering, Said("sổ đỏ"))
    assert len({draft.code for draft in drafts}) == len(drafts) >= 2


def test_what_is_left_unsaid_comes_from_the_conversation(answering: Answering) -> None:
    memory = Memory(focus="1.001193", facet="documents")
    (draft, *_) = suggest(answering, Said("thế lệ phí bao nhiêu", memory))
    assert (draft.code, draft.facet) == ("1.001193", Facet.FEE)
    case = Memory(focus="1.001193", facet="documents", chosen={"1.001193": ("abandoned",)})
    (draft, *_) = suggest(answering, Said("cần giấy tờ gì", case))
    assert "Trường hợp của anh/chị: Trẻ bị bỏ rơi." in draft.text


def test_the_place_of_the_asker_is_told(answering: Answering) -> None:
    (draft, *_) = suggest(answering, Said("đăng ký tạm trú ở phường hiệp bình nộp ở đâu"))
    assert draft.facet is Facet.WHERE
    assert "phường Hiệp Bình" in draft.text
    memory = Memory(focus="1.004194", place=Place(("79",)))
    (draft, *_) = suggest(answering, Said("nộp ở đâu", memory))
    assert "Hồ Chí Minh" in draft.text


def test_a_tap_or_its_number_is_answered_too(answering: Answering) -> None:
    offered = (Suggestion("Lệ phí", "facet:1.001193:fee"), Suggestion("Bao lâu", "facet:1.001193:duration"))
    (draft,) = suggest(answering, Said("Lệ phí", payload="facet:1.001193:fee"))
    assert (draft.code, draft.facet) == ("1.001193", Facet.FEE)
    (draft,) = suggest(answering, Said("2", offered=offered))
    assert (draft.code, draft.facet) == ("1.001193", Facet.DURATION)
    assert suggest(answering, Said("Gặp cán bộ", payload="human")) == ()


def test_a_sum_somebody_heard_of_is_held_against_the_record(answering: Answering) -> None:
    (draft, *_) = suggest(answering, Said("nghe nói cấp lại bằng lái xe mất 900 nghìn phải không"))
    assert draft.facet is Facet.FEE
    assert "900.000 đồng" in draft.text
    assert "135.000 đồng" in draft.text


@pytest.mark.parametrize(
    "text", ["hôm nay trời đẹp quá", "kể chuyện cười đi", "có người sắp tự tử cứu với", "dạ vâng", ""]
)
def test_nothing_is_suggested_where_nothing_is_near(answering: Answering, text: str) -> None:
    assert suggest(answering, Said(text)) == ()


@pytest.mark.parametrize(
    "text",
    [
        "khai sinh cho con cần giấy tờ gì",
        "vợ em mới sinh thì phải làm những gì",
        "thủ tục tách thửa đất các bước làm thế nào",
        "đăng ký tạm trú nộp ở đâu",
        "nhập khẩu cho con mới sinh cần giấy tờ gì, lệ phí sao",
    ],
)
def test_a_draft_asks_for_no_tap(answering: Answering, text: str) -> None:
    for draft in suggest(answering, Said(text)):
        assert "Bấm" not in draft.text
        assert "bấm" not in draft.text
        assert "Xem đủ" not in draft.text
        assert "Nguồn" in draft.text


def test_the_person_is_called_as_they_call_themselves(answering: Answering) -> None:
    said = Said("khai sinh cho cháu lệ phí bao nhiêu", address="bác")
    (draft, *_) = suggest(answering, said)
    assert "Anh/chị" not in draft.text
    assert "anh/chị" not in draft.text
    same = suggest(answering, said)[0]
    assert same.key == draft.key
    assert suggest(answering, Said(said.text))[0].key != draft.key


def test_english_is_answered_in_english(answering: Answering) -> None:
    (draft, *_) = suggest(answering, Said("how much is birth registration for my baby", language="en"))
    assert "Source:" in draft.text


def test_an_event_of_life_is_told_under_its_own_name(answering: Answering) -> None:
    (draft, *_) = suggest(answering, Said("vợ em mới sinh thì phải làm những gì"))
    assert draft.name == "Sinh con: những việc cần làm"
    assert draft.text.startswith(draft.name)
