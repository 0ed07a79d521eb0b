"""Questions that ask alike come together, whatever way they are typed."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge.likeness import Likeness
from nlu.accents import load_restorer
from nlu.encoder import DEFAULT_MODEL, OnnxEncoder, Vectors
from tests.knowledge.hashing import HashingEncoder

TEXTS = [
    "Mất sổ đỏ trong đợt lũ, xin cấp lại thì nộp giấy tờ gì?",
    "nuôi chó có phải đăng ký không",
    "so do bi mat muon xin cap lai",
    "chó nhà em phải đăng kí ở đâu",
    "Rớt mất sổ đỏ, giờ làm lại ở đâu vậy",
    "xin giay phep ban phao hoa",
]


@pytest.fixture(scope="module")
def likeness() -> Likeness:
    return Likeness(OnnxEncoder(DEFAULT_MODEL), load_restorer())


def together(groups: list[list[int]]) -> set[frozenset[int]]:
    return {frozenset(group) for group in groups}


def test_the_same_matter_is_one_group_typed_with_accents_or_without(likeness: Likeness) -> None:
    assert together(likeness.groups(TEXTS)) == {frozenset({0, 2, 4}), frozenset({1, 3}), frozenset({5})}


def test_the_order_of_the_texts_does_not_decide_who_belongs_together(likeness: Likeness) -> None:
    turned = likeness.groups(TEXTS[::-1])
    last = len(TEXTS) - 1
    assert together([[last - place for place in group] for group in turned]) == together(likeness.groups(TEXTS))


def test_nothing_one_and_twice_the_same(likeness: Likeness) -> None:
    assert likeness.groups([]) == []
    assert likeness.groups(["một câu"]) == [[0]]
    assert together(likeness.groups(["một câu", "một câu"])) == {frozenset({0, 1})}


class Counting(HashingEncoder):
    """Counts the texts it was asked to encode."""

    asked = 0

    def encode_queries(self, texts: list[str]) -> Vectors:  # type: ignore[override]
        self.asked += len(texts)
        return np.asarray(super().encode_queries(texts))


def test_only_new_texts_are_encoded() -> None:
    encoder, told = Counting(), []
    likeness = Likeness(encoder, load_restorer())
    likeness.groups(TEXTS, lambda done, count: told.append((done, count)))
    assert (encoder.asked, told) == (len(TEXTS), [(len(TEXTS), len(TEXTS))])
    likeness.groups([*TEXTS[1:], "một câu hoàn toàn khác"])
    assert encoder.asked == len(TEXTS) + 1
    likeness.groups(TEXTS[1:])
    assert encoder.asked == len(TEXTS) + 1
    likeness.groups(TEXTS)  # what was left out is forgotten
    assert encoder.asked == len(TEXTS) + 2
