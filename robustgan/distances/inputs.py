"""Samples, weights and costs as the functions of this room take them: checked float64 arrays."""

from math import inf
from numbers import Real

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array
from torch import Tensor

from robustgan._bridge import to_array

Array = NDArray[np.float64]


def check_sample(name: str, X: object) -> Array:
    """Return a sample as float64 NumPy of shape (n_samples, n_features), or say what is wrong."""
    host = to_array(X) if isinstance(X, Tensor) else X
    checked: Array = check_array(host, dtype=np.float64, input_name=name)
    return checked


def check_pair(X: object, Y: object) -> tuple[Array, Array]:
    """Return two samples with the same features."""
    first, second = check_sample("X", X), check_sample("Y", Y)
    if first.shape[1] != second.shape[1]:
        raise ValueError(
            f"Y must have the features of X, {first.shape[1]} columns, got {second.shape[1]}."
        )
    return first, second


def check_weights(name: str, weights: object | None, n_samples: int) -> Array:
    """Return weights that sum to one; equal ones for None."""
    if weights is None:
        return np.full(n_samples, 1 / n_samples)
    found = np.asarray(weights, dtype=np.float64)
    if found.shape != (n_samples,):
        raise ValueError(f"{name} must have shape ({n_samples},), got {found.shape}.")
    total = found.sum()
    if not (np.isfinite(found).all() and (found >= 0).all() and total > 0):
        raise ValueError(
            f"{name} must be finite, not negative and not all zero, got values in "
            f"[{found.min()}, {found.max()}]."
        )
    scaled: Array = found / total
    return scaled


def check_number(name: str, value: object, lower: float, upper: float = inf) -> float:
    """Return a number strictly between two others."""
    if not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r}.")
    if not lower < float(value) < upper:
        raise ValueError(f"{name} must lie in ({lower:g}, {upper:g}), got {value}.")
    return float(value)


def check_count(name: str, value: object, least: int) -> int:
    """Return a whole number that is large enough."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be a whole number, got {value!r}.")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}.")
    return int(value)
