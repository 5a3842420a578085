"""The deepest point of a sample on the line or in the plane.

The centre of gravity of the region of largest halfspace depth: Tukey's median. It knows the
counts and polygons of its neighbours, and searches among levels of depth.
"""

from collections.abc import Callable
from typing import overload

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import QhullError
from torch import Tensor

from robustgan._bridge import to_array, to_tensor_like
from robustgan.depth.contours import (
    Halfplanes,
    center_of_gravity,
    find_corners,
    inner_point,
)
from robustgan.depth.edges import Edges, emptiest_normal, find_edges
from robustgan.depth.exact import exact_counts
from robustgan.depth.flats import find_flat
from robustgan.depth.inputs import read_sample
from robustgan.depth.units import find_units, to_units

Floats = NDArray[np.float64]
# With more rows there are too many lines through pairs of them.
_MOST_EDGES = 500
_MOST_CUTS = 400
_N_SWEEPS = 20
# Closer than this, in units of the bulk, two coordinates are one.
_SAME = 1e-12


@overload
def deepest_point(X: Tensor) -> Tensor: ...
@overload
def deepest_point(X: ArrayLike) -> NDArray[np.float64] | Tensor: ...
def deepest_point(X: Tensor | ArrayLike) -> Tensor | NDArray[np.float64]:
    """Find the centre of gravity of the region of largest halfspace depth.

    Tukey's median [1]_: on the line the median; in the plane the region is a polygon, at times
    a segment or a point, and its depth at least 1/3. Up to 500 rows in the plane it is computed
    from the lines through all pairs of rows. For more, halfplanes that cut off shallow points
    are added until only deep ones are left: the depth is still the largest there is unless
    the search is cut short, and the region, which may come out slightly too large, tells the
    point to within its own, tiny size.

    Parameters
    ----------
    X : Tensor or array-like of shape (n_samples, n_features)
        The sample, with 1 or 2 features and at least one row.

    Returns
    -------
    point : Tensor or ndarray of shape (n_features,)
        In the units of ``X``, in float64; a tensor on its device if it is a tensor.

    Raises
    ------
    ValueError
        If ``X`` has more than two features, no rows or values that are not finite.
    TypeError
        If ``X`` holds no numbers.

    References
    ----------
    .. [1] Rousseeuw, P. J. and Ruts, I. (1998). Constructing the bivariate Tukey median.
       Statistica Sinica 8, 827-839.

    Examples
    --------
    >>> from robustgan.depth import deepest_point, halfspace_depth
    >>> X = [[0, 0], [0, 2], [2, 0], [2, 2], [1, 1]]
    >>> deepest_point(X)
    array([1., 1.])
    >>> halfspace_depth([deepest_point(X)], X)
    array([0.6])
    """
    sample = read_sample("X", X, device=None, min_samples=1)
    if sample.shape[1] > 2:
        raise ValueError(
            f"X must have 1 or 2 columns, got {sample.shape[1]}. Compare the halfspace_depth of "
            "candidates, such as the rows and their medians, in more."
        )
    point = _find(sample)
    return to_tensor_like(point, sample) if isinstance(X, Tensor) else point


def _find(sample: Tensor) -> Floats:
    """Find the point: a median along a line, or in the plane."""
    flat = find_flat(sample[:0], sample)
    if flat is not None or sample.shape[1] == 1:
        column = flat.columns[0] if flat is not None and flat.columns else 0
        rows = to_array(sample)[torch.argsort(sample[:, column]).cpu().numpy()]
        lower, upper = rows[(len(rows) - 1) // 2], rows[len(rows) // 2]
        middle: Floats = np.where(lower == upper, lower, 0.5 * lower + 0.5 * upper)
        return middle
    center, scale = find_units(sample)
    Z = to_array(to_units(sample, center, scale))
    found = _from_edges(Z) if len(Z) <= _MOST_EDGES else _from_cuts(Z)
    return _snap(to_array(center) + to_array(scale) * found, to_array(sample), to_array(scale))


def _snap(point: Floats, X: Floats, scale: Floats) -> Floats:
    """Take coordinates of rows for what differs from them by rounding, unless it is shallower."""
    nearest = np.abs(X - point).argmin(axis=0)
    values = X[nearest, np.arange(X.shape[1])]
    snapped = np.where(np.abs(values - point) <= _SAME * scale, values, point)
    depths = exact_counts(np.stack([point, snapped]), X)
    return snapped if depths[1] >= depths[0] else point


def _from_edges(Z: Floats) -> Floats:
    """Search for the highest level at which the halfplanes of all pairs have a point in common."""
    edges = find_edges(Z)
    lowest, highest = -(-len(Z) // 3), len(Z)
    best: tuple[Halfplanes, Floats, float] | None = None
    while lowest <= highest:
        level = (lowest + highest) // 2
        halfplanes = _at_level(edges, level)
        circle = inner_point(halfplanes) if len(halfplanes.levels) else None
        if circle is None:
            highest = level - 1
        else:
            lowest, best = level + 1, (halfplanes, *circle)
    if best is None:
        # Only rounding leads here: there is a point of depth 1/3.
        return _from_cuts(Z)
    return center_of_gravity(*best)


def _at_level(edges: Edges, level: int) -> Halfplanes:
    """Choose the halfplanes that bound the region of points with so many rows on every side."""
    # A line whose own rows may be crossed as well is not the last.
    is_bound = (edges.n_beyond < level) & (edges.n_reached >= level)
    return Halfplanes(edges.normals[is_bound], edges.levels[is_bound])


def _from_cuts(Z: Floats) -> Floats:
    """Cut shallow points off until no deeper level has a point left."""
    angles = np.linspace(0.0, 2.0 * np.pi, 16, endpoint=False)
    normals = list(np.column_stack([np.cos(angles), np.sin(angles)]))
    along = [np.sort(Z @ normal) for normal in normals]

    def cuts(level: int) -> Halfplanes:
        # Beyond the row of this rank from the top there are fewer rows than the level asks.
        return Halfplanes(np.array(normals), np.array([values[-level] for values in along]))

    def cut_off(point: Floats) -> int:
        normal, count = emptiest_normal(Z, point)
        normals.append(normal)
        along.append(np.sort(Z @ normal))
        return count

    best, point = 0, np.zeros(2)
    for _ in range(_MOST_CUTS):
        circle = inner_point(cuts(best + 1)) if best < len(Z) else None
        if circle is None:
            break
        count = cut_off(circle[0])
        if count > best:
            best, point = count, circle[0]
    return _sharpen(Z, cuts, cut_off, best, point)


def _sharpen(
    Z: Floats,
    cuts: Callable[[int], Halfplanes],
    cut_off: Callable[[Floats], int],
    level: int,
    point: Floats,
) -> Floats:
    """Cut shallow corners off the deepest region and return its centre if it is as deep."""
    for _ in range(_N_SWEEPS):
        circle = inner_point(cuts(level))
        if circle is None or circle[1] == 0.0:
            return point
        try:
            corners = find_corners(cuts(level), *circle)
        except QhullError:
            return point
        # A little inwards: a corner itself is on the edge of rounding.
        inner = circle[0] + (1.0 - 1e-6) * (np.unique(corners, axis=0) - circle[0])
        if min([cut_off(corner) for corner in inner], default=level) >= level:
            break
    circle = inner_point(cuts(level))
    if circle is None:
        return point
    center = center_of_gravity(cuts(level), *circle)
    return center if int(exact_counts(center[None], Z)[0]) >= level else point
