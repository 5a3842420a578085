"""Convex polygons as intersections of halfplanes: whether there is one, and where its middle is.

Regions of depth are such polygons, often tiny and at times a segment or a point. It knows
halfplanes, not samples.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.spatial import HalfspaceIntersection, QhullError

Floats = NDArray[np.float64]
# In units of the bulk: thinner regions are segments or points, and gaps as thin are rounding.
_THIN = 1e-9
_FAR = 1e9
_OPTIONS = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


class Halfplanes(NamedTuple):
    """Closed halfplanes {z: normals z <= levels}.

    Attributes
    ----------
    normals : ndarray of shape (n_halfplanes, 2)
        Of length one.
    levels : ndarray of shape (n_halfplanes,)
        In units of the bulk.
    """

    normals: Floats
    levels: Floats


def inner_point(halfplanes: Halfplanes) -> tuple[Floats, float] | None:
    """Find the centre and the radius of a largest circle in the intersection.

    Parameters
    ----------
    halfplanes : Halfplanes
        Their intersection must be bounded.

    Returns
    -------
    circle : (ndarray of shape (2,), float) or None
        The radius is 0 for segments and points; None if the intersection is empty.
    """
    constraints = np.column_stack([halfplanes.normals, np.ones(len(halfplanes.levels))])
    # What is farther than this bounds nothing near the bulk, and huge numbers break programs.
    levels = np.clip(halfplanes.levels, -_FAR, _FAR)
    result = linprog(
        [0.0, 0.0, -1.0],
        A_ub=constraints,
        b_ub=levels,
        bounds=[(None, None), (None, None), (-1.0, 1.0)],
        options=_OPTIONS,
    )
    if result.x is None or result.x[2] < -_THIN:
        return None
    return result.x[:2], max(float(result.x[2]), 0.0)


def center_of_gravity(halfplanes: Halfplanes, point: Floats, radius: float) -> Floats:
    """Compute the centre of gravity of the intersection.

    Parameters
    ----------
    halfplanes : Halfplanes
        Their intersection must be bounded.
    point : ndarray of shape (2,)
        From :func:`inner_point`.
    radius : float
        From :func:`inner_point`.

    Returns
    -------
    center : ndarray of shape (2,)
        The middle of a segment, the point itself if it is all.
    """
    if radius <= _THIN:
        return _middle_of_segment(halfplanes, point)
    try:
        corners = find_corners(halfplanes, point, radius)
    except QhullError:
        return point
    if len(corners) < 3:
        return point
    x, y = (corners - point).T
    x_next, y_next = np.roll(x, -1), np.roll(y, -1)
    areas = x * y_next - x_next * y
    if areas.sum() <= 0.0:
        return point
    shift = np.array([(areas * (x + x_next)).sum(), (areas * (y + y_next)).sum()])
    center: Floats = point + shift / (3.0 * areas.sum())
    return center


def find_corners(halfplanes: Halfplanes, point: Floats, radius: float) -> Floats:
    """Find the corners of the intersection, counter-clockwise.

    Parameters
    ----------
    halfplanes : Halfplanes
        Their intersection must be bounded.
    point : ndarray of shape (2,)
        Strictly inside.
    radius : float
        Of a circle about it; the unit of the computation.

    Returns
    -------
    corners : ndarray of shape (n_corners, 2)
        At times more than once.
    """
    levels = (halfplanes.levels - halfplanes.normals @ point) / radius
    # Qhull breaks on huge numbers; what is that far away cannot be a side.
    is_near = levels < 1e9
    stacked = np.column_stack([halfplanes.normals[is_near], -levels[is_near]])
    corners = HalfspaceIntersection(stacked, np.zeros(2)).intersections
    corners = corners[np.isfinite(corners).all(axis=1)]
    order = np.argsort(np.arctan2(corners[:, 1], corners[:, 0]))
    found: Floats = point + radius * corners[order]
    return found


def _middle_of_segment(halfplanes: Halfplanes, point: Floats) -> Floats:
    """Find both ends of a region that is too thin to have corners."""
    ends = []
    for goal in ([1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]):
        result = linprog(
            goal,
            A_ub=halfplanes.normals,
            b_ub=np.clip(halfplanes.levels, -_FAR, _FAR) + 2.0 * _THIN,
            bounds=[(None, None), (None, None)],
            options=_OPTIONS,
        )
        ends.append(point if result.x is None else result.x)
    is_wide = abs(ends[0][0] - ends[1][0]) >= abs(ends[2][1] - ends[3][1])
    pair = ends[:2] if is_wide else ends[2:]
    middle: Floats = 0.5 * (np.asarray(pair[0]) + np.asarray(pair[1]))
    # The lines that leave no room tell where it is better than the program does.
    gaps = halfplanes.levels - halfplanes.normals @ middle
    is_tight = np.abs(gaps) <= 1e3 * _THIN
    if is_tight.any():
        normals = halfplanes.normals[is_tight]
        middle = middle + np.linalg.lstsq(normals, gaps[is_tight], rcond=1e-7)[0]
    return middle
