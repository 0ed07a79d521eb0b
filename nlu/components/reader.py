"""Rasa component: finds the facets a message asks about and writes them as `facet` entities."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.facets import find_facets


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class QuestionReader(GraphComponent):  # type: ignore[misc]
    """Reads what a question asks for ("lệ phí bao nhiêu" → fee)."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> QuestionReader:
        """Make the component; it has nothing to configure or load."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Add one entity for each facet found in each message."""
        for message in messages:
            text = message.get(TEXT) or ""
            found = [
                {"entity": "facet", "value": facet, "start": 0, "end": len(text), "extractor": type(self).__name__}
                for facet in find_facets(text)
            ]
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages
