"""Clean laws P of Huber's model: elliptical, each with a location and a scatter to be found.

Rows are ``x = location + radius * factor @ direction`` with ``scatter = factor @ factor.T``.
This room knows nothing of outliers.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from robustgan.contamination.covariance import Covariance, cholesky_factor, covariance_matrix
from robustgan.contamination.law import Array, BaseLaw, as_vector, check_number

Radius: TypeAlias = Callable[[int, np.random.Generator], ArrayLike]

# Below, chi-square draws underflow to zero and rows become infinite.
_LOWEST_DF = 0.1


@dataclass(frozen=True, eq=False, init=False, repr=False)
class EllipticalLaw(BaseLaw):
    """Base of the elliptical laws: a spherical law moved by a location and a factor.

    Parameters
    ----------
    n_features : int
        Dimension, at least 1.
    location : float or array-like of shape (n_features,), default=0.0
        Centre of symmetry; a number is every coordinate's.
    scatter : str, float or array-like of shape (n_features, n_features), default='identity'
        See `covariance_matrix`.
    correlation : float, default=0.5
        Parameter of a named scatter.

    Attributes
    ----------
    location : ndarray of shape (n_features,)
        Centre of symmetry.
    scatter : ndarray of shape (n_features, n_features)
        Scatter.
    """

    location: Array
    scatter: Array

    def __init__(
        self,
        n_features: int,
        *,
        location: ArrayLike = 0.0,
        scatter: Covariance = "identity",
        correlation: float = 0.5,
        scatter_name: str = "scatter",
    ) -> None:
        super().__init__(n_features)
        self._keep(
            location=as_vector("location", location, self.n_features),
            scatter=covariance_matrix(
                scatter, self.n_features, correlation=correlation, name=scatter_name
            ),
        )

    @cached_property
    def _factor(self) -> Array | None:
        """Lower factor of the scatter; None for the identity, which costs nothing."""
        return cholesky_factor(self.scatter)

    def _draw(self, n_samples: int, generator: np.random.Generator) -> Array:
        """Draw spherical rows and move them."""
        z = self._spherical(n_samples, generator)
        if self._factor is not None:
            z = z @ self._factor.T
        return z + self.location

    @abstractmethod
    def _spherical(self, n_samples: int, generator: np.random.Generator) -> Array:
        """Draw rows with location zero and scatter one."""


@dataclass(frozen=True, eq=False, init=False, repr=False)
class Gaussian(EllipticalLaw):
    """Gaussian law.

    Parameters
    ----------
    n_features : int
        Dimension, at least 1.
    covariance : str, float or array-like of shape (n_features, n_features), default='identity'
        ``'identity'``, ``'toeplitz'``, ``'sparse'``, ``'equicorrelated'``, a positive multiple
        of the identity, or a matrix; see `covariance_matrix`.
    location : float or array-like of shape (n_features,), default=0.0
        The mean; a number is every coordinate's.
    correlation : float, default=0.5
        Parameter of a named covariance.

    Attributes
    ----------
    location : ndarray of shape (n_features,)
        The mean.
    scatter : ndarray of shape (n_features, n_features)
        The covariance.

    Examples
    --------
    >>> law = Gaussian(3, "toeplitz", location=1.0)
    >>> law
    Gaussian(n_features=3, location=1, scatter=<array of shape (3, 3)>)
    >>> law.sample(10, rng=0).shape
    (10, 3)
    """

    def __init__(
        self,
        n_features: int,
        covariance: Covariance = "identity",
        *,
        location: ArrayLike = 0.0,
        correlation: float = 0.5,
    ) -> None:
        super().__init__(
            n_features,
            location=location,
            scatter=covariance,
            correlation=correlation,
            scatter_name="covariance",
        )

    @property
    def covariance(self) -> Array:
        """Covariance, of shape (n_features, n_features); the same as ``scatter``."""
        return self.scatter

    def _spherical(self, n_samples: int, generator: np.random.Generator) -> Array:
        return generator.standard_normal((n_samples, self.n_features))


@dataclass(frozen=True, eq=False, init=False, repr=False)
class StudentT(EllipticalLaw):
    """Multivariate t law: Gaussian rows, each divided by one root of a scaled chi-square.

    Parameters
    ----------
    n_features : int
        Dimension, at least 1.
    df : float
        Degrees of freedom, at least 0.1 (below, draws overflow).
    scatter : str, float or array-like of shape (n_features, n_features), default='identity'
        See `covariance_matrix`. The covariance is ``df / (df - 2)`` times this where
        ``df > 2``, and does not exist otherwise.
    location : float or array-like of shape (n_features,), default=0.0
        Centre of symmetry; a number is every coordinate's.
    correlation : float, default=0.5
        Parameter of a named scatter.

    Attributes
    ----------
    location : ndarray of shape (n_features,)
        Centre of symmetry.
    scatter : ndarray of shape (n_features, n_features)
        Scatter.
    """

    df: float

    def __init__(
        self,
        n_features: int,
        df: float,
        scatter: Covariance = "identity",
        *,
        location: ArrayLike = 0.0,
        correlation: float = 0.5,
    ) -> None:
        super().__init__(n_features, location=location, scatter=scatter, correlation=correlation)
        if check_number("df", df) < _LOWEST_DF:
            raise ValueError(f"df must be at least {_LOWEST_DF}, got {df}.")
        self._keep(df=float(df))

    def _spherical(self, n_samples: int, generator: np.random.Generator) -> Array:
        z = generator.standard_normal((n_samples, self.n_features))
        mixing = generator.chisquare(self.df, size=(n_samples, 1)) / self.df
        return z / np.sqrt(mixing)


@dataclass(frozen=True, eq=False, init=False, repr=False)
class Cauchy(StudentT):
    """Multivariate Cauchy law: the t law with one degree of freedom.

    Parameters
    ----------
    n_features : int
        Dimension, at least 1.
    scatter : str, float or array-like of shape (n_features, n_features), default='identity'
        See `covariance_matrix`.
    location : float or array-like of shape (n_features,), default=0.0
        Centre of symmetry; a number is every coordinate's.
    correlation : float, default=0.5
        Parameter of a named scatter.

    Attributes
    ----------
    location : ndarray of shape (n_features,)
        Centre of symmetry.
    scatter : ndarray of shape (n_features, n_features)
        Scatter.
    """

    def __init__(
        self,
        n_features: int,
        scatter: Covariance = "identity",
        *,
        location: ArrayLike = 0.0,
        correlation: float = 0.5,
    ) -> None:
        super().__init__(n_features, 1.0, scatter, location=location, correlation=correlation)


@dataclass(frozen=True, eq=False, init=False, repr=False)
class Elliptical(EllipticalLaw):
    """Elliptical law with any radius.

    Parameters
    ----------
    n_features : int
        Dimension, at least 1.
    radius : callable
        ``radius(n_samples, rng)`` draws non-negative radii of shape (n_samples,). The root of
        a chi-square with ``n_features`` degrees of freedom gives the Gaussian.
    scatter : str, float or array-like of shape (n_features, n_features), default='identity'
        See `covariance_matrix`. Its scale is relative to that of the radius.
    location : float or array-like of shape (n_features,), default=0.0
        Centre of symmetry; a number is every coordinate's.
    correlation : float, default=0.5
        Parameter of a named scatter.

    Attributes
    ----------
    location : ndarray of shape (n_features,)
        Centre of symmetry.
    scatter : ndarray of shape (n_features, n_features)
        Scatter, up to the radius.

    Examples
    --------
    >>> sphere = Elliptical(3, lambda n_samples, rng: np.full(n_samples, 2.0))
    >>> np.linalg.norm(sphere.sample(2, rng=0), axis=1).round(12)
    array([2., 2.])
    """

    radius: Radius

    def __init__(
        self,
        n_features: int,
        radius: Radius,
        scatter: Covariance = "identity",
        *,
        location: ArrayLike = 0.0,
        correlation: float = 0.5,
    ) -> None:
        super().__init__(n_features, location=location, scatter=scatter, correlation=correlation)
        if not callable(radius):
            raise TypeError(f"radius must be callable as radius(n_samples, rng), got {radius!r}.")
        self._keep(radius=radius)

    def _spherical(self, n_samples: int, generator: np.random.Generator) -> Array:
        directions = unit_directions(n_samples, self.n_features, generator)
        radii = np.asarray(self.radius(n_samples, generator), dtype=np.float64)
        if radii.shape != (n_samples,):
            raise ValueError(f"radius must return shape ({n_samples},), got shape {radii.shape}.")
        if not np.all(radii >= 0):
            raise ValueError(f"radius must return no negative values, got {radii.min()}.")
        return radii[:, np.newaxis] * directions


def unit_directions(n_samples: int, n_features: int, generator: np.random.Generator) -> Array:
    """Draw unit vectors, uniform on the sphere.

    Parameters
    ----------
    n_samples : int
        How many.
    n_features : int
        Dimension.
    generator : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    directions : ndarray of shape (n_samples, n_features)
        Rows of norm one.
    """
    z = generator.standard_normal((n_samples, n_features))
    directions: Array = z / np.linalg.norm(z, axis=1, keepdims=True)
    return directions
