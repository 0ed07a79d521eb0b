"""Writes the one folder that both ONNX Runtime (nlu.encoder) and sentence-transformers open."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from nlu.encoder import MAX_TOKENS, MODEL_FILE, PASSAGE_PREFIX, QUERY_PREFIX, TOKENIZER_FILE, WEIGHTS_FILE
from nlu.training.int8_bert import float_bert
from nlu.training.int8_weights import quantise_bert
from nlu.training.onnx_graph import write_graph
from nlu.training.outliers import find_parts
from nlu.training.vocabulary import sample_texts

CONFIG_FILE = "config.json"
TORCH_LOADER = Path(__file__).with_name("int8_bert.py")


def write_model_folder(
    folder: Path, state: Mapping[str, NDArray[np.float32]], config: Mapping[str, Any], tokenizer: Tokenizer
) -> None:
    """Quantises a BertModel's state (fp32, Hugging Face names and config keys) and writes it with its tokenizer.

    Base and fine-tuned weights go the same way. The card (README.md) is the caller's to write.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_file(quantise_bert(state, int(config["num_hidden_layers"])), folder / WEIGHTS_FILE)
    tokenizer.save(str(folder / TOKENIZER_FILE), pretty=False)
    for name, content in _settings(config).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    # The folder must open by itself, wherever it is copied, so it carries its loader.
    shutil.copyfile(TORCH_LOADER, folder / TORCH_LOADER.name)
    write_onnx(folder)


def write_onnx(folder: Path) -> None:
    """Writes model.onnx over the weights, tokenizer and config.json that the folder holds already."""
    config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    tokenizer.enable_truncation(MAX_TOKENS)
    texts = [prefix + text for prefix in (QUERY_PREFIX, PASSAGE_PREFIX) for text in sample_texts()]
    write_graph(
        folder / WEIGHTS_FILE,
        folder / MODEL_FILE,
        find_parts(float_bert(folder).eval(), tokenizer, texts),
        layers=int(config["num_hidden_layers"]),
        heads=int(config["num_attention_heads"]),
        epsilon=float(config["layer_norm_eps"]),
    )


def folder_bytes(folder: Path) -> int:
    """Size of all files of a model folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """The small JSON files sentence-transformers reads."""
    return {
        CONFIG_FILE: {"architectures": ["BertModel"], "model_type": "bert", **config},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": MAX_TOKENS,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "unk_token": "<unk>",
            "pad_token": "<pad>",
            "mask_token": "<mask>",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{TORCH_LOADER.stem}.Int8Bert"},
            {
                "idx": 1,
                "name": "1",
                "path": "1_Pooling",
                "type": "sentence_transformers.sentence_transformer.modules.Pooling",
            },
            {
                "idx": 2,
                "name": "2",
                "path": "2_Normalize",
                "type": "sentence_transformers.sentence_transformer.modules.Normalize",
            },
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": config["hidden_size"], "pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {"prompts": {"query": "query: ", "passage": "passage: "}},
    }
