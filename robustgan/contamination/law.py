"""What a law is: the contract of clean and outlier laws, and what all of ours share.

A law knows its dimension and how to draw rows. It does not know what it is mixed with, how
many of its rows are wanted, or who will estimate what from them.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
Rng: TypeAlias = int | np.random.Generator | None


@runtime_checkable
class Law(Protocol):
    """Any distribution that rows can be drawn from.

    Attributes
    ----------
    n_features : int
        Dimension of a row.
    """

    @property
    def n_features(self) -> int:
        """Dimension of a row."""

    def sample(self, n_samples: int, rng: Rng = None) -> Array:
        """Draw rows.

        Parameters
        ----------
        n_samples : int
            How many, at least 0.
        rng : int, numpy.random.Generator or None, default=None
            Source of the draws; None takes fresh entropy.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            The rows.
        """


@runtime_checkable
class CleanLaw(Law, Protocol):
    """A law whose location and scatter are what an estimator is after.

    Attributes
    ----------
    location : ndarray of shape (n_features,)
        Centre of symmetry.
    scatter : ndarray of shape (n_features, n_features)
        Scatter; the covariance for a Gaussian.
    """

    @property
    def location(self) -> Array:
        """Centre of symmetry, of shape (n_features,)."""

    @property
    def scatter(self) -> Array:
        """Scatter, of shape (n_features, n_features)."""


@dataclass(frozen=True, eq=False, init=False, repr=False)
class BaseLaw(ABC):
    """Base of this room's laws: checked, immutable, with a short ``repr``.

    Parameters
    ----------
    n_features : int
        Dimension of a row, at least 1.
    """

    n_features: int

    def __init__(self, n_features: int) -> None:
        self._keep(n_features=check_count("n_features", n_features, 1))

    def sample(self, n_samples: int, rng: Rng = None) -> Array:
        """Draw rows.

        Parameters
        ----------
        n_samples : int
            How many, at least 0.
        rng : int, numpy.random.Generator or None, default=None
            Source of the draws; None takes fresh entropy. Never NumPy's global state.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            The rows, a new array.
        """
        return self._draw(check_count("n_samples", n_samples, 0), np.random.default_rng(rng))

    @abstractmethod
    def _draw(self, n_samples: int, generator: np.random.Generator) -> Array:
        """Draw rows from a generator; the number is checked."""

    def _keep(self, **values: object) -> None:
        """Set fields while the law is built; afterwards it is frozen."""
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        parts = [f"{field.name}={_summary(getattr(self, field.name))}" for field in fields(self)]
        return f"{type(self).__name__}({', '.join(parts)})"


def check_count(name: str, value: object, minimum: int) -> int:
    """Return an integer that is large enough, or raise."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, got {value!r}.")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {value}.")
    return int(value)


def check_number(name: str, value: object) -> float:
    """Return a finite number, or raise."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, got {value!r}.")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value}.")
    return float(value)


def as_floats(name: str, value: ArrayLike) -> Array:
    """Copy to float64, or raise unless all entries are finite numbers."""
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must hold numbers only, got {value!r}.") from error
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {value!r}.")
    return array


def as_vector(name: str, value: ArrayLike, n_features: int) -> Array:
    """Copy a scalar or a vector to a read-only vector of shape (n_features,), or raise."""
    array = as_floats(name, value)
    if array.shape not in {(), (n_features,)}:
        raise ValueError(
            f"{name} must be a scalar or have shape ({n_features},), got shape {array.shape}."
        )
    vector = np.array(np.broadcast_to(array, (n_features,)))
    vector.setflags(write=False)
    return vector


def _summary(value: object) -> str:
    """Shorten an array to one number where one number says it all, else to its shape."""
    if callable(value):
        return getattr(value, "__qualname__", repr(value))
    if not isinstance(value, np.ndarray):
        return repr(value)
    if value.ndim == 1 and np.all(value == value[0]):
        return f"{value[0]:g}"
    if value.ndim == 2 and np.array_equal(value, value[0, 0] * np.eye(len(value))):
        return f"{value[0, 0]:g} * identity"
    return f"<array of shape {value.shape}>"
