from __future__ import annotations

import pytest

from knowledge.explanation import explain
from knowledge.index import build_index
from knowledge.retriever import OTHER_PROVINCE, UNSAID, Retriever
from tests.knowledge.hashing import HashingEncoder
from tests.knowledge.test_retriever import ALL, BIRTH, COPY, HERE, STAY, THERE, Restorer


@pytest.fixture(scope="module")
def retriever() -> Retriever:
    encoder = HashingEncoder()
    return Retriever(build_index(ALL, encoder), encoder, Restorer(), "mark")


@pytest.mark.parametrize("province", [None, "Lào Cai"])
@pytest.mark.parametrize("question", ["dang ky khai sinh", "mất giấy khai sinh xin lại", "sổ đỏ", "xyz", "", "😀"])
def test_what_is_explained_is_what_is_searched(retriever: Retriever, question: str, province: str | None) -> None:
    explained = explain(retriever, question, 4, province)
    assert [one.result for one in explained.fused] == retriever.search(question, 4, province)


@pytest.mark.parametrize("question", ["cấp lại sổ đỏ lần đầu", "mất giấy khai sinh xin lại"])
def test_the_parts_of_a_score_add_up(retriever: Retriever, question: str) -> None:
    for one in explain(retriever, question).fused:
        told = one.before - one.unsaid - one.unmet - one.unofficial - one.elsewhere
        assert told == pytest.approx(one.result.score, abs=1e-5)


def test_what_was_taken_off_is_told(retriever: Retriever) -> None:
    copy = next(one for one in explain(retriever, "giấy khai sinh").fused if one.result.code == COPY.code)
    assert copy.unsaid == pytest.approx(UNSAID)  # its alias says "lại … mất", one qualifier; the question does not
    here, there = (
        next(one for one in explain(retriever, "cấp sổ đỏ ở Lào Cai").fused if one.result.code == code)
        for code in (HERE.code, THERE.code)
    )
    assert (here.elsewhere, there.elsewhere) == (0, OTHER_PROVINCE)


def test_each_stage_has_a_ranking_of_its_own(retriever: Retriever) -> None:
    explained = explain(retriever, "dk tam tru")
    assert explained.expanded == "đăng ký tam tru"
    assert "tam_tru" in explained.terms
    assert explained.keyword[0].code == STAY.code
    assert explained.keyword[0].name == STAY.name
    assert {one.code for one in explained.keyword} == {BIRTH.code, STAY.code}  # only they share a word
    assert explained.dense[0].score >= explained.dense[-1].score
    assert [timed.stage for timed in explained.timings] == [
        *("expand", "restore", "keyword", "encode", "dense", "fuse", "confidence"),
    ]
    assert all(timed.ms >= 0 for timed in explained.timings)


def test_an_empty_catalogue_explains_nothing_found() -> None:
    encoder = HashingEncoder()
    explained = explain(Retriever(build_index((), encoder), encoder, Restorer()), "khai sinh")
    assert (explained.keyword, explained.dense, explained.fused) == ((), (), ())
