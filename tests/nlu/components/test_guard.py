"""When a message classified as small talk is a question all the same."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.conftest import ROOT

if TYPE_CHECKING:
    from nlu.components.guard import QuestionGuard

pytestmark = pytest.mark.model

WORDS = {
    "thank": frozenset({"cảm", "ơn", "cam", "on", "nhé", "nhe", "nhiều"}),
    "greet": frozenset({"chào", "chao", "xin"}),
    "request_person": frozenset({"gặp", "gap", "cán", "can", "bộ", "bo", "cho"}),
}


def question(text: str, intent: str, confidence: float = 0.8) -> bool:
    from nlu.components.guard import is_question

    return is_question(text, intent, confidence, WORDS)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("cảm ơn", "thank"),
        ("cam on nhe", "thank"),
        ("Cảm ơn nhiều!", "thank"),
        ("xin chào", "greet"),
        ("cho gặp cán bộ", "request_person"),
    ],
)
def test_plain_courtesies_are_what_they_are(text: str, intent: str) -> None:
    assert not question(text, intent)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("xin chào, đăng ký tạm trú", "greet"),
        ("cảm ơn, lệ phí bao nhiêu", "thank"),
        ("sổ đỏ", "greet"),
        ("anything", "ask"),
    ],
)
def test_courtesies_with_a_matter_are_questions(text: str, intent: str) -> None:
    assert question(text, intent)


@pytest.mark.parametrize("intent", ["thank", "out_of_scope", "complain", "go_back"])
def test_an_unsure_intent_is_a_question(intent: str) -> None:
    assert question("cảm ơn", intent, 0.1)


def test_a_complaint_needs_a_word_of_complaint() -> None:
    assert not question("cán bộ xã đòi tiền bồi dưỡng", "complain")
    assert question("giấy phép xây dựng nhà ở riêng lẻ tại nông thôn", "complain")


def test_a_call_for_a_person_needs_a_word_for_one() -> None:
    assert question("khai sinh cho trẻ", "request_person")


def guard(words: dict[str, list[str]] | None = None) -> QuestionGuard:
    from nlu.components.guard import QuestionGuard

    return QuestionGuard(None, None, words)


def message(text: str, intent: str | None, confidence: float | None = 0.9) -> Any:
    from rasa.shared.nlu.training_data.message import Message

    heard = None if intent is None else {"name": intent, "confidence": confidence}
    return Message(data={"text": text, "intent": heard})


@pytest.mark.parametrize(("intent", "confidence"), [("greet", 0.9), (None, None), ("thank", None)])
def test_a_question_found_is_told_to_rasa(intent: str | None, confidence: float | None) -> None:
    (read,) = guard().process([message("đăng ký tạm trú cần gì", intent, confidence)])
    assert read.get("intent")["name"] == "ask"


def test_small_talk_is_left_alone() -> None:
    (read,) = guard({"thank": ["cảm", "ơn"]}).process([message("cảm ơn", "thank")])
    assert read.get("intent") == {"name": "thank", "confidence": 0.9}


def test_training_keeps_the_words_of_bare_intents_and_loading_reads_them(tmp_path: Path) -> None:
    from contextlib import contextmanager

    from nlu.components.guard import QuestionGuard

    @contextmanager
    def folder(_resource: object) -> Any:
        yield tmp_path

    storage = SimpleNamespace(write_to=folder, read_from=folder)
    examples = [{"text": "Cảm ơn!", "intent": "thank"}, {"text": "đăng ký tạm trú", "intent": "ask"}]
    QuestionGuard(storage, "resource").train(SimpleNamespace(intent_examples=examples))
    loaded = QuestionGuard.load({}, storage, "resource", None)
    assert {"cảm", "ơn", "cam", "on"} <= loaded._words["thank"]
    assert not any("trú" in words for words in loaded._words.values())


def test_every_intent_it_names_exists() -> None:
    from nlu.components import guard as module

    domain = yaml.safe_load((ROOT / "bot" / "domain" / "domain.yml").read_text(encoding="utf-8"))
    known = {name for intent in domain["intents"] for name in intent}
    assert module.BARE | set(module._SURE) | set(module._ANCHORS) | module._FACET_WINS <= known
