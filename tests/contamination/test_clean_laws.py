"""Clean laws against closed forms; margins are in standard errors at the fixed seeds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from robustgan.contamination import Cauchy, Elliptical, Gaussian, StudentT
from robustgan.contamination.clean import unit_directions

N = 20_000
SCATTER = np.array([[2.0, 0.6], [0.6, 1.0]])
# 4.5 standard errors: one comparison in 150,000 exceeds it by chance, and the seeds are fixed.
MARGIN = 4.5


def chi_radius(n_samples: int, rng: np.random.Generator) -> np.ndarray:
    return np.sqrt(rng.chisquare(2, n_samples))


def squared_distances(X: np.ndarray, location: np.ndarray, scatter: np.ndarray) -> np.ndarray:
    centred = X - location
    return np.einsum("ij,ij->i", centred @ np.linalg.inv(scatter), centred)


def assert_moments(X: np.ndarray, location: np.ndarray, covariance: np.ndarray) -> None:
    """Mean and covariance of Gaussian rows lie within MARGIN standard errors."""
    scale = np.sqrt(np.diag(covariance))
    np.testing.assert_array_less(np.abs(X.mean(0) - location), MARGIN * scale / np.sqrt(len(X)))
    variance = np.outer(scale**2, scale**2) + covariance**2
    error = np.abs(np.cov(X.T) - covariance)
    np.testing.assert_array_less(error, MARGIN * np.sqrt(variance / len(X)))


@pytest.mark.parametrize("covariance", ["identity", "toeplitz", "sparse", "equicorrelated", 3.0])
def test_gaussian_has_its_mean_and_covariance(covariance: str | float) -> None:
    law = Gaussian(4, covariance, location=[1.0, -2.0, 0.0, 5.0])
    assert_moments(law.sample(N, 0), law.location, law.scatter)


def test_gaussian_distances_are_chi_square() -> None:
    law = Gaussian(2, SCATTER, location=3.0)
    distances = squared_distances(law.sample(N, 1), law.location, law.scatter)
    assert stats.kstest(distances, stats.chi2(2).cdf).pvalue > 0.001


def test_gaussian_covariance_is_its_scatter() -> None:
    law = Gaussian(2, SCATTER)
    assert law.covariance is law.scatter


def test_a_location_moves_the_rows_and_nothing_else() -> None:
    centred = StudentT(2, 3.0, SCATTER).sample(50, 2)
    moved = StudentT(2, 3.0, SCATTER, location=[10.0, -4.0]).sample(50, 2)
    np.testing.assert_allclose(moved, centred + np.array([10.0, -4.0]), rtol=1e-12)


def test_a_scale_multiplies_the_rows_by_its_root() -> None:
    np.testing.assert_allclose(
        Gaussian(3, 4.0).sample(50, 3), 2 * Gaussian(3).sample(50, 3), rtol=1e-14
    )


@pytest.mark.parametrize("df", [1.0, 3.0, 30.0])
def test_student_distances_follow_an_f_law(df: float) -> None:
    law = StudentT(2, df, SCATTER, location=1.0)
    distances = squared_distances(law.sample(N, 4), law.location, law.scatter)
    assert stats.kstest(distances / 2, stats.f(2, df).cdf).pvalue > 0.001


def test_student_covariance_is_the_scatter_times_df_over_df_minus_two() -> None:
    X = StudentT(2, 20.0, SCATTER).sample(N, 5)
    # Fourth moments are finite: about 2 per cent of each entry is 2.5 standard errors.
    np.testing.assert_allclose(np.cov(X.T), SCATTER * 20 / 18, rtol=0.05)


def test_cauchy_is_student_with_one_degree_of_freedom() -> None:
    law = Cauchy(3, "toeplitz", location=1.0)
    assert law.df == 1.0
    student = StudentT(3, 1.0, "toeplitz", location=1.0)
    np.testing.assert_array_equal(law.sample(50, 6), student.sample(50, 6))


def test_cauchy_has_cauchy_margins() -> None:
    X = Cauchy(3, 4.0, location=1.0).sample(N, 7)
    assert stats.kstest(X[:, 0], stats.cauchy(1.0, 2.0).cdf).pvalue > 0.001


def test_elliptical_with_a_chi_radius_is_gaussian() -> None:
    law = Elliptical(2, chi_radius, SCATTER, location=1.0)
    X = law.sample(N, 8)
    assert_moments(X, law.location, law.scatter)
    assert stats.kstest(X[:, 0], stats.norm(1.0, np.sqrt(2.0)).cdf).pvalue > 0.001


def test_elliptical_rows_lie_at_their_radius() -> None:
    law = Elliptical(2, lambda n_samples, rng: np.full(n_samples, 3.0), SCATTER, location=5.0)
    distances = squared_distances(law.sample(50, 9), law.location, law.scatter)
    np.testing.assert_allclose(distances, 9.0, rtol=1e-12)


def test_elliptical_works_in_one_dimension() -> None:
    law = Elliptical(1, lambda n_samples, rng: np.ones(n_samples))
    assert set(law.sample(50, 10).ravel().tolist()) == {-1.0, 1.0}


def test_unit_directions_have_norm_one_and_no_preference() -> None:
    directions = unit_directions(N, 3, np.random.default_rng(11))
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0, rtol=1e-14)
    # Each coordinate has mean 0 and variance 1/3.
    np.testing.assert_array_less(np.abs(directions.mean(0)), MARGIN / np.sqrt(3 * N))
    # In three dimensions a coordinate is uniform on (-1, 1), Archimedes' theorem.
    assert stats.kstest(directions[:, 0], stats.uniform(-1, 2).cdf).pvalue > 0.001


@pytest.mark.parametrize(("bad", "error"), [(0.0, ValueError), ("3", TypeError)])
def test_degrees_of_freedom_must_be_positive(bad: float, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"df must be .*, got"):
        StudentT(2, bad)


def test_the_heaviest_student_stays_finite() -> None:
    assert np.isfinite(StudentT(2, 0.1).sample(N, 12)).all()


def test_a_radius_must_be_callable() -> None:
    with pytest.raises(TypeError, match=r"radius must be callable .*, got 3.0"):
        Elliptical(2, 3.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "message"),
    [(np.ones((5, 1)), r"return shape \(5,\), got shape \(5, 1\)"), (-np.ones(5), "no negative")],
)
def test_a_radius_must_return_one_distance_a_row(value: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Elliptical(2, lambda n_samples, rng: value).sample(5, 0)
