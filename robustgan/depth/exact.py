"""Halfspace depth without error for one, two and three features.

Counts of rows, on NumPy arrays. It knows the planar kernel; it does not know tensors.
"""

import numpy as np
from numpy.typing import NDArray

from robustgan.depth.planar import emptiest_halfplane, rounding_errors, turn_line

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
# Cells in one block of the planar kernel: its dozen arrays then stay in the cache.
_BLOCK = 2**15


def exact_counts(points: Floats, X: Floats) -> Counts:
    """Count the rows in the emptiest closed halfspace that contains each point.

    Parameters
    ----------
    points : ndarray of shape (n_points, n_features)
        With 1, 2 or 3 features.
    X : ndarray of shape (n_samples, n_features)
        The sample.

    Returns
    -------
    counts : ndarray of shape (n_points,)
        In [0, n_samples].
    """
    if X.shape[1] == 1:
        return _count_on_a_line(points[:, 0], X[:, 0])
    points, X = _scale_columns(points, X)
    # An upper median will do, and takes a tenth of the time of np.median.
    middle = len(X) // 2
    typical = np.partition(np.abs(X), middle, axis=0)[middle]
    errors = rounding_errors(X, typical), rounding_errors(points, typical)
    if X.shape[1] == 2:
        return _count_in_the_plane(points, X, *errors)
    pairs = zip(points, errors[1], strict=True)
    counts = [_count_in_space(X - point, errors[0] + error) for point, error in pairs]
    return np.array(counts, dtype=np.int64)


def _scale_columns(points: Floats, X: Floats) -> tuple[Floats, Floats]:
    """Bring every column below 1/2 by a power of two, so that no difference overflows."""
    largest = np.maximum(np.abs(X).max(axis=0), np.abs(points).max(axis=0, initial=0.0))
    exponents = -np.frexp(largest)[1] - 1
    return np.ldexp(points, exponents), np.ldexp(X, exponents)


def _count_on_a_line(points: Floats, x: Floats) -> Counts:
    """Count the rows on either side of each point, those that tie with it included."""
    ordered = np.sort(x)
    n_below = np.searchsorted(ordered, points, side="right")
    n_above = len(x) - np.searchsorted(ordered, points, side="left")
    return np.minimum(n_below, n_above).astype(np.int64)


def _count_in_the_plane(
    points: Floats, X: Floats, row_errors: Floats, point_errors: Floats
) -> Counts:
    """Turn a line about each point, block by block."""
    counts = np.empty(len(points), dtype=np.int64)
    step = max(1, _BLOCK // len(X))
    for first in range(0, len(points), step):
        block = slice(first, first + step)
        x, y = (X[:, k] - points[block, k, None] for k in (0, 1))
        x_errors, y_errors = (row_errors[:, k] + point_errors[block, k, None] for k in (0, 1))
        turn = turn_line(x, y, x_errors, y_errors)
        counts[block] = emptiest_halfplane(turn) + turn.is_met.sum(axis=1)
    return counts


def _count_in_space(offsets: Floats, errors: Floats) -> int:
    """Turn a plane about the line through the point and each row.

    The emptiest halfspace can be turned, without crossing a row, until its boundary holds the
    line of some row. Seen along that line the plane is a line, and the rows on it project on
    the origin; tilting the plane a little drops those on one of the two rays.
    """
    is_met = (np.abs(offsets) <= errors).all(axis=1)
    offsets, errors = offsets[~is_met], errors[~is_met]
    n_met = int(is_met.sum())
    if len(offsets) == 0:
        return n_met
    # The length of an offset does not matter; products of tiny ones would vanish.
    exponents = -np.frexp(np.abs(offsets).max(axis=1))[1]
    offsets = np.ldexp(offsets, exponents[:, None])
    errors = np.ldexp(errors, exponents[:, None])
    least = len(offsets)
    leading = np.abs(offsets).argmax(axis=1)
    step = max(1, _BLOCK // len(offsets))
    for axis in range(3):
        members = np.flatnonzero(leading == axis)
        for first in range(0, len(members), step):
            counts = _count_about_lines(offsets, errors, members[first : first + step], axis)
            least = min(least, int(counts.min()))
            if least == 0:
                return n_met
    return n_met + least


def _count_about_lines(
    offsets: Floats, errors: Floats, members: NDArray[np.intp], axis: int
) -> Counts:
    """Count the rows in the emptiest halfspace whose boundary holds the line of each member."""
    lead = offsets[members, axis, None]
    lead_error = errors[members, axis, None]

    def project(other: int) -> tuple[Floats, Floats]:
        # One component of the cross product: exact for whole numbers.
        side, side_error = offsets[members, other, None], errors[members, other, None]
        values = offsets[:, other] * lead - offsets[:, axis] * side
        bounds = errors[:, other] * np.abs(lead) + np.abs(offsets[:, other]) * lead_error
        bounds += errors[:, axis] * np.abs(side) + np.abs(offsets[:, axis]) * side_error
        return values, bounds

    (x, x_errors), (y, y_errors) = (project(k) for k in range(3) if k != axis)
    turn = turn_line(x, y, x_errors, y_errors)
    is_ahead = offsets[:, axis] * lead > 0
    n_ahead = (turn.is_met & is_ahead).sum(axis=1)
    n_behind = turn.is_met.sum(axis=1) - n_ahead
    counts: Counts = emptiest_halfplane(turn) + np.minimum(n_ahead, n_behind)
    return counts
