"""Shrinks a BERT encoder's fp32 weights to int8, under the names that model.onnx and int8_bert.py read.

Each matrix keeps one scale per output (per row for word embeddings), so that the largest weight fills the range.
Matrices lie as (input, output), the way ONNX multiplies; query, key and value lie side by side in one matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Tensors = dict[str, NDArray[Any]]

# Looked-up rows use all eight bits. Multiplied weights use seven: processors without VNNI add two products of
# uint8 and int8 in 16 bits, and 2 x 255 x 64 is the most that fits; more would overflow without a word.
ROW_RANGE, MATRIX_RANGE = 127, 64

EMBEDDINGS, POSITIONS, EMBEDDINGS_NORM = "embeddings.words", "embeddings.positions", "embeddings.norm"
# Names within a layer: ours, and the BertModel ones that are joined in it.
LAYER_MATRICES = {
    "attention": ("attention.self.query", "attention.self.key", "attention.self.value"),
    "attention_output": ("attention.output.dense",),
    "intermediate": ("intermediate.dense",),
    "output": ("output.dense",),
}
LAYER_NORMS = {"attention_norm": "attention.output.LayerNorm", "output_norm": "output.LayerNorm"}


def quantise_bert(state: Mapping[str, NDArray[np.float32]], layers: int) -> Tensors:
    """All tensors of the shipped model, made of a BertModel's state."""
    tensors = _quantised(EMBEDDINGS, state["embeddings.word_embeddings.weight"].T, ROW_RANGE)
    # Rows of the table are looked up, so they must lie whole in memory.
    tensors[EMBEDDINGS + ".weight"] = np.ascontiguousarray(tensors[EMBEDDINGS + ".weight"].T)
    # Every token has type 0 here, so its one vector is part of each position's.
    positions = state["embeddings.position_embeddings.weight"] + state["embeddings.token_type_embeddings.weight"][0]
    tensors[POSITIONS] = positions.astype(np.float32)
    tensors |= _norm(EMBEDDINGS_NORM, state, "embeddings.LayerNorm")
    for layer in range(layers):
        theirs = f"encoder.layer.{layer}."
        for ours, joined in LAYER_MATRICES.items():
            weight = np.concatenate([state[f"{theirs}{name}.weight"] for name in joined]).T
            bias = np.concatenate([state[f"{theirs}{name}.bias"] for name in joined])
            tensors |= _quantised(f"layer.{layer}.{ours}", weight, MATRIX_RANGE) | {f"layer.{layer}.{ours}.bias": bias}
        for ours, name in LAYER_NORMS.items():
            tensors |= _norm(f"layer.{layer}.{ours}", state, theirs + name)
    return tensors


def _quantised(name: str, weight: NDArray[np.float32], largest: int) -> Tensors:
    """Int8 weights with one scale a column."""
    scale = np.maximum(np.abs(weight).max(axis=0), 1e-12).astype(np.float32) / largest
    rounded = np.clip(np.rint(weight / scale), -largest, largest).astype(np.int8)
    return {f"{name}.weight": np.ascontiguousarray(rounded), f"{name}.scale": scale.astype(np.float32)}


def _norm(name: str, state: Mapping[str, NDArray[np.float32]], theirs: str) -> Tensors:
    return {f"{name}.weight": state[f"{theirs}.weight"], f"{name}.bias": state[f"{theirs}.bias"]}
