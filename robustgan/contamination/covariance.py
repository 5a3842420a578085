"""Covariances of simulated laws: by name, by one number, or as they are given.

Every named structure is deterministic and positive definite, with a condition number that
can be written down. This room does not know whether an array is a covariance or a scatter.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from robustgan.contamination.law import Array, as_floats, check_number

Covariance: TypeAlias = str | ArrayLike


def covariance_matrix(
    covariance: Covariance,
    n_features: int,
    *,
    correlation: float = 0.5,
    name: str = "covariance",
) -> Array:
    """Build a covariance from a name, a scale or an array.

    Parameters
    ----------
    covariance : str, float or array-like of shape (n_features, n_features)
        A positive number is that multiple of the identity, an array is checked and copied,
        and a name is one of

        - ``'identity'``;
        - ``'toeplitz'``: ``correlation ** |i - j|``, an autoregression of order one, whose
          inverse is tridiagonal;
        - ``'sparse'``: coordinates ``i`` and ``i + n_features // 2`` form a pair with
          ``correlation``, every other entry off the diagonal is zero. The eigenvalues are
          ``1 - correlation`` and ``1 + correlation`` (and 1 if one coordinate is left over);
        - ``'equicorrelated'``: ``correlation`` everywhere off the diagonal.
    n_features : int
        Dimension.
    correlation : float, default=0.5
        In (-1, 1); for ``'equicorrelated'`` also above ``-1 / (n_features - 1)``. Not used
        by ``'identity'``, numbers and arrays.
    name : str, default='covariance'
        What messages call it.

    Returns
    -------
    matrix : ndarray of shape (n_features, n_features)
        Symmetric, positive definite and read-only.

    Raises
    ------
    ValueError
        If the name is unknown, the shape is wrong, or the matrix is not symmetric and
        positive definite.

    Examples
    --------
    >>> covariance_matrix("toeplitz", 3)
    array([[1.  , 0.5 , 0.25],
           [0.5 , 1.  , 0.5 ],
           [0.25, 0.5 , 1.  ]])
    """
    if isinstance(covariance, str):
        matrix = _structured(covariance, n_features, correlation, name)
    else:
        matrix = _given(as_floats(name, covariance), n_features, name)
    matrix.setflags(write=False)
    return matrix


def cholesky_factor(matrix: Array) -> Array | None:
    """Return the lower ``factor`` with ``matrix = factor @ factor.T``; None for the identity."""
    if np.array_equal(matrix, np.eye(len(matrix))):
        return None
    return np.linalg.cholesky(matrix).astype(np.float64, copy=False)


def _structured(covariance: str, n_features: int, correlation: float, name: str) -> Array:
    """Build a named structure."""
    if covariance not in STRUCTURES:
        raise ValueError(
            f"{name} must be a number, an array or one of {', '.join(map(repr, STRUCTURES))}, "
            f"got {covariance!r}."
        )
    value = check_number("correlation", correlation)
    lowest = -1.0
    if covariance == "equicorrelated" and n_features > 1:
        lowest = -1 / (n_features - 1)
    if not lowest < value < 1:
        raise ValueError(f"correlation must lie in ({lowest:g}, 1), got {correlation}.")
    return STRUCTURES[covariance](n_features, value)


def _given(array: Array, n_features: int, name: str) -> Array:
    """Check a scale or a matrix that was handed over."""
    if array.ndim == 0:
        if array <= 0:
            raise ValueError(
                f"{name} must be positive, got {array}. A law without spread is a PointMass."
            )
        return float(array) * np.eye(n_features)
    if array.shape != (n_features, n_features):
        raise ValueError(
            f"{name} must have shape ({n_features}, {n_features}), got shape {array.shape}."
        )
    if not np.allclose(array, array.T, rtol=1e-10, atol=0):
        raise ValueError(f"{name} must be symmetric, got a matrix that differs from its transpose.")
    lowest = float(np.linalg.eigvalsh(array)[0])
    if lowest <= 0:
        raise ValueError(f"{name} must be positive definite, got smallest eigenvalue {lowest:g}.")
    return array


def _identity(n_features: int, correlation: float) -> Array:
    """Ignore the correlation."""
    return np.eye(n_features)


def _toeplitz(n_features: int, correlation: float) -> Array:
    """Build an autoregression's covariance."""
    index = np.arange(n_features)
    matrix: Array = np.float64(correlation) ** np.abs(np.subtract.outer(index, index))
    return matrix


def _sparse(n_features: int, correlation: float) -> Array:
    """Correlate disjoint pairs, half the dimension apart."""
    half = n_features // 2
    matrix = np.eye(n_features)
    first = np.arange(half)
    matrix[first, first + half] = matrix[first + half, first] = correlation
    return matrix


def _equicorrelated(n_features: int, correlation: float) -> Array:
    """Correlate every pair alike."""
    return (1 - correlation) * np.eye(n_features) + correlation


STRUCTURES: MappingProxyType[str, Callable[[int, float], Array]] = MappingProxyType(
    {
        "identity": _identity,
        "toeplitz": _toeplitz,
        "sparse": _sparse,
        "equicorrelated": _equicorrelated,
    }
)
