"""The trained dialogue model hears the intent of held-out utterances: other wordings than it was trained on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
KEPT_MODELS = ROOT / "var" / "test-cache" / "models"
UTTERANCES = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))["utterances"]
    for path in sorted((ROOT / "tests" / "utterances").glob("*.yml"))
}
OVERALL, EACH = 0.9, 0.8
# The guard believes a complaint only with a word of complaining in it, so that no real question is taken for one.
EACH_OF = {"complain": 0.6}


@pytest.fixture(scope="module")
def heard() -> Mapping[str, list[tuple[str, str]]]:
    """What the model hears in each utterance, by the intent it was meant with."""
    from rasa.core.agent import Agent  # seconds to import: only this test pays

    from bot.dialogue import model_path, train

    model = model_path(KEPT_MODELS)
    if not model.exists():
        train(model)
    agent = Agent.load(model)

    async def hear(text: str) -> str:
        return str((await agent.parse_message(text))["intent"]["name"])

    async def hear_all() -> dict[str, list[tuple[str, str]]]:
        return {intent: [(text, await hear(text)) for text in texts] for intent, texts in UTTERANCES.items()}

    return asyncio.run(hear_all())


@pytest.mark.model
@pytest.mark.parametrize("intent", UTTERANCES)
def test_each_intent_is_heard(intent: str, heard: Mapping[str, list[tuple[str, str]]]) -> None:
    missed = [(text, got) for text, got in heard[intent] if got != intent]
    assert 1 - len(missed) / len(heard[intent]) >= EACH_OF.get(intent, EACH), missed


@pytest.mark.model
def test_intents_are_heard_overall(heard: Mapping[str, list[tuple[str, str]]]) -> None:
    right = [got == intent for intent, pairs in heard.items() for _, got in pairs]
    assert sum(right) / len(right) >= OVERALL
