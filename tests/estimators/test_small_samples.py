"""The stand-in for a game: classic data, closed forms, and samples without general position."""

import csv

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import chi2

from robustgan.contamination import dataset
from robustgan.estimators import small_samples
from robustgan.estimators.small_samples import fall_back

PLAIN, REGULARISED = "reweighted deterministic MCD", "reweighted regularised MCD"


def fallback_of(X):
    return fall_back(torch.tensor(X, dtype=torch.float64))


def flagged(X):
    """Rows counted from one, as papers do."""
    return (np.flatnonzero(~fallback_of(X).support) + 1).tolist()


def normal(n, p, seed=0):
    return np.random.default_rng(seed).normal(size=(n, p))


def squared_distances(X, fallback):
    offsets = X - fallback.location
    return np.einsum("ij,ij->i", offsets, np.linalg.solve(fallback.covariance, offsets.T).T)


# Published outliers


@pytest.mark.parametrize("name", ["hbk", "wood"])
@pytest.mark.parametrize("with_response", [False, True])
def test_the_published_outliers_are_flagged_and_no_others(name, with_response):
    bunch = dataset(name)
    X = np.c_[bunch.data, bunch.response] if with_response else bunch.data
    assert_array_equal(~fallback_of(X).support, bunch.is_outlier)


def test_the_giants_of_the_cluster_are_flagged_and_one_star_between():
    # Row 7 lies outside of the main sequence, too: all 13 robust estimators of robustbase and
    # rrcov flag it and 14, and its squared distance is 2.4 times the cut-off here.
    assert flagged(dataset("stars_cyg").data) == [7, 11, 20, 30, 34]


def test_in_regression_the_stack_loss_outliers_are_those_of_the_literature():
    bunch = dataset("stackloss")
    assert flagged(np.c_[bunch.data, bunch.response]) == [1, 3, 4, 21]


def test_the_raw_covariance_is_that_of_r(shared):
    table = shared / "data" / "reference" / "reference_locscatter.csv"
    with table.open(encoding="utf-8") as file:
        rows = {(row["dataset"], row["method"]): row for row in csv.DictReader(file)}
    row = rows["stackloss", "robustbase::covMcd(alpha=0.5) raw"]
    X = dataset("stackloss").data
    starts = small_samples._starts(X - np.median(X, axis=0), 12)
    half = small_samples._concentrate(X, starts, 0.0)
    factor = small_samples._consistency(12 / 21, 3) * small_samples._small_sample(21, 3)
    expected = np.array(row["cov"].split(";"), dtype=float).reshape(3, 3)
    # R has found the same half of the rows, as it has not in all of the classic samples.
    assert_allclose(factor * np.cov(X[half].T), expected, rtol=1e-8)


# Laws and factors


@pytest.mark.parametrize("p", [1, 2, 5, 30])
@pytest.mark.parametrize("share", [0.5, 0.75, 0.975])
def test_the_consistency_factor_is_statsmodels(p, share):
    covariance = pytest.importorskip("statsmodels.robust.covariance", reason="statsmodels < 0.15")
    expected = covariance.coef_normalize_cov_truncated(share, p)
    assert_allclose(small_samples._consistency(share, p), expected, rtol=1e-9)


@pytest.mark.parametrize("p", [1, 2, 3, 10, 60])
def test_the_small_sample_factor_falls_to_one(p):
    factors = [small_samples._small_sample(n, p) for n in (max(10, 3 * p), 10 * p + 10, 10**7)]
    assert factors == sorted(factors, reverse=True)
    assert factors[0] < 3.1
    assert_allclose(factors[-1], 1.0, atol=2e-3)


def test_the_largest_distance_is_that_of_a_new_row():
    rng = np.random.default_rng(0)
    squared = []
    for _ in range(4000):
        rows, new = rng.normal(size=(15, 3)), rng.normal(size=3)
        offset = new - rows.mean(axis=0)
        squared.append(offset @ np.linalg.solve(np.cov(rows.T), offset))
    share = np.mean(squared <= np.float64(small_samples._largest_distance(0.9, 15, 3)))
    # Five standard errors: sqrt(.9 .1 / 4,000) = .0047.
    assert_allclose(share, 0.9, atol=0.024)


@pytest.mark.parametrize("weight", [0.0, 0.3])
def test_held_out_distances_are_those_of_laws_without_the_row(weight):
    Z = normal(12, 3)
    law = small_samples._Law.of(Z, weight)
    for i, distance in enumerate(law.held_out_distance(Z)):
        others = small_samples._Law.of(np.delete(Z, i, axis=0), weight)
        assert_allclose(distance, others.squared_distance(Z[i : i + 1])[0], rtol=1e-9)


# Equivariance


@pytest.mark.parametrize("shape", [(60, 3), (20, 30)])
def test_units_do_not_matter(shape):
    X = normal(*shape)
    X[:5] += 8.0
    units, shift = np.logspace(-3, 3, shape[1]), np.linspace(-9, 9, shape[1])
    fallback, moved = fallback_of(X), fallback_of(X * units + shift)
    assert_array_equal(moved.support, fallback.support)
    assert_allclose(moved.location, fallback.location * units + shift, rtol=1e-8, atol=1e-10)
    covariance = fallback.covariance * np.outer(units, units)
    assert_allclose(moved.covariance / covariance, 1.0, rtol=1e-6)


def test_the_order_of_the_rows_does_not_matter():
    X = normal(60, 3)
    X[:9] += 5.0
    order = np.random.default_rng(1).permutation(60)
    fallback, shuffled = fallback_of(X), fallback_of(X[order])
    assert_array_equal(shuffled.support, fallback.support[order])
    assert_allclose(shuffled.covariance, fallback.covariance, rtol=1e-9, atol=1e-12)


def test_the_same_sample_gives_the_same_bits():
    X = normal(30, 40)
    assert_array_equal(fallback_of(X).covariance, fallback_of(X).covariance)


# Contamination


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
@pytest.mark.parametrize(("n", "p"), [(60, 2), (100, 5), (150, 10), (40, 100)])
def test_a_shifted_group_is_flagged(n, p, share):
    X = normal(n, p, seed=1)
    is_outlier = np.arange(n) < share * n
    X[is_outlier] += 3 * np.sqrt(chi2.ppf(0.975, p) / p)
    fallback = fallback_of(X)
    assert not fallback.support[is_outlier].any()
    assert fallback.support[~is_outlier].mean() > 0.95


def test_a_group_that_no_column_shows_is_flagged():
    rng = np.random.default_rng(0)
    common = rng.normal(size=(100, 1))
    X = common + 0.2 * rng.normal(size=(100, 4))
    X[:25] += 1.5 * np.array([1, -1, 1, -1])
    fallback = fallback_of(X)
    assert_array_equal(fallback.support, np.arange(100) >= 25)


def test_values_near_the_largest_float_are_outliers_like_others():
    X = normal(60, 3)
    X[:4] = 1.7e308
    X[4:8] = -1.7e308
    fallback = fallback_of(X)
    assert_array_equal(fallback.support, np.arange(60) >= 8)
    assert np.abs(fallback.location).max() < 1


@pytest.mark.parametrize(("n", "p"), [(20, 2), (60, 5), (45, 20), (30, 60)])
def test_clean_samples_are_rarely_touched(n, p):
    fallbacks = [fallback_of(normal(n, p, seed)) for seed in range(40)]
    # Nominally 2.5 % of the samples lose a row; few rows make that up to 15 %, and five standard
    # errors of the share are 28 %.
    assert np.mean([not fallback.support.all() for fallback in fallbacks]) < 0.43
    variances = [np.trace(fallback.covariance) / p for fallback in fallbacks]
    # Five standard errors for n = 20, p = 2: sqrt(2 / 20 / 2 / 40) = .035; and a bias of a tenth.
    assert_allclose(np.mean(variances), 1.0, atol=0.28)


# Without general position


def half_tied():
    X = normal(80, 3)
    X[::2, 0] = 0.0
    return X


def mostly_identical():
    X = normal(100, 3)
    X[:60] = 1.0
    return X


def rank_deficient():
    return normal(60, 2) @ normal(2, 5, seed=1)


def repeated_column():
    X = normal(50, 3)
    return np.c_[X, X[:, 0]]


SINGULAR = {
    "half of a column tied": half_tied(),
    "39 x 226": normal(39, 226),
    "39 x 226, three factors": normal(39, 3) @ normal(3, 226, 1) + 0.01 * normal(39, 226, 2),
    "heavy tails, 40 x 100": np.random.default_rng(0).standard_cauchy(size=(40, 100)),
    "repeated column": repeated_column(),
    "rank deficient": rank_deficient(),
    "mostly identical": mostly_identical(),
    "all but one identical": np.r_[np.zeros((59, 2)), np.ones((1, 2))],
    "zeros and ones": np.random.default_rng(0).integers(0, 2, size=(60, 3)).astype(float),
    "two different rows": np.repeat(normal(2, 2), 10, axis=0),
    "columns equal but for 1e-7": normal(60, 1) + 1e-7 * normal(60, 2, 1),
    "n = 2": normal(2, 3),
    "n = 2, p = 1": normal(2, 1),
    "n = 3": normal(3, 2),
    "n = 5, p = 1": normal(5, 1),
}
REGULAR = {
    "p = 1": normal(50, 1),
    "n = 3 p": normal(30, 10),
    "a third of a column tied": np.c_[normal(90, 2), np.r_[np.zeros(30), normal(60, 1)[:, 0]]],
    "whole numbers": np.random.default_rng(0).integers(0, 5, size=(60, 3)).astype(float),
    "rows repeated": np.repeat(normal(12, 2), 5, axis=0),
}


@pytest.mark.parametrize("name", [*SINGULAR, *REGULAR])
def test_every_sample_has_an_answer(name):
    X = {**SINGULAR, **REGULAR}[name]
    n, p = X.shape
    fallback = fallback_of(X)
    assert fallback.name == (REGULARISED if name in SINGULAR else PLAIN)
    assert fallback.location.shape == (p,)
    assert np.isfinite(fallback.location).all()
    assert_allclose(fallback.covariance, fallback.covariance.T, rtol=1e-9, atol=1e-14)
    scale = np.sqrt(np.diag(fallback.covariance))
    correlation = fallback.covariance / np.outer(scale, scale)
    assert np.linalg.eigvalsh(correlation)[0] > 1e-3
    assert 0 < fallback.cut < np.inf
    assert fallback.support.shape == (n,)
    assert fallback.support.sum() >= n / 2


@pytest.mark.parametrize("name", ["half of a column tied", "mostly identical", "zeros and ones"])
def test_rows_that_do_not_tie_are_no_outliers_for_that(name):
    assert fallback_of(SINGULAR[name]).support.mean() > 0.95


@pytest.mark.parametrize("name", ["n = 2", "n = 2, p = 1", "n = 3"])
def test_fewer_than_five_rows_are_all_kept(name):
    X = SINGULAR[name]
    fallback = fallback_of(X)
    assert fallback.support.all()
    assert_allclose(fallback.location, X.mean(axis=0), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("X", [*REGULAR.values(), normal(30, 40), dataset("wood").data])
def test_the_rows_kept_are_those_within_the_cut(X):
    fallback = fallback_of(X)
    inside = squared_distances(X, fallback) <= fallback.cut * (1 + 1e-9)
    assert_array_equal(inside, fallback.support)


def test_a_constant_column_is_named():
    X = normal(30, 3)
    X[:, 1] = 4.0
    with pytest.raises(ValueError, match="got a constant in column 1"):
        fallback_of(X)
