"""Checks of what a diagnostic is asked: errors that name the parameter, the rule and the value."""

from collections.abc import Sequence
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def check_estimator(estimator: object) -> None:
    """Raise TypeError unless this is an estimator and not its class."""
    if isinstance(estimator, type):
        name = estimator.__name__
        raise TypeError(f"estimator must be an instance, got the class {name}. Write {name}().")
    if not callable(getattr(estimator, "fit", None)):
        raise TypeError(f"estimator must have fit(X), got {estimator!r}.")


def check_count(name: str, value: object, least: int) -> int:
    """Return an integer that is large enough, or raise."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, got {value!r}.")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}.")
    return int(value)


def check_share(name: str, value: float) -> float:
    """Return a share in [0, 1), or raise."""
    return float(check_grid(name, [value], below=1.0)[0])


def check_grid(
    name: str,
    values: ArrayLike,
    *,
    least: float = 0.0,
    below: float = np.inf,
    is_sorted: bool = False,
) -> Array:
    """Copy numbers to an array of shape (n,), or raise.

    Parameters
    ----------
    name : str
        Of the parameter.
    values : array-like of shape (n,)
    least, below : float
        Every number must lie in [least, below).
    is_sorted : bool, default=False
        Whether they must increase.

    Returns
    -------
    grid : ndarray of shape (n,)
        In float64.

    Raises
    ------
    ValueError
        If there are none, or one is out of range or out of order.
    TypeError
        If they are no numbers.
    """
    try:
        grid = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must hold numbers only, got {values!r}.") from error
    if grid.ndim != 1 or not len(grid):
        raise ValueError(f"{name} must be a sequence of numbers, got {values!r}.")
    # Not a comparison with what is out of range: nan is in no order.
    is_inside = (grid >= least) & (grid < below)
    if not is_inside.all():
        raise ValueError(f"{name} must lie in [{least:g}, {below:g}), got {grid[~is_inside][0]:g}.")
    if is_sorted and (np.diff(grid) <= 0).any():
        raise ValueError(f"{name} must increase, got {grid.tolist()}.")
    return grid


def check_names(name: str, values: Sequence[str], choices: Sequence[str]) -> tuple[str, ...]:
    """Return names, or raise unless there are some and all are known."""
    if isinstance(values, str) or not values:
        raise ValueError(f"{name} must be a sequence of names, got {values!r}.")
    for value in values:
        if value not in choices:
            listed = ", ".join(map(repr, choices))
            raise ValueError(f"{name} must hold some of {listed}, got {value!r}.")
    return tuple(values)
