"""The neural-network distance: closed forms of linear discriminators, and generalisation."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.stats import norm
from torch import nn

from robustgan.diagnostics import Training, generalization_gap, neural_distance

SHORT = Training(n_search=3, n_settle=3)


def normal(n, rng, p=2):
    return rng.normal(size=(n, p))


class Quadratic(nn.Module):
    """A score that is linear in the squares: blind to shifts."""

    def __init__(self, n_inputs, streams):
        super().__init__()
        self.weight = nn.Parameter(streams.uniform(n_inputs, bound=0.1))
        self.bias = nn.Parameter(streams.uniform(1, bound=0.1))

    def forward(self, x):
        return (x.square() * self.weight[:, None]).sum(dim=-1) + self.bias


@pytest.mark.slow
@pytest.mark.representative
@pytest.mark.parametrize("shift", [0.5, 2.0])
def test_to_linear_discriminators_shifted_normals_are_total_variation_apart(shift):
    rng = np.random.default_rng(0)
    X, Y = normal(3000, rng), normal(3000, rng) + np.array([shift, 0.0])
    found = neural_distance(X, Y, hidden_units=(), n_restarts=1, random_state=0)
    # The supremum is at infinite weights; three standard errors of sampling.
    assert abs(found.distance - (2 * norm.cdf(shift / 2) - 1)) < 0.05
    assert found.n_parameters == 3
    assert found.held_out is None
    assert found.gap is None


def test_another_discriminator_sees_what_it_can():
    rng = np.random.default_rng(0)
    X, wide = normal(1000, rng), 3 * normal(1000, rng)
    settings = {"training": SHORT, "random_state": 0, "n_restarts": 2}
    linear = neural_distance(X, wide, hidden_units=(), **settings)
    quadratic = neural_distance(X, wide, make_discriminator=Quadratic, **settings)
    # The best half-plane, x < t, sees max over t of Phi(t) - Phi(t / 3), .243.
    assert linear.distance < 0.3 < 0.4 < quadratic.distance
    assert quadratic.n_parameters == 3


def test_units_do_not_matter_and_the_seed_does():
    rng = np.random.default_rng(0)
    X, Y = normal(200, rng), normal(200, rng) + 1
    settings = {"training": SHORT, "n_restarts": 1}
    found = neural_distance(X, Y, random_state=0, **settings).distance
    moved = neural_distance(8 * X + 64, 8 * Y + 64, random_state=0, **settings).distance
    assert_allclose(moved, found, rtol=1e-4)
    assert neural_distance(X, Y, random_state=1, **settings).distance != found


def test_more_restarts_never_see_less():
    rng = np.random.default_rng(0)
    X, Y = normal(100, rng), normal(100, rng)
    found = [
        neural_distance(X, Y, n_restarts=n, training=SHORT, random_state=0).distance for n in (1, 3)
    ]
    assert found[1] >= found[0]


def test_fresh_samples_say_what_the_laws_distance_is():
    rng = np.random.default_rng(0)
    X, Y = normal(50, rng, 10), normal(50, rng, 10)
    found = neural_distance(
        X,
        torch.tensor(Y),
        X_test=normal(5000, rng, 10),
        Y_test=normal(5000, rng, 10),
        n_restarts=1,
        training=SHORT,
        random_state=0,
    )
    assert found.distance > 0.5
    assert abs(found.held_out) < 0.1
    assert found.gap == found.distance - found.held_out


@pytest.mark.slow
def test_the_gap_shrinks_with_rows_and_grows_with_parameters():
    found = generalization_gap(
        lambda n, rng: normal(n, rng, 10),
        [100, 400, 1600],
        networks=[(), (5,), (40,)],
        n_repeats=4,
        training=Training(n_search=12, n_settle=6),
        random_state=0,
    )
    assert found.n_parameters.tolist() == [11, 61, 481]
    assert (np.diff(found.gap, axis=0) > 0).all()
    assert (np.diff(found.gap, axis=1) < 0).all()
    # Four times the rows halve the gap of the smallest network, which cannot learn by heart.
    ratios = found.gap[0, :-1] / found.gap[0, 1:]
    assert ((ratios > 1.5) & (ratios < 2.8)).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_restarts": 0}, "n_restarts must be at least 1"),
        ({"X_test": np.zeros((3, 2))}, "given together"),
        ({"objective": "nothing"}, "objective must be one of"),
        ({"X_test": np.zeros((3, 1)), "Y_test": np.zeros((3, 1))}, "same features"),
    ],
)
def test_bad_parameters_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        neural_distance(np.zeros((4, 2)), np.ones((4, 2)), **settings)


def test_a_gap_needs_sizes():
    with pytest.raises(ValueError, match="must not be empty, got 0, 1 and 10"):
        generalization_gap(normal, [])
