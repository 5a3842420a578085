"""BEGAN: the control by which it is balanced, its measure, and what its scores say."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from robustgan import BEGAN
from robustgan._bridge import Streams
from robustgan.contamination import load_images
from robustgan.generative.began import BalancedGame
from robustgan.networks import Perceptron
from robustgan.objectives import Wasserstein


@pytest.fixture(name="game")
def balanced():
    streams = Streams([0, 1], "cpu")
    networks = (
        Perceptron(2, (4,), "relu", streams=streams, n_outputs=3),
        Perceptron(3, (4, 2, 4), "relu", streams=streams, n_outputs=3),
    )
    settings = {"latent_dim": 2, "diversity": 0.4, "gain": 0.25}
    return BalancedGame(*networks, Wasserstein(), streams=streams, **settings)


def test_the_balance_follows_the_errors(game):
    # Minus the errors of rows, of two replicas.
    real = torch.tensor([[-1.0, -3.0], [-1.0, -1.0]])
    fake = torch.tensor([[-0.5, -0.5], [-0.5, -0.7]])
    first, second = (game._discriminator_loss(real, fake) for _ in range(2))
    assert_allclose(first, [2.0, 1.0], rtol=1e-6)
    # 0.25 (0.4 * 2 - 0.5), and below zero, which is cut.
    assert_allclose(second, [2.0 - 0.075 * 0.5, 1.0], rtol=1e-6)
    assert_allclose(game.balance, [0.15, 0.0], rtol=1e-6)
    assert_allclose(game.track()[:, 0], [2.0 + 0.3, 1.0 + 0.2], rtol=1e-6)


def test_a_score_is_minus_the_error_of_the_reconstruction(game):
    rows = torch.randn(2, 8, 3, generator=torch.Generator().manual_seed(0))
    scores = game._score(rows)
    expected = -(rows - game.discriminator(rows)).abs().mean(dim=2)
    assert_allclose(scores.detach(), expected.detach(), rtol=1e-6)


def test_the_measure_falls_and_digits_are_told_from_noise():
    X = load_images("digits").data
    settings = {"hidden_units": (64,), "latent_dim": 16, "n_steps": 300, "steps_per_epoch": 50}
    gan = BEGAN(**settings, gain=0.01, scale="range", random_state=0).fit(X)
    measure, balance = gan.history_.tracked[:, 0].T
    assert measure[-1] < 0.5 * measure[0]
    assert ((balance >= 0) & (balance <= 1)).all()
    assert (gan.convergence_[0], gan.balance_[0]) == (measure[-1], balance[-1])
    noise = np.random.default_rng(0).permuted(X, axis=1)
    assert gan.discriminate(X).min() < 0
    assert (gan.discriminate(X) > gan.discriminate(noise)).mean() > 0.95
    draws = gan.sample(500, random_state=0)
    gap = gan.discriminate(X).mean() - gan.discriminate(draws).mean()
    assert gan.divergence(X, random_state=0) == pytest.approx(gap, abs=0.02)
    with pytest.raises(TypeError, match="identifies_ratio"):
        gan.density_ratio(X)
