"""Opens the int8 weights of this folder as an ordinary torch BERT, to compare with or to train on.

sentence-transformers loads this file because modules.json names it. What it returns is the library's own
Transformer module with float weights, so a model saved after training is an ordinary sentence-transformers folder.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from safetensors.torch import load_file
from sentence_transformers.sentence_transformer.modules import Transformer
from transformers import AutoTokenizer, BertConfig, BertModel

# The matrices of a layer: the name here, and the names in a BertModel that lie side by side in it.
MATRICES = {
    "attention": ("attention.self.query", "attention.self.key", "attention.self.value"),
    "attention_output": ("attention.output.dense",),
    "intermediate": ("intermediate.dense",),
    "output": ("output.dense",),
}
NORMS = {"attention_norm": "attention.output.LayerNorm", "output_norm": "output.LayerNorm"}


def float_state(tensors: dict[str, torch.Tensor], layers: int) -> dict[str, torch.Tensor]:
    """A BertModel's state: int8 weights times their scales."""
    positions = tensors["embeddings.positions"]
    words = tensors["embeddings.words.weight"].float() * tensors["embeddings.words.scale"][:, None]
    state = {
        "embeddings.word_embeddings.weight": words,
        "embeddings.position_embeddings.weight": positions,
        # The vector of token type 0 is part of the positions already.
        "embeddings.token_type_embeddings.weight": torch.zeros(2, positions.shape[1]),
        "embeddings.LayerNorm.weight": tensors["embeddings.norm.weight"],
        "embeddings.LayerNorm.bias": tensors["embeddings.norm.bias"],
    }
    for layer in range(layers):
        for ours, theirs in MATRICES.items():
            name = f"layer.{layer}.{ours}"
            weight = (tensors[f"{name}.weight"].float() * tensors[f"{name}.scale"]).T
            for part, piece, bias in zip(
                theirs, weight.chunk(len(theirs)), tensors[f"{name}.bias"].chunk(len(theirs)), strict=True
            ):
                state[f"encoder.layer.{layer}.{part}.weight"] = piece.contiguous()
                state[f"encoder.layer.{layer}.{part}.bias"] = bias.clone()
        for ours, norm in NORMS.items():
            for kind in ("weight", "bias"):
                state[f"encoder.layer.{layer}.{norm}.{kind}"] = tensors[f"layer.{layer}.{ours}.{kind}"]
    return state


def float_bert(folder: Path) -> BertModel:
    """The folder's encoder in fp32."""
    config = BertConfig.from_json_file(str(folder / "config.json"))
    bert = BertModel(config, add_pooling_layer=False)
    bert.load_state_dict(float_state(load_file(folder / "model.safetensors"), config.num_hidden_layers))
    return bert


class Int8Bert(Transformer):  # type: ignore[misc]
    """The module that modules.json names; it only knows how to load."""

    @classmethod
    def load(cls, model_name_or_path: str, **_: Any) -> Transformer:
        """The library's own module with this folder's weights in fp32."""
        folder = Path(model_name_or_path)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        with TemporaryDirectory() as ordinary:
            float_bert(folder).save_pretrained(ordinary)
            tokenizer.save_pretrained(ordinary)
            # Without BERT's pooling layer, which a mean of the tokens does not use.
            without_pooler = {"add_pooling_layer": False}
            return Transformer(ordinary, max_seq_length=tokenizer.model_max_length, model_kwargs=without_pooler)
