"""Losses of autoencoders: densities, the closed-form divergence, robust weights."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from robustgan.objectives import (
    DensityPower,
    Trimming,
    bernoulli_log_density,
    gaussian_divergence,
    gaussian_log_density,
    level_and_spread,
)

RNG = np.random.default_rng(0)


def test_gaussian_density_is_scipys():
    rows, mean, log_variance = (torch.from_numpy(RNG.normal(size=(4, 3))) for _ in range(3))
    scale = (0.5 * log_variance).exp()
    expected = stats.norm.logpdf(rows, mean, scale).sum(axis=1)
    np.testing.assert_allclose(gaussian_log_density(rows, mean, log_variance), expected)


def test_bernoulli_density_is_scipys_for_any_logit():
    rows = torch.from_numpy(RNG.integers(0, 2, size=(4, 3)).astype(float))
    logits = torch.from_numpy(RNG.normal(scale=3, size=(4, 3)))
    expected = stats.bernoulli.logpmf(rows, logits.sigmoid()).sum(axis=1)
    np.testing.assert_allclose(bernoulli_log_density(rows, logits), expected)
    far = bernoulli_log_density(torch.ones(1, 2), torch.tensor([[1000.0, -1000.0]]))
    assert float(far) == -1000.0


def test_the_closed_form_divergence_is_that_of_monte_carlo():
    mean, log_variance = torch.from_numpy(RNG.normal(size=(2, 1, 4)))
    # At scrambled Sobol points, whose error falls almost like 1 / n.
    levels = torch.quasirandom.SobolEngine(4, scramble=True, seed=0).draw(2**17).double()
    noise = torch.special.ndtri(levels.clamp(1e-9, 1 - 1e-9))
    draws = mean + (0.5 * log_variance).exp() * noise
    zero = torch.zeros(4)
    ratios = gaussian_log_density(draws, mean, log_variance) - gaussian_log_density(
        draws, zero, zero
    )
    assert abs(float(ratios.mean() - gaussian_divergence(mean, log_variance)[0])) < 1e-3


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=4))
def test_the_divergence_is_never_negative(values):
    mean, log_variance = torch.tensor(values, dtype=torch.float64).view(2, 1, 2)
    assert float(gaussian_divergence(mean, log_variance)) >= -1e-12


@pytest.mark.parametrize(
    "loss",
    [
        lambda a, b, rows: gaussian_log_density(rows, a, b),
        lambda a, b, rows: bernoulli_log_density(rows.sigmoid(), a * b),
        lambda a, b, rows: gaussian_divergence(a, b),
    ],
    ids=["gaussian", "bernoulli", "divergence"],
)
def test_gradients_are_those_of_finite_differences(loss):
    a, b, rows = (torch.from_numpy(RNG.normal(size=(3, 2))) for _ in range(3))
    inputs = (a.requires_grad_(), b.requires_grad_(), rows)
    assert torch.autograd.gradcheck(loss, inputs)


@pytest.mark.parametrize("weighing", [DensityPower(0.5, 3.5), Trimming(0.25, 3.5)])
@pytest.mark.parametrize("is_sparing", [0.0, 1.0])
def test_weights_have_mean_one_and_do_not_see_shift_and_scale(weighing, is_sparing):
    weighing.is_sparing.fill_(is_sparing)
    scores = torch.from_numpy(RNG.normal(size=(2, 64)))
    weights = weighing(scores)
    torch.testing.assert_close(weights.mean(dim=1), torch.ones(2, dtype=torch.float64))
    torch.testing.assert_close(weighing(7 * scores - 100), weights)


def test_the_density_power_is_a_power_of_the_density():
    scores = torch.from_numpy(RNG.normal(size=(1, 64)))
    _, spread = level_and_spread(scores)
    weighing = DensityPower(0.5, 3.5)
    weights = weighing(scores)
    roots = (weights / weights[:, :1]).sqrt()
    power = 0.5 / spread
    torch.testing.assert_close(weights / weights[:, :1], (power * (scores - scores[:, :1])).exp())
    weighing.is_sparing.fill_(1.0)
    torch.testing.assert_close(weighing(scores) / weighing(scores)[:, :1], roots)


def test_trimming_leaves_out_its_share_and_then_only_what_lies_far_below():
    trimming = Trimming(0.25, 3.5)
    scores = torch.linspace(-1, 1, 100)[None].clone()
    scores[0, :10] = -50.0
    assert int((trimming(scores) == 0).sum()) == 25
    trimming.is_sparing.fill_(1.0)
    assert (trimming(scores) == 0)[0].tolist() == [True] * 10 + [False] * 90


def test_the_density_power_leaves_out_what_lies_far_below_in_the_end():
    weighing = DensityPower(0.5, 3.5)
    scores = torch.linspace(-1, 1, 100)[None].clone()
    scores[0, :10] = -50.0
    assert bool((weighing(scores) > 0).all())
    weighing.is_sparing.fill_(1.0)
    assert (weighing(scores) == 0)[0].tolist() == [True] * 10 + [False] * 90


def test_trimming_never_leaves_out_more_than_its_share():
    trimming = Trimming(0.25, 3.5)
    trimming.is_sparing.fill_(1.0)
    scores = torch.linspace(-1, 1, 100)[None].clone()
    scores[0, :40] = torch.linspace(-60, -50, 40)
    assert int((trimming(scores) == 0).sum()) == 25


def test_scores_that_tie_keep_weight_one():
    scores = torch.full((1, 8), -3.0)
    for weighing in (DensityPower(0.5, 3.5), Trimming(0.25, 3.5)):
        assert torch.equal(weighing(scores), torch.ones(1, 8))
