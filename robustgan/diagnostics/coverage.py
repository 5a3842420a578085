"""What a generator covers of known modes, and how near its draws are to what it has seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import check_array

from robustgan._bridge.parameters import check_integer, check_real


@dataclass(frozen=True)
class ModeCoverage:
    """What a sample covers of the modes of a law.

    Attributes
    ----------
    n_modes : int
        Modes with at least one high-quality row nearest to them.
    high_quality : float
        Share of the rows within so many deviations of their nearest mode, in [0, 1].
    counts : ndarray of shape (n_modes_of_the_law,)
        High-quality rows of each mode.
    """

    n_modes: int
    high_quality: float
    counts: NDArray[np.int_]


def mode_coverage(
    X: ArrayLike, centres: ArrayLike, scale: float, *, n_deviations: float = 3.0
) -> ModeCoverage:
    """Count the modes that a sample reaches, and the share of it that is near one.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Draws of a generator.
    centres : array-like of shape (n_modes, n_features)
        The modes.
    scale : float
        Standard deviation of the modes in each feature, positive.
    n_deviations : float, default=3.0
        A row is of high quality within so many of them, in Euclidean distance.

    Returns
    -------
    coverage : ModeCoverage

    References
    ----------
    .. [1] Srivastava, A. et al. (2017). VEEGAN: reducing mode collapse in GANs using implicit
       variational learning. NeurIPS 30. Section 4.1.

    Examples
    --------
    >>> from robustgan.contamination import GaussianRing
    >>> from robustgan.diagnostics import mode_coverage
    >>> law = GaussianRing()
    >>> found = mode_coverage(law.sample(2500, rng=0), law.centres, law.scale)
    >>> found.n_modes, found.high_quality > 0.98
    (8, True)
    """
    check_real("scale", scale, above=0)
    check_real("n_deviations", n_deviations, above=0)
    rows, modes = check_array(X), check_array(centres)
    distance, nearest = NearestNeighbors(n_neighbors=1).fit(modes).kneighbors(rows)
    is_good = distance[:, 0] <= n_deviations * scale
    counts = np.bincount(nearest[is_good, 0], minlength=len(modes))
    return ModeCoverage(int((counts > 0).sum()), float(is_good.mean()), counts)


def nearest_neighbours(
    X: ArrayLike, training: ArrayLike, *, n_neighbours: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """Find the training rows that are nearest to draws, to see whether they repeat them.

    Compare with the distances of held-out rows: draws that are nearer than those are copies.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...)
        Draws; images count as rows of their pixels.
    training : array-like of shape (n_training, ...)
        What the generator has seen.
    n_neighbours : int, default=1
        How many for each draw, at most n_training.

    Returns
    -------
    distances : ndarray of shape (n_samples, n_neighbours)
        Euclidean, ascending.
    indices : ndarray of shape (n_samples, n_neighbours)
        Of training rows.

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan.diagnostics import nearest_neighbours
    >>> distances, indices = nearest_neighbours([[0.9]], [[0.0], [1.0]])
    >>> indices, np.round(distances, 6)
    (array([[1]]), array([[0.1]]))
    """
    check_integer("n_neighbours", n_neighbours, 1)
    rows, seen = _flat(X), _flat(training)
    if n_neighbours > len(seen):
        raise ValueError(
            f"n_neighbours must be at most the training rows, {len(seen)}, got {n_neighbours}."
        )
    search = NearestNeighbors(n_neighbors=n_neighbours).fit(seen)
    distances, indices = search.kneighbors(rows)
    return distances, indices


def _flat(X: ArrayLike) -> Any:
    """Return rows of one axis each."""
    array = check_array(X, allow_nd=True)
    return array.reshape(len(array), -1)
