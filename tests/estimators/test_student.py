"""The Student law's likelihood: its maximum, closed forms, SciPy, equivariance."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy import stats

from robustgan.estimators import classical
from robustgan.estimators.student import student_fit

MIXING = np.array([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [-2.0, 0.5, 3.0]])
CENTER = np.array([1.0, -20.0, 300.0])


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def student(n, df, seed=0, p=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, p)) / np.sqrt(rng.chisquare(df, size=(n, 1)) / df)


def log_likelihood(X, location, scatter, df):
    return stats.multivariate_t(location, scatter, df).logpdf(X).sum()


@pytest.mark.parametrize("df", [1.0, 3.0, 8.0])
def test_the_truth_is_recovered(df):
    fit = student_fit(tensor(student(20_000, df) @ MIXING.T + CENTER))
    assert fit.converged
    # Five standard errors: for df = 8 about .03 of it, less below; for the scatter about
    # sqrt(2 (df + 5) / (df + 3) / 20,000) = .014 of its scale at most.
    assert_allclose(fit.df, df, rtol=0.15)
    scatter = MIXING @ MIXING.T
    scale = np.sqrt(np.diag(scatter))
    assert np.abs((fit.scatter.numpy() - scatter) / np.outer(scale, scale)).max() < 0.07
    assert np.abs((fit.location.numpy() - CENTER) / scale).max() < 0.05


def test_the_likelihood_is_at_its_maximum():
    X = student(300, 3.0) @ MIXING.T
    fit = student_fit(tensor(X))
    location, scatter = fit.location.numpy(), fit.scatter.numpy()
    best = log_likelihood(X, location, scatter, fit.df)
    rng = np.random.default_rng(1)
    for _ in range(20):
        noise = 0.01 * rng.normal(size=(3, 3))
        nearby = (np.eye(3) + noise) @ scatter @ (np.eye(3) + noise).T
        shifted = location + 0.01 * rng.normal(size=3)
        assert log_likelihood(X, shifted, nearby, fit.df * np.exp(0.01 * rng.normal())) < best


def test_one_column_is_scipys():
    x = student(500, 4.0, p=1)
    fit = student_fit(tensor(x))
    df, location, scale = stats.t.fit(x[:, 0])
    # SciPy minimises without derivatives.
    assert_allclose(fit.df, df, rtol=1e-3)
    assert_allclose(fit.location, [location], atol=1e-4)
    assert_allclose(fit.scatter, [[scale**2]], rtol=1e-3)


def test_many_degrees_of_freedom_are_the_normal_law():
    X = np.random.default_rng(0).normal(size=(200, 3)) @ MIXING.T
    fit = student_fit(tensor(X), df=1e10)
    assert_allclose(fit.location, X.mean(axis=0), rtol=1e-7, atol=1e-8)
    assert_allclose(fit.scatter, np.cov(X.T, ddof=0), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("df", [None, 2.0])
def test_it_is_affine_equivariant(df):
    X = student(200, 2.0)
    fit, turned = student_fit(tensor(X), df), student_fit(tensor(X @ MIXING.T + CENTER), df)
    assert_allclose(turned.location, MIXING @ fit.location.numpy() + CENTER, rtol=1e-6)
    assert_allclose(turned.scatter, MIXING @ fit.scatter.numpy() @ MIXING.T, rtol=1e-6, atol=1e-8)
    assert_allclose(turned.df, fit.df, rtol=1e-6)


def test_given_degrees_of_freedom_are_kept():
    fit = student_fit(tensor(student(200, 2.0)), df=5)
    assert fit.df == 5.0
    assert type(fit.df) is float


@pytest.mark.parametrize(("df", "bound"), [(1e9, 200.0), (0.2, 0.5)])
def test_degrees_of_freedom_stay_within_bounds(df, bound):
    # Uniform rows have lighter tails than every Student law.
    X = student(500, df) if df < 1 else np.random.default_rng(0).uniform(size=(500, 3))
    assert student_fit(tensor(X)).df == bound


def test_far_outliers_hardly_move_it():
    X = student(1000, 1e9)
    X[:100] = 1e6
    fit = student_fit(tensor(X), df=1.0)
    assert torch.linalg.vector_norm(fit.location) < 0.5
    assert float(fit.scatter.diagonal().max()) < 2


def test_blocks_do_not_change_it(monkeypatch):
    X = tensor(student(200, 3.0))
    expected = student_fit(X)
    monkeypatch.setattr(classical, "_N_NUMBERS", 50)
    fit = student_fit(X)
    assert_allclose(fit.scatter, expected.scatter, rtol=1e-10)
    assert_allclose(fit.df, expected.df, rtol=1e-8)


def test_too_few_steps_are_reported():
    fit = student_fit(tensor(student(200, 3.0)), max_iter=2)
    assert (fit.n_iter, fit.converged) == (2, False)


def test_a_point_with_too_many_rows_is_not_taken_for_a_maximum():
    X = student(100, 3.0)
    X[:60] = 0.0
    assert not student_fit(tensor(X), df=1.0, max_iter=50).converged


@pytest.mark.parametrize(
    ("X", "parameters", "error", "message"),
    [
        (np.eye(3), {}, ValueError, "more rows than columns, got 3 rows and 3 columns. Drop"),
        (np.c_[np.arange(9.0), np.arange(9.0)], {}, ValueError, "singular scatter. Drop columns"),
        (student(9, 3.0), {"df": 0.0}, ValueError, "df must be finite and above 0, got 0.0"),
        (student(9, 3.0), {"df": "5"}, TypeError, "df must be a number, got '5'"),
        (student(9, 3.0), {"tol": 0}, ValueError, "tol must be finite and above 0"),
        (student(9, 3.0), {"max_iter": 0}, ValueError, "max_iter must be at least 1, got 0"),
    ],
)
def test_it_says_what_it_cannot_do(X, parameters, error, message):
    with pytest.raises(error, match=message):
        student_fit(tensor(X), **parameters)


@pytest.mark.gpu
def test_a_gpu_gives_what_the_cpu_gives():
    X = tensor(student(500, 3.0))
    here, there = student_fit(X), student_fit(X.cuda())
    assert there.scatter.is_cuda
    assert_allclose(there.scatter.cpu(), here.scatter, rtol=1e-8)
    assert_allclose(there.df, here.df, rtol=1e-8)
