"""What the lectures prove, as measurements: the figures of the gallery are drawn from the same."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.spatial import cKDTree
from scipy.stats import norm

from robustgan._bridge import Streams
from robustgan.contamination import Gaussian, HuberModel, PointMass
from robustgan.diagnostics import Training, generalization_gap
from robustgan.distances import MixtureDensity, earth_mover, jensen_shannon
from robustgan.engine import LearningRates, Schedule, adversaries, train
from robustgan.networks import LocationGenerator, Perceptron
from robustgan.objectives import JensenShannon, NonSaturating


def slope(objective, x, log_ratio):
    """Push on generated rows at x by the best discriminator."""
    rows = torch.tensor(x, requires_grad=True)
    loss = objective.generator_loss(log_ratio(rows)[:, None])
    return -torch.autograd.grad(loss.sum(), rows)[0].numpy()


def test_of_two_gaussians_the_best_discriminator_saturates_and_the_best_critic_does_not():
    data, model = norm(3, 1), norm(-3, 1)
    x = model.ppf((np.arange(400) + 0.5) / 400)
    log_ratio = lambda rows: 6 * rows  # noqa: E731
    assert_allclose(log_ratio(x), data.logpdf(x) - model.logpdf(x), rtol=1e-9, atol=1e-9)
    # Minimax: 6 D(x); non-saturating: 6 (1 - D(x)).
    D = data.pdf(x) / (data.pdf(x) + model.pdf(x))
    assert_allclose(slope(JensenShannon(), x, log_ratio), 6 * D, rtol=1e-7)
    assert_allclose(slope(NonSaturating(), x, log_ratio), 6 * (1 - D), rtol=1e-7)
    assert np.median(slope(JensenShannon(), x, log_ratio)) < 1e-6
    transport = earth_mover(x[:, None], (x + 6)[:, None])
    assert_allclose(transport.distance, 6, rtol=1e-12)
    assert_allclose(-np.gradient(transport.source_potential, x), 1, rtol=1e-9)


@pytest.mark.parametrize("theta", [-1.0, -0.01, 0.3, 0.0])
@pytest.mark.parametrize("solver", ["assignment", "highs"])
def test_parallel_lines_are_theta_apart_and_no_divergence_says_so(theta, solver):
    height = np.linspace(0, 1, 30)
    first, second = (np.column_stack([np.full(30, t), height]) for t in (0.0, theta))
    assert_allclose(earth_mover(first, second, solver=solver).distance, abs(theta), atol=1e-9)
    # The probabilities of both laws on the points of either.
    even = np.full(30, 1 / 30)
    p, q = (even, even) if theta == 0 else (np.append(even, 0 * even), np.append(0 * even, even))
    assert_allclose(jensen_shannon(p, q), np.log(2) * (theta != 0), atol=1e-12)


@pytest.mark.parametrize("seed", [0, 1])
def test_in_high_dimension_a_sample_is_far_from_its_law(seed):
    """Arora et al. 2017, Lemma 1: W >= 1.1, whatever (polynomial) number of rows there is."""
    d, n_rows = 500, 600
    sample, fresh = np.random.default_rng(seed).normal(size=(2, n_rows, d)) / np.sqrt(d)
    nearest, _ = cKDTree(sample).query(fresh)
    # Any plan moves a row at least to its nearest neighbour; 5 standard errors.
    assert nearest.mean() - 5 * nearest.std() / np.sqrt(n_rows) > 1.1
    assert earth_mover(sample, fresh).distance > 1.1


@pytest.mark.slow
def test_in_high_dimension_a_small_network_sees_that_they_belong_together():
    d = 50
    found = generalization_gap(
        lambda n, rng: rng.normal(size=(n, d)) / np.sqrt(d),
        [3200],
        networks=[()],
        n_repeats=2,
        training=Training(n_search=8, n_settle=4),
        random_state=0,
    )
    # Of at most 1: a share of what Jensen-Shannon and Wasserstein say.
    assert (found.distance < 0.15).all()
    assert (np.abs(found.held_out) < 0.03).all()


def nearest_gaussian(weight, grid, target):
    """Location and scale of least skewed divergence, by probabilities of narrow bins."""

    def divergence(parameters):
        density = np.exp(-0.5 * ((grid - parameters[0]) / np.exp(parameters[1])) ** 2)
        return jensen_shannon(target, density / density.sum(), data_weight=weight)

    starts = [(0.5, 1.0), (-1.7, 0.0), (1.7, -0.5)]
    fits = [minimize(divergence, start, method="Nelder-Mead") for start in starts]
    best = min(fits, key=lambda fit: fit.fun)
    return best.x[0], np.exp(best.x[1])


def test_the_nearest_gaussian_goes_from_covering_modes_to_seeking_one():
    data = MixtureDensity([norm(-1.7, 1.0), norm(1.7, 0.6)], [0.25, 0.75])
    grid = np.linspace(-12, 12, 601)
    target = np.exp(data.logpdf(grid))
    target /= target.sum()
    fits = [nearest_gaussian(weight, grid, target) for weight in (1e-4, 0.1, 0.5, 0.99)]
    locations, scales = np.transpose(fits)
    # The limit is maximum likelihood: the mixture's mean and variance.
    variance = 0.25 * 1.0 + 0.75 * 0.36 + 0.25 * 0.75 * 3.4**2
    assert_allclose([locations[0], scales[0]], [0.85, np.sqrt(variance)], rtol=0.01)
    assert (np.diff(scales) < 0).all()
    # Covering: both modes within a scale or two; seeking: the larger mode alone.
    assert scales[1] > 1.5
    assert_allclose([locations[3], scales[3]], [1.7, 0.6], atol=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_a_hidden_layer_leads_from_the_mean_to_the_centre_of_the_good_rows(seed):
    law = HuberModel(Gaussian(2), PointMass(2, distance=6.0), contamination=0.2)
    X, is_outlier = law.sample(2000, rng=seed)
    X = X + 0.3 * np.random.default_rng(seed).normal(size=X.shape) * is_outlier[:, None]
    found = {}
    for hidden_units in ((), (20,)):
        streams = Streams([seed], "cpu")
        generator = LocationGenerator(torch.full((1, 2), 0.5), "identity", streams=streams)
        players = adversaries(
            generator,
            Perceptron(2, hidden_units, "sigmoid", streams=streams),
            JensenShannon(),
            features=lambda x: x,
            batch_size=512,
            penalty=0.001,
            rates=LearningRates(discriminator=0.02, generator=0.1),
        )
        history = train(
            players,
            torch.tensor(X, dtype=torch.float32),
            track=generator.track,
            streams=streams,
            schedule=Schedule(n_search=20, n_settle=20, max_iter=40),
            batch_size=512,
            steps_per_epoch=50,
        )
        found[hidden_units] = history.tail_mean()[0, 0]
    # A linear score can be fooled by the means alone. Sampling errs by .03.
    assert np.linalg.norm(found[()] - X.mean(axis=0)) < 0.15
    good = X[~is_outlier].mean(axis=0)
    assert np.linalg.norm(found[(20,)] - good) < 0.4 * np.linalg.norm(X.mean(axis=0) - good)
