"""Laws as SciPy knows them: probabilities, univariate densities, multivariate normals.

A law is told by what it can do, not by its class: probabilities are arrays, a multivariate normal
has a mean and a covariance, anything else has ``logpdf`` and ``ppf``.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import tanhsinh
from scipy.optimize import brentq
from scipy.special import logsumexp
from scipy.stats import norm

from robustgan.distances.inputs import Array, check_weights

# Where a density is cut before it is integrated: quadrature never overlooks a narrow peak.
_LEVELS = np.array([1e-12, 1e-6, 1e-3, 0.1, 0.5, 0.9, 1 - 1e-3, 1 - 1e-6, 1 - 1e-12])
_TOLERANCE = 1e-13
_N_GRID = 33


class MixtureDensity:
    """A mixture of univariate laws.

    Parameters
    ----------
    components : sequence of laws
        Frozen continuous laws of `scipy.stats`, or others with ``logpdf`` and ``ppf``.
    weights : array-like of shape (n_components,), default=None
        Not negative; scaled to sum to one. Equal by default.

    Examples
    --------
    >>> from scipy.stats import norm
    >>> two = MixtureDensity([norm(-2, 1), norm(2, 1)])
    >>> bool(two.logpdf(1.0) == two.logpdf(-1.0))
    True
    """

    def __init__(self, components: Sequence[Any], weights: object | None = None) -> None:
        if not len(components):
            raise ValueError("components must hold at least one law, got none.")
        self.components = list(components)
        self.weights = check_weights("weights", weights, len(self.components))

    def logpdf(self, x: object) -> NDArray[np.float64]:
        """Return the logarithm of the density at points of any shape."""
        logs = np.stack([np.asarray(law.logpdf(x)) for law in self.components])
        weights = self.weights.reshape(-1, *[1] * (logs.ndim - 1))
        with np.errstate(divide="ignore"):
            found: NDArray[np.float64] = logsumexp(logs, axis=0, b=weights)
        return found


def is_discrete(law: object) -> bool:
    """Tell whether a law is an array of probabilities."""
    return not hasattr(law, "logpdf")


def moments(law: Any) -> tuple[Array, Array] | None:
    """Return mean and covariance of a normal law, None of another."""
    if hasattr(law, "cov_object"):
        return np.atleast_1d(law.mean), np.atleast_2d(law.cov)
    if getattr(getattr(law, "dist", None), "name", "") == "norm":
        return np.array([law.mean()]), np.array([[law.var()]])
    return None


def as_univariate(law: Any) -> Any:
    """Return a law of one number, a univariate normal for a multivariate one of one feature."""
    found = moments(law)
    if found is not None:
        mean, covariance = found
        if len(mean) > 1:
            raise ValueError(
                f"the laws must be of one number, got a normal law of {len(mean)}. In more "
                "dimensions normal laws of one covariance can be compared, or, by "
                "kullback_leibler and hellinger, any two."
            )
        return norm(mean[0], np.sqrt(covariance[0, 0]))
    if not (isinstance(law, MixtureDensity) or callable(getattr(law, "ppf", None))):
        raise TypeError(
            "a law must be an array of probabilities or have logpdf and ppf, as the laws of "
            f"scipy.stats do, got {law!r}."
        )
    return law


def check_probabilities(p: object, q: object) -> tuple[Array, Array]:
    """Return two arrays of probabilities of the same outcomes."""
    pair = []
    for name, law in (("p", p), ("q", q)):
        found = np.asarray(law, dtype=np.float64)
        if not (np.isfinite(found).all() and (found >= 0).all()):
            raise ValueError(f"{name} must hold probabilities, got values outside of [0, 1].")
        if abs(found.sum() - 1) > 1e-8:
            raise ValueError(f"{name} must sum to one, got {found.sum()}. Divide by the sum.")
        pair.append(found)
    if pair[0].shape != pair[1].shape:
        raise ValueError(f"p and q must have one shape, got {pair[0].shape} and {pair[1].shape}.")
    return pair[0], pair[1]


def integrate(integrand: Callable[[Array], Array], edges: Array) -> float:
    """Integrate over the line, piece by piece, by the tanh-sinh rule.

    Parameters
    ----------
    integrand : callable
        Maps points of any shape to values of that shape; smooth inside each piece.
    edges : ndarray of shape (n_pieces + 1,)
        Where to cut, from -inf to inf, increasing.

    Raises
    ------
    ValueError
        If the quadrature does not settle.
    """
    found = tanhsinh(integrand, edges[:-1], edges[1:], atol=_TOLERANCE, rtol=1e-11)
    total, error = float(found.integral.sum()), float(found.error.sum())
    if not (np.isfinite(total) and error <= 1e-8 * max(1.0, abs(total))):
        raise ValueError(
            f"the integral must converge, got {total:.6g} with an error of {error:.1g}. The "
            "divergence may be infinite: the tails of p may be too heavy for q."
        )
    return total


def cut_line(laws: Sequence[object]) -> Array:
    """Return where to cut the line, from -inf to inf."""
    cuts = np.unique(np.concatenate([_cuts(law) for law in laws]))
    return np.concatenate([[-inf], cuts[np.isfinite(cuts)], [inf]])


def crossings(difference: Callable[[Array], Array], edges: Array) -> Array:
    """Return where a function changes its sign, by a grid on each finite piece of the line."""
    pieces = [np.linspace(*piece, _N_GRID) for piece in pairwise(edges[1:-1])]
    grid = np.unique(np.concatenate(pieces))
    # Where neither law has mass, the difference is not a number, and changes no sign.
    with np.errstate(invalid="ignore"):
        values = difference(grid)
        changes = np.flatnonzero(values[:-1] * values[1:] < 0)
    finite = [i for i in changes if np.isfinite(values[i : i + 2]).all()]
    roots = [brentq(difference, grid[i], grid[i + 1], xtol=1e-14) for i in finite]
    return np.append(roots, grid[values == 0])


def _cuts(law: Any) -> Array:
    """Return the points at which to cut the line for a law."""
    if isinstance(law, MixtureDensity):
        return np.concatenate([_cuts(component) for component in law.components])
    cuts: Array = np.asarray(law.ppf(_LEVELS), dtype=float)
    support = getattr(law, "support", None)
    return cuts if support is None else np.append(cuts, support())
