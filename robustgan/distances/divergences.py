"""Divergences between densities: closed forms where there are any, else sums or quadrature.

``p`` and ``q`` are both arrays of probabilities, or both laws of `scipy.stats` (or what has their
``logpdf`` and ``ppf``). Values are in nats.
"""

from collections.abc import Callable
from math import inf

import numpy as np
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.special import entr
from scipy.stats import norm

from robustgan.distances.inputs import Array, check_number
from robustgan.distances.laws import (
    as_univariate,
    check_probabilities,
    crossings,
    cut_line,
    integrate,
    is_discrete,
    moments,
)

Integrand = Callable[[Array, Array], Array]


def kullback_leibler(p: object, q: object) -> float:
    """Return the Kullback-Leibler divergence ``E_p log(p / q)``.

    Parameters
    ----------
    p, q : array-like of shape (n_outcomes,), or laws
        Probabilities, or laws with ``logpdf`` and ``ppf``: frozen continuous laws of
        `scipy.stats`, `MixtureDensity`, or, of any dimension, ``scipy.stats.multivariate_normal``.

    Returns
    -------
    divergence : float
        In [0, inf], nats. Infinite if ``p`` has mass where ``q`` has none.

    Raises
    ------
    ValueError
        If probabilities do not sum to one, dimensions differ, or the integral does not converge.
    TypeError
        If an argument is no law.

    Examples
    --------
    >>> from scipy.stats import norm
    >>> kullback_leibler(norm(0, 1), norm(3, 1))
    4.5
    >>> kullback_leibler([1.0, 0.0], [0.0, 1.0])
    inf
    """
    normal = _normal_pair(p, q)
    if normal is not None:
        (mean, covariance), (other_mean, other) = normal
        factor = cho_factor(other)
        shift = other_mean - mean
        _, log_det = np.linalg.slogdet(covariance)
        _, other_log_det = np.linalg.slogdet(other)
        trace = np.trace(cho_solve(factor, covariance))
        distance = shift @ cho_solve(factor, shift)
        return float(trace + distance - len(mean) + other_log_det - log_det) / 2
    return _evaluate(_relative, p, q)


def jensen_shannon(p: object, q: object, *, data_weight: float = 0.5) -> float:
    """Return the Jensen-Shannon divergence, skewed if wanted.

    ``w KL(p, m) + (1 - w) KL(q, m)`` with ``m = w p + (1 - w) q``: what
    `robustgan.objectives.SkewedJensenShannon` of the same weight estimates.

    Parameters
    ----------
    p, q : array-like of shape (n_outcomes,), or laws
        As in `kullback_leibler`; normal laws of several dimensions need one covariance.
    data_weight : float, default=0.5
        The weight ``w`` of ``p`` (Huszar's pi), in (0, 1).

    Returns
    -------
    divergence : float
        In [0, -w log w - (1 - w) log(1 - w)], nats: at most log 2 for equal weights, reached by
        laws that share no mass.

    Raises
    ------
    ValueError
        As in `kullback_leibler`, or if ``data_weight`` is out of range.

    References
    ----------
    .. [1] Lin, J. (1991). Divergence measures based on the Shannon entropy. IEEE Transactions on
       Information Theory 37, 145-151. Equation 4.1. doi:10.1109/18.61115
    .. [2] Huszar, F. (2015). How (not) to train your generative model: scheduled sampling,
       likelihood, adversary? doi:10.48550/arXiv.1511.05101

    Examples
    --------
    >>> import numpy as np
    >>> bool(np.isclose(jensen_shannon([0.5, 0.5, 0.0], [0.0, 0.0, 1.0]), np.log(2)))
    True
    """
    w = check_number("data_weight", data_weight, 0, 1)

    def integrand(log_p: Array, log_q: Array) -> Array:
        log_middle = np.logaddexp(log_p + np.log(w), log_q + np.log1p(-w))
        return w * _relative(log_p, log_middle) + (1 - w) * _relative(log_q, log_middle)

    most = float(entr(w) + entr(1 - w))
    return min(_evaluate(integrand, *_on_a_line(p, q)), most)


def total_variation(p: object, q: object) -> float:
    """Return the total variation distance, half the integral of ``|p - q|``.

    Parameters
    ----------
    p, q : array-like of shape (n_outcomes,), or laws
        As in `kullback_leibler`; normal laws of several dimensions need one covariance.

    Returns
    -------
    distance : float
        In [0, 1].

    Raises
    ------
    ValueError
        As in `kullback_leibler`.

    Examples
    --------
    >>> from scipy.stats import norm
    >>> round(total_variation(norm(-1, 1), norm(1, 1)), 9)
    0.682689492
    """
    first, second = _on_a_line(p, q)
    normal = _normal_pair(first, second)
    if normal is not None and len(normal[0][0]) == 1 and normal[0][1] == normal[1][1]:
        shift = abs(normal[0][0] - normal[1][0]) / np.sqrt(normal[0][1])
        return float(2 * norm.cdf(shift.item() / 2) - 1)
    return min(_evaluate(lambda p, q: np.abs(np.exp(p) - np.exp(q)) / 2, first, second), 1.0)


def hellinger(p: object, q: object) -> float:
    """Return the Hellinger distance, the root of half the integral of ``(sqrt p - sqrt q)^2``.

    Parameters
    ----------
    p, q : array-like of shape (n_outcomes,), or laws
        As in `kullback_leibler`; normal laws of any dimension and covariance have a closed form.

    Returns
    -------
    distance : float
        In [0, 1].

    Raises
    ------
    ValueError
        As in `kullback_leibler`.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.stats import norm
    >>> distance = hellinger(norm(0, 1), norm(2, 1))
    >>> bool(np.isclose(distance**2, 1 - np.exp(-0.5)))
    True
    """
    normal = _normal_pair(p, q)
    if normal is not None:
        (mean, covariance), (other_mean, other) = normal
        middle = (covariance + other) / 2
        shift = mean - other_mean
        log_dets = [np.linalg.slogdet(matrix)[1] for matrix in (covariance, other, middle)]
        distance = shift @ cho_solve(cho_factor(middle), shift)
        log_affinity = (log_dets[0] + log_dets[1]) / 4 - log_dets[2] / 2 - distance / 8
        return float(np.sqrt(max(-np.expm1(log_affinity), 0.0)))
    squared = _evaluate(lambda p, q: (np.exp(p / 2) - np.exp(q / 2)) ** 2 / 2, p, q)
    return float(np.sqrt(min(max(squared, 0.0), 1.0)))


def _normal_pair(p: object, q: object) -> tuple[tuple[Array, Array], tuple[Array, Array]] | None:
    """Return the moments of two normal laws, None if not both are normal."""
    first, second = moments(p), moments(q)
    if first is None or second is None:
        return None
    if len(first[0]) != len(second[0]):
        raise ValueError(
            f"p and q must have one dimension, got {len(first[0])} and {len(second[0])}."
        )
    return first, second


def _on_a_line(p: object, q: object) -> tuple[object, object]:
    """Project normal laws of one covariance on the line that joins their means.

    Only the likelihood ratio enters a divergence, and it is constant across that line.
    """
    normal = _normal_pair(p, q)
    if normal is None or len(normal[0][0]) == 1:
        return p, q
    (mean, covariance), (other_mean, other) = normal
    if not np.allclose(covariance, other, rtol=1e-12, atol=0):
        return p, q
    root = cholesky(covariance, lower=True)
    shift = np.linalg.norm(solve_triangular(root, other_mean - mean, lower=True))
    return norm(0, 1), norm(float(shift), 1)


def _relative(log_p: Array, log_q: Array) -> Array:
    """Return ``p log(p / q)``, zero where ``p`` is."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isneginf(log_p), 0.0, np.exp(log_p) * (log_p - log_q))


def _evaluate(integrand: Integrand, p: object, q: object) -> float:
    """Sum or integrate a function of both log densities."""
    if is_discrete(p) != is_discrete(q):
        raise TypeError(
            "p and q must both be arrays of probabilities or both be laws with a density, got "
            f"{type(p).__name__} and {type(q).__name__}. A law with a density and a discrete one "
            "share no mass: their Jensen-Shannon divergence is log 2, their total variation 1."
        )
    if is_discrete(p):
        with np.errstate(divide="ignore"):
            logs = [np.log(law) for law in check_probabilities(p, q)]
        return max(float(np.sum(integrand(*logs))), 0.0)
    first, second = as_univariate(p), as_univariate(q)

    def density(x: Array) -> Array:
        return integrand(np.asarray(first.logpdf(x)), np.asarray(second.logpdf(x)))

    edges = cut_line((first, second))
    middles = (edges[1:-2] + edges[2:-1]) / 2
    # Mass where the other law has none.
    if np.isposinf(density(middles)).any():
        return inf
    kinks = crossings(lambda x: first.logpdf(x) - second.logpdf(x), edges)
    return max(integrate(density, np.union1d(edges, kinks)), 0.0)
