"""Walks through the space that a generator's noise lives in."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from robustgan._bridge.parameters import check_choice, check_integer


def interpolate(
    start: ArrayLike, end: ArrayLike, n_points: int = 10, *, path: str = "spherical"
) -> NDArray[np.float64]:
    """Return points between two points of noise, both ends among them.

    Gaussian noise of many dimensions has nearly one length; a straight path leads through shorter
    points, which a generator has never seen, an arc does not.

    Parameters
    ----------
    start, end : array-like of shape (latent_dim,)
        Noise.
    n_points : int, default=10
        At least 2.
    path : {'spherical', 'linear'}, default='spherical'
        Along the great arc [1]_, the length changing geometrically, or straight on. Ends of
        opposite directions have no one arc between them.

    Returns
    -------
    points : ndarray of shape (n_points, latent_dim)

    Raises
    ------
    ValueError
        If the ends differ in shape, or no arc leads from one to the other.

    References
    ----------
    .. [1] White, T. (2016). Sampling generative networks. doi:10.48550/arXiv.1609.04468

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan.diagnostics import interpolate
    >>> np.round(interpolate([1.0, 0.0], [0.0, 1.0], 3), 3)
    array([[1.   , 0.   ],
           [0.707, 0.707],
           [0.   , 1.   ]])
    """
    check_choice("path", path, ("spherical", "linear"))
    check_integer("n_points", n_points, 2)
    first, last = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    if first.ndim != 1 or first.shape != last.shape:
        raise ValueError(
            f"end must have the shape of start, one axis, got {last.shape} and {first.shape}."
        )
    share = np.linspace(0.0, 1.0, n_points)[:, None]
    if path == "linear":
        return (1 - share) * first + share * last
    lengths = np.linalg.norm(first), np.linalg.norm(last)
    if min(lengths) == 0:
        raise ValueError(
            "start and end must not be zero for an arc, got a zero. Use path='linear'."
        )
    one, other = first / lengths[0], last / lengths[1]
    # By half the chord: arccos would lose half of the digits between near directions.
    angle = 2 * np.arctan2(np.linalg.norm(one - other), np.linalg.norm(one + other))
    if np.pi - angle < 1e-7:
        raise ValueError(
            "end must not be opposite to start for an arc, got that. Use path='linear'."
        )
    length = lengths[0] ** (1 - share) * lengths[1] ** share
    if angle < 1e-7:
        return length * one
    arc = np.sin((1 - share) * angle) * one + np.sin(share * angle) * other
    points: NDArray[np.float64] = length * arc / np.sin(angle)
    return points


def latent_arithmetic(plus: ArrayLike, minus: ArrayLike, base: ArrayLike) -> NDArray[np.float64]:
    """Add to noise what distinguishes one group of noise from another [1]_.

    Parameters
    ----------
    plus, minus : array-like of shape (n_points, latent_dim)
        Noise of draws with and without a trait. Their means are compared: one draw each is too
        noisy.
    base : array-like of shape (latent_dim,) or (n, latent_dim)
        Where to add the trait.

    Returns
    -------
    points : ndarray of the shape of base
        ``base + mean(plus) - mean(minus)``.

    References
    ----------
    .. [1] Radford, A., Metz, L. & Chintala, S. (2016). Unsupervised representation learning with
       deep convolutional generative adversarial networks. ICLR. Section 6.3.2.

    Examples
    --------
    >>> from robustgan.diagnostics import latent_arithmetic
    >>> latent_arithmetic([[1.0, 1.0], [3.0, 1.0]], [[0.0, 1.0]], [5.0, 5.0])
    array([7., 5.])
    """
    with_trait, without = (np.atleast_2d(np.asarray(z, dtype=np.float64)) for z in (plus, minus))
    origin = np.asarray(base, dtype=np.float64)
    widths = {with_trait.shape[-1], without.shape[-1], origin.shape[-1] if origin.ndim else 0}
    if len(widths) > 1:
        raise ValueError(
            f"plus, minus and base must have points of one width, got {sorted(widths)}."
        )
    moved: NDArray[np.float64] = origin + with_trait.mean(axis=0) - without.mean(axis=0)
    return moved
