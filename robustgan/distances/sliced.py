"""The sliced Wasserstein distance: sort along directions until it is known well enough."""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from robustgan._bridge import make_seeds
from robustgan.distances.inputs import Array, check_count, check_number, check_pair
from robustgan.distances.line import staircase

_BATCH = 64


@dataclass(frozen=True)
class SlicedDistance:
    """A sliced Wasserstein distance and how well it is known.

    Attributes
    ----------
    distance : float
        In the units of the features.
    standard_error : float
        Of ``distance``, from the spread over directions.
    n_directions : int
        Directions drawn.
    """

    distance: float
    standard_error: float
    n_directions: int


def sliced_wasserstein(
    X: object,
    Y: object,
    *,
    power: float = 2.0,
    tol: float = 0.01,
    max_directions: int = 100_000,
    random_state: object = None,
) -> SlicedDistance:
    """Average the transport between projections of two samples over directions.

    Parameters
    ----------
    X : array-like of shape (n, n_features)
        A sample, of equal weights.
    Y : array-like of shape (m, n_features)
        Another.
    power : float, default=2.0
        Order of the distance, at least 1.
    tol : float, default=0.01
        Directions are drawn until the standard error is at most this share of the distance.
    max_directions : int, default=100_000
        Most directions; at least 64.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default=None
        Of the directions.

    Returns
    -------
    sliced : SlicedDistance
        The distance, its standard error, and the number of directions.

    Raises
    ------
    ValueError
        If the samples or a parameter will not do.

    Warns
    -----
    ConvergenceWarning
        If the standard error is still too large after ``max_directions``.

    Notes
    -----
    ``(mean over directions w of W_p(X w, Y w)^p)^(1/p)``; the standard error of the mean is carried
    through the root by its derivative.

    References
    ----------
    .. [1] Bonneel, N., Rabin, J., Peyré, G. and Pfister, H. (2015). Sliced and Radon Wasserstein
       barycenters of measures. Journal of Mathematical Imaging and Vision 51, 22-45.
       doi:10.1007/s10851-014-0506-3

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(100, 3))
    >>> sliced = sliced_wasserstein(X, X + np.array([3.0, 0.0, 0.0]), random_state=0)
    >>> bool(abs(sliced.distance - 3 / np.sqrt(3)) < 4 * sliced.standard_error)
    True
    """
    x, y = check_pair(X, Y)
    power, tol = check_number("power", power, 0), check_number("tol", tol, 0)
    if power < 1:
        raise ValueError(f"power must be at least 1, got {power}.")
    check_count("max_directions", max_directions, _BATCH)
    rng = np.random.default_rng(make_seeds(random_state, 1)[0])
    costs = np.empty(0)
    while True:
        costs = np.append(costs, _costs(x, y, _directions(rng, x.shape[1]), power))
        found = _summarise(costs, power)
        if found.standard_error <= tol * found.distance:
            return found
        if len(costs) + _BATCH > max_directions:
            break
    warnings.warn(
        f"The standard error is {found.standard_error:.2g} after {len(costs)} directions, above "
        f"tol={tol:g} of the distance. Raise max_directions.",
        ConvergenceWarning,
        stacklevel=2,
    )
    return found


def _directions(rng: np.random.Generator, p: int) -> Array:
    """Draw unit vectors, as columns."""
    normal = rng.normal(size=(p, _BATCH))
    directions: Array = normal / np.linalg.norm(normal, axis=0)
    return directions


def _costs(x: Array, y: Array, directions: Array, power: float) -> Array:
    """Return the cost of transport along each direction."""
    from_x, from_y = np.sort(x @ directions, axis=0), np.sort(y @ directions, axis=0)
    if len(x) == len(y):
        costs: Array = (np.abs(from_x - from_y) ** power).mean(axis=0)
        return costs
    # The masses of the staircase are those of any direction: the weights are equal.
    row, column, mass = staircase(np.full(len(x), 1 / len(x)), np.full(len(y), 1 / len(y)))
    weighted: Array = mass @ (np.abs(from_x[row] - from_y[column]) ** power)
    return weighted


def _summarise(costs: Array, power: float) -> SlicedDistance:
    mean, error = costs.mean(), costs.std(ddof=1) / np.sqrt(len(costs))
    distance = mean ** (1 / power)
    slope = distance / (power * mean) if mean > 0 else 0.0
    return SlicedDistance(float(distance), float(slope * error), len(costs))
