"""The earth mover's distance between two samples, by linear programme, with a certificate."""

from dataclasses import dataclass
from importlib.util import find_spec
from math import inf

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import coo_array
from scipy.spatial.distance import cdist

from robustgan.distances.inputs import Array, check_number, check_pair, check_weights
from robustgan.distances.line import transport_on_line
from robustgan.distances.programmes import SOLVERS

# Up to here the whole programme costs HiGHS less than finding out which part of it matters.
_FEW_CELLS = 20_000


@dataclass(frozen=True)
class Transport:
    """An optimal transport between two weighted samples, and the proof that it is one.

    Attributes
    ----------
    cost : float
        Of the plan: the sum of mass times ``distance ** power``.
    dual : float
        Of the potentials: no plan costs less.
    plan : sparse array of shape (n, m)
        Mass moved from each row of ``X`` to each row of ``Y``; margins are the weights.
    source_potential : ndarray of shape (n,)
        ``u`` with ``u[i] + v[j] <= distance[i, j] ** power``, equal where mass moves. For
        ``power=1`` it is a best critic at the rows of ``X``.
    target_potential : ndarray of shape (m,)
        ``v``.
    power : float
        Of the distance.
    solver : str
        What solved it.
    """

    cost: float
    dual: float
    plan: coo_array
    source_potential: Array
    target_potential: Array
    power: float
    solver: str

    @property
    def distance(self) -> float:
        """The Wasserstein distance ``cost ** (1 / power)``; ``cost`` itself for powers below 1."""
        return float(self.cost ** (1 / max(self.power, 1.0)))

    @property
    def gap(self) -> float:
        """How far ``cost`` can be from the optimum: the difference to ``dual``."""
        return self.cost - self.dual


def earth_mover(
    X: object,
    Y: object,
    *,
    X_weights: object | None = None,
    Y_weights: object | None = None,
    power: float = 1.0,
    metric: str = "euclidean",
    solver: str = "auto",
) -> Transport:
    """Move one sample onto another at least cost: the earth mover's, or Wasserstein, distance.

    Parameters
    ----------
    X : array-like of shape (n, n_features)
        A sample.
    Y : array-like of shape (m, n_features)
        Another.
    X_weights, Y_weights : array-like of shape (n,) and (m,), default=None
        Not negative; scaled to sum to one. Equal by default.
    power : float, default=1.0
        Moving a unit of mass over the distance ``d`` costs ``d ** power``. Positive. With 1 and
        more the ``distance`` is Wasserstein's of that order.
    metric : str, default='euclidean'
        Any of `scipy.spatial.distance.cdist`.
    solver : str, default='auto'
        - ``'sort'``: one feature and ``power >= 1``; exact, memory of order n + m.
        - ``'assignment'``: as many rows of equal weight, by shortest augmenting paths.
        - ``'pot'``: the network simplex of POT (``pip install 'robustgan[transport]'``).
        - ``'highs'``: the whole linear programme by HiGHS; memory for n m variables.
        - ``'columns'``: column generation with HiGHS.
        - ``'auto'``: the first of these that can, by HiGHS if few cells; ``'columns'`` replaces
          ``'pot'`` where POT is not installed.

    Returns
    -------
    transport : Transport
        Cost, dual value, plan and potentials.

    Raises
    ------
    ValueError
        If samples, weights, ``power`` or ``solver`` will not do.
    ImportError
        If ``solver='pot'`` and POT is not there.

    Notes
    -----
    Primal: the least ``sum(plan * cost)`` of plans with the weights as margins. Dual: the largest
    ``X_weights @ u + Y_weights @ v`` with ``u[i] + v[j] <= cost[i, j]``. Whatever the solver, ``v``
    is lowered until it is feasible, so ``gap`` bounds the error of ``cost``. The matrix of costs
    is held in memory, except by ``'sort'``.

    References
    ----------
    .. [1] Peyré, G. and Cuturi, M. (2019). Computational optimal transport. Foundations and Trends
       in Machine Learning 11, 355-607. Chapters 2 and 3. doi:10.1561/2200000073

    Examples
    --------
    >>> import numpy as np
    >>> square = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> transport = earth_mover(square, square + np.array([3.0, 4.0]))
    >>> round(transport.distance, 9), round(transport.dual, 9)
    (5.0, 5.0)
    >>> transport.plan.toarray().sum(axis=1)
    array([0.25, 0.25, 0.25, 0.25])
    """
    x, y = check_pair(X, Y)
    a = check_weights("X_weights", X_weights, len(x))
    b = check_weights("Y_weights", Y_weights, len(y))
    power = check_number("power", power, 0)
    on_line = x.shape[1] == 1 and power >= 1 and metric == "euclidean"
    solver = _choose(solver, on_line, a, b)
    if solver == "sort":
        plan, u, v = transport_on_line(x[:, 0], y[:, 0], a, b, power)
        costs = np.abs(x[plan.coords[0], 0] - y[plan.coords[1], 0]) ** power
    else:
        matrix = cdist(x, y, metric) ** power
        plan, u, v = SOLVERS[solver](matrix, a, b)
        v = np.minimum(v, (matrix - u[:, None]).min(axis=0))
        costs = matrix[plan.coords]
    cost, dual = float(plan.data @ costs), float(a @ u + b @ v)
    return Transport(cost, dual, plan, u, v, power, solver)


def _choose(solver: str, on_line: bool, a: Array, b: Array) -> str:
    """Return the solver to take, or say why not."""
    names = ("auto", "sort", *SOLVERS)
    if solver not in names:
        raise ValueError(f"solver must be one of {', '.join(map(repr, names))}, got {solver!r}.")
    if solver == "sort" and not on_line:
        raise ValueError(
            "solver must not be 'sort' unless there is one feature, power >= 1 and the euclidean "
            "metric, got 'sort'. Use 'auto'."
        )
    if solver != "auto":
        return solver
    if on_line:
        return "sort"
    if len(a) == len(b) and np.ptp(a) == np.ptp(b) == 0:
        return "assignment"
    if len(a) * len(b) <= _FEW_CELLS:
        return "highs"
    return "pot" if find_spec("ot") is not None else "columns"


def gaussian_wasserstein(
    mean: ArrayLike, covariance: ArrayLike, other_mean: ArrayLike, other_covariance: ArrayLike
) -> float:
    """Return the Wasserstein distance of order two between two Gaussians.

    Parameters
    ----------
    mean, other_mean : array-like of shape (n_features,)
    covariance, other_covariance : array-like of shape (n_features, n_features)
        Positive semidefinite.

    Returns
    -------
    distance : float
        In the units of the features.

    Raises
    ------
    ValueError
        If shapes differ, or a covariance has a negative eigenvalue.

    References
    ----------
    .. [1] Dowson, D. C. and Landau, B. V. (1982). The Fréchet distance between multivariate normal
       distributions. Journal of Multivariate Analysis 12, 450-455. Equation 4.
       doi:10.1016/0047-259X(82)90077-X

    Examples
    --------
    >>> import numpy as np
    >>> round(gaussian_wasserstein([0.0, 0.0], np.eye(2), [3.0, 0.0], 25 * np.eye(2)), 9)
    6.403124237
    """
    first, second = (np.atleast_1d(np.asarray(m, dtype=float)) for m in (mean, other_mean))
    root = _root("covariance", covariance, len(first))
    other = _root("other_covariance", other_covariance, len(first))
    if first.shape != second.shape or not np.isfinite([first, second]).all():
        raise ValueError(
            f"other_mean must be finite and of the shape of mean, {first.shape}, "
            f"got {second.shape}."
        )
    # The nuclear norm of the product of the roots is the trace of the root in the formula.
    cross = np.linalg.norm(root @ other, ord="nuc")
    spread = (root**2).sum() + (other**2).sum() - 2 * cross
    return float(np.sqrt(((first - second) ** 2).sum() + max(spread, 0.0)))


def _root(name: str, covariance: ArrayLike, p: int) -> Array:
    """Return the symmetric root of a covariance."""
    matrix = np.atleast_2d(np.asarray(covariance, dtype=float))
    if matrix.shape != (p, p) or not np.isfinite(matrix).all():
        raise ValueError(f"{name} must be finite, of shape ({p}, {p}), got {matrix.shape}.")
    variances, axes = np.linalg.eigh(matrix)
    least = -1e-10 * max(float(variances.max(initial=0)), np.finfo(float).tiny)
    check_number(f"the least eigenvalue of {name}", float(variances.min()), least or -inf)
    root: Array = (axes * np.sqrt(variances.clip(min=0))) @ axes.T
    return root
