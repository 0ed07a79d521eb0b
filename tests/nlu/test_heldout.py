"""The measure counts a right procedure at its place, and tells words, meaning and both apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from nlu.accents import AccentRestorer
from nlu.encoder import Vectors
from nlu.training.heldout import NameSearch, Row, measure
from nlu.training.pairs import Question

NAMES = {"1": "đăng ký khai sinh", "2": "đăng ký kết hôn", "3": "cấp hộ chiếu"}


class AlwaysFirst:
    """Finds every query most like the first name, then the second, then the third."""

    dimension = 3
    fingerprint = "always-first"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.tile(np.array([[0.8, 0.5, 0.3]], dtype=np.float32), (len(texts), 1))

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return np.eye(3, dtype=np.float32)[: len(texts)]


@pytest.fixture
def rows() -> dict[tuple[str, str], Row]:
    asked = [Question("làm hộ chiếu", ("3",), lay=True), Question("đăng ký khai sinh", ("1",), lay=True)]
    restorer = AccentRestorer({"": 1, "hộ": 1}, {})
    found = measure(AlwaysFirst(), NameSearch(NAMES), {"lay": asked}, restorer)
    return {(row.questions, row.ranker): row for row in found}


def test_every_way_of_typing_and_ranking_has_a_row(rows: dict[tuple[str, str], Row]) -> None:
    assert set(rows) == {(typed, by) for typed in ("lay", "lay (no accents)") for by in ("BM25", "dense", "both")}
    assert {row.count for row in rows.values()} == {2}


def test_words_find_both_and_the_encoder_one(rows: dict[tuple[str, str], Row]) -> None:
    assert rows["lay", "BM25"].first == 1.0
    assert rows["lay (no accents)", "BM25"].first == 1.0
    assert rows["lay", "dense"].first == 0.5
    assert rows["lay", "dense"].among_five == 1.0


def test_a_procedure_that_is_not_there_is_a_miss() -> None:
    asked = {"FAQ": [Question("cấp hộ chiếu", ("9",), lay=False)]}
    rows = measure(AlwaysFirst(), NameSearch(NAMES), asked, AccentRestorer({"": 1}, {}))
    assert all(row.first == row.among_five == 0.0 for row in rows)
