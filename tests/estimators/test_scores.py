"""Scores of a fitted game: by discriminator, distance or both; p-values, shares, contributions."""

import copy
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import roc_auc_score

from robustgan import JSGANMean, JSGANScatter, design
from robustgan._bridge import to_array
from robustgan.contamination import Gaussian, HuberModel, PointMass, ShiftedGaussian
from robustgan.estimators.contributions import score_shares

P = 5
ESTIMATORS = {
    "diagonal": JSGANMean(random_state=0),
    "scatter": JSGANScatter(random_state=0),
    "elliptical": JSGANScatter(family="elliptical", random_state=0),
}


@cache
def sample():
    return HuberModel(Gaussian(P), ShiftedGaussian(P, 3.0), 0.2).sample(1_000, rng=0)


@pytest.fixture(name="data")
def contaminated():
    return sample()


@cache
def fit_once(name):
    return ESTIMATORS[name].fit(sample()[0])


@pytest.fixture(name="fitted", params=ESTIMATORS)
def fits(request):
    return fit_once(request.param)


def by(fitted, score_by):
    """Score by something else without another fit."""
    other = copy.copy(fitted)
    other.score_by = score_by
    return other


@pytest.mark.parametrize("score_by", ["discriminator", "mahalanobis", "both"])
def test_contributions_sum_to_minus_the_score(fitted, data, score_by):
    X = np.vstack([data[0][:40], fitted.location_, fitted.location_ + 50.0])
    scored = by(fitted, score_by)
    contributions = scored.feature_contributions(X)
    assert contributions.shape == X.shape
    assert_allclose(contributions.sum(axis=1), -scored.score_samples(X), rtol=1e-9, atol=1e-9)


def test_shares_of_a_distance_name_the_column_that_is_off(fitted):
    X = np.tile(fitted.location_, (P, 1)) + 10.0 * np.eye(P)
    shares = by(fitted, "mahalanobis").feature_contributions(X)
    assert (shares >= 0).all()
    assert (shares.argmax(axis=1) == np.arange(P)).all()
    assert (np.diag(shares) > 0.7 * shares.sum(axis=1)).all()


def test_integrated_gradients_follow_the_score(data):
    """Before what the quadrature misses is spread, the shares sum to the score already."""
    X, _ = data
    fitted = fit_once("scatter")
    Z = fitted._standardized(X[:50])
    shares = score_shares(Z, fitted._law, fitted._coordinates, fitted.discriminator_)
    there, here = (to_array(fitted.discriminator_(z)) for z in (Z, Z.new_tensor(fitted._law[:1])))
    assert_allclose(shares.sum(axis=1), there - here, atol=0.02)


def test_distances_are_those_of_the_fitted_law(data):
    X, _ = data
    fitted = fit_once("diagonal")
    scaled = (X - fitted.location_) ** 2 / np.diag(fitted.covariance_)
    assert_allclose(fitted.mahalanobis(X), scaled.sum(axis=1), rtol=1e-6)
    assert_allclose(by(fitted, "mahalanobis").score_samples(X), -fitted.mahalanobis(X))


def test_p_values_are_uniform_for_clean_rows_and_small_for_outliers(fitted, data):
    clean = np.random.default_rng(7).normal(size=(4_000, P))
    fitted = by(fitted, "discriminator").recalibrate()
    for level in (0.05, 0.2, 0.5):
        # A fit to a thousand rows is not the truth; the error of 4,000 rows is below .01.
        assert np.mean(fitted.p_values(clean) <= level) == pytest.approx(level, abs=0.07)
    X, is_outlier = data
    p_values = fitted.p_values(X)
    assert (p_values > 0).all()
    assert (p_values <= 1).all()
    assert np.median(p_values[is_outlier]) < 0.01


@pytest.mark.slow
def test_both_sees_what_either_sees():
    # In the bulk, where a distance sees nothing, and far out.
    X, is_outlier = HuberModel(Gaussian(20), PointMass(20, 1.0), 0.2).sample(2_000, rng=0)
    X[np.flatnonzero(is_outlier)[:50]] = 5.0 * np.random.default_rng(0).normal(size=(50, 20))
    fitted = JSGANScatter(score_by="both", random_state=0).fit(X)
    assert roc_auc_score(is_outlier, -fitted.score_samples(X)) > 0.97
    assert roc_auc_score(is_outlier, fitted.mahalanobis(X)) < 0.6


@pytest.mark.slow
def test_the_share_of_outliers_is_estimated():
    for share in (0.0, 0.1, 0.3):
        X, _ = HuberModel(Gaussian(P), PointMass(P, 5.0), share).sample(2_000, rng=1)
        fitted = JSGANMean(random_state=0).fit(X)
        # The clean share is read off half of the p-values: a standard error of 1 / sqrt(n).
        assert fitted.contamination_ == pytest.approx(share, abs=0.06)
        low, high = fitted.contamination_interval_
        assert 0 <= low <= fitted.contamination_ <= high <= 1
        assert low <= share + 0.02


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_rows_that_the_law_does_not_describe_are_not_all_flagged():
    X = np.random.default_rng(0).exponential(size=(1_000, 3))
    fitted = JSGANMean(random_state=0).fit(X)
    kept = fitted.predict(X[fitted.support_])
    assert (kept == -1).mean() < 0.15


@pytest.mark.slow
@pytest.mark.parametrize("p", [2, 10, 50])
@pytest.mark.parametrize("alpha", [0.01, 0.025, 0.05])
def test_the_share_of_clean_rows_that_is_flagged_is_alpha(p, alpha):
    shares = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        fitted = JSGANMean(alpha=alpha, random_state=0).fit(rng.normal(size=(5_000, p)))
        shares.append((fitted.predict(rng.normal(size=(20_000, p))) == -1).mean())
    assert np.mean(shares) == pytest.approx(alpha, rel=0.2)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["none", "shift.5", "shift5", "cov", "cauchy.5", "point", "far", "dkk"]
)
def test_the_share_of_outliers_is_estimated_closely_from_many_rows(name):
    X, is_outlier = design(name, 100).sample(50_000, rng=3)
    fitted = JSGANMean(random_state=0).fit(X)
    assert fitted.contamination_ == pytest.approx(is_outlier.mean(), abs=0.03)
