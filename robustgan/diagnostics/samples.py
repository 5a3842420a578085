"""Clean rows, from a law or from a sample, and the units in which errors are measured.

It knows what is clean. It does not know where outliers are put, nor who estimates.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from robustgan.contamination import CleanLaw
from robustgan.diagnostics.checks import check_count

Array = NDArray[np.float64]
# 0.29 * 100 falls some rounding short of 29, and the user means 29.
_UP = 1 + 1e-12


class CleanRows(ABC):
    """Clean rows to which outliers are added, and the units of errors.

    Attributes
    ----------
    location : ndarray of shape (n_features,)
        From where the distance of outliers is measured.
    factor : ndarray of shape (n_features, n_features)
        Lower factor of the clean scatter: the unit of distances and errors.
    has_truth : bool
        Whether ``location`` is what an estimator is after. If not, its error is what outliers
        change of its estimate.
    """

    has_truth: bool

    @property
    @abstractmethod
    def location(self) -> Array:
        """From where distances are measured, of shape (n_features,)."""

    @property
    @abstractmethod
    def factor(self) -> Array:
        """Lower factor of the clean scatter, of shape (n_features, n_features)."""

    @property
    def n_features(self) -> int:
        """Dimension of a row."""
        return len(self.location)

    @abstractmethod
    def count(self, share: float) -> tuple[int, int]:
        """Count the clean rows and the outliers of a sample with at most a share of them."""

    @abstractmethod
    def draw(self, n_clean: int, seed: int) -> Array:
        """Return clean rows; fewer are the first of more."""

    def share(self, share: float) -> float:
        """Return the share of outliers that whole numbers of rows allow."""
        n_clean, n_outliers = self.count(share)
        return n_outliers / (n_clean + n_outliers)

    def place(self, z: Array) -> Array:
        """Move rows from the units of errors to those of the data."""
        return self.location + z @ self.factor.T

    def measure(self, deviation: Array) -> float:
        """Return the length of a deviation, in standard deviations of clean rows."""
        return float(np.linalg.norm(np.linalg.solve(self.factor, deviation)))

    def measure_matrix(self, deviation: Array) -> float:
        """Return the operator norm of the deviation of a matrix, in variances of clean rows."""
        half = np.linalg.solve(self.factor, deviation)
        return float(np.linalg.norm(np.linalg.solve(self.factor, half.T), ord=2))

    def reach(self, rows: Array) -> float:
        """Return how far the farthest corner of a box around rows is from the location."""
        z = np.linalg.solve(self.factor, (rows - self.location).T)
        return float(np.linalg.norm(np.abs(z).max(axis=1)))


@dataclass(frozen=True, eq=False)
class LawRows(CleanRows):
    """Rows of a clean law: the sample is of one size, whatever share of it is outliers."""

    law: CleanLaw
    n_samples: int
    has_truth = True

    @property
    def location(self) -> Array:
        """Of the law, of shape (n_features,)."""
        return self.law.location

    @cached_property
    def factor(self) -> Array:
        """Of the law's scatter."""
        return np.asarray(np.linalg.cholesky(self.law.scatter), np.float64)

    def count(self, share: float) -> tuple[int, int]:
        """Replace rows by outliers."""
        n_outliers = math.floor(share * self.n_samples * _UP)
        return self.n_samples - n_outliers, n_outliers

    def draw(self, n_clean: int, seed: int) -> Array:
        """Draw rows of the law."""
        return self.law.sample(self.n_samples, np.random.default_rng([seed, 0]))[:n_clean]


@dataclass(frozen=True, eq=False)
class SampleRows(CleanRows):
    """The rows of one clean sample, all of them kept; outliers are added to them."""

    X: Array
    has_truth = False

    @cached_property
    def location(self) -> Array:
        """The mean, of shape (n_features,)."""
        return np.asarray(self.X.mean(axis=0))

    @cached_property
    def factor(self) -> Array:
        """A diagonal of standard deviations: a covariance of few rows has no factor."""
        return np.diag(self.X.std(axis=0))

    def count(self, share: float) -> tuple[int, int]:
        """Add outliers to the rows."""
        return len(self.X), math.floor(share / (1 - share) * len(self.X) * _UP)

    def draw(self, n_clean: int, seed: int) -> Array:
        """Return the sample, whichever seed."""
        return self.X[:n_clean]


def read_clean(clean: CleanLaw | ArrayLike, n_samples: int) -> CleanRows:
    """Take a clean law or a clean sample.

    Parameters
    ----------
    clean : CleanLaw or array-like of shape (n, n_features)
    n_samples : int
        Rows of a sample of the law.

    Returns
    -------
    rows : CleanRows

    Raises
    ------
    ValueError
        If a sample is not two-dimensional, has fewer than two rows, values that are not finite
        or a constant column.
    TypeError
        If it is neither a law nor numbers.
    """
    n_samples = check_count("n_samples", n_samples, 2)
    if isinstance(clean, CleanLaw):
        return LawRows(clean, n_samples)
    try:
        X = np.array(clean, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"clean must be a clean law or a sample of numbers, got {clean!r}. "
            "robustgan.contamination.Gaussian(n_features) is a law."
        ) from error
    if X.ndim != 2 or X.shape[0] < 2 or X.shape[1] < 1:
        rule = "clean must have shape (n_samples, n_features) with two rows at least"
        raise ValueError(f"{rule}, got {X.shape}.")
    if not np.isfinite(X).all():
        raise ValueError("clean must be finite, got missing or infinite values.")
    is_constant = np.ptp(X, axis=0) == 0
    if is_constant.any():
        column = int(np.flatnonzero(is_constant)[0])
        raise ValueError(f"clean must vary in every column, got a constant column {column}.")
    return SampleRows(X)
