from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge.index import Entry, Index, build_index, entries_of, keywords, load_index, terms, update_index
from knowledge.types import Kind, Procedure
from tests.knowledge.hashing import HashingEncoder

BIRTH = Procedure(
    code="1.000001",
    name="Thủ tục đăng ký khai sinh",
    aliases=("làm giấy khai sinh", "khai sinh cho con"),
    questions=("mới sinh em bé thì làm gì",),
)
STAY = Procedure(code="1.000002", name="Đăng ký tạm trú", aliases=("tạm trú",))
LAND = Procedure(code="1.000003", name="Cấp sổ đỏ lần đầu", kind=Kind.PROVINCIAL, scope="Lào Cai")
INSIDE = Procedure(code="1.000004", name="Luân chuyển cán bộ", kind=Kind.INTERNAL)
ALL = (BIRTH, STAY, LAND, INSIDE)


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def index(encoder: HashingEncoder) -> Index:
    return build_index(ALL, encoder)


def test_a_procedure_is_found_by_its_name_what_people_call_it_and_what_they_asked() -> None:
    assert list(entries_of(BIRTH)) == [
        Entry("1.000001", "Thủ tục đăng ký khai sinh"),
        Entry("1.000001", "làm giấy khai sinh"),
        Entry("1.000001", "khai sinh cho con"),
        Entry("1.000001", "mới sinh em bé thì làm gì"),
    ]


def test_the_same_text_twice_counts_once_and_short_forms_are_written_out() -> None:
    company = Procedure(code="1", name="Thành lập công ty TNHH", aliases=("Thành lập công ty trách nhiệm hữu hạn",))
    texts = [entry.text.lower() for entry in entries_of(company)]
    assert "trách nhiệm hữu hạn" in texts[0]
    assert len(set(texts)) == len(texts)


def test_words_are_folded_and_pairs_of_neighbours_count_too() -> None:
    assert keywords("Thủ tục hành chính Cấp hộ chiếu") == ["cap", "ho", "chieu"]
    assert terms("khai sinh trễ") == ["khai", "sinh", "tre", "khai_sinh", "sinh_tre"]
    assert terms("") == []


def test_what_citizens_may_not_see_is_not_in_it(index: Index) -> None:
    assert index.codes == ["1.000001", "1.000002", "1.000003"]
    assert "1.000004" not in index.scopes


def test_the_words_of_a_text_find_its_entry_however_they_are_typed(index: Index) -> None:
    for typed in ("đăng ký tạm trú", "dang ky tam tru", "ĐĂNG KÝ TẠM TRÚ"):
        best = index.entries[int(index.keyword_scores(typed).argmax())]
        assert (best.code, best.text) == ("1.000002", "Đăng ký tạm trú")


@pytest.mark.parametrize("text", ["", "xyzzy", "😀", "thủ tục", "?!"])
def test_words_nobody_uses_score_nothing(index: Index, text: str) -> None:
    scores = index.keyword_scores(text)
    assert scores.shape == (len(index.entries),)
    assert not scores.any()


def test_a_text_is_nearest_to_itself(index: Index, encoder: HashingEncoder) -> None:
    for place, entry in enumerate(index.entries):
        scores = index.dense_scores(encoder.encode_queries([entry.text])[0])
        assert int(scores.argmax()) == place
        assert scores[place] == pytest.approx(1.0, abs=1e-3)  # half precision


def test_far_entries_share_the_score_of_the_last_near_one(
    index: Index, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    vector = encoder.encode_queries(["khai sinh cho con"])[0]
    everything = index.dense_scores(vector)
    monkeypatch.setattr("knowledge.index._NEAREST", 3)
    near = index.dense_scores(vector)
    best = np.sort(everything)[-3:]
    assert np.sort(near)[-3:] == pytest.approx(best)
    assert set(near.round(5)) == set(best.round(5))


def test_the_best_entry_of_a_procedure_counts(index: Index) -> None:
    scores = np.array([0.1, 0.9, 0.2, 0.0, 0.4, 0.5, 0.3], dtype=np.float32)
    assert index.best_of_each(scores).tolist() == pytest.approx([0.9, 0.5, 0.3])
    assert [index.best_entry(place, scores) for place in range(3)] == [1, 5, 6]


def test_a_rare_word_weighs_more_than_a_common_one(index: Index) -> None:
    assert index.rarity["con"] > index.rarity["khai"] > 0


def test_a_provinces_own_procedures_are_known_by_its_folded_name(index: Index) -> None:
    assert {name: places.tolist() for name, places in index.provincial.items()} == {"lao cai": [2]}


def test_texts_an_earlier_index_holds_are_not_encoded_again(index: Index, encoder: HashingEncoder) -> None:
    encoder.passages.clear()
    told: list[tuple[int, int]] = []
    more = Procedure(code="1.000009", name="Đăng ký kết hôn")
    later = build_index((*ALL, more), encoder, index, lambda done, total: told.append((done, total)))
    assert encoder.passages == ["Đăng ký kết hôn"]
    assert told == [(1, 1)]
    before, after = index.vectors_by_text(), later.vectors_by_text()
    assert all(np.array_equal(before[text], after[text]) for text in before)


def scored(index: Index, encoder: HashingEncoder, text: str) -> tuple[list[float], list[float]]:
    dense = index.dense_scores(encoder.encode_queries([text])[0])
    return index.keyword_scores(text).tolist(), dense.round(5).tolist()


def test_a_mended_index_is_the_one_built_of_the_whole(index: Index, encoder: HashingEncoder) -> None:
    renamed = replace(STAY, name="Đăng ký tạm trú cho sinh viên", aliases=("tạm trú", "ở trọ"))
    first = Procedure(code="1.000000", name="Đăng ký kết hôn")
    inside = replace(LAND, kind=Kind.INTERNAL)
    encoder.passages.clear()
    mended = update_index(index, [renamed, first, inside], {BIRTH.code}, encoder, marks={"1.000000": "1"})
    assert sorted(encoder.passages) == sorted(["Đăng ký tạm trú cho sinh viên", "ở trọ", "Đăng ký kết hôn"])
    built = build_index([first, renamed, inside], encoder)
    assert (mended.codes, list(mended.entries), mended.scopes) == (built.codes, list(built.entries), built.scopes)
    assert (mended.rarity, mended.provincial, mended.words) == (built.rarity, built.provincial, built.words)
    assert mended.qualifiers.tolist() == built.qualifiers.tolist()
    for text in ("tạm trú", "dang ky ket hon", "khai sinh", "sổ đỏ"):
        assert scored(mended, encoder, text) == scored(built, encoder, text)
    assert mended.marks == {"1.000000": "1"}
    assert index.codes == ["1.000001", "1.000002", "1.000003"], "answers under way finish on the old one"


def test_all_can_go_and_come_back(index: Index, encoder: HashingEncoder) -> None:
    empty = update_index(index, [], set(index.codes), encoder)
    assert (empty.codes, len(empty.entries)) == ([], 0)
    assert update_index(empty, ALL, (), encoder).codes == index.codes


def test_an_index_of_nothing_can_be_made() -> None:
    empty = build_index((), HashingEncoder())
    assert (empty.codes, len(empty.entries)) == ([], 0)


def test_what_was_saved_is_read_back_the_same(index: Index, encoder: HashingEncoder, tmp_path: Path) -> None:
    marked = update_index(index, [], (), encoder, marks={"1.000001": "2 abc"})
    marked.save(tmp_path / "a", "mark")
    read = load_index(tmp_path / "a", "mark")
    assert read is not None
    assert read.marks == {"1.000001": "2 abc"}
    assert (read.entries, read.scopes, read.codes) == (list(index.entries), index.scopes, index.codes)
    for text in ("khai sinh cho con", "tam tru", "sổ đỏ"):
        np.testing.assert_allclose(read.keyword_scores(text), index.keyword_scores(text))
        vector = encoder.encode_queries([text])[0]
        np.testing.assert_allclose(read.dense_scores(vector), index.dense_scores(vector), rtol=1e-6)


@pytest.mark.parametrize("damage", ["no folder", "other mark", "no meta", "bad meta", "no vectors", "other format"])
def test_an_index_that_cannot_be_trusted_is_not_read(index: Index, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "a"
    index.save(folder, "mark")
    meta = folder / "meta.json"
    if damage == "no meta":
        meta.unlink()
    elif damage == "bad meta":
        meta.write_text('{"format": 2, "fing', encoding="utf-8")
    elif damage == "other format":
        meta.write_text(json.dumps(json.loads(meta.read_text("utf-8")) | {"format": "1"}), encoding="utf-8")
    elif damage == "no vectors":
        (folder / "vectors.faiss").unlink()
    read = load_index(tmp_path / "b" if damage == "no folder" else folder, "x" if damage == "other mark" else "mark")
    assert read is None


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_a_damaged_vector_file_is_no_crash(index: Index, tmp_path: Path, damage: bytes | None) -> None:
    folder = tmp_path / "a"
    index.save(folder, "mark")
    vectors = folder / "vectors.faiss"
    vectors.write_bytes(vectors.read_bytes()[:-40] if damage is None else damage)
    assert load_index(folder, "mark") is None


def test_saving_over_an_older_index_replaces_it(index: Index, encoder: HashingEncoder, tmp_path: Path) -> None:
    build_index((STAY,), encoder).save(tmp_path, "old")
    index.save(tmp_path, "new")
    assert load_index(tmp_path, "old") is None
    read = load_index(tmp_path, "new")
    assert read is not None
    assert read.codes == index.codes


def test_an_index_read_by_other_rules_is_not_used(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.save(tmp_path, "mark")
    monkeypatch.setattr("knowledge.index._FORMAT", "3-other")
    assert load_index(tmp_path, "mark") is None
