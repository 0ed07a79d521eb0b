"""Turns sentences into vectors whose dot product says how alike they are.

The default reads an int8 model folder with ONNX Runtime alone. Any other sentence-transformers model a user names
runs through the extra `models` (torch).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

Vectors = NDArray[np.float32]

DEFAULT_MODEL = Path(__file__).parent / "models" / "e5-small-vi"
MODEL_FILE, WEIGHTS_FILE, TOKENIZER_FILE = "model.onnx", "model.safetensors", "tokenizer.json"
MAX_TOKENS = 128
# Of 4 to 32 texts, eight cost the least time and memory: little padding, small buffers.
BATCH = 8
MOST_REMEMBERED = 5_000
# The e5 family was trained with these two words in front; without them it ranks worse.
QUERY_PREFIX, PASSAGE_PREFIX = "query: ", "passage: "


class Encoder(Protocol):
    """What the rest of the program knows of an encoder; vectors are (n, dimension), of length 1."""

    @property
    def dimension(self) -> int:
        """Numbers in one vector."""
        ...

    @property
    def fingerprint(self) -> str:
        """Names the weights, so that an index can tell whether this encoder made it."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is searched: names, aliases, known questions."""
        ...


class OnnxEncoder:
    """Runs a model folder (model.onnx, model.safetensors, tokenizer.json) on the CPU; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._session = _session(folder / MODEL_FILE)

    @property
    def dimension(self) -> int:
        """Numbers in one vector, as the model's output says."""
        return int(self._session.get_outputs()[0].shape[-1])

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the three files that decide a vector."""
        digest = hashlib.sha256()
        for name in (MODEL_FILE, WEIGHTS_FILE, TOKENIZER_FILE):
            digest.update((self._folder / name).read_bytes())
        return digest.hexdigest()[:16]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask."""
        return self._encode([QUERY_PREFIX + text for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is searched; thousands of names take seconds, on every core."""
        return self._encode([PASSAGE_PREFIX + text for text in texts])

    def _encode(self, texts: list[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts)]
        batches = list(_batches_of_one_length(tokens))
        if len(batches) == 1:
            vectors[batches[0]] = self._run([tokens[i] for i in batches[0]])
            return vectors
        # One thread a batch uses the cores better than many threads inside one small matrix.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = pool.map(lambda batch: self._run([tokens[i] for i in batch]), batches)
            for batch, rows in zip(batches, found, strict=True):
                vectors[batch] = rows
        return vectors

    def _run(self, tokens: list[list[int]]) -> Vectors:
        (vectors,) = self._session.run(None, {"input_ids": np.array(tokens, dtype=np.int64)})
        return np.asarray(vectors, dtype=np.float32)


class SentenceTransformersEncoder:
    """Runs any sentence-transformers model by folder or name; needs the extra `models`."""

    def __init__(self, name_or_path: str) -> None:
        # torch costs seconds and hundreds of megabytes: only who asks for such a model pays.
        from sentence_transformers import SentenceTransformer

        self._name = name_or_path
        # A model folder may bring its own module, as ours does; the operator chose the folder, so it is trusted.
        self._model: Any = SentenceTransformer(
            name_or_path, device="cpu", trust_remote_code=Path(name_or_path).is_dir()
        )

    @property
    def dimension(self) -> int:
        """Numbers in one vector."""
        return int(self._model.get_sentence_embedding_dimension())

    @property
    def fingerprint(self) -> str:
        """The model's name: its weights may lie anywhere, so they are not hashed."""
        return self._name

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask."""
        return self._encode([QUERY_PREFIX + text for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is searched."""
        return self._encode([PASSAGE_PREFIX + text for text in texts])

    def _encode(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)


class RememberingEncoder:
    """Makes the vector of a question once, for those who ask the same questions again and again."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, NDArray[np.float32]] = {}

    @property
    def dimension(self) -> int:
        """Numbers in one vector."""
        return self._encoder.dimension

    @property
    def fingerprint(self) -> str:
        """That of the encoder behind it."""
        return self._encoder.fingerprint

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask, remembered."""
        new = list(dict.fromkeys(text for text in texts if text not in self._vectors))
        if new:
            if len(self._vectors) + len(new) > MOST_REMEMBERED:
                self._vectors = {text: self._vectors[text] for text in texts if text in self._vectors}
            self._vectors.update(zip(new, self._encoder.encode_queries(new), strict=True))
        return np.array([self._vectors[text] for text in texts], dtype=np.float32).reshape(len(texts), self.dimension)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is searched."""
        return self._encoder.encode_passages(texts)


def load_encoder(setting: str = str(DEFAULT_MODEL)) -> Encoder:
    """Opens a folder that holds model.onnx with ONNX Runtime, anything else with sentence-transformers."""
    if (Path(setting) / MODEL_FILE).is_file():
        return _opened(Path(setting).resolve())
    return SentenceTransformersEncoder(setting)


@lru_cache(maxsize=2)
def _opened(folder: Path) -> OnnxEncoder:
    """One encoder a folder: search and `nlu.kinds` share its memory."""
    return OnnxEncoder(folder)


def _session(model: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # The graph is written in ONNX Runtime's fused operations; its own further fusions made it a third slower.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _batches_of_one_length(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Positions in batches of texts with the same number of tokens, as the graph knows no padding."""
    order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
    for _, group in groupby(order, key=lambda i: len(tokens[i])):
        same = list(group)
        for start in range(0, len(same), BATCH):
            yield same[start : start + BATCH]
