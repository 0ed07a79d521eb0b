from __future__ import annotations

import numpy as np
import pytest

from knowledge.index import build_index
from knowledge.retriever import DENSE_WEIGHT, KEYWORD_WEIGHT, OTHER_PROVINCE, Retriever, fuse
from knowledge.types import Kind, Procedure
from nlu.accents import AccentRestorer
from tests.knowledge.hashing import HashingEncoder

BIRTH = Procedure(code="1.000001", name="Đăng ký khai sinh", aliases=("làm giấy khai sinh", "giấy khai sanh"))
COPY = Procedure(code="1.000002", name="Cấp bản sao trích lục hộ tịch", aliases=("xin lại giấy khai sinh bị mất",))
STAY = Procedure(code="1.000003", name="Đăng ký tạm trú")
HERE = Procedure(code="1.000004", name="Cấp sổ đỏ lần đầu", kind=Kind.PROVINCIAL, scope="Lào Cai")
THERE = Procedure(code="1.000005", name="Cấp sổ đỏ lần đầu", kind=Kind.PROVINCIAL, scope="Đồng Tháp")
ALL = (BIRTH, COPY, STAY, HERE, THERE)


class Restorer(AccentRestorer):
    """Knows the words of the names above."""

    def __init__(self) -> None:
        words = {word: 5 for known in ALL for text in (known.name, *known.aliases) for word in text.lower().split()}
        super().__init__({"": 5} | words, {})


@pytest.fixture(scope="module")
def retriever() -> Retriever:
    encoder = HashingEncoder()
    return Retriever(build_index(ALL, encoder), encoder, Restorer(), "mark")


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("đăng ký khai sinh", BIRTH.code),
        ("dang ky khai sinh", BIRTH.code),
        ("KHAI SANH", BIRTH.code),
        ("mất giấy khai sinh xin lại", COPY.code),
        ("dk tam tru", STAY.code),
    ],
)
def test_the_procedure_meant_comes_first(retriever: Retriever, question: str, code: str) -> None:
    assert retriever.search(question)[0].code == code


def test_results_are_best_first_and_each_procedure_stands_once(retriever: Retriever) -> None:
    found = retriever.search("giấy khai sinh")
    assert [result.score for result in found] == sorted((result.score for result in found), reverse=True)
    assert len({result.code for result in found}) == len(found) == len(ALL)


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_no_more_than_asked_for(retriever: Retriever, limit: int) -> None:
    found = retriever.search("giấy khai sinh", limit)
    assert len(found) == min(limit, len(ALL))
    assert found[0] == retriever.search("giấy khai sinh", limit)[0]


def test_a_result_tells_what_it_was_matched_by(retriever: Retriever) -> None:
    assert retriever.search("xin lại giấy khai sinh bị mất")[0].matched == "xin lại giấy khai sinh bị mất"


def test_the_whole_name_asked_is_surer_than_a_stray_word(retriever: Retriever) -> None:
    whole, stray = retriever.search("đăng ký tạm trú")[0], retriever.search("đăng ký cho thú cưng nhà tôi")[0]
    assert whole.confidence > stray.confidence
    assert (whole.question_covered, whole.name_covered) == pytest.approx((1.0, 1.0))
    assert stray.question_covered < 0.5


def test_confidence_is_a_chance_and_falls_with_the_rank(retriever: Retriever) -> None:
    for question in ("khai sinh", "giấy", "xyz", "", "đăng ký", "😀"):
        found = retriever.search(question)
        assert all(0 <= result.confidence <= 1 for result in found)
        if found[0].question_covered:  # otherwise nothing was found, in whatever order
            assert found[0].confidence == max(result.confidence for result in found)


def test_the_askers_province_decides_between_the_same_names(retriever: Retriever) -> None:
    assert retriever.search("cấp sổ đỏ lần đầu ở Lào Cai")[0].code == HERE.code
    assert retriever.search("cap so do lan dau dong thap")[0].code == THERE.code


def test_a_provinces_own_procedure_yields_to_everyones_when_the_province_is_not_named() -> None:
    encoder = HashingEncoder()
    everyones = Procedure(code="1.000009", name="Cấp sổ đỏ lần đầu")
    known = Retriever(build_index((HERE, everyones), encoder), encoder, Restorer())
    first, second = known.search("cấp sổ đỏ lần đầu")
    assert (first.code, second.code) == (everyones.code, HERE.code)
    assert first.score - second.score == pytest.approx(OTHER_PROVINCE, abs=1e-5)
    assert known.search("cấp sổ đỏ lần đầu lào cai")[0].code == HERE.code


def test_the_province_of_the_asker_counts_like_one_that_is_named(retriever: Retriever) -> None:
    named = retriever.search("cấp sổ đỏ lần đầu", province="Lào Cai")
    assert named[0].code == HERE.code
    assert retriever.search("cấp sổ đỏ lần đầu", province="Đồng Tháp")[0].code == THERE.code


def test_equal_scores_keep_the_order_of_the_catalogue(retriever: Retriever) -> None:
    found = [result.code for result in retriever.search("zzz")]
    assert found == [result.code for result in retriever.search("zzz")]


def test_one_procedure_is_enough(retriever: Retriever) -> None:
    encoder = HashingEncoder()
    (only,) = Retriever(build_index((STAY,), encoder), encoder, Restorer()).search("đăng ký tạm trú")
    assert (only.code, only.confidence > 0.9) == (STAY.code, True)


def test_an_empty_catalogue_finds_nothing() -> None:
    encoder = HashingEncoder()
    assert Retriever(build_index((), encoder), encoder, Restorer()).search("khai sinh") == []


def test_fusion_takes_both_as_shares() -> None:
    words = np.array([0, 5, 10], dtype=np.float32)
    meaning = np.array([0.9, 0.5, 0.7], dtype=np.float32)
    expected = [DENSE_WEIGHT, KEYWORD_WEIGHT / 2, KEYWORD_WEIGHT + DENSE_WEIGHT / 2]
    assert fuse(words, meaning).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("words", [[0, 0], [0, 3]])
def test_fusion_of_sides_that_say_nothing_is_a_number(words: list[int]) -> None:
    fused = fuse(np.array(words, dtype=np.float32), np.array([0.5, 0.5], dtype=np.float32))
    assert np.isfinite(fused).all()
