"""The reference functions that stand for the literature, and how peers are called."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.peers import PEERS, Told, find
from benchmarks.peers.gradient import capped_simplex, projected_gradient_mean
from benchmarks.peers.que import que_mean, que_scores
from benchmarks.peers.spectral import eigenvalue_pruning, naive_prune, spectral_filter
from robustgan.contamination import design

MEANS = (spectral_filter, eigenvalue_pruning, que_mean, projected_gradient_mean)
every_mean = pytest.mark.parametrize("estimate", MEANS, ids=lambda f: f.__name__)


def sample(name, n, p, seed=0, contamination=0.2):
    X, is_outlier = design(name, p, contamination).sample(n, rng=seed)
    return X, np.linalg.norm(X[~is_outlier].mean(axis=0))


@every_mean
@pytest.mark.parametrize("seed", [0, *(pytest.param(i, marks=pytest.mark.slow) for i in (1, 2))])
def test_told_the_truth_a_filter_is_as_near_as_the_literature_says(estimate, seed):
    """At 5,000 × 50: 1.2 to 2.9 times the oracle's error published, the mean 6 times."""
    X, oracle = sample("shift.5", 5_000, 50, seed=seed)
    error = np.linalg.norm(estimate(X, contamination=0.2))
    assert error < 2.9 * oracle
    assert error < np.linalg.norm(X.mean(axis=0)) / 2


@every_mean
def test_without_contamination_it_is_the_mean(estimate):
    X, _ = sample("none", 500, 5)
    assert_allclose(estimate(X, contamination=0.0), X.mean(axis=0), rtol=0, atol=1e-12)


@every_mean
def test_far_outliers_are_dropped_and_clean_rows_are_not(estimate):
    X, oracle = sample("far", 2_000, 20)
    assert_allclose(np.linalg.norm(estimate(X, contamination=0.2)), oracle, rtol=0.1)


@every_mean
def test_it_moves_with_the_data_and_follows_a_known_covariance(estimate):
    X, _ = sample("shift.5", 2_000, 10)
    factor = np.tril(np.full((10, 10), 0.3)) + np.eye(10)
    shift = np.arange(10.0)
    plain = estimate(X, contamination=0.2)
    # The coordinate median of the pruning step is not equivariant to a factor, but prunes none.
    moved = estimate(X @ factor.T + shift, contamination=0.2, covariance=factor @ factor.T)
    assert_allclose(moved, factor @ plain + shift, rtol=0, atol=1e-6)


def test_pruning_keeps_clean_rows_and_drops_far_ones():
    X, is_outlier = design("shift5", 20).sample(2_000, rng=0)
    assert len(naive_prune(X, 0.2)) == np.sum(~is_outlier)


def test_scores_are_squared_norms_or_projections_at_the_ends_of_sharpness():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 4)) * [3, 1, 1, 1]
    excess = np.diag([8.0, 0.1, 0.0, -0.1])
    assert_allclose(que_scores(x, excess, sharpness=0.0), (x**2).sum(axis=1) / 4)
    assert_allclose(que_scores(x, excess, sharpness=1e4), x[:, 0] ** 2)


@pytest.mark.parametrize("cap", [0.25, 0.3, 1.0])
def test_the_projection_on_the_capped_simplex_is_the_nearest_point(cap):
    rng = np.random.default_rng(1)
    v = rng.normal(size=5)
    w = capped_simplex(v, cap)
    assert math.isclose(w.sum(), 1)
    assert w.min() >= 0
    assert w.max() <= cap + 1e-12
    for _ in range(200):
        other = capped_simplex(rng.normal(size=5), cap)
        # The angle between v - w and every direction into the set is obtuse.
        assert (v - w) @ (other - w) < 1e-9


def test_a_cap_below_one_nth_is_refused():
    with pytest.raises(ValueError, match="cap must be at least"):
        capped_simplex(np.zeros(5), 0.1)


@pytest.mark.parametrize(
    "name", [name for name in PEERS if name.startswith(("RobPy", "robustcov", "R "))]
)
def test_what_lives_elsewhere_is_absent_without_its_interpreter(name, monkeypatch):
    for variable in ("ROBPY_PYTHON", "ROBUSTCOV_PYTHON", "RSCRIPT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ImportError):
        find(name).fit_samples([np.zeros((5, 2))], [Told()])


@pytest.mark.parametrize("name", ["MinCovDet", "OGK", "Tyler", "mean", "CovDetS", "CovDetMM"])
def test_a_packaged_scatter_is_near_the_truth_on_clean_rows(name):
    X, _ = sample("none", 500, 3)
    [fit] = find(name).fit_samples([X], [Told(0.0, np.eye(3))])
    assert_allclose(fit.location, 0, atol=0.2)
    assert_allclose(fit.scatter, np.eye(3), atol=0.35)


@pytest.mark.parametrize("name", ["EllipticEnvelope", "IsolationForest", "LocalOutlierFactor"])
def test_a_packaged_score_is_lower_for_an_outlier(name):
    X = np.r_[np.random.default_rng(0).normal(size=(200, 2)), [[9.0, 9.0]]]
    [fit] = find(name).fit_samples([X], [Told()])
    assert np.argmin(fit.scores) == 200


def test_a_setting_is_read_from_its_name():
    with pytest.raises(KeyError):
        find("no such estimator")
    assert find("setting hidden_units=(4,), objective=OneSided(3.0)").together
