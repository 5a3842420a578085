"""Covariances against their closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustgan.contamination import covariance_matrix
from robustgan.contamination.covariance import STRUCTURES, cholesky_factor


@given(
    structure=st.sampled_from(sorted(STRUCTURES)),
    n_features=st.integers(1, 12),
    correlation=st.floats(0.0, 0.95),
)
def test_every_structure_is_a_positive_definite_correlation_matrix(
    structure: str, n_features: int, correlation: float
) -> None:
    matrix = covariance_matrix(structure, n_features, correlation=correlation)
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_allclose(np.diag(matrix), 1.0, rtol=1e-15)
    # The smallest eigenvalue is above (1 - r) / (1 + r) for the Toeplitz, 1 - r for the others.
    assert np.linalg.eigvalsh(matrix)[0] > (1 - correlation) / (1 + correlation) - 1e-12


def test_toeplitz_has_a_tridiagonal_inverse() -> None:
    precision = np.linalg.inv(covariance_matrix("toeplitz", 6, correlation=0.7))
    np.testing.assert_allclose(np.triu(precision, 2), 0.0, atol=1e-14)


def test_toeplitz_takes_negative_correlations() -> None:
    matrix = covariance_matrix("toeplitz", 3, correlation=-0.5)
    np.testing.assert_allclose(matrix[0], [1.0, -0.5, 0.25], rtol=1e-15)


def test_sparse_correlates_disjoint_pairs_half_the_dimension_apart() -> None:
    expected = np.eye(5)
    expected[0, 2] = expected[2, 0] = expected[1, 3] = expected[3, 1] = 0.4
    np.testing.assert_array_equal(covariance_matrix("sparse", 5, correlation=0.4), expected)


def test_sparse_is_conditioned_alike_in_every_dimension() -> None:
    eigenvalues = np.linalg.eigvalsh(covariance_matrix("sparse", 100))
    np.testing.assert_allclose(eigenvalues, np.repeat([0.5, 1.5], 50), rtol=1e-12)


def test_equicorrelated_has_one_on_and_the_correlation_off_the_diagonal() -> None:
    expected = [[1.0, 0.5, 0.5], [0.5, 1.0, 0.5], [0.5, 0.5, 1.0]]
    np.testing.assert_array_equal(covariance_matrix("equicorrelated", 3), expected)


def test_a_number_multiplies_the_identity() -> None:
    np.testing.assert_array_equal(covariance_matrix(5, 2), [[5.0, 0.0], [0.0, 5.0]])


def test_an_array_is_copied() -> None:
    given_matrix = np.array([[2.0, 1.0], [1.0, 2.0]])
    matrix = covariance_matrix(given_matrix, 2)
    np.testing.assert_array_equal(matrix, given_matrix)
    assert not np.shares_memory(matrix, given_matrix)


def test_the_factor_gives_the_matrix_back() -> None:
    matrix = covariance_matrix("toeplitz", 4)
    factor = cholesky_factor(matrix)
    assert factor is not None
    np.testing.assert_allclose(factor @ factor.T, matrix, rtol=1e-14)


def test_the_identity_needs_no_factor() -> None:
    assert cholesky_factor(covariance_matrix(1.0, 3)) is None


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        ("diagonal", r"'toeplitz', 'sparse', 'equicorrelated', got 'diagonal'"),
        (0.0, r"must be positive, got 0.0. A law without spread is a PointMass"),
        (np.eye(3), r"must have shape \(2, 2\), got shape \(3, 3\)"),
        ([[1.0, 0.5], [0.4, 1.0]], "must be symmetric"),
        ([[1.0, 2.0], [2.0, 1.0]], "must be positive definite, got smallest eigenvalue -1"),
        ([[np.inf, 0.0], [0.0, 1.0]], "must be finite"),
    ],
)
def test_what_is_no_covariance_is_refused(covariance: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        covariance_matrix(covariance, 2, name="scatter")  # type: ignore[arg-type]


def test_the_message_names_the_argument() -> None:
    with pytest.raises(ValueError, match=r"^scatter must"):
        covariance_matrix(-1.0, 2, name="scatter")


@pytest.mark.parametrize(
    ("structure", "correlation", "interval"),
    [("toeplitz", 1.0, r"\(-1, 1\)"), ("equicorrelated", -0.5, r"\(-0.5, 1\)")],
)
def test_a_correlation_that_is_not_positive_definite_is_refused(
    structure: str, correlation: float, interval: str
) -> None:
    with pytest.raises(ValueError, match=rf"correlation must lie in {interval}, got"):
        covariance_matrix(structure, 3, correlation=correlation)
