"""Halfplanes that hold few rows: what is as deep as a level lies outside all of them.

Those bounded by lines through two rows, for the exact region of a level, and those that cut
off one shallow point. On NumPy arrays; it knows the planar kernel.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from robustgan.depth.planar import rounding_errors, turn_line

Floats = NDArray[np.float64]


class Edges(NamedTuple):
    """Lines through two rows or more, each with one of its sides.

    Attributes
    ----------
    normals : ndarray of shape (n_edges, 2)
        Of length one, to that side.
    levels : ndarray of shape (n_edges,)
        Where along the normal the line is.
    n_beyond : ndarray of shape (n_edges,)
        Rows strictly on that side.
    n_reached : ndarray of shape (n_edges,)
        Rows on that side or on the line.
    """

    normals: Floats
    levels: Floats
    n_beyond: NDArray[np.int64]
    n_reached: NDArray[np.int64]


def find_edges(Z: Floats) -> Edges:
    """Turn a line about each row and note what is on either side as it meets others.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, 2)
        The sample; not all on one line.

    Returns
    -------
    edges : Edges
        Each line with both its sides, at times twice.
    """
    errors = rounding_errors(Z, np.median(np.abs(Z), axis=0))
    parts = [_edges_about(Z, index, errors) for index in np.unique(Z, axis=0, return_index=True)[1]]
    return Edges(
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.levels for part in parts]),
        np.concatenate([part.n_beyond for part in parts]),
        np.concatenate([part.n_reached for part in parts]),
    )


def _edges_about(Z: Floats, index: int, errors: Floats) -> Edges:
    """Note the lines through one row."""
    offsets = Z - Z[index]
    bounds = errors + errors[index]
    turn = turn_line(*offsets.T[:, None], *bounds.T[:, None])
    sides = turn.sides[0]
    upper, lower = np.cumsum(sides > 0), np.cumsum(sides < 0)
    last = np.flatnonzero(turn.is_last[0] & (sides != 0))
    upper_met, lower_met = upper[last], lower[last]
    upper_before, lower_before = (np.r_[0, met[:-1]] for met in (upper_met, lower_met))
    n_left = upper[-1] - upper_met + lower_before
    n_right = upper_before + lower[-1] - lower_met
    # A line is told best by its row nearest to the centre, which sees the others farther out.
    sizes = np.abs(Z).max(axis=1)
    is_nearer = sizes[index] <= sizes[turn.order[0, last]]
    last, n_left, n_right = last[is_nearer], n_left[is_nearer], n_right[is_nearer]
    along = offsets[turn.order[0, last]] * sides[last, None]
    along /= np.hypot(along[:, 0], along[:, 1])[:, None]
    left = np.column_stack([-along[:, 1], along[:, 0]])
    levels = left @ Z[index]
    return Edges(
        np.concatenate([left, -left]),
        np.concatenate([levels, -levels]),
        np.concatenate([n_left, n_right]),
        np.concatenate([len(Z) - n_right, len(Z) - n_left]),
    )


def emptiest_normal(Z: Floats, point: Floats) -> tuple[Floats, int]:
    """Find a direction from the point in which there are fewest rows.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, 2)
        The sample.
    point : ndarray of shape (2,)
        Where to look from.

    Returns
    -------
    normal : ndarray of shape (2,)
        Of length one, into the emptiest halfplane.
    count : int
        Rows in that halfplane, those at the point included.
    """
    typical = np.median(np.abs(Z), axis=0)
    bounds = rounding_errors(Z, typical) + rounding_errors(point[None], typical)
    offsets = Z - point
    turn = turn_line(*offsets.T[:, None], *bounds.T[:, None])
    sides, n_met = turn.sides[0], int(turn.is_met.sum())
    n_rows = len(Z) - n_met
    if n_rows == 0:
        return np.array([1.0, 0.0]), n_met
    met = np.cumsum(sides)
    n_left = int((sides > 0).sum()) - met
    last = np.flatnonzero(turn.is_last[0] & (sides != 0))
    best = int(np.minimum(n_left[last], n_rows - n_left[last]).argmin())
    along = offsets[turn.order[0]] * sides[:, None]
    along = along / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-300)[:, None]
    here = along[last[best]]
    # After the last row the line meets the first again, upside down.
    there = along[last[best] + 1] if best + 1 < len(last) else -along[0]
    middle = here + there
    if not middle.any():
        middle = np.array([-here[1], here[0]])
    middle /= np.hypot(*middle)
    normal = np.array([-middle[1], middle[0]])
    n_chosen = int(n_left[last[best]])
    sign = 1.0 if n_chosen <= n_rows - n_chosen else -1.0
    return sign * normal, min(n_chosen, n_rows - n_chosen) + n_met
