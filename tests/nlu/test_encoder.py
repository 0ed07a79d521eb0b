"""The shipped encoder on ONNX Runtime alone."""

import shutil
import unicodedata

import numpy as np
import pytest

from nlu.encoder import (
    DEFAULT_MODEL,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    OnnxEncoder,
    RememberingEncoder,
    load_encoder,
)

MAX_BYTES = 45_000_000


@pytest.fixture(scope="module")
def encoder():
    return OnnxEncoder(DEFAULT_MODEL)


def test_vectors_have_length_one(encoder):
    vectors = encoder.encode_queries(["làm giấy khai sinh", "passport", "😀", ""])
    assert vectors.shape == (4, encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_text_no_vector(encoder):
    assert encoder.encode_queries([]).shape == (0, encoder.dimension)
    assert encoder.encode_passages([]).shape == (0, encoder.dimension)


def test_the_right_name_is_nearest(encoder):
    names = ["Thủ tục đăng ký khai sinh", "Đăng ký kết hôn", "Cấp giấy phép xây dựng", "Đổi giấy phép lái xe"]
    questions = [
        "làm giấy khai sinh cho con cần gì",
        "hai vợ chồng muốn cưới thì đăng ký kết hôn ở đâu",
        "xin phép xây nhà",
        "how do I renew my driving licence",
    ]
    likeness = encoder.encode_queries(questions) @ encoder.encode_passages(names).T
    assert likeness.argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_many_texts_come_back_in_their_order(encoder):
    texts = [f"{'rất ' * (i % 7)}dài, thủ tục số {i}" for i in range(50)]
    together = encoder.encode_passages(texts)
    alone = np.concatenate([encoder.encode_passages([text]) for text in texts])
    # Activations share one scale in a batch, so neighbours move a vector a little.
    assert (together * alone).sum(axis=1).min() > 0.998


def test_queries_and_passages_are_prefixed_differently(encoder):
    query, passage = encoder.encode_queries(["khai sinh"])[0], encoder.encode_passages(["khai sinh"])[0]
    assert query @ passage < 0.999


def test_composed_and_decomposed_letters_are_the_same(encoder):
    composed, decomposed = encoder.encode_queries([unicodedata.normalize(form, "hộ khẩu") for form in ("NFC", "NFD")])
    assert composed @ decomposed > 0.9999


def test_long_text_is_cut_not_refused(encoder):
    assert encoder.encode_queries(["khai sinh " * 3000]).shape == (1, encoder.dimension)


def test_fingerprint_follows_the_weights(encoder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(DEFAULT_MODEL, copy)
    assert OnnxEncoder(copy).fingerprint == encoder.fingerprint
    weights = (copy / WEIGHTS_FILE).read_bytes()
    (copy / WEIGHTS_FILE).write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    assert OnnxEncoder(copy).fingerprint != encoder.fingerprint


def test_a_folder_with_a_graph_needs_no_torch():
    assert isinstance(load_encoder(str(DEFAULT_MODEL)), OnnxEncoder)
    assert isinstance(load_encoder(), OnnxEncoder)


def test_the_folder_is_small_enough_to_ship():
    files = [path for path in DEFAULT_MODEL.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert DEFAULT_MODEL / TOKENIZER_FILE in files
    assert sum(path.stat().st_size for path in files) <= MAX_BYTES


def test_a_question_is_encoded_once(encoder, monkeypatch):
    asked = []
    made = encoder.encode_queries
    monkeypatch.setattr(encoder, "encode_queries", lambda texts: asked.extend(texts) or made(texts))
    remembering = RememberingEncoder(encoder)
    texts = ["làm giấy khai sinh", "passport", "làm giấy khai sinh"]
    np.testing.assert_allclose(remembering.encode_queries(texts), made(texts), atol=1e-5)
    remembering.encode_queries(["passport"])
    assert asked == ["làm giấy khai sinh", "passport"]
    assert remembering.encode_queries([]).shape == (0, encoder.dimension)
    assert remembering.fingerprint == encoder.fingerprint
    monkeypatch.setattr("nlu.encoder.MOST_REMEMBERED", 2)
    remembering.encode_queries(["một câu khác"])
    remembering.encode_queries(["passport"])
    assert asked[2:] == ["một câu khác", "passport"]
