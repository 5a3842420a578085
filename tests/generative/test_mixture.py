"""MixtureGAN: payoffs of pairs, shares of draws, and the equilibrium that is held."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from robustgan import MixtureGAN
from robustgan._bridge import Streams
from robustgan.contamination import GaussianRing
from robustgan.generative.equilibrium import MixtureGame
from robustgan.networks import Mixture, Perceptron
from robustgan.objectives import GradientPenalty, JensenShannon

QUICK = {"n_steps": 20, "steps_per_epoch": 5, "hidden_units": (8,), "batch_size": 32}
LAW = GaussianRing(scale=0.05)


@pytest.fixture(name="game")
def mixtures():
    streams = Streams([0, 1], "cpu")
    generator = Perceptron(2, (4,), "relu", streams=streams.split(3), n_outputs=2)
    discriminator = Perceptron(2, (4,), "relu", streams=streams.split(2))
    networks = Mixture(generator, 3), Mixture(discriminator, 2)
    with torch.no_grad():
        networks[0].log_weights.copy_(torch.tensor([[0.0, 1.0, 2.0], [1.0, 0.0, 0.0]]))
        networks[1].log_weights.copy_(torch.tensor([[0.5, 0.0], [0.0, 3.0]]))
    return MixtureGame(*networks, JensenShannon(), streams=streams, latent_dim=2)


def test_a_payoff_is_that_of_the_pair(game):
    real = torch.randn(2, 64, 2, generator=torch.Generator().manual_seed(0))
    losses = game.pairs(real)
    drawn = game._drawn
    assert losses.shape == (2, 2, 3)
    for r, j, k in np.ndindex(2, 2, 3):
        judge = game.discriminator.component(r, j)
        pair = judge(real[None, r]), judge(drawn[None, r, k])
        alone = game.objective.discriminator_loss(*pair)
        assert_allclose(losses[r, j, k].item(), alone.item(), rtol=1e-5)


def test_a_loss_is_the_expectation_over_pairs(game):
    real = torch.randn(2, 64, 2, generator=torch.Generator().manual_seed(0))
    before = game.streams.state()
    losses = game.pairs(real)
    game.streams.restore(before)
    loss = game.discriminate(real)
    ours, theirs = game.discriminator.weights(), game.generator.weights()
    expected = torch.einsum("rj,rjk,rk->r", ours, losses, theirs)
    assert_allclose(loss.detach(), expected.detach(), rtol=1e-5)


def test_a_penalty_is_the_mean_of_the_discriminators_own(game):
    game.penalty = GradientPenalty(1.0)
    real = torch.randn(2, 63, 2, generator=torch.Generator().manual_seed(0))
    game.pairs(real)
    penalty = game.penalty(game._score, *game._repeated(), Streams([0, 1], "cpu"))
    share = Streams([0, 1], "cpu").uniform(126, bound=0.5)[0] + 0.5
    fake = game._fake[0, torch.arange(63) % 3, torch.arange(63)]
    expected = []
    for j in range(2):
        points = torch.lerp(fake, real[0], share[63 * j : 63 * (j + 1), None]).requires_grad_()
        (slope,) = torch.autograd.grad(
            game.discriminator.component(0, j)(points[None]).sum(), points
        )
        expected.append(((slope.norm(dim=1) - 1) ** 2).mean().item())
    assert_allclose(penalty[0].item(), np.mean(expected), rtol=1e-4)


def test_draws_come_of_the_components_by_their_weights():
    X = LAW.sample(200, rng=0)
    model = MixtureGAN(**QUICK, random_state=0).fit(X)
    assert_allclose(model.generator_weights_.sum(), 1.0, rtol=1e-6)
    with torch.no_grad():
        model.generator_.log_weights.copy_(torch.tensor([[-1e9, 0.0, -1e9]]))
    drawn = model.sample(50, random_state=0)
    streams = Streams([0], "cpu")
    z = streams.normal(50, 2)[0].numpy()
    lowest, highest = (f(model.generate(10 * z, component=1), axis=0) for f in (np.min, np.max))
    assert ((drawn >= lowest - 1) & (drawn <= highest + 1)).all()
    with pytest.raises(ValueError, match="component must be below 3, got 3"):
        model.generate(z, component=3)


def test_entropy_keeps_weights_equal():
    X = LAW.sample(200, rng=0)
    settings = {**QUICK, "n_steps": 200, "learning_rate": 0.02, "random_state": 0}
    free, held = (
        MixtureGAN(**settings, entropy=e).fit(X).generator_weights_[0] for e in (0.0, 1.0)
    )
    assert np.ptp(held) < min(0.1, np.ptp(free))


def test_clipping_leaves_the_weights_of_components_alone():
    model = MixtureGAN.wasserstein(n_steps=10, steps_per_epoch=5, learning_rate=0.1, random_state=0)
    model.fit(LAW.sample(200, rng=0))
    assert float(model.discriminator_.network.weights.abs().max()) <= 0.01
    assert float(model.discriminator_.log_weights.abs().max()) > 0.02


def test_an_equilibrium_wants_rows():
    model = MixtureGAN(**QUICK, random_state=0).fit(LAW.sample(200, rng=0))
    found = model.equilibrium(LAW.sample(100, rng=1), n_steps=100, random_state=0)
    assert found.epsilon.shape == found.value.shape == (1,)
    with pytest.raises(ValueError, match="X must have at least 4 rows, got 3"):
        model.equilibrium(LAW.sample(3, rng=1))


@pytest.mark.slow
@pytest.mark.representative
def test_more_components_are_nearer_to_equilibrium():
    settings = {
        "n_steps": 600,
        "hidden_units": (16,),
        "latent_dim": 1,
        "annealing": 0.5,
        "penalty": "r1",
        "learning_rate": (2e-3, 4e-3),
        "n_replicas": 3,
        "random_state": 7,
    }
    X, held_out = LAW.sample(5000, rng=7), LAW.sample(4000, rng=8)
    gaps = []
    for n in (1, 4):
        model = MixtureGAN(n_generators=n, n_discriminators=n, **settings).fit(X)
        found = model.equilibrium(held_out, n_steps=400, random_state=0)
        # Of 2,000 rows, in nats.
        assert (found.discriminator_gain > -0.05).all()
        assert (found.generator_gain > -0.05).all()
        gaps.append(found.epsilon)
    # One small generator and one small discriminator chase each other over eight modes.
    assert np.median(gaps[0]) > 0.1
    assert gaps[1].max() < 0.1
