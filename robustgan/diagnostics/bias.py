"""Bias curves: the worst error over a family of outlier laws, by their distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from robustgan._bridge import make_seeds
from robustgan.contamination import CleanLaw
from robustgan.diagnostics.checks import (
    check_count,
    check_estimator,
    check_grid,
    check_names,
    check_share,
)
from robustgan.diagnostics.contaminated import fit_with_outliers, location_error
from robustgan.diagnostics.outliers import DIRECTIONS, Adversary
from robustgan.diagnostics.runs import as_text, require_clean_fits, run
from robustgan.diagnostics.samples import CleanRows, read_clean

Array = NDArray[np.float64]
_DISTANCES = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)


@dataclass(frozen=True, eq=False)
class BiasCurve:
    """Errors under each of a family of outlier laws; see `bias_curve`.

    Attributes
    ----------
    name : str
        Of the estimator's class.
    contamination : float
        Share of outliers among all rows, as whole numbers of rows allow.
    adversaries : tuple of Adversary, of length n_adversaries
        The family.
    errors : ndarray of shape (n_seeds, n_adversaries)
        In standard deviations of clean rows; infinite where a fit failed.
    oracle_errors : ndarray of shape (n_seeds,) or None
        Of the mean of the clean rows among them, in the same units; None for a clean sample, whose
        truth is not known.
    reasons : ndarray of str of shape (n_seeds, n_adversaries)
        Why a fit failed, empty where it did not.
    """

    name: str
    contamination: float
    adversaries: tuple[Adversary, ...]
    errors: Array
    oracle_errors: Array | None
    reasons: NDArray[np.object_]

    @property
    def distances(self) -> Array:
        """The distances of the family, of shape (n_distances,), increasing."""
        return np.unique([adversary.distance for adversary in self.adversaries])

    @property
    def mean_errors(self) -> Array:
        """Mean over samples of the error under each law, of shape (n_adversaries,)."""
        return np.asarray(self.errors.mean(axis=0))

    @property
    def worst_by_distance(self) -> Array:
        """The largest mean error at each distance, of shape (n_distances,)."""
        return np.array([self.mean_errors[i] for i in self._worst_indices()])

    @property
    def worst_adversaries(self) -> tuple[Adversary, ...]:
        """Which law does most harm at each distance, of length n_distances."""
        return tuple(self.adversaries[i] for i in self._worst_indices())

    @property
    def worst(self) -> float:
        """The largest mean error of all: an estimate, from below, of the maximal bias."""
        return float(self.mean_errors.max())

    @property
    def worst_adversary(self) -> Adversary:
        """Which law does most harm."""
        return self.adversaries[int(self.mean_errors.argmax())]

    @property
    def ratios(self) -> Array:
        """`worst_by_distance` over the mean error of the oracle, of shape (n_distances,)."""
        if self.oracle_errors is None:
            raise ValueError(
                "oracle_errors must be there, got None: the truth of a sample is not known. Pass "
                "a law as clean."
            )
        return np.asarray(self.worst_by_distance / self.oracle_errors.mean())

    def _worst_indices(self) -> list[int]:
        """Find the laws that do most harm at each distance."""
        own = np.array([adversary.distance for adversary in self.adversaries])
        masked = (np.where(own == d, self.mean_errors, -1.0) for d in self.distances)
        return [int(errors.argmax()) for errors in masked]


def bias_curve(
    estimator: Any,
    clean: CleanLaw | ArrayLike,
    *,
    contamination: float = 0.2,
    n_samples: int = 500,
    distances: Sequence[float] = _DISTANCES,
    spreads: Sequence[float] = (0.0, 1.0, 3.0),
    directions: Sequence[str] | None = None,
    n_clusters: Sequence[int] | None = None,
    n_seeds: int = 3,
    random_state: object = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> BiasCurve:
    """Measure the error under a family of outlier laws, and the worst of them by distance.

    The maximal bias of an estimator [1]_ is its largest error over all laws Q of a share of
    outliers. No one Q tells it: far ones flatter who rejects outliers, near ones who does
    not. The family is every combination of a distance, a spread, a direction and a number of
    clusters.

    Parameters
    ----------
    estimator : estimator
        With ``fit(X)`` and ``location_``; cloned for every fit.
    clean : CleanLaw or array-like of shape (n, n_features)
        A law: errors are from its location, and outliers replace rows of its samples. A clean
        sample: errors are from the estimate of the sample alone, and outliers are added to it;
        units are the standard deviations of its columns.
    contamination : float, default=0.2
        Share of outliers among all rows, in [0, 1).
    n_samples : int, default=500
        Rows of a sample of the law, with outliers; at least 2.
    distances : sequence of float, default=(0, 0.5, 1, 2, 3, 5, 10, 30, 100)
        From inside the bulk to far out, in standard deviations of clean rows; at least 0.
    spreads : sequence of float, default=(0, 1, 3)
        From a point to wider than the clean rows, in their standard deviations; at least 0.
    directions : sequence of {'axis', 'diagonal', 'random'}, default=None
        One feature, all features alike, or any; None takes all three, which are one if there is
        one feature.
    n_clusters : sequence of int, default=None
        Each at least 1; above 1 for two features or more. None takes 1 and 3, or 1 alone if there
        is one feature.
    n_seeds : int, default=3
        Samples, the same for all of the family.
    random_state : None, int, RandomState or Generator, default=None
        Samples, directions, and every ``random_state`` of the estimator that is no integer.
    n_jobs : int or None, default=None
        Processes, see ``joblib.Parallel``. Results do not depend on it.
    verbose : int, default=0
        1 shows a bar on standard error. Warnings of the fits are not shown.

    Returns
    -------
    curve : BiasCurve

    Raises
    ------
    ValueError
        If a parameter is out of range, or the estimator fails on clean rows.
    TypeError
        If a parameter is of a wrong kind, or a fit leaves no ``location_``.

    Notes
    -----
    Errors hold the sampling error of the estimate, too, so that those of a law do not fall to
    zero. A fit that fails has an infinite error, and the reason is kept.

    References
    ----------
    .. [1] Huber, P. J. (1964). Robust estimation of a location parameter. Annals of
       Mathematical Statistics 35, 73-101. doi:10.1214/aoms/1177703732

    Examples
    --------
    The mean of a sample errs by the share of outliers times their distance:

    >>> import numpy as np
    >>> from sklearn.covariance import EmpiricalCovariance
    >>> from robustgan.diagnostics import bias_curve
    >>> X = np.random.default_rng(0).normal(size=(80, 3))
    >>> curve = bias_curve(
    ...     EmpiricalCovariance(), X, distances=[1, 10, 100], spreads=[0], n_clusters=[1]
    ... )
    >>> curve.worst_by_distance.round(6)
    array([ 0.2,  2. , 20. ])
    """
    check_estimator(estimator)
    rows = read_clean(clean, n_samples)
    contamination = check_share("contamination", contamination)
    family = _family(rows.n_features, distances, spreads, directions, n_clusters)
    seeds = make_seeds(random_state, check_count("n_seeds", n_seeds, 1))
    clean_calls = [(estimator, rows, 0.0, Adversary(0.0), seed) for seed in seeds]
    calls = [(estimator, rows, contamination, q, seed) for seed in seeds for q in family]
    fits = run(
        clean_calls + calls, fit_with_outliers, n_jobs=n_jobs, verbose=verbose, title="bias curve"
    )
    references, fits = fits[: len(seeds)], fits[len(seeds) :]
    require_clean_fits(references)
    aims = [reference for reference in references for _ in family]
    errors = [location_error(rows, *pair) for pair in zip(fits, aims, strict=True)]
    shape = (len(seeds), len(family))
    return BiasCurve(
        name=type(estimator).__name__,
        contamination=rows.share(contamination),
        adversaries=family,
        errors=np.reshape(errors, shape),
        oracle_errors=_oracle_errors(rows, contamination, seeds) if rows.has_truth else None,
        reasons=as_text(fit.reason for fit in fits).reshape(shape),
    )


def _family(
    n_features: int,
    distances: Sequence[float],
    spreads: Sequence[float],
    directions: Sequence[str] | None,
    n_clusters: Sequence[int] | None,
) -> tuple[Adversary, ...]:
    """Combine everything, after all is checked."""
    if directions is None:
        directions = DIRECTIONS if n_features > 1 else DIRECTIONS[:1]
    if n_clusters is None:
        n_clusters = (1, 3) if n_features > 1 else (1,)
    counts = [check_count("each of n_clusters", k, 1) for k in n_clusters]
    if n_features == 1 and max(counts, default=1) > 1:
        raise ValueError(f"n_clusters must be (1,) for one feature, got {tuple(counts)}.")
    if not counts:
        raise ValueError("n_clusters must be a sequence of integers, got none.")
    parts = product(
        check_grid("distances", distances).tolist(),
        check_grid("spreads", spreads).tolist(),
        check_names("directions", directions, DIRECTIONS),
        counts,
    )
    return tuple(Adversary(*part) for part in parts)


def _oracle_errors(rows: CleanRows, share: float, seeds: Sequence[int]) -> Array:
    """Errors of the mean of the clean rows, of shape (n_seeds,)."""
    n_clean, _ = rows.count(share)
    means = (rows.draw(n_clean, seed).mean(axis=0) for seed in seeds)
    return np.array([rows.measure(mean - rows.location) for mean in means])
