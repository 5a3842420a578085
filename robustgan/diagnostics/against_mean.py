"""Efficiency: what robustness costs where nothing is contaminated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from robustgan._bridge import make_seeds
from robustgan.contamination import CleanLaw, StudentT
from robustgan.diagnostics.checks import check_count, check_estimator, check_share
from robustgan.diagnostics.runs import fit_rows, require_clean_fits, run
from robustgan.diagnostics.samples import CleanRows, read_clean

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Efficiency:
    """Relative efficiency of an estimator; see `efficiency`.

    Attributes
    ----------
    name : str
        Of the estimator's class.
    value : float
        Mean squared error of the mean over that of the estimate: 1 is as good as the mean.
    interval : tuple of float
        Confidence interval of ``value``.
    level : float
        Of the interval, in (0, 1).
    squared_errors : ndarray of shape (n_seeds,)
        Of the estimate, in variances of clean rows.
    mean_squared_errors : ndarray of shape (n_seeds,)
        Of the mean of the same samples.
    """

    name: str
    value: float
    interval: tuple[float, float]
    level: float
    squared_errors: Array
    mean_squared_errors: Array


def efficiency(
    estimator: Any,
    clean: CleanLaw,
    *,
    n_samples: int = 200,
    n_seeds: int = 200,
    level: float = 0.95,
    random_state: object = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> Efficiency:
    """Compare mean squared errors of the mean and of an estimate, on the same clean samples.

    Errors are in the metric of the clean scatter, and summed over features. The interval is that
    of the delta method for the logarithm of a ratio of two means of paired numbers; it takes tens
    of samples to hold its level.

    Parameters
    ----------
    estimator : estimator
        With ``fit(X)`` and ``location_``; cloned for every fit.
    clean : CleanLaw
        With a finite variance.
    n_samples : int, default=200
        Rows of a sample, at least 2.
    n_seeds : int, default=200
        Samples, at least 2.
    level : float, default=0.95
        Of the interval, in (0, 1).
    random_state : None, int, RandomState or Generator, default=None
        Samples, and every ``random_state`` of the estimator that is no integer.
    n_jobs : int or None, default=None
        Processes, see ``joblib.Parallel``. Results do not depend on it.
    verbose : int, default=0
        1 shows a bar on standard error. Warnings of the fits are not shown.

    Returns
    -------
    result : Efficiency

    Raises
    ------
    ValueError
        If a parameter is out of range, the law has no variance, or the estimator fails on one of
        the samples.
    TypeError
        If a parameter is of a wrong kind, or a fit leaves no ``location_``.

    Examples
    --------
    The median of normal rows has 2 / pi, about 0.64:

    >>> from robustgan import CoordinateMedian
    >>> from robustgan.contamination import Gaussian
    >>> from robustgan.diagnostics import efficiency
    >>> result = efficiency(CoordinateMedian(), Gaussian(5), random_state=0)
    >>> bool(result.interval[0] < 0.64 < result.interval[1])
    True
    """
    check_estimator(estimator)
    rows = _read_law(clean, n_samples)
    level = check_share("level", level)
    if level == 0:
        raise ValueError(f"level must lie in (0, 1), got {level}.")
    seeds = make_seeds(random_state, check_count("n_seeds", n_seeds, 2))
    calls = [(estimator, rows, seed) for seed in seeds]
    fits = run(calls, _fit, n_jobs=n_jobs, verbose=verbose, title="efficiency")
    require_clean_fits(fit for fit, _ in fits)
    locations = [(fit.location, mean) for fit, mean in fits if fit.location is not None]
    squares = np.array([[rows.measure(x - rows.location) ** 2 for x in pair] for pair in locations])
    own, means = squares.T
    value = float(means.mean() / own.mean())
    width = float(norm.ppf(0.5 + 0.5 * level)) * _log_ratio_error(means, own)
    return Efficiency(
        name=type(estimator).__name__,
        value=value,
        interval=(value * float(np.exp(-width)), value * float(np.exp(width))),
        level=level,
        squared_errors=own,
        mean_squared_errors=means,
    )


def _read_law(clean: CleanLaw, n_samples: int) -> CleanRows:
    """Take a law with a variance."""
    if not isinstance(clean, CleanLaw):
        raise TypeError(
            f"clean must be a clean law, got {clean!r}. "
            "robustgan.contamination.Gaussian(n_features) is one."
        )
    if isinstance(clean, StudentT) and clean.df <= 2:
        raise ValueError(
            f"clean must have a finite variance, got df={clean.df:g}: the mean has no mean squared "
            "error to compare with. Take df above 2."
        )
    return read_clean(clean, n_samples)


def _fit(estimator: Any, rows: CleanRows, seed: int) -> tuple[Any, Array]:
    """Fit one clean sample; return the fit and the mean."""
    X = rows.draw(rows.count(0.0)[0], seed)
    return fit_rows(estimator, X, seed), np.asarray(X.mean(axis=0))


def _log_ratio_error(a: Array, b: Array) -> float:
    """Return the standard error of the logarithm of a ratio of two means, by the delta method."""
    residuals = a / a.mean() - b / b.mean()
    return float(residuals.std(ddof=1) / np.sqrt(len(residuals)))
