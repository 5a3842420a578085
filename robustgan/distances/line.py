"""Optimal transport on the line, exact by sorting: the north-west corner rule."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from robustgan.distances.inputs import Array


def staircase(a: Array, b: Array) -> tuple[NDArray[np.int_], NDArray[np.int_], Array]:
    """Fill a table of given margins from its north-west corner.

    Parameters
    ----------
    a : ndarray of shape (n,)
        Margins of the rows; sum to one.
    b : ndarray of shape (m,)
        Margins of the columns; sum to one.

    Returns
    -------
    row, column : ndarray of shape (n + m - 1,)
        The cells of a path from corner to corner, each one step from the last: a basis of the
        linear programme.
    mass : ndarray of shape (n + m - 1,)
        What each cell gets; may be zero.
    """
    ends = np.concatenate([np.cumsum(a)[:-1], np.cumsum(b)[:-1]])
    order = np.argsort(ends, kind="stable")
    goes_down = order < len(a) - 1
    row = np.concatenate([[0], np.cumsum(goes_down)])
    column = np.concatenate([[0], np.cumsum(~goes_down)])
    mass = np.diff(np.concatenate([[0.0], ends[order], [1.0]]))
    return row, column, mass.clip(min=0)


def transport_on_line(
    x: Array, y: Array, a: Array, b: Array, power: float
) -> tuple[coo_array, Array, Array]:
    """Solve transport between samples of numbers at the cost ``|x - y| ** power``, power >= 1.

    The costs of sorted numbers are a Monge array: the staircase is an optimal basis [1]_, and its
    potentials are feasible.

    Returns
    -------
    plan : sparse array of shape (n, m)
    source, target : ndarray of shape (n,) and (m,)
        Potentials.

    References
    ----------
    .. [1] Hoffman, A. J. (1963). On simple linear programming problems. Proceedings of Symposia in
       Pure Mathematics 7, 317-327.
    """
    by_x, by_y = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    row, column, mass = staircase(a[by_x], b[by_y])
    cost = np.abs(x[by_x][row] - y[by_y][column]) ** power
    source, target = staircase_potentials(row, column, cost)
    keep = mass > 0
    cells = (by_x[row[keep]], by_y[column[keep]])
    plan = coo_array((mass[keep], cells), shape=(len(x), len(y)))
    # Argsort of a permutation is its inverse.
    return plan, source[np.argsort(by_x)], target[np.argsort(by_y)]


def staircase_potentials(
    row: NDArray[np.int_], column: NDArray[np.int_], cost: Array
) -> tuple[Array, Array]:
    """Return the potentials that meet the cost in every cell of a staircase."""
    change, goes_down = np.diff(cost), np.diff(row) == 1
    source = np.concatenate([[0.0], np.cumsum(change[goes_down])])
    target = cost[0] + np.concatenate([[0.0], np.cumsum(change[~goes_down])])
    return source, target
