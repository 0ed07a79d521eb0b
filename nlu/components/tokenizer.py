"""Rasa tokenizer: words as typed, with their folded form as lemma, so that features do not depend on diacritics."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from nlu.text import fold

_WORD = re.compile(r"\w+")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class FoldingTokenizer(Tokenizer):  # type: ignore[misc]
    """Splits a message into words whose lemma carries no diacritics."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return Rasa's options for intents made of several words; ours are one word each."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the words of one attribute of the message with their places."""
        text = message.get(attribute)
        return [Token(word[0], word.start(), lemma=fold(word[0])) for word in _WORD.finditer(text)]
