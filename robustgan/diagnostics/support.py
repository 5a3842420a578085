"""How many different things a generator draws, by the birthday paradox.

Among ``M`` draws of ``N`` things two are the same about as soon as ``M`` exceeds the square root of
``N``: a generator whose small samples hold duplicates has a small support [1]_.

References
----------
.. [1] Arora, S., Risteski, A. and Zhang, Y. (2018). Do GANs learn the distribution? Some theory
   and empirics. ICLR. Theorem 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree
from scipy.stats import beta

from robustgan._bridge.parameters import check_integer, check_real

# Batches that are looked at while the batch size is sought.
_N_PILOT = 12


@dataclass(frozen=True)
class SupportSize:
    """What collisions say about the number of different draws.

    Attributes
    ----------
    estimate : float
        Size of the support, if all its points are drawn equally often; infinite without collisions.
    upper : float
        One-sided confidence bound: with the stated confidence, a share ``mass`` of the draws is on
        no more points than these. Infinite if there are too few collisions for any bound.
    batch_size : int
        Draws in a batch.
    n_collided : int
        Batches in which two draws were the same.
    n_batches : int
        Batches looked at.
    """

    estimate: float
    upper: float
    batch_size: int
    n_collided: int
    n_batches: int


def support_bound(batch_size: int, collision_probability: float, mass: float = 1.0) -> float:
    """Bound the size of a support on which a share of the draws lies, by how often they collide.

    ``N <= 2 M r^2 / ((-3 + sqrt(9 + 24 / M log(1 / (1 - g)))) - 2 M (1 - r)^2)``, Theorem 2 of
    Arora, Risteski and Zhang.

    Parameters
    ----------
    batch_size : int
        ``M``, at least 2.
    collision_probability : float
        ``g``, that two of the draws of a batch are the same, in [0, 1].
    mass : float, default=1.0
        ``r``, the share of the draws that the support has to hold, in (0, 1].

    Returns
    -------
    bound : float
        Infinite where the formula bounds nothing.

    Examples
    --------
    >>> from robustgan.diagnostics import support_bound
    >>> round(support_bound(23, 0.5073))
    381
    """
    check_integer("batch_size", batch_size, 2)
    check_real("collision_probability", collision_probability, least=0, most=1)
    check_real("mass", mass, above=0, most=1)
    if collision_probability == 1:
        # The limit of the formula is a support of no points, which no generator has.
        return 1.0
    surprise = -math.log1p(-collision_probability)
    # sqrt(9 + x) - 3, without the cancellation.
    excess = 24 / batch_size * surprise
    denominator = excess / (math.sqrt(9 + excess) + 3) - 2 * batch_size * (1 - mass) ** 2
    if denominator <= 0:
        return math.inf
    return 2 * batch_size * mass**2 / denominator


def support_size(
    sample: Callable[[int], ArrayLike],
    *,
    batch_size: int | None = None,
    n_batches: int = 100,
    tolerance: float = 0.0,
    mass: float = 1.0,
    confidence: float = 0.95,
    max_batch_size: int = 8192,
) -> SupportSize:
    """Estimate how many different rows a generator draws, by the birthday paradox.

    Parameters
    ----------
    sample : callable
        Draws: ``sample(n)`` returns ``n`` new rows each time, of shape (n, ...).
    batch_size : int or None, default=None
        Draws in a batch. None seeks a size at which about half of the batches collide, on batches
        that are not used afterwards.
    n_batches : int, default=100
        Batches to look for collisions in.
    tolerance : float, default=0.0
        Euclidean distance up to which two rows are the same. 0 for generators of finitely many
        rows; for images, look at the nearest pairs first.
    mass : float, default=1.0
        Share of the draws that the support has to hold; see `support_bound`.
    confidence : float, default=0.95
        Of the bound, in (0, 1): it is `support_bound` at the lower Clopper-Pearson limit of the
        probability of a collision.
    max_batch_size : int, default=8192
        Where the search for a batch size ends.

    Returns
    -------
    support : SupportSize

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan.diagnostics import support_size
    >>> rng = np.random.default_rng(0)
    >>> found = support_size(lambda n: rng.integers(1000, size=(n, 1)))
    >>> 1000 < found.upper < 2000
    True
    """
    for name, value, least in (
        ("n_batches", n_batches, 1),
        ("max_batch_size", max_batch_size, 2),
        ("batch_size", 2 if batch_size is None else batch_size, 2),
    ):
        check_integer(name, value, least)
    check_real("tolerance", tolerance, least=0)
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie in (0, 1), got {confidence}.")
    size = _seek_size(sample, tolerance, max_batch_size) if batch_size is None else batch_size
    n_collided = _count_collided(sample, size, n_batches, tolerance)
    rate = n_collided / n_batches
    lower = float(beta.ppf(1 - confidence, n_collided, n_batches - n_collided + 1))
    lower = 0.0 if n_collided == 0 else lower
    # All batches collided: as if all but half of one had.
    surprise = -math.log1p(-min(rate, 1 - 0.5 / n_batches))
    estimate = size * (size - 1) / (2 * surprise) if n_collided else math.inf
    return SupportSize(estimate, support_bound(size, lower, mass), size, n_collided, n_batches)


def _seek_size(sample: Callable[[int], ArrayLike], tolerance: float, max_batch_size: int) -> int:
    """Double the batch until half of the pilot batches collide."""
    size = 8
    while size < max_batch_size:
        if _count_collided(sample, size, _N_PILOT, tolerance) >= _N_PILOT / 2:
            return size
        size *= 2
    return max_batch_size


def _count_collided(
    sample: Callable[[int], ArrayLike], size: int, n_batches: int, tolerance: float
) -> int:
    return sum(_collides(np.asarray(sample(size)), tolerance) for _ in range(n_batches))


def _collides(batch: NDArray[Any], tolerance: float) -> bool:
    """Tell whether two rows of a batch are the same."""
    rows = batch.reshape(len(batch), -1)
    if tolerance == 0:
        # By their bytes, many times as fast as sorting rows; adding 0 turns -0 into 0.
        return len({row.tobytes() for row in rows + 0}) < len(rows)
    distances, _ = cKDTree(rows).query(rows, k=2)
    return bool(distances[:, 1].min() <= tolerance)
