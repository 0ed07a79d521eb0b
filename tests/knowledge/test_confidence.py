from __future__ import annotations

import numpy as np
import pytest

from knowledge.confidence import LEAD, NAME_COVERED, QUESTION_COVERED, Evidence, confidence_of, covered

RARITY = {"dang": 1.0, "ky": 1.0, "khai": 2.0, "sinh": 2.0, "tre": 4.0}


def evidence(question: list[str], *matched: list[str], fused: list[float]) -> Evidence:
    scores = np.array(fused, dtype=np.float32)
    return Evidence(question, matched, scores, np.full(len(fused), 0.5, dtype=np.float32), RARITY)


def test_words_covered_are_weighted_by_rarity() -> None:
    assert covered(["dang", "ky", "khai", "sinh"], ["khai", "sinh"], RARITY) == pytest.approx(4 / 6)
    assert covered(["khai", "sinh"], ["dang", "ky", "khai", "sinh"], RARITY) == 1.0


def test_a_word_the_catalogue_never_uses_weighs_most() -> None:
    assert covered(["khai", "rong"], ["khai"], RARITY) == pytest.approx(2 / 6)


def test_a_word_said_twice_counts_once() -> None:
    assert covered(["khai", "khai", "dang"], ["khai"], RARITY) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("words", "by"), [([], ["khai"]), ([], []), (["khai"], [])])
def test_nothing_covers_nothing(words: list[str], by: list[str]) -> None:
    assert covered(words, by, RARITY) == 0.0


def test_without_any_rarity_all_words_weigh_the_same() -> None:
    assert covered(["a", "b"], ["a"], {}) == 0.5


def test_the_lead_is_over_the_best_other() -> None:
    rows = evidence(["khai"], ["khai"], ["sinh"], ["tre"], fused=[0.9, 0.5, 0.2]).features()
    assert rows[:, LEAD] == pytest.approx([0.4, -0.4, -0.7])
    assert rows[:, QUESTION_COVERED].tolist() == [1.0, 0.0, 0.0]
    assert rows[:, NAME_COVERED].tolist() == [1.0, 0.0, 0.0]


def test_an_only_result_leads() -> None:
    assert evidence(["khai"], ["khai"], fused=[0.9]).features()[0, LEAD] == 1.0


def test_confidence_is_a_chance_that_grows_with_each_sign() -> None:
    rows = np.array([[0.0, 0.2, 0.2, 0.5], [0.3, 0.2, 0.2, 0.5], [0.3, 0.9, 0.2, 0.5], [0.3, 0.9, 0.9, 0.5]])
    chances = confidence_of(rows)
    assert chances == sorted(chances)
    assert len(set(chances)) == 4
    assert 0 < chances[0] < chances[-1] < 1


def test_weights_may_be_other_ones() -> None:
    assert confidence_of(np.array([[0.0, 0.0, 0.0, 0.0]]), (1, 1, 1, 1, 0.0)) == [0.5]
    assert confidence_of(np.array([[2.0, 0.0, 0.0, 0.0]]), (1, 1, 1, 1, -2.0)) == [0.5]


def test_no_results_no_chances() -> None:
    assert confidence_of(np.zeros((0, 4))) == []
