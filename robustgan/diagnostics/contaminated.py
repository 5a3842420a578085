"""One contaminated sample, fitted, and how far the location is from where it should be."""

from typing import Any

import numpy as np

from robustgan.diagnostics.outliers import Adversary
from robustgan.diagnostics.runs import Fit, fit_rows
from robustgan.diagnostics.samples import CleanRows


def fit_with_outliers(
    estimator: Any,
    rows: CleanRows,
    share: float,
    adversary: Adversary,
    seed: int,
    with_covariance: bool = False,
) -> Fit:
    """Fit clean rows and the outliers of one law.

    Parameters
    ----------
    estimator : estimator
    rows : CleanRows
    share : float
        Of outliers among all rows.
    adversary : Adversary
        Where the outliers are.
    seed : int
        Of the sample, the outliers and the estimator.
    with_covariance : bool, default=False
        Whether ``covariance_`` is wanted, too.

    Returns
    -------
    fit : Fit
    """
    n_clean, n_outliers = rows.count(share)
    outliers = adversary.draw(n_outliers, rows.n_features, seed)
    X = np.concatenate([rows.draw(n_clean, seed), rows.place(outliers)])
    return fit_rows(estimator, X, seed, with_covariance=with_covariance)


def location_error(rows: CleanRows, fit: Fit, clean_fit: Fit) -> float:
    """Return how far an estimate is from the truth, or else from that of the clean rows.

    Parameters
    ----------
    rows : CleanRows
    fit, clean_fit : Fit
        Of the rows with outliers and of those without.

    Returns
    -------
    error : float
        In standard deviations of clean rows; infinite if the fit failed.
    """
    aim = rows.location if rows.has_truth else clean_fit.location
    if fit.location is None or aim is None:
        return np.inf
    return rows.measure(fit.location - aim)
