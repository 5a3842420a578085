"""Mixed strategies of finite games between two players, one of whom pays the other.

The game to diagnose may be one of networks: rows are generators kept along a training run, columns
discriminators, and the payoff what the discriminator gets. Nothing is trained here.
"""

from dataclasses import dataclass
from math import ceil, log

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from robustgan._bridge import make_seeds

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MixedStrategies:
    """A mixed strategy of each player, and how good they are.

    Attributes
    ----------
    row : ndarray of shape (n_rows,)
        Probabilities of the player who pays, and wants to pay little.
    column : ndarray of shape (n_columns,)
        Probabilities of the player who is paid.
    value : float
        What is paid on average if both play these.
    exploitability : float
        What both players together could gain by the best answers, in the units of the payoff:
        zero for an equilibrium, and no player gains more.
    """

    row: Array
    column: Array
    value: float
    exploitability: float


def solve_matrix_game(payoff: object) -> MixedStrategies:
    """Solve ``min over x, max over y of x' payoff y`` in mixed strategies, by linear programme.

    Parameters
    ----------
    payoff : array-like of shape (n_rows, n_columns)
        What the row player pays to the column player.

    Returns
    -------
    equilibrium : MixedStrategies
        The row player's strategy from the primal, the column player's from the dual.

    Raises
    ------
    ValueError
        If ``payoff`` is not a finite matrix.

    References
    ----------
    .. [1] von Neumann, J. (1928). Zur Theorie der Gesellschaftsspiele. Mathematische Annalen 100,
       295-320. doi:10.1007/BF01448847
    .. [2] Dantzig, G. B. (1951). A proof of the equivalence of the programming problem and the game
       problem. In Activity Analysis of Production and Allocation, 330-335.

    Examples
    --------
    >>> rock_paper_scissors = [[0, 1, -1], [-1, 0, 1], [1, -1, 0]]
    >>> solve_matrix_game(rock_paper_scissors).row.round(9)
    array([0.33333333, 0.33333333, 0.33333333])
    """
    matrix = _check_payoff(payoff)
    n_rows, n_columns = matrix.shape
    # HiGHS works to absolute tolerances: to unit scale, and back.
    offset, scale = _units(matrix)
    unit = (matrix - offset) / scale
    result = linprog(
        np.append(np.zeros(n_rows), 1.0),
        A_ub=np.hstack([unit.T, -np.ones((n_columns, 1))]),
        b_ub=np.zeros(n_columns),
        A_eq=np.append(np.ones(n_rows), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * n_rows + [(None, None)],
        method="highs-ds",
        options={"dual_feasibility_tolerance": 1e-10, "primal_feasibility_tolerance": 1e-10},
    )
    if result.x is None:
        raise RuntimeError(f"HiGHS must solve the game, got: {result.message}")
    row = _as_probabilities(result.x[:n_rows])
    return _judge(matrix, row, _as_probabilities(-result.ineqlin.marginals))


def exploitability(payoff: object, row: object, column: object) -> float:
    """Return what both players together could gain by answering the other's strategy.

    Parameters
    ----------
    payoff : array-like of shape (n_rows, n_columns)
        What the row player pays.
    row : array-like of shape (n_rows,)
        Probabilities.
    column : array-like of shape (n_columns,)
        Probabilities.

    Returns
    -------
    gain : float
        ``max(row' payoff) - min(payoff column)``, not negative: the duality gap.

    Raises
    ------
    ValueError
        If ``payoff`` is not a finite matrix, or a strategy is none of it.

    Examples
    --------
    >>> exploitability([[1, -1], [-1, 1]], [1, 0], [0.5, 0.5])
    1.0
    """
    matrix = _check_payoff(payoff)
    strategies = []
    for name, strategy, n in (("row", row, len(matrix)), ("column", column, matrix.shape[1])):
        found = np.asarray(strategy, dtype=float)
        if found.shape != (n,) or not (found >= 0).all() or abs(found.sum() - 1) > 1e-8:
            raise ValueError(f"{name} must hold {n} probabilities that sum to one, got {found}.")
        strategies.append(found)
    return float((strategies[0] @ matrix).max() - (matrix @ strategies[1]).min())


def sampled_equilibrium(
    payoff: object,
    *,
    tol: float = 0.1,
    n_draws: int | None = None,
    equilibrium: MixedStrategies | None = None,
    random_state: object = None,
) -> MixedStrategies:
    """Draw a few pure strategies of an equilibrium, and play each draw equally often.

    Parameters
    ----------
    payoff : array-like of shape (n_rows, n_columns)
        What the row player pays.
    tol : float, default=0.1
        ``epsilon``: by how much of the payoff's range a player may gain by another strategy. In
        (0, 1).
    n_draws : int or None, default=None
        Draws of each player; None takes the ``ceil(12 log(n) / tol**2)`` of the theorem, with ``n``
        the larger number of strategies.
    equilibrium : MixedStrategies or None, default=None
        What to draw from; solved for by default.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default=None
        Of the draws.

    Returns
    -------
    strategies : MixedStrategies
        Supports are no larger than the number of draws. By the theorem no player gains more than
        ``tol`` times the range of the payoff, with high probability, so ``exploitability`` is at
        most twice that; no equilibrium of so small a support need exist.

    Raises
    ------
    ValueError
        If ``payoff`` is not a finite matrix, or a parameter is out of range.

    References
    ----------
    .. [1] Lipton, R. J., Markakis, E. and Mehta, A. (2003). Playing large games using simple
       strategies. ACM Conference on Electronic Commerce, 36-41. Theorem 2.
       doi:10.1145/779928.779933
    .. [2] Arora, S., Ge, R., Liang, Y., Ma, T. and Zhang, Y. (2017). Generalization and equilibrium
       in generative adversarial nets. ICML. Theorem 4.2. doi:10.48550/arXiv.1703.00573

    Examples
    --------
    >>> import numpy as np
    >>> payoff = np.random.default_rng(0).uniform(size=(100, 100))
    >>> few = sampled_equilibrium(payoff, n_draws=20, random_state=0)
    >>> bool((few.row > 0).sum() <= 20)
    True
    """
    matrix = _check_payoff(payoff)
    if not 0 < tol < 1:
        raise ValueError(f"tol must lie in (0, 1), got {tol}.")
    if n_draws is None:
        # One strategy needs one draw.
        n_draws = max(1, ceil(12 * log(max(matrix.shape)) / tol**2))
    if n_draws < 1:
        raise ValueError(f"n_draws must be at least 1, got {n_draws}.")
    exact = equilibrium or solve_matrix_game(matrix)
    rng = np.random.default_rng(make_seeds(random_state, 1)[0])
    row, column = (rng.multinomial(n_draws, p) / n_draws for p in (exact.row, exact.column))
    return _judge(matrix, row, column)


def _check_payoff(payoff: object) -> Array:
    matrix = np.asarray(payoff, dtype=float)
    if matrix.ndim != 2 or not matrix.size or not np.isfinite(matrix).all():
        raise ValueError(
            f"payoff must be a finite matrix that is not empty, got an array of shape "
            f"{matrix.shape}."
        )
    return matrix


def _units(matrix: Array) -> tuple[float, float]:
    """Return offset and scale that bring a payoff to [0, 1]."""
    return float(matrix.min()), float(np.ptp(matrix)) or 1.0


def _as_probabilities(raw: Array) -> Array:
    """Take off what rounding has left below zero, or above a sum of one."""
    kept = np.maximum(raw, 0.0)
    found: Array = kept / kept.sum()
    return found


def _judge(matrix: Array, row: Array, column: Array) -> MixedStrategies:
    gain = exploitability(matrix, row, column)
    return MixedStrategies(row, column, float(row @ matrix @ column), gain)
