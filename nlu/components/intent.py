"""Rasa component: names the intent of a message, by logistic regression over the featurizers' counts.

Rasa's own classifier of this kind stores its weights with a library whose import costs four seconds at every start;
this one keeps them as plain arrays and needs scikit-learn only to train.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, vstack

_FILE = "weights.npz"
_RANKED = 5


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent):  # type: ignore[misc]
    """Classifies messages into the intents of the training examples."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._intents: list[str] = []
        self._slopes = np.zeros((0, 0))
        self._intercepts = np.zeros(0)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings of config.yml: C, the inverse strength of regularisation."""
        return {"C": 20.0}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentClassifier:
        """Make the component, ready to be trained."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassifier:
        """Read the trained weights."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder, np.load(folder / _FILE) as arrays:
            component._intents = arrays["intents"].tolist()
            component._slopes, component._intercepts = arrays["slopes"], arrays["intercepts"]
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the weights to the examples and store them."""
        from sklearn.linear_model import LogisticRegression

        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        counts = vstack([_counts(example) for example in examples])
        model = LogisticRegression(C=self._config["C"], max_iter=300, class_weight="balanced", random_state=0)
        model.fit(counts, [example.get(INTENT) for example in examples])
        self._intents = model.classes_.tolist()
        self._slopes, self._intercepts = model.coef_.T, model.intercept_
        with self._storage.write_to(self._resource) as folder:
            arrays = {"slopes": self._slopes, "intercepts": self._intercepts, "intents": np.array(self._intents)}
            np.savez(folder / _FILE, **arrays)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Classify the training examples too, for the policies."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the likeliest intent and the ranking of each message."""
        for message in messages:
            chances = _softmax(np.asarray(_counts(message) @ self._slopes).ravel() + self._intercepts)
            order = np.argsort(-chances)[:_RANKED]
            ranking = [{"name": self._intents[place], "confidence": float(chances[place])} for place in order]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages


def _counts(message: Message) -> csr_matrix:
    """Return the counts of the whole message, one row."""
    return csr_matrix(message.get_sparse_features(attribute=TEXT)[1].features)


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())
