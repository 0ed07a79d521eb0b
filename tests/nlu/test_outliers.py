"""Sharing out large columns: it must not change a product, and must be what the export finds."""

from importlib.util import find_spec

import numpy as np
import pytest

# torch is imported inside tests only: collecting this file must stay cheap for those who deselect it.
pytestmark = [
    pytest.mark.models_extra,
    pytest.mark.skipif(
        any(find_spec(name) is None for name in ("torch", "sentence_transformers")), reason="needs the extra `models`"
    ),
]


def test_copies_go_to_the_largest_parts():
    from nlu.training.outliers import share_out

    assert share_out(np.array([1.0, 8, 3, 1], np.float32), copies=0).tolist() == [1, 1, 1, 1]
    assert share_out(np.array([1.0, 8, 3, 1], np.float32), copies=4).tolist() == [1, 4, 2, 1]


def test_a_model_folder_keeps_its_likeness_in_spite_of_outliers(tmp_path):
    """A tiny BERT whose norms blow two columns up a hundredfold; int8 alone would lose all others to them."""
    from nlu.encoder import OnnxEncoder, SentenceTransformersEncoder
    from nlu.training.int8_bert import float_bert
    from nlu.training.model_folder import write_model_folder, write_onnx
    from nlu.training.onnx_graph import write_graph
    from nlu.training.outliers import find_parts

    config, state, tokenizer = _tiny_bert()
    write_model_folder(tmp_path, state, config, tokenizer)
    texts = ["a b c", "d e", "e d c b a b", "f"]
    exact = SentenceTransformersEncoder(str(tmp_path)).encode_queries(texts)
    shared = (OnnxEncoder(tmp_path).encode_queries(texts) * exact).sum(axis=1)

    parts = find_parts(float_bert(tmp_path).eval(), tokenizer, texts)
    assert parts.keys() == {f"layer.0.{name}" for name in ("attention", "intermediate", "output")}
    assert parts["layer.0.intermediate"].argmax() == LARGE
    whole = {name: np.ones_like(columns) for name, columns in parts.items()}
    write_graph(tmp_path / "model.safetensors", tmp_path / "model.onnx", whole, layers=1, heads=4, epsilon=1e-12)
    unshared = (OnnxEncoder(tmp_path).encode_queries(texts) * exact).sum(axis=1)
    assert shared.min() > 0.995
    assert 1 - shared.mean() < (1 - unshared.mean()) / 2

    write_onnx(tmp_path)
    again = (OnnxEncoder(tmp_path).encode_queries(texts) * exact).sum(axis=1)
    np.testing.assert_array_equal(again, shared)


LARGE = 5


def _tiny_bert():
    import torch
    from transformers import BertConfig, BertModel

    from nlu.training.vocabulary import make_tokenizer

    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", *"abcdef", *(f"▁{letter}" for letter in "abcdef"), "<mask>"]
    tokenizer = make_tokenizer(pieces, [0.0] * 4 + [-float(i) for i in range(1, len(pieces) - 4)] + [0.0])
    config = {
        "vocab_size": len(pieces),
        "hidden_size": 96,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "intermediate_size": 192,
        "max_position_embeddings": 128,
        "type_vocab_size": 2,
        "layer_norm_eps": 1e-12,
    }
    torch.manual_seed(3)
    state = BertModel(BertConfig(**config), add_pooling_layer=False).state_dict()
    arrays = {name: tensor.numpy().copy() for name, tensor in state.items() if tensor.is_floating_point()}
    for name in ("embeddings.LayerNorm", "encoder.layer.0.attention.output.LayerNorm"):
        arrays[f"{name}.weight"][LARGE] = 40
    for name in arrays:
        if name.endswith("dense.weight") or name.endswith(("query.weight", "key.weight", "value.weight")):
            arrays[name] *= 4
            arrays[name][:, LARGE % arrays[name].shape[1]] /= 40
    return config, arrays, tokenizer
