"""scikit-learn's estimators, at their defaults."""

from __future__ import annotations

from benchmarks.peers.peer import Array, Fitted, Told, one_by_one


def min_cov_det(X: Array, told: Told) -> Fitted:
    """Minimum covariance determinant, reweighted as by default."""
    from sklearn.covariance import MinCovDet

    fitted = MinCovDet(random_state=0).fit(X)
    return Fitted(fitted.location_, fitted.covariance_)


def elliptic_envelope(X: Array, told: Told) -> Fitted:
    """Distances by the minimum covariance determinant."""
    from sklearn.covariance import EllipticEnvelope

    return Fitted(scores=EllipticEnvelope(random_state=told.seed).fit(X).score_samples(X))


def isolation_forest(X: Array, told: Told) -> Fitted:
    """How few random cuts isolate a row."""
    from sklearn.ensemble import IsolationForest

    return Fitted(scores=IsolationForest(random_state=told.seed).fit(X).score_samples(X))


def local_outlier_factor(X: Array, told: Told) -> Fitted:
    """Density against that of the neighbours."""
    from sklearn.neighbors import LocalOutlierFactor

    return Fitted(scores=LocalOutlierFactor().fit(X).negative_outlier_factor_)


PEERS = {
    "MinCovDet": one_by_one(min_cov_det),
    "EllipticEnvelope": one_by_one(elliptic_envelope),
    "IsolationForest": one_by_one(isolation_forest),
    "LocalOutlierFactor": one_by_one(local_outlier_factor),
}
