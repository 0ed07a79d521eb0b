"""The loss and the learning rate of the training; needs torch."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="the extra `models` is not installed")

from nlu.training.contrastive import Settings, contrastive_loss, rate  # noqa: E402 - after the check for torch

pytestmark = pytest.mark.models_extra


def test_partners_alike_cost_less_than_partners_apart() -> None:
    vectors, nothing = torch.eye(3), torch.zeros(3, 3, dtype=torch.bool)
    right = contrastive_loss(vectors, vectors, nothing, 0.03)
    wrong = contrastive_loss(vectors, vectors.roll(1, 0), nothing, 0.03)
    assert float(right) < 0.001 < 10 < float(wrong)


def test_a_masked_pair_costs_nothing() -> None:
    vectors = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    mask = ~torch.eye(2, dtype=torch.bool)
    assert float(contrastive_loss(vectors, vectors, ~mask & mask, 0.03)) == pytest.approx(0.693, abs=0.001)
    assert float(contrastive_loss(vectors, vectors, mask, 0.03)) == pytest.approx(0.0, abs=0.001)


def test_the_rate_rises_then_falls_and_never_stops() -> None:
    settings = Settings(steps=100, warm_up=0.1)
    rates = [rate(step, settings) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] or max(rates) == rates[10]
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == 0.05
