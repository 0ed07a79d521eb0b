"""An encoder for tests: a text is the sum of a fixed random direction a word, so texts that share words are near."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class HashingEncoder:
    """Knows words as typed, diacritics and all, and counts the passages it was given."""

    dimension = 64
    fingerprint = "hashing"

    def __init__(self) -> None:
        self.passages: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.array([_vector(text) for text in texts], dtype=np.float32).reshape(len(texts), self.dimension)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.passages += texts
        return self.encode_queries(texts)


def _vector(text: str) -> NDArray[np.float64]:
    total = np.sum([np.zeros(HashingEncoder.dimension), *map(_direction, text.lower().split())], axis=0)
    length = float(np.linalg.norm(total))
    return total / length if length else np.eye(1, HashingEncoder.dimension)[0]


@cache
def _direction(word: str) -> NDArray[np.float64]:
    return np.random.default_rng(zlib.crc32(word.encode())).normal(size=HashingEncoder.dimension)
