"""Rasa component: reads a message as a question when the intent found is unsure, or when it holds a question too.

People greet, thank and ask in one breath, and a bare topic ("sổ đỏ") looks like nothing in the examples. What is left
of a message after its courtesies must be words of the intent's own examples; otherwise it is about something.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.claims import find_claim
from nlu.facets import find_facets, topic
from nlu.kinds import chances
from nlu.text import fold, has_accents

# Intents that carry no topic of their own.
BARE = frozenset(
    {"greet", "thank", "goodbye", "affirm", "deny", "help", "bot_challenge", "stop", "start_over", "request_person"}
)
# Least confidence for an intent to be believed; with less the message is read as a question.
_SURE = {"out_of_scope": 0.7, "complain": 0.6, "go_back": 0.5}
_SURE_OTHERWISE = 0.45
_CERTAIN = 0.85  # so sure that words the examples do not have ("cảm ơn cô hai nghen") change nothing
_OPEN_WORDED = frozenset({"greet", "thank", "goodbye", "help", "bot_challenge", "request_person"})
# Small talk that mentions a facet is a follow-up: "phí?", "nộp ở đâu".
_FACET_WINS = frozenset({"greet", "thank", "goodbye", "affirm", "deny", "stop", "start_over", "help", "bot_challenge"})
# "Chỉ giúp cách hỏi" asks how, but not how a procedure goes.
_ABOUT_US = frozenset({"help", "bot_challenge"})
_VAGUE_FACETS = frozenset({"steps", "overview"})
# Without one of these words (folded) the classifier has mistaken a long question for a call or a complaint.
_ANCHORS = {
    "request_person": re.compile(
        r"\b(?:gap|noi chuyen|noi voi|tong dai|nhan vien|nv|can bo|cb|nguoi that|nguoi nha nuoc|nguoi truc|con nguoi|ai do|"
        r"tu van vien|tu van|chuyen may|ket noi|goi (?:dien|lai|cho)|human|person|agent|staff|officer|operator|someone)\b"
    ),
    "complain": re.compile(
        r"\b(?:doi|voi|boi duong|hoi lo|phong bi|tieu cuc|phan anh|to cao|khieu nai|sai|thai do|cau gat|buc xuc|lam kho|kho de|"
        r"hach sach|hanh|hanh dan|cham|tre hen|qua han|gop y|te|chan|do|vo ly|nhung nhieu|quat|buc|may lan|nhieu lan|bay luot|mot neo|vo trach nhiem|lung tung|linh tinh|khong dung|ko dung|k dung|loi|"
        r"complain|complaint|wrong|bribe|rude|report|useless|bad)\b"
    ),
}
# What nlu.kinds may say by itself, and from what chance.
_PLAIN = frozenset({"request_person", "complain", "greet", "thank", "goodbye", "bot_challenge"})
_CLEAR = 0.75
_FILE = "words.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class QuestionGuard(GraphComponent):  # type: ignore[misc]
    """Turns an unsure intent, or small talk that also asks something, into `ask`."""

    def __init__(self, storage: ModelStorage, resource: Resource, words: dict[str, list[str]] | None = None) -> None:
        self._storage, self._resource = storage, resource
        self._words = {intent: frozenset(known) for intent, known in (words or {}).items()}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> QuestionGuard:
        """Make the component, ready to be trained."""
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> QuestionGuard:
        """Read the words that training kept."""
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, json.loads((folder / _FILE).read_text(encoding="utf-8")))

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the words of each bare intent's examples, as typed and folded."""
        words: dict[str, set[str]] = {intent: set() for intent in BARE}
        for example in training_data.intent_examples:
            if example.get(INTENT) in BARE:
                words[example.get(INTENT)].update(_words(example.get(TEXT)), _words(fold(example.get(TEXT))))
        with self._storage.write_to(self._resource) as folder:
            kept = {intent: sorted(known) for intent, known in words.items()}
            (folder / _FILE).write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Replace the intent of each message that is really a question."""
        for message in messages:
            intent = message.get(INTENT) or {}
            confidence = intent.get("confidence") or 0.0
            text = message.get(TEXT) or ""
            if (plain := plain_kind(text)) and plain != intent.get("name"):
                heard = {"name": plain, "confidence": 1.0}
                message.set(INTENT, heard, add_to_output=True)
                message.set(INTENT_RANKING_KEY, [heard], add_to_output=True)  # what actions are told comes from here
            elif is_question(text, intent.get("name") or "ask", confidence, self._words):
                message.set(INTENT, {"name": "ask", "confidence": 1.0}, add_to_output=True)
        return messages


def plain_kind(text: str) -> str | None:
    """Return the small talk or the wish for a person that a message clearly is, whatever its words; None: look closer.

    A facet or a claim in it makes it a question too.
    """
    likely, chance = max(chances(text).items(), key=lambda pair: pair[1])
    if likely not in _PLAIN or chance < _CLEAR or text.startswith("/"):
        return None
    return likely if likely in _ANCHORS or not (find_facets(text) or find_claim(text)) else None


def is_question(text: str, intent: str, confidence: float, words: Mapping[str, frozenset[str]]) -> bool:
    """Tell whether a message classified as `intent` should be read as a question all the same.

    `words` are those of each bare intent's examples.
    """
    if intent == "ask" or confidence < _SURE.get(intent, _SURE_OTHERWISE):
        return True
    if intent in _ANCHORS and not _ANCHORS[intent].search(fold(text)):
        return True
    if intent not in BARE:
        return False
    facets = set(find_facets(text)) - (_VAGUE_FACETS if intent in _ABOUT_US else set())
    if intent in _FACET_WINS and (facets or find_claim(text)):
        return True
    certain = confidence >= _CERTAIN and intent in _OPEN_WORDED
    return not certain and not _words(topic(text)) <= words.get(intent, frozenset())


def _words(text: str) -> set[str]:
    lower = text.lower() if has_accents(text) else fold(text)
    return {word.strip(".,!?:;()\"'") for word in lower.split()} - {""}
