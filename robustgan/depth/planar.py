"""Halfplanes through the origin: how many rows the emptiest of them holds.

The kernel of the exact depth in the plane and in space, on NumPy arrays. It knows offsets of
rows from a point and how far rounding may have moved them. It does not know samples.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# The coordinates carry half a unit of rounding from their decimals; sums and an affine map
# add a few more.
_N_ROUNDINGS = 4.0
_TINY = np.finfo(np.float64).tiny


class Turn(NamedTuple):
    """A line through the origin, turned by half a circle, for each of several problems.

    Attributes
    ----------
    order : ndarray of shape (n_problems, n_rows)
        The rows in the order in which the line meets them.
    sides : ndarray of shape (n_problems, n_rows)
        In that order: 1 where the line meets the row with its upper ray, -1 with its lower
        ray, 0 for rows at the origin, which come last.
    is_last : ndarray of shape (n_problems, n_rows)
        In that order: whether the next row is met later, not at once.
    is_met : ndarray of shape (n_problems, n_rows)
        In the order given: whether the row is the origin.
    """

    order: NDArray[np.intp]
    sides: NDArray[np.int64]
    is_last: NDArray[np.bool_]
    is_met: NDArray[np.bool_]


def rounding_errors(sample: Floats, typical: Floats) -> Floats:
    """Bound the rounding that coordinates carry.

    Parameters
    ----------
    sample : ndarray of shape (n_samples, n_features)
        The coordinates.
    typical : ndarray of shape (n_features,)
        The size of a coordinate of the bulk, from which small ones may have been computed.

    Returns
    -------
    errors : ndarray of shape (n_samples, n_features)
        In the units of ``sample``.
    """
    unit = _N_ROUNDINGS * float(np.finfo(np.float64).eps)
    errors: Floats = unit * (np.abs(sample) + 0.5 * typical)
    return errors


def turn_line(x: Floats, y: Floats, x_errors: Floats, y_errors: Floats) -> Turn:
    """Sort rows by the angle of their lines through the origin.

    A row and its mirror image have one line, so one turn by half a circle meets all. Lines are
    compared by their slopes: a quotient is rounded correctly, so rows on one line tie exactly
    if their coordinates are whole numbers below 2**26, and differ if the lines do. Slopes that
    differ by no more than the errors tie as well.

    Parameters
    ----------
    x, y : ndarray of shape (n_problems, n_rows)
        Offsets of the rows from the origin.
    x_errors, y_errors : ndarray of shape (n_problems, n_rows)
        How far each may be from the truth; at least 0.

    Returns
    -------
    turn : Turn
        What the line meets.
    """
    x = np.where(np.abs(x) <= x_errors, 0.0, x)
    y = np.where(np.abs(y) <= y_errors, 0.0, y)
    is_flat = y == 0.0
    is_met = is_flat & (x == 0.0)
    is_lower = (y < 0.0) | (is_flat & (x < 0.0))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slopes = x / y
        errors = (x_errors + np.abs(slopes) * y_errors) / np.abs(y)
        np.negative(slopes, out=slopes)
        slopes[is_flat], errors[is_flat] = -np.inf, 0.0
        slopes[is_met] = np.inf
        # The sign of the error carries the side, so that one array is gathered, not two.
        signed = np.where(is_lower, -1.0, 1.0) * (errors + _TINY)
        signed[is_met] = 0.0
        order = np.argsort(slopes, axis=1)
        # One index for both, which np.take_along_axis would make twice.
        flat = order + x.shape[1] * np.arange(len(x))[:, None]
        slopes, signed = slopes.ravel().take(flat), signed.ravel().take(flat)
        reach = np.abs(signed)
        is_last = np.ones(x.shape, dtype=np.bool_)
        # The difference of two infinite slopes is no number, and not greater: they tie.
        is_last[:, :-1] = slopes[:, 1:] - slopes[:, :-1] > reach[:, :-1] + reach[:, 1:]
    return Turn(order, np.sign(signed).astype(np.int64), is_last, is_met)


def emptiest_halfplane(turn: Turn) -> NDArray[np.int64]:
    """Count the rows, those at the origin left out, in the emptiest closed halfplane.

    Turning the boundary a little drops the rows on one of its rays, so lines between the rows
    will do. Such a line has on one side the lower rows it has met and the upper ones it has
    not: one sum over the rows met.

    Parameters
    ----------
    turn : Turn
        From :func:`turn_line`.

    Returns
    -------
    counts : ndarray of shape (n_problems,)
        In [0, n_rows / 2].
    """
    met = np.cumsum(turn.sides, axis=1)
    n_rows = np.abs(turn.sides).sum(axis=1)
    # Twice the one side minus all, which is the one side minus the other.
    excess = np.abs(met[:, -1:] - 2 * met)
    excess *= turn.is_last
    counts: NDArray[np.int64] = (n_rows - excess.max(axis=1)) // 2
    return counts
