"""The training examples and the held-out utterances: same files, no sentence twice, nothing held out is trained on."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from nlu.crisis import find_crisis
from nlu.personal import mask_personal
from nlu.scope import out_of_scope
from nlu.text import clean, fold, has_accents

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = {path.stem: path for path in sorted((ROOT / "nlu" / "examples").glob("*.yml"))}
UTTERANCES = {path.stem: path for path in sorted((ROOT / "tests" / "utterances").glob("*.yml"))}
LEAST = {"ask": 120, "out_of_scope": 60, "go_back": 30}


def examples(intent: str) -> list[str]:
    data = yaml.safe_load(EXAMPLES[intent].read_text(encoding="utf-8"))
    assert data["version"] == "3.1"
    (only,) = data["nlu"]
    assert only["intent"] == intent
    lines = only["examples"].splitlines()
    assert all(line.startswith("- ") for line in lines)
    return [line[2:] for line in lines]


def utterances(intent: str) -> list[str]:
    data = yaml.safe_load(UTTERANCES[intent].read_text(encoding="utf-8"))
    assert set(data) == {"intent", "utterances"}
    assert data["intent"] == intent
    return data["utterances"]


def test_same_intents_on_both_sides() -> None:
    assert EXAMPLES.keys() == UTTERANCES.keys()
    assert len(EXAMPLES) == 14


@pytest.mark.parametrize("intent", EXAMPLES)
def test_enough_of_them_with_and_without_accents(intent: str) -> None:
    found = examples(intent)
    assert len(found) >= LEAST.get(intent, 25)
    assert len(utterances(intent)) >= 15
    assert 0.35 <= sum(not has_accents(text) for text in found) / len(found) <= 0.65


@pytest.mark.parametrize("intent", EXAMPLES)
def test_as_people_type_and_as_clean_leaves_it(intent: str) -> None:
    for text in examples(intent) + utterances(intent):
        assert isinstance(text, str)
        assert clean(text) == text
        assert not mask_personal(text).kinds, text
        assert find_crisis(text) is None, text


def test_no_sentence_twice() -> None:
    counts = Counter(text for intent in EXAMPLES for text in examples(intent) + utterances(intent))
    assert [text for text, times in counts.items() if times > 1] == []


def test_no_held_out_sentence_is_a_trained_one_without_its_accents() -> None:
    trained = {fold(text).strip(" ?.") for intent in EXAMPLES for text in examples(intent)}
    held_out = [text for intent in UTTERANCES for text in utterances(intent)]
    assert [text for text in held_out if fold(text).strip(" ?.") in trained] == []


def test_the_scope_rules_refuse_no_question() -> None:
    assert [text for text in examples("ask") + utterances("ask") if out_of_scope(text)] == []


def test_the_scope_rules_know_most_of_what_is_out_of_scope() -> None:
    known = [bool(out_of_scope(text)) for text in examples("out_of_scope") + utterances("out_of_scope")]
    assert sum(known) / len(known) >= 0.75
