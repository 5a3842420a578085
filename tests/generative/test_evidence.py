"""The evidence bound and importance weights: against integrals, each other and differences."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from robustgan._bridge import Streams
from robustgan.generative.evidence import (
    Coders,
    evidence_bound,
    importance_bound,
    log_weights,
)
from robustgan.networks import LogVariance, Perceptron
from robustgan.objectives import gaussian_log_density

P, LATENT = 4, 2


def coders(likelihood="gaussian", n_replicas=1):
    streams = Streams(list(range(n_replicas)), "cpu")
    encoder = Perceptron(P, (5,), "tanh", streams=streams, n_outputs=2 * LATENT).double()
    decoder = Perceptron(LATENT, (5,), "tanh", streams=streams, n_outputs=P).double()
    return Coders(encoder, decoder, likelihood, LogVariance(1, streams).double(), (P,))


def rows(n=3, n_replicas=1):
    drawn = torch.rand(n_replicas, n, P, generator=torch.Generator().manual_seed(0))
    return drawn.round().double()


def noise(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
@pytest.mark.parametrize("k", [1, 3])
def test_gradients_are_those_of_finite_differences(likelihood, k):
    model, X = coders(likelihood), rows()
    z = noise(1, k, 3, LATENT)
    weights = [model.encoder.weights, model.decoder.weights]
    if likelihood == "gaussian":
        weights.append(model.variance.value)

    def bound(*_):
        if k == 1:
            return evidence_bound(model, X, z[:, 0], 0.7)
        return importance_bound(log_weights(model, X, z, 0.7))

    assert torch.autograd.gradcheck(bound, tuple(weights))


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
def test_the_bound_is_the_mean_of_log_weights(likelihood):
    model, X = coders(likelihood), rows()
    z = noise(1, 100_000, 3, LATENT)
    with torch.no_grad():
        weights = log_weights(model, X, z)
        by_closed_form = torch.stack([evidence_bound(model, X, z[:, i]) for i in range(500)]).mean(
            dim=0
        )
    # Four standard errors of the mean of 500 draws.
    margin = 4 * float(weights.std()) / math.sqrt(500)
    np.testing.assert_allclose(by_closed_form, weights.mean(dim=1), atol=margin)


def test_importance_weights_integrate_the_density():
    model, X = coders("bernoulli"), rows()
    with torch.no_grad():
        estimate = importance_bound(log_weights(model, X, noise(1, 40_000, 3, LATENT)))
        axis = torch.linspace(-6, 6, 241).double()
        grid = torch.cartesian_prod(axis, axis)[None]
        prior = gaussian_log_density(grid, torch.zeros(LATENT), torch.zeros(LATENT))
        decoded = model.decode(grid)
        explained = [model.log_density(row.expand_as(decoded[0])[None], decoded) for row in X[0]]
        step = 2 * math.log(float(axis[1] - axis[0]))
        exact = [float(torch.logsumexp(e + prior, dim=1)) + step for e in explained]
    np.testing.assert_allclose(estimate[0], exact, atol=5e-3)


def test_importance_weighting_never_worsens_the_bound():
    model, X = coders("bernoulli"), rows(20)
    with torch.no_grad():
        weights = log_weights(model, X, noise(1, 4096, 20, LATENT))
        bounds = [importance_bound(weights.view(-1, k, 20)).mean(dim=0) for k in (1, 2, 8, 64, 512)]
    # Exact on the same draws: the logarithm of a mean is never below the mean of logarithms.
    for worse, better in pairwise(bounds):
        assert bool((better >= worse - 1e-12).all())


def test_replicas_do_not_mix():
    model = coders("bernoulli", n_replicas=2)
    X, z = rows(n_replicas=2), noise(2, 3, LATENT)
    with torch.no_grad():
        both = evidence_bound(model, X, z)
        for r in (0, 1):
            alone = evidence_bound(model.select(r), X[r : r + 1], z[r : r + 1])
            torch.testing.assert_close(alone[0], both[r])


def test_networks_of_images_get_images():
    streams = Streams([0], "cpu")
    encoder = Perceptron(P, (), "tanh", streams=streams, n_outputs=2 * LATENT)
    seen = []

    class Looking(nn.Module):
        def forward(self, X):
            seen.append(tuple(X.shape))
            return encoder(X.flatten(2))

    Coders(Looking(), None, "gaussian", 1.0, (1, 2, 2)).encode(rows().float())
    assert seen == [(1, 3, 1, 2, 2)]
