"""Optimal transport at any cost matrix: what solves the linear programme, and its dual.

Each solver returns a plan and potentials. None is trusted: `transport` makes the potentials
feasible, which turns them into a certificate.
"""

import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment, linprog
from scipy.sparse import coo_array, csc_array
from sklearn.exceptions import ConvergenceWarning

from robustgan.distances.inputs import Array
from robustgan.distances.line import staircase

Solution = tuple[coo_array, Array, Array]
Solver = Callable[[Array, Array, Array], Solution]
_MAX_ROUNDS = 200


def solve_assignment(cost: Array, a: Array, b: Array) -> Solution:
    """Solve transport between as many points of equal weight, by shortest augmenting paths."""
    n = len(a)
    if len(b) != n or np.ptp(a) > 0 or np.ptp(b) > 0:
        raise ValueError(
            "solver must not be 'assignment' unless both samples have as many rows of equal "
            f"weight, got {n} and {len(b)} rows. Use 'auto'."
        )
    row, column = linear_sum_assignment(cost)
    plan = coo_array((np.full(n, 1 / n), (row, column)), shape=cost.shape)
    target = _shortest_distances(cost[:, column] - cost[row, column][:, None])
    potential = np.empty(n)
    potential[column] = target
    return plan, cost[row, column] - target, potential


def _shortest_distances(lengths: Array) -> Array:
    """Return the potentials ``v`` with ``v[k] <= v[j] + lengths[j, k]`` (Bellman and Ford).

    An optimal assignment has no cycle of negative length, so every shortest path has fewer arcs
    than there are rows; on a sample it has a few dozen.
    """
    slack = 1e-14 * max(1.0, float(np.abs(lengths).max()))
    distance: Array = np.zeros(len(lengths))
    for _ in range(len(lengths)):
        shorter: Array = np.minimum(distance, (lengths + distance[:, None]).min(axis=0))
        # Rounding makes cycles of length zero endless.
        if (distance - shorter).max() <= slack:
            return shorter
        distance = shorter
    return distance


def solve_by_highs(cost: Array, a: Array, b: Array) -> Solution:
    """Solve the whole linear programme by HiGHS."""
    row, column = (index.reshape(-1) for index in np.indices(cost.shape))
    return _solve_cells(cost, a, b, row, column)


def _solve_cells(
    cost: Array, a: Array, b: Array, row: NDArray[np.int_], column: NDArray[np.int_]
) -> Solution:
    """Solve the linear programme of some cells of the plan."""
    n, m, k = len(a), len(b), len(row)
    ones = np.ones(2 * k)
    constraint = np.concatenate([row, n + column])
    variable = np.tile(np.arange(k), 2)
    margins = csc_array((ones, (constraint, variable)), shape=(n + m, k))
    result = linprog(
        cost[row, column],
        A_eq=margins,
        b_eq=np.concatenate([a, b]),
        method="highs-ds",
        options={"dual_feasibility_tolerance": 1e-10, "primal_feasibility_tolerance": 1e-10},
    )
    if result.x is None:
        raise RuntimeError(f"HiGHS must solve the linear programme, got: {result.message}")
    keep = result.x > 0
    plan = coo_array((result.x[keep], (row[keep], column[keep])), shape=cost.shape)
    return plan, result.eqlin.marginals[:n], result.eqlin.marginals[n:]


def solve_by_columns(cost: Array, a: Array, b: Array, *, n_new: int = 10) -> Solution:
    """Solve the linear programme by column generation.

    A few cells a row and column suffice; those that the potentials show to be too cheap are added
    until there is none.
    """
    chosen = _cheapest(cost, n_new)
    row, column, _ = staircase(a, b)
    chosen[row, column] = True
    tolerance = 1e-12 * max(float(np.abs(cost).max()), np.finfo(float).tiny)
    for _ in range(_MAX_ROUNDS):
        plan, source, target = _solve_cells(cost, a, b, *np.nonzero(chosen))
        reduced = cost - source[:, None] - target
        too_cheap = (reduced < -tolerance) & ~chosen
        if not too_cheap.any():
            return plan, source, target
        # What the optimum does not need leaves: the programme stays small.
        chosen &= reduced <= np.quantile(reduced[chosen], 0.75)
        chosen[row, column] = True
        chosen[plan.coords] = True
        chosen |= _cheapest(reduced, n_new) & too_cheap
    warnings.warn(
        f"The transport has not settled after {_MAX_ROUNDS} rounds; its gap says how far it is "
        "from the optimum. POT (pip install 'robustgan[transport]') solves it at once.",
        ConvergenceWarning,
        stacklevel=3,
    )
    return plan, source, target


def _cheapest(cost: Array, k: int) -> NDArray[np.bool_]:
    """Mark the ``k`` cheapest cells of every row and column."""
    chosen = np.zeros(cost.shape, dtype=bool)
    n, m = cost.shape
    by_row = np.argpartition(cost, min(k, m) - 1, axis=1)[:, :k]
    by_column = np.argpartition(cost, min(k, n) - 1, axis=0)[:k]
    np.put_along_axis(chosen, by_row, True, axis=1)
    np.put_along_axis(chosen, by_column, True, axis=0)
    return chosen


def solve_by_pot(cost: Array, a: Array, b: Array) -> Solution:
    """Solve the linear programme by the network simplex of POT, an optional package."""
    try:
        import ot
    except ImportError:
        raise ImportError(
            "solver 'pot' needs Python Optimal Transport: pip install 'robustgan[transport]'."
        ) from None
    plan, log = ot.emd(a, b, cost, numItermax=10**8, log=True)
    if log["warning"] is not None:
        raise RuntimeError(f"POT must solve the linear programme, got: {log['warning']}")
    return coo_array(plan), np.asarray(log["u"]), np.asarray(log["v"])


SOLVERS: Mapping[str, Solver] = MappingProxyType(
    {
        "assignment": solve_assignment,
        "highs": solve_by_highs,
        "columns": solve_by_columns,
        "pot": solve_by_pot,
    }
)
