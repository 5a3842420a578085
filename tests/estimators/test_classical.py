"""Classical scatters, against SciPy, statsmodels, closed forms and their own equations."""

import sys

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import kendalltau

from robustgan.depth import geometric_median
from robustgan.estimators import classical
from robustgan.estimators.classical import (
    kendall_tau,
    ogk,
    spatial_sign_covariance,
    squared_distance,
    tyler_shape,
)
from robustgan.estimators.scatter import kendall_correlation

MIXING = np.array([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [-2.0, 0.5, 3.0]])


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def elliptical(n, p=3, df=3.0, seed=0):
    """Student rows around zero with scatter I."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, p)) / np.sqrt(rng.chisquare(df, size=(n, 1)) / df)


@pytest.fixture(name="X")
def sample():
    return elliptical(400) @ MIXING.T


@pytest.fixture(name="statsmodels")
def statsmodels_covariance():
    return pytest.importorskip("statsmodels.robust.covariance", reason="statsmodels < 0.15")


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(classical, "_N_NUMBERS", 50)


# Kendall's tau


def test_tau_is_scipys_with_ties_and_without(X):
    X[:, 2] = np.round(X[:, 2])
    tau = kendall_tau(tensor(X)).numpy()
    for i in range(3):
        for j in range(3):
            assert_allclose(tau[i, j], kendalltau(X[:, i], X[:, j]).statistic, rtol=1e-12)


def test_tau_of_a_monotone_map_is_one():
    x = np.random.default_rng(0).normal(size=100)
    tau = kendall_tau(tensor(np.c_[x, np.exp(x), -(x**3)])).numpy()
    assert_allclose(tau, [[1, 1, -1], [1, 1, -1], [-1, -1, 1]], rtol=1e-12)


def test_the_sampled_correlation_is_near_the_exact_one():
    X = tensor(elliptical(4000) @ MIXING.T)
    exact = np.sin(np.pi / 2 * kendall_tau(X).numpy())
    # Eight partners a row: a few hundredths of tau's own error, at most .01 each.
    assert_allclose(kendall_correlation(X).numpy(), exact, atol=0.03)


def test_a_constant_column_has_no_tau():
    with pytest.raises(ValueError, match="X must vary in every column, got a constant in column 1"):
        kendall_tau(tensor([[1.0, 2.0], [3.0, 2.0]]))


# Spatial signs


def test_spatial_signs_are_those_of_the_definition(X):
    center = np.array([0.1, -0.3, 0.2])
    units = (X - center) / np.linalg.norm(X - center, axis=1, keepdims=True)
    expected = units.T @ units / len(X)
    actual = spatial_sign_covariance(tensor(X), tensor(center))
    assert_allclose(actual.numpy(), expected, rtol=1e-12)


def test_a_row_at_the_centre_counts_as_zero(X):
    X[:100] = 5.0
    covariance = spatial_sign_covariance(tensor(X), tensor([5.0, 5.0, 5.0]))
    assert_allclose(covariance.trace(), 0.75, rtol=1e-12)


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_spatial_signs_neither_overflow_nor_underflow(X, unit):
    X = np.clip(X, -10, 10)
    center = torch.zeros(3).double()
    expected = spatial_sign_covariance(tensor(X), center)
    assert_allclose(spatial_sign_covariance(tensor(X * unit), center), expected, rtol=1e-12)


@pytest.mark.usefixtures("small_blocks")
def test_blocks_do_not_change_spatial_signs(X):
    units = X / np.linalg.norm(X, axis=1, keepdims=True)
    actual = spatial_sign_covariance(tensor(X), torch.zeros(3).double())
    assert_allclose(actual.numpy(), units.T @ units / len(X), rtol=1e-12)


# Tyler


def test_tyler_is_statsmodels(X, statsmodels):
    center = geometric_median(tensor(X), max_iter=100, tol=1e-8)[0]
    shape, _, converged = tyler_shape(tensor(X), center, tol=1e-12)
    theirs = statsmodels.cov_tyler(X - center.numpy(), normalize="det", maxiter=300).cov
    assert converged
    assert_allclose(shape.numpy(), theirs, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("n", [400, 20])
def test_regularised_tyler_is_statsmodels(n, statsmodels):
    X = elliptical(n, p=30)
    shape, _, _ = tyler_shape(
        tensor(X), torch.zeros(30).double(), regularization=0.3, tol=1e-12, max_iter=500
    )
    theirs = statsmodels.cov_tyler_regularized(X, shrinkage_factor=0.3, maxiter=500).cov
    theirs /= np.exp(np.linalg.slogdet(theirs)[1] / 30)
    assert_allclose(shape.numpy(), theirs, rtol=1e-6, atol=1e-9)


def test_tyler_solves_its_equation(X):
    shape = tyler_shape(tensor(X), torch.zeros(3).double(), tol=1e-12)[0].numpy()
    squared = np.einsum("ij,jk,ik->i", X, np.linalg.inv(shape), X)
    assert_allclose(3 * (X / squared[:, None]).T @ X / len(X), shape, rtol=1e-9, atol=1e-9)
    assert_allclose(np.linalg.det(shape), 1.0, rtol=1e-9)


def test_tyler_is_affine_equivariant(X):
    zero = torch.zeros(3).double()
    shape = tyler_shape(tensor(X), zero, tol=1e-12)[0].numpy()
    turned = tyler_shape(tensor(X @ MIXING), zero, tol=1e-12)[0].numpy()
    expected = MIXING.T @ shape @ MIXING / np.linalg.det(MIXING) ** (2 / 3)
    assert_allclose(turned, expected, rtol=1e-8, atol=1e-8)


def test_tyler_does_not_see_lengths(X):
    zero = torch.zeros(3).double()
    lengths = np.exp(np.random.default_rng(1).normal(scale=20.0, size=(len(X), 1)))
    expected = tyler_shape(tensor(X), zero)[0]
    assert_allclose(tyler_shape(tensor(X * lengths), zero)[0], expected, rtol=1e-9, atol=1e-9)


def test_units_far_apart_do_not_stop_tyler(X):
    units = np.array([1e-9, 1.0, 1e9])
    zero = torch.zeros(3).double()
    expected = tyler_shape(tensor(X), zero, tol=1e-12)[0].numpy()
    shape, _, converged = tyler_shape(tensor(X * units), zero, tol=1e-12)
    assert converged
    assert_allclose(shape.numpy() / np.outer(units, units), expected, rtol=1e-6)


def test_rows_at_the_centre_are_left_out(X):
    zero = torch.zeros(3).double()
    expected, n_iter, _ = tyler_shape(tensor(X), zero)
    padded = np.r_[np.zeros((150, 3)), X]
    shape, n_iter_padded, _ = tyler_shape(tensor(padded), zero)
    assert_allclose(shape, expected, rtol=1e-9, atol=1e-12)
    assert n_iter == n_iter_padded


@pytest.mark.usefixtures("small_blocks")
def test_blocks_do_not_change_tyler(X, monkeypatch):
    in_blocks = tyler_shape(tensor(X), torch.zeros(3).double())[0]
    monkeypatch.undo()
    assert_allclose(in_blocks, tyler_shape(tensor(X), torch.zeros(3).double())[0], rtol=1e-10)


def test_full_regularisation_is_the_identity(X):
    shape, _, converged = tyler_shape(tensor(X), torch.zeros(3).double(), regularization=1.0)
    assert_allclose(shape.numpy(), np.eye(3), atol=1e-12)
    assert converged


def test_a_clump_of_outliers_turns_tyler_less_than_the_covariance():
    X = elliptical(1000)
    X[:150] = [50.0, 0.0, 0.0]
    shape = tyler_shape(tensor(X), torch.zeros(3).double())[0].numpy()
    assert shape[0, 0] / shape[1, 1] < 3
    assert np.cov(X.T)[0, 0] / np.cov(X.T)[1, 1] > 50


def test_too_few_steps_are_reported(X):
    assert tyler_shape(tensor(X), torch.zeros(3).double(), max_iter=2)[1:] == (2, False)


@pytest.mark.parametrize(
    ("rows", "regularization", "message"),
    [
        (np.eye(3), 0.0, "got 3 rows and 3 columns. Set regularization above 0"),
        (np.zeros((9, 3)), 0.5, "rows away from the centre, got none"),
        (np.ones((9, 3)), -0.1, "regularization must be finite and at least 0, got -0.1"),
        (np.ones((9, 3)), 1.5, r"regularization must lie in \[0, 1\], got 1.5"),
    ],
)
def test_tyler_says_what_it_cannot_do(rows, regularization, message):
    with pytest.raises(ValueError, match=message):
        tyler_shape(tensor(rows), torch.zeros(3).double(), regularization=regularization)


def test_a_repeated_column_needs_regularisation(X):
    X = tensor(np.c_[X, X[:, 0]])
    zero = torch.zeros(4).double()
    with pytest.raises(ValueError, match="regularization above 0"):
        tyler_shape(X, zero)
    assert torch.isfinite(tyler_shape(X, zero, regularization=0.1)[0]).all()


# Orthogonalised pairs


def test_ogk_is_statsmodels(X, statsmodels):
    location, covariance = ogk(tensor(X))
    theirs = statsmodels.cov_ogk(X)
    assert_array_equal(location.numpy(), theirs.mean)
    assert_array_equal(covariance.numpy(), theirs.cov)


@pytest.mark.usefixtures("statsmodels")
def test_ogk_finds_the_law_of_the_majority():
    X = np.random.default_rng(0).normal(size=(2000, 3)) @ MIXING.T
    X[:300] += 50.0
    location, covariance = ogk(tensor(X))
    # Five standard errors: deviations of about 1, 1 and 3.6 / sqrt(1,700); the outliers' bias.
    assert_allclose(location.numpy(), 0, atol=0.45)
    assert_allclose(covariance.numpy(), MIXING @ MIXING.T, rtol=0.2, atol=0.5)


@pytest.mark.usefixtures("statsmodels")
def test_ogk_takes_one_column():
    x = np.random.default_rng(0).normal(size=(2000, 1))
    # Five standard errors, sqrt(2 / 2,000), and half as much again.
    assert_allclose(ogk(tensor(x))[1].numpy(), [[1.0]], atol=0.24)


@pytest.mark.usefixtures("statsmodels")
@pytest.mark.parametrize("kind", ["repeated", "tied"])
def test_ogk_says_which_columns_it_cannot_take(X, kind):
    column = X[:, 0] if kind == "repeated" else X[:, 0] * (X[:, 0] > 1)
    with pytest.raises(ValueError, match="combination of others or in which half of the values"):
        ogk(tensor(np.c_[X, column]))


def test_ogk_says_which_statsmodels_it_needs(X, monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels.robust.covariance", None)
    with pytest.raises(ImportError, match=r"pip install 'statsmodels>=0.15'"):
        ogk(tensor(X))


# Distances


@pytest.mark.usefixtures("small_blocks")
def test_distances_are_those_of_the_definition(X):
    scatter, center = MIXING @ MIXING.T, np.array([1.0, 2.0, 3.0])
    expected = np.einsum("ij,jk,ik->i", X - center, np.linalg.inv(scatter), X - center)
    actual = squared_distance(tensor(X), tensor(center), tensor(scatter))
    assert_allclose(actual.numpy(), expected, rtol=1e-10)


@pytest.mark.gpu
def test_a_gpu_gives_what_the_cpu_gives(X):
    here, there = tensor(X), tensor(X).cuda()
    zero = torch.zeros(3).double()
    for function in (spatial_sign_covariance, lambda Y, c: tyler_shape(Y, c)[0]):
        result = function(there, zero.cuda())
        assert result.is_cuda
        assert_allclose(result.cpu(), function(here, zero), rtol=1e-9, atol=1e-12)
    assert kendall_tau(there).is_cuda
