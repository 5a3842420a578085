"""The contract of everything that is compared: rows, and what it may be told, to a fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """What an estimator may be told beside the rows; most ignore all but the seed.

    Attributes
    ----------
    contamination : float
        The true share of outliers.
    covariance : ndarray of shape (n_features, n_features) or None
        The true scatter of the clean rows.
    family : {'gaussian', 'student', 'elliptical'}
        Of the clean rows.
    seed : int
        Of the estimator's own random numbers.
    """

    contamination: float = 0.2
    covariance: Array | None = None
    family: str = "gaussian"
    seed: int = 0


@dataclass(frozen=True)
class Fitted:
    """What came out; what an estimator does not give is None.

    Attributes
    ----------
    location : ndarray of shape (n_features,) or None
    scatter : ndarray of shape (n_features, n_features) or None
    scores : ndarray of shape (n_samples,), callable that returns one, or None
        Of the rows it was fitted to; higher is more normal. A callable is for those whose fit
        does not come with scores, so that only who asks pays.
    raw, last : Fitted or None
        The estimate before reweighting, and before averaging.
    note : str
        What is to be known of this fit.
    """

    location: Array | None = None
    scatter: Array | None = None
    scores: Array | Callable[[], Array] | None = None
    raw: Fitted | None = None
    last: Fitted | None = None
    note: str = ""


Fit = Callable[[Array, Told], Fitted]


@dataclass(frozen=True)
class Peer:
    """An estimator that takes part.

    Attributes
    ----------
    fit_samples : callable
        Fits each of some samples.
    together : bool
        Whether it gains by having all samples of a cell at once.
    """

    fit_samples: Callable[[Sequence[Array], Sequence[Told]], list[Fitted]]
    together: bool = False


def one_by_one(fit: Fit) -> Peer:
    """Make a peer of a function that fits one sample."""
    return Peer(lambda samples, told: [fit(*pair) for pair in zip(samples, told, strict=True)])
