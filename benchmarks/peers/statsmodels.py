"""statsmodels' robust covariances."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.peers.peer import Array, Fitted, Peer, Told, one_by_one


def _peer(fit: Callable[[object, Array], object]) -> Peer:
    """Make a peer that reads location and covariance off a result."""

    def estimate(X: Array, told: Told) -> Fitted:
        from statsmodels.robust import covariance

        result = fit(covariance, X)
        return Fitted(np.asarray(result.mean), np.asarray(result.cov))

    return one_by_one(estimate)


def tyler(X: Array, told: Told) -> Fitted:
    """Tyler's shape at the median, in the scale of the median squared distance."""
    from statsmodels.robust import covariance

    centre = np.median(X, axis=0)
    shape = np.asarray(covariance.cov_tyler(X - centre).cov)
    squared = np.einsum("ni,ij,nj->n", X - centre, np.linalg.inv(shape), X - centre)
    return Fitted(centre, shape * np.median(squared) / X.shape[1])


PEERS = {
    "CovDetMCD": _peer(lambda robust, X: robust.CovDetMCD(X).fit(h=sum(X.shape) // 2 + 1)),
    "CovDetS": _peer(lambda robust, X: robust.CovDetS(X).fit()),
    "CovDetMM": _peer(lambda robust, X: robust.CovDetMM(X).fit()),
    "OGK": _peer(lambda robust, X: robust.cov_ogk(X)),
    "Tyler": one_by_one(tyler),
}
