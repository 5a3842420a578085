"""Projected gradient descent on weights of rows, told the share of outliers and the covariance."""

from __future__ import annotations

import numpy as np

from benchmarks.peers.peer import Array, Fitted, Told, one_by_one
from benchmarks.peers.spectral import leading, naive_prune, whiten

_LEAST_STEP = 1e-6


def capped_simplex(v: Array, cap: float) -> Array:
    """Return the nearest point with entries in ``[0, cap]`` that sum to one.

    ``w_i = min(max(v_i - θ, 0), cap)``, with θ found by bisection: the sum falls with it.

    Parameters
    ----------
    v : ndarray of shape (n,)
    cap : float
        At least ``1 / n``.

    Returns
    -------
    w : ndarray of shape (n,)

    Raises
    ------
    ValueError
        If no point of that kind sums to one.

    References
    ----------
    .. [1] Wang, W. and Lu, C. (2015). Projection onto the capped simplex.
       doi:10.48550/arXiv.1503.01002
    """
    if cap * len(v) < 1 - 1e-12:
        raise ValueError(f"cap must be at least {1 / len(v)}, got {cap}.")
    low, high = v.min() - cap, v.max()
    for _ in range(100):
        middle = (low + high) / 2
        if np.clip(v - middle, 0, cap).sum() > 1:
            low = middle
        else:
            high = middle
    w = np.clip(v - (low + high) / 2, 0, cap)
    return w / w.sum()


def projected_gradient_mean(
    X: Array, *, contamination: float, covariance: Array | None = None, n_iter: int = 100
) -> Array:
    """Estimate a mean under the weights of least leading eigenvalue.

    Minimises ``f(w) = ‖Σ_i w_i (x_i - μ_w)(x_i - μ_w)'‖`` over weights that sum to one and are at
    most ``1 / ((1 - ε) n)``, by projected subgradient steps along
    ``(v'x_i)² - 2 (v'μ_w)(v'x_i)`` with v the leading eigenvector (Algorithm 1 of [1]_; stationary
    points are near-optimal by its Theorem 1.2, and see [2]_). A step that lowers f is taken and
    the next is twice as long, else it is tried a quarter as long.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    contamination : float
        The share ε of outliers, in [0, 0.5).
    covariance : ndarray of shape (n_features, n_features), default=None
        Of the clean rows; None is the identity.
    n_iter : int, default=100
        Most evaluations of f.

    Returns
    -------
    location : ndarray of shape (n_features,)

    References
    ----------
    .. [1] Cheng, Y., Diakonikolas, I., Ge, R. and Soltanolkotabi, M. (2020). High-dimensional
       robust mean estimation via gradient descent. ICML. doi:10.48550/arXiv.2005.01378
    .. [2] Zhu, B., Jiao, J. and Steinhardt, J. (2022). Robust estimation via generalized
       quasi-gradients. Information and Inference 11. doi:10.48550/arXiv.2005.14073
    """
    z, factor = whiten(X, covariance)
    if contamination > 0:
        n = len(z)
        z = naive_prune(z, contamination)
        # Rows that were pruned have used up a part of the share that may lose all weight.
        cap = max(1 / ((1 - contamination) * n), 1 / len(z))
        location = _descend(z, cap, n_iter)
    else:
        location = z.mean(axis=0)
    return location if factor is None else factor @ location


def _descend(z: Array, cap: float, n_iter: int) -> Array:
    """Return the mean under the best weights found."""
    n = len(z)
    w = np.full(n, 1 / n)
    location, value, direction = _moments(z, w)
    # A step of one moves the row of largest gradient by the whole cap.
    step = 1.0
    for _ in range(n_iter):
        projected = z @ direction
        gradient = projected**2 - 2 * (direction @ location) * projected
        scale = cap / max(np.abs(gradient - np.median(gradient)).max(), np.finfo(float).tiny)
        trial = capped_simplex(w - step * scale * gradient, cap)
        new_location, new_value, new_direction = _moments(z, trial)
        if new_value < value:
            w, location, value, direction = trial, new_location, new_value, new_direction
            step *= 2
        else:
            step /= 4
        if step < _LEAST_STEP:
            break
    return location


def _moments(z: Array, w: Array) -> tuple[Array, float, Array]:
    """Return the weighted mean, and leading eigenvalue and eigenvector of the covariance."""
    location = w @ z
    centred = z - location
    value, direction = leading((centred * w[:, np.newaxis]).T @ centred)
    return location, value, direction


def _gradient(X: Array, told: Told) -> Fitted:
    return Fitted(
        projected_gradient_mean(X, contamination=told.contamination, covariance=told.covariance)
    )


PEERS = {"projected gradient": one_by_one(_gradient)}
