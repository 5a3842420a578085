"""Outlier laws Q of Huber's model: everything the literature has thrown at an estimator.

Distances are in the units of the clean law's coordinates. This room does not know which
clean law it spoils, nor in which proportion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from robustgan.contamination.clean import Cauchy, Gaussian, unit_directions
from robustgan.contamination.covariance import Covariance
from robustgan.contamination.law import (
    Array,
    BaseLaw,
    as_vector,
    check_count,
    check_number,
)


@dataclass(frozen=True, eq=False, init=False, repr=False)
class ShiftedGaussian(Gaussian):
    """Gaussian outliers around a shifted mean.

    Parameters
    ----------
    n_features : int
        Dimension, at least 1.
    shift : float or array-like of shape (n_features,)
        The mean; a number is every coordinate's.
    covariance : str, float or array-like of shape (n_features, n_features), default='identity'
        A positive number is that multiple of the identity; see `covariance_matrix`.
        ``'equicorrelated'`` is the design ``cov``.
    correlation : float, default=0.5
        Parameter of a named covariance.

    Attributes
    ----------
    location : ndarray of shape (n_features,)
        The shift.
    scatter : ndarray of shape (n_features, n_features)
        The covariance.

    Examples
    --------
    >>> ShiftedGaussian(5, 0.5, 5.0)
    ShiftedGaussian(n_features=5, location=0.5, scatter=5 * identity)
    """

    def __init__(
        self,
        n_features: int,
        shift: ArrayLike,
        covariance: Covariance = "identity",
        *,
        correlation: float = 0.5,
    ) -> None:
        n_features = check_count("n_features", n_features, 1)
        location = as_vector("shift", shift, n_features)
        super().__init__(n_features, covariance, location=location, correlation=correlation)


@dataclass(frozen=True, eq=False, init=False, repr=False)
class SparseShift(ShiftedGaussian):
    """Gaussian outliers with identity covariance, shifted in the first coordinates only.

    Parameters
    ----------
    n_features : int
        Dimension, at least 1.
    shift : float
        Shift of each shifted coordinate.
    n_shifted : int
        How many coordinates are shifted, in [1, n_features].

    Attributes
    ----------
    location : ndarray of shape (n_features,)
        The shift, zero after the first ``n_shifted`` coordinates.
    scatter : ndarray of shape (n_features, n_features)
        The identity.
    """

    def __init__(self, n_features: int, shift: float, n_shifted: int) -> None:
        n_features = check_count("n_features", n_features, 1)
        if check_count("n_shifted", n_shifted, 1) > n_features:
            raise ValueError(f"n_shifted must be at most {n_features}, got {n_shifted}.")
        is_shifted = np.arange(n_features) < n_shifted
        super().__init__(n_features, check_number("shift", shift) * is_shifted)


@dataclass(frozen=True, eq=False, init=False, repr=False)
class MultivariateCauchy(Cauchy):
    """Elliptical Cauchy outliers: one heavy-tailed radius a row.

    Parameters
    ----------
    n_features : int
        Dimension, at least 1.
    location : float or array-like of shape (n_features,), default=0.0
        Centre of symmetry; a number is every coordinate's.
    scatter : str, float or array-like of shape (n_features, n_features), default='identity'
        See `covariance_matrix`.

    Attributes
    ----------
    location : ndarray of shape (n_features,)
        Centre of symmetry.
    scatter : ndarray of shape (n_features, n_features)
        Scatter.
    """

    def __init__(
        self, n_features: int, location: ArrayLike = 0.0, scatter: Covariance = "identity"
    ) -> None:
        super().__init__(n_features, scatter, location=location)


@dataclass(frozen=True, eq=False, init=False, repr=False)
class IndependentCauchy(BaseLaw):
    """Outliers with independent Cauchy coordinates; not elliptical.

    Parameters
    ----------
    n_features : int
        Dimension, at least 1.
    location : float or array-like of shape (n_features,), default=0.0
        The medians; a number is every coordinate's.

    Attributes
    ----------
    location : ndarray of shape (n_features,)
        The medians.
    """

    location: Array

    def __init__(self, n_features: int, location: ArrayLike = 0.0) -> None:
        super().__init__(n_features)
        self._keep(location=as_vector("location", location, self.n_features))

    def _draw(self, n_samples: int, generator: np.random.Generator) -> Array:
        return generator.standard_cauchy((n_samples, self.n_features)) + self.location


@dataclass(frozen=True, eq=False, init=False, repr=False)
class PointMass(BaseLaw):
    """All outliers in one point.

    Parameters
    ----------
    n_features : int
        Dimension, at least 1.
    location : float, array-like of shape (n_features,) or None, default=None
        The point; a number is every coordinate.
    distance : float or None, default=None
        Distance of the point from the origin, in the direction ``1 / sqrt(n_features)`` of
        all coordinates alike. Give either this or ``location``.

    Attributes
    ----------
    location : ndarray of shape (n_features,)
        The point.

    Examples
    --------
    >>> PointMass(4, distance=1.0).sample(2)
    array([[0.5, 0.5, 0.5, 0.5],
           [0.5, 0.5, 0.5, 0.5]])
    """

    location: Array

    def __init__(
        self,
        n_features: int,
        location: ArrayLike | None = None,
        *,
        distance: float | None = None,
    ) -> None:
        super().__init__(n_features)
        if (location is None) == (distance is None):
            given = "neither" if location is None else "both"
            raise ValueError(f"location or distance must be given, got {given}. Give one of them.")
        if location is None:
            location = check_number("distance", distance) / np.sqrt(self.n_features)
        self._keep(location=as_vector("location", location, self.n_features))

    def _draw(self, n_samples: int, generator: np.random.Generator) -> Array:
        return np.tile(self.location, (n_samples, 1))


@dataclass(frozen=True, eq=False, init=False, repr=False)
class FarCluster(BaseLaw):
    """Outliers far away in every coordinate, in one point or tightly around it.

    Parameters
    ----------
    n_features : int
        Dimension, at least 1.
    distance : float, default=100.0
        Distance in each coordinate, so ``sqrt(n_features)`` times this in all.
    spread : float, default=0.0
        Standard deviation around the point, at least 0.
    """

    distance: float
    spread: float

    def __init__(self, n_features: int, distance: float = 100.0, spread: float = 0.0) -> None:
        super().__init__(n_features)
        if check_number("spread", spread) < 0:
            raise ValueError(f"spread must be at least 0, got {spread}.")
        self._keep(distance=check_number("distance", distance), spread=float(spread))

    def _draw(self, n_samples: int, generator: np.random.Generator) -> Array:
        return generator.normal(self.distance, self.spread, (n_samples, self.n_features))


@dataclass(frozen=True, eq=False, init=False, repr=False)
class TwoPart(BaseLaw):
    """Outliers of two kinds, each row of either kind with probability one half.

    One kind is uniform on the corners of the unit cube, the other lies at
    ``(12, 0, 0, ..., 0)`` or ``(12, -2, 0, ..., 0)`` with equal probability: the design
    ``dkk``.

    Parameters
    ----------
    n_features : int
        Dimension, at least 2.

    Notes
    -----
    The experiment published with [1]_ centres the clean law at 1 in each coordinate and keeps
    the second coordinate at -2; here, as in our measurements, the clean law is at the origin.

    References
    ----------
    .. [1] Diakonikolas, I., Kamath, G., Kane, D. M., Li, J., Moitra, A. and Stewart, A.
       (2017). Being robust (in high dimensions) can be practical. ICML.
    """

    def __init__(self, n_features: int) -> None:
        super().__init__(check_count("n_features", n_features, 2))

    def _draw(self, n_samples: int, generator: np.random.Generator) -> Array:
        X = generator.integers(0, 2, (n_samples, self.n_features)).astype(np.float64)
        is_line = generator.random(n_samples) < 0.5
        X[is_line] = 0.0
        X[is_line, 0] = 12.0
        X[is_line, 1] = 2.0 * generator.integers(-1, 1, int(is_line.sum()))
        return X


@dataclass(frozen=True, eq=False, init=False, repr=False)
class RandomDirection(BaseLaw):
    """Gaussian outliers with identity covariance, moved in one random direction.

    Parameters
    ----------
    n_features : int
        Dimension, at least 1.
    distance : float
        Euclidean distance of their mean from the origin: standard deviations of N(0, I).
    seed : int or None, default=None
        Fixes the direction; None draws a new one in every call of ``sample``.

    Attributes
    ----------
    direction : ndarray of shape (n_features,) or None
        The unit vector, if it is fixed.
    """

    distance: float
    seed: int | None
    direction: Array | None

    def __init__(self, n_features: int, distance: float, *, seed: int | None = None) -> None:
        super().__init__(n_features)
        direction = None
        if seed is not None:
            seed = check_count("seed", seed, 0)
            direction = self._direction(np.random.default_rng(seed))
            direction.setflags(write=False)
        self._keep(distance=check_number("distance", distance), seed=seed, direction=direction)

    def _direction(self, generator: np.random.Generator) -> Array:
        """Draw one unit vector."""
        direction: Array = unit_directions(1, self.n_features, generator)[0]
        return direction

    def _draw(self, n_samples: int, generator: np.random.Generator) -> Array:
        direction = self._direction(generator) if self.direction is None else self.direction
        z = generator.standard_normal((n_samples, self.n_features))
        return z + self.distance * direction
