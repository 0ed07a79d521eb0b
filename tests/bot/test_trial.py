"""What a trial tells, with a dialogue that is scripted; tests/web/test_admin_try.py has the real one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.messages import Outcome, Reply
from bot.places import Place
from bot.trial import Asked, OverheardSearch, Trier, read
from knowledge.index import build_index
from knowledge.retriever import Retriever
from storage.scratch import open_scratch
from tests.knowledge.hashing import HashingEncoder
from tests.knowledge.test_retriever import ALL, STAY, Restorer


@dataclass
class Heard:
    intents: tuple[tuple[str, float], ...] = (("ask", 0.9),)
    entities: tuple[tuple[str, str], ...] = ()
    actions: tuple[str, ...] = ("action_answer",)


@dataclass
class Answer:
    replies: tuple[Reply, ...]
    state: dict[str, Any]
    intent: str = "ask"
    heard: Heard = field(default_factory=Heard)


class Scripted:
    """Searches for what was said and names the first procedure found; remembers what it was given."""

    def __init__(self, search: OverheardSearch) -> None:
        self.search, self.given = search, []

    async def respond(self, conversation_id: str, text: str, state: dict[str, Any], metadata: dict[str, Any]) -> Answer:
        if text == "hỏng":
            raise RuntimeError("a fault")
        self.given.append((text, state.get("slots", {})))
        found = self.search.search(text, 3, "Lào Cai")
        reply = Reply(found[0].code, Outcome.ANSWERED, procedures=(found[0].code,), confidence=found[0].confidence)
        return Answer((reply,), {"slots": {"focus": found[0].code}, "form": None})


@pytest.fixture
def retriever() -> Retriever:
    encoder = HashingEncoder()
    return Retriever(build_index(ALL, encoder), encoder, Restorer())


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_scratch(tmp_path)
    yield opened
    opened.dispose()


@pytest.fixture
def dialogue(retriever: Retriever) -> Scripted:
    return Scripted(OverheardSearch(retriever))


@pytest.fixture
def trier(dialogue: Scripted, engine: Engine) -> Trier:
    return Trier(dialogue, dialogue.search, engine)


def test_what_was_searched_is_explained_as_it_was_searched(trier: Trier, retriever: Retriever) -> None:
    trial = trier.run(Asked("dk tam tru"), retriever)
    (explained,) = trial.searches
    assert (explained.question, explained.province) == ("dk tam tru", "Lào Cai")
    assert explained.fused[0].result.code == STAY.code == trial.replies[0].text
    assert (trial.ended, trial.intent, trial.remembered) == ("dialogue", "ask", {"focus": STAY.code})
    assert 0 < trial.dialogue_ms <= trial.whole_ms


def test_only_the_last_message_is_explained(trier: Trier, dialogue: Scripted, retriever: Retriever) -> None:
    trial = trier.run(Asked("đăng ký tạm trú", before=("khai sinh", "sổ đỏ"), province="15"), retriever)
    assert [text for text, _ in dialogue.given] == ["khai sinh", "sổ đỏ", "đăng ký tạm trú"]
    assert dialogue.given[0][1] == {"place": {"codes": ["15"], "said": ""}}
    assert [explained.question for explained in trial.searches] == ["đăng ký tạm trú"]


def test_a_message_that_ends_before_the_dialogue_has_nothing_heard(trier: Trier, retriever: Retriever) -> None:
    trial = trier.run(Asked("cứu tôi với cháy nhà rồi"), retriever)
    assert (trial.ended, trial.crisis, trial.heard, trial.searches) == ("crisis", "fire", None, ())


def test_a_fault_is_told_and_the_next_trial_goes_on(trier: Trier, retriever: Retriever) -> None:
    with pytest.raises(RuntimeError, match="a fault"):
        trier.run(Asked("hỏng"), retriever)
    assert trier.run(Asked("đăng ký tạm trú"), retriever).ended == "dialogue"


def test_a_part_is_read_with_the_dialogues_own_functions() -> None:
    part = read("nghe nói lệ phí đăng ký kết hôn ở phường Sài Gòn là 500 nghìn phải không", Place(), "vi")
    assert part.facets == ("fee",)
    assert "500 nghìn" in part.claim
    assert part.place == "phường Sài Gòn, TP Hồ Chí Minh"
    assert "kết hôn" in part.topic
    assert "Sài Gòn" not in part.topic
    assert read("how to get a US visa in California", Place(), "en").out_of_scope == "other_country"
    assert read("vợ em mới sinh thì phải làm những gì", Place(), "vi").life_event == "birth"
