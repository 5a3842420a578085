"""Location and matrix of an estimator, and of the rows in the classical way.

It knows vectors and matrices. It draws nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import pinvh

from robustgan.plots.drawing import ask


class Law(NamedTuple):
    """A centre and the matrix of an ellipse around it.

    Attributes
    ----------
    name : str
        For a legend.
    location : ndarray of shape (n_features,)
        In the units of the rows.
    covariance : ndarray of shape (n_features, n_features)
        In their squares.
    """

    name: str
    location: NDArray[np.float64]
    covariance: NDArray[np.float64]

    def distances(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute the Mahalanobis distance of each row, not squared, of shape (n_samples,)."""
        scale = np.sqrt(np.diag(self.covariance))
        # Otherwise, the pseudo-inverse would drop columns of small units.
        scale = np.where(scale > 0, scale, 1.0)
        Z = (X - self.location) / scale
        squared = np.einsum("ij,ij->i", Z @ pinvh(self.covariance / np.outer(scale, scale)), Z)
        distances: NDArray[np.float64] = np.sqrt(np.maximum(squared, 0.0))
        return distances


def robust_law(estimator: Any) -> Law:
    """Take location and matrix from a fitted estimator.

    Parameters
    ----------
    estimator : fitted estimator
        With ``location_`` and one of ``covariance_``, ``scatter_`` and ``scale_``; the first that
        is there counts. Of scales, their squares are the diagonal of the matrix.

    Returns
    -------
    law : Law

    Raises
    ------
    NotFittedError
        If the estimator has not been fitted.
    TypeError
        If it has none of them.
    """
    way_out = "Take an estimator with location_ and one of covariance_, scatter_ and scale_."
    location = ask(estimator, "location_", way_out)
    for name in ("covariance", "scatter"):
        matrix = getattr(estimator, f"{name}_", None)
        if matrix is not None:
            return Law(f"robust {name}", location, matrix)
    scale = np.asarray(ask(estimator, "scale_", way_out), dtype=np.float64)
    return Law("robust scales", location, np.diag(scale**2))


def classical_law(X: NDArray[np.float64]) -> Law:
    """Compute mean and sample covariance.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        The rows, two at least.

    Returns
    -------
    law : Law

    Raises
    ------
    ValueError
        If there are too few rows, or their squares overflow.
    """
    if np.ndim(X) != 2 or len(X) < 2:
        raise ValueError(f"X must have two dimensions and at least two rows, got {np.shape(X)}.")
    with np.errstate(over="ignore", invalid="ignore"):
        mean, covariance = X.mean(axis=0), np.atleast_2d(np.cov(X.T))
    if not np.isfinite(covariance).all():
        largest = float(np.abs(X).max())
        raise ValueError(
            f"X must have a finite sample covariance, got entries up to {largest:.3g}. Rescale the "
            "columns, or use OutlierScoreDisplay."
        )
    return Law("mean and sample covariance", mean, covariance)
