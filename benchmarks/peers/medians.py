"""The mean and the medians: what costs nothing."""

from __future__ import annotations

import numpy as np

from benchmarks.peers.peer import Array, Fitted, Told, one_by_one


def sample_mean(X: Array, told: Told) -> Fitted:
    """Mean and covariance of all rows."""
    return Fitted(X.mean(axis=0), np.cov(X.T))


def coordinate_median(X: Array, told: Told) -> Fitted:
    """Median of each column."""
    return Fitted(np.median(X, axis=0))


def geometric_median(X: Array, told: Told) -> Fitted:
    """Point of least mean distance to the rows, by the package's own Weiszfeld iteration."""
    from robustgan import GeometricMedian

    return Fitted(GeometricMedian().fit(X).location_)


def tukey_median(X: Array, told: Told) -> Fitted:
    """Point of great halfspace depth."""
    from robustgan import TukeyMedian

    return Fitted(TukeyMedian(random_state=told.seed).fit(X).location_)


PEERS = {
    "mean": one_by_one(sample_mean),
    "coordinate median": one_by_one(coordinate_median),
    "geometric median": one_by_one(geometric_median),
    "Tukey median": one_by_one(tukey_median),
}
