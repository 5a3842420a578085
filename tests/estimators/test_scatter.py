"""Kendall's correlation, against SciPy and the closed form of the normal law."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.stats import kendalltau

from robustgan.estimators.scatter import kendall_correlation


def correlation_of(X):
    return kendall_correlation(torch.tensor(X, dtype=torch.float64)).numpy()


def correlated(n, r, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)) @ np.linalg.cholesky([[1, r], [r, 1]]).T


def scipys(X):
    return np.sin(np.pi / 2 * kendalltau(X[:, 0], X[:, 1]).statistic)


@pytest.mark.parametrize("seed", range(5))
def test_with_nine_rows_it_is_scipys_tau_exactly(seed):
    # Nine rows have eight others each: all pairs are compared.
    X = correlated(9, 0.4, seed)
    assert_allclose(correlation_of(X)[0, 1], scipys(X), rtol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_ties_are_treated_as_scipys_tau_b_treats_them(seed):
    X = np.random.default_rng(seed).integers(0, 3, size=(9, 2)).astype(float)
    assert_allclose(correlation_of(X)[0, 1], scipys(X), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("r", [-0.6, 0.0, 0.5, 0.9])
def test_with_many_rows_it_is_near_scipys_tau(r):
    X = correlated(2000, r)
    # Eight partners a row add an error; tau itself has one of about 2/3 / sqrt(2,000) = .015.
    assert_allclose(correlation_of(X)[0, 1], scipys(X), atol=0.03)


@pytest.mark.parametrize("r", [-0.6, 0.0, 0.5, 0.9])
def test_it_is_the_correlation_of_a_normal_law(r):
    # Five standard errors: pi / 2 times 2/3 / sqrt(20,000) is .0074.
    assert_allclose(correlation_of(correlated(20_000, r))[0, 1], r, atol=0.037)


def test_a_fifth_of_far_outliers_does_not_turn_it():
    X = correlated(5000, 0.8)
    X[np.random.default_rng(1).random(5000) < 0.2] = [1e6, -1e6]
    matrix = correlation_of(X)
    # Pairs within the 64 % of clean pairs agree as before; those with one outlier disagree.
    assert matrix[0, 1] > 0
    assert np.cov(X.T)[0, 1] < 0


@pytest.mark.parametrize(("n", "p"), [(20, 50), (3, 4), (2, 2), (30, 29)])
def test_more_columns_than_rows_still_give_a_positive_definite_matrix(n, p):
    matrix = correlation_of(np.random.default_rng(0).normal(size=(n, p)))
    assert_allclose(matrix, matrix.T, atol=1e-12)
    # The floor of the eigenvalues, up to rounding.
    assert np.linalg.eigvalsh(matrix).min() > 0.999e-3


def test_columns_that_repeat_give_a_positive_definite_matrix():
    X = correlated(500, 0.3)
    matrix = correlation_of(np.c_[X, X])
    assert np.linalg.eigvalsh(matrix).min() > 0.999e-3
    assert_allclose(matrix[0, 2], 1.0, atol=2e-3)


def test_units_and_monotone_maps_do_not_matter():
    X = correlated(500, 0.6)
    expected = correlation_of(X)
    assert_allclose(correlation_of(X * [1e-9, 1e9] + [3.0, -5e9]), expected, rtol=1e-12)
    assert_allclose(correlation_of(np.exp(X)), expected, rtol=1e-12)


def test_the_diagonal_is_one():
    X = np.random.default_rng(0).normal(size=(800, 6))
    assert_allclose(np.diag(correlation_of(X)), 1.0, rtol=1e-9)
