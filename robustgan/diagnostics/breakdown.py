"""Breakdown: the share of outliers, sent ever farther, at which an estimate goes with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from robustgan._bridge import make_seeds
from robustgan.contamination import CleanLaw
from robustgan.diagnostics.checks import check_count, check_estimator, check_grid
from robustgan.diagnostics.contaminated import fit_with_outliers, location_error
from robustgan.diagnostics.outliers import Adversary
from robustgan.diagnostics.runs import Fit, as_text, require_clean_fits, run
from robustgan.diagnostics.samples import CleanRows, read_clean

Array = NDArray[np.float64]
_SHARES = tuple(i / 20 for i in range(11))


@dataclass(frozen=True, eq=False)
class BreakdownCurve:
    """Errors of an estimate against the share of far outliers; see `breakdown_curve`.

    Attributes
    ----------
    name : str
        Of the estimator's class.
    shares : ndarray of shape (n_shares,)
        Of outliers among all rows, as whole numbers of rows allow, increasing.
    distances : ndarray of shape (n_distances,)
        Of the outliers, in standard deviations of clean rows.
    errors : ndarray of shape (n_seeds, n_shares)
        The largest over all distances, in standard deviations of clean rows; infinite where a fit
        failed.
    errors_by_distance : ndarray of shape (n_seeds, n_shares, n_distances)
        The same, each distance alone.
    covariance_errors : ndarray of shape (n_seeds, n_shares) or None
        Errors of ``covariance_`` in operator norm, in variances of clean rows; the largest over
        all distances. None if not asked for.
    limits : ndarray of shape (n_seeds,)
        Errors above it count as unbounded.
    reasons : ndarray of str of shape (n_seeds, n_shares)
        Why a fit failed, empty where none did; the first of several distances.
    """

    name: str
    shares: Array
    distances: Array
    errors: Array
    errors_by_distance: Array
    covariance_errors: Array | None
    limits: Array
    reasons: NDArray[np.object_]

    @property
    def is_bounded(self) -> NDArray[np.bool_]:
        """Whether the error stayed within its limit, of shape (n_seeds, n_shares)."""
        return np.asarray(self.errors <= self.limits[:, None])

    @property
    def breakdown_point(self) -> float:
        """Largest share up to which the location stayed bounded, in every sample; nan if none."""
        return _last_bounded(self.shares, self.is_bounded)

    @property
    def broken_from(self) -> float:
        """Smallest share at which the location was carried away in a sample; nan if none."""
        is_broken = ~self.is_bounded.all(axis=0)
        return float(self.shares[is_broken.argmax()]) if is_broken.any() else np.nan

    @property
    def covariance_breakdown_point(self) -> float:
        """The largest share up to which the covariance stayed bounded; nan if none.

        Its limit is the square of that of the location. It may have become singular, which an
        error in operator norm does not tell.
        """
        if self.covariance_errors is None:
            raise ValueError("covariance_errors must be there, got None. Ask for covariance=True.")
        return _last_bounded(self.shares, self.covariance_errors <= self.limits[:, None] ** 2)


def breakdown_curve(
    estimator: Any,
    clean: CleanLaw | ArrayLike,
    *,
    n_samples: int = 200,
    shares: Sequence[float] = _SHARES,
    distances: Sequence[float] = (1e2, 1e4, 1e6),
    covariance: bool = False,
    spread: float = 0.0,
    bound: float = 10.0,
    n_seeds: int = 5,
    random_state: object = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> BreakdownCurve:
    """Send a growing share of outliers far away and measure where the location goes with them.

    The breakdown point [1]_ is the smallest share of outliers that can move an estimate beyond
    all bounds. Here all outliers are one point, or a cluster, in a random direction of each
    sample, at several distances, of which the worst counts. The location counts as carried away
    if its error exceeds ``bound`` times the distance from the clean location to the farthest
    corner of the box around the clean rows: no estimate that stays among clean rows in each
    coordinate is as far. The estimated breakdown point is an upper bound of the true one,
    which is over all outliers, and as coarse as the grid: the true one for these outliers and
    samples lies in [``breakdown_point``, ``broken_from``].

    Parameters
    ----------
    estimator : estimator
        With ``fit(X)`` and ``location_``; cloned for every fit.
    clean : CleanLaw or array-like of shape (n, n_features)
        A law: errors are from its location, and outliers replace rows of its samples. A clean
        sample: errors are from the estimate of the sample alone, and outliers are added to it;
        units are the standard deviations of its columns.
    n_samples : int, default=200
        Rows of a sample of the law, with outliers; at least 2.
    shares : sequence of float, default=(0, 0.05, ..., 0.5)
        Of outliers among all rows, in [0, 1), increasing. As whole numbers of rows allow.
    distances : sequence of float, default=(1e2, 1e4, 1e6)
        Of the outliers, in standard deviations of clean rows, positive and increasing. The last
        must lie far beyond what is still bounded.
    covariance : bool, default=False
        Whether to measure ``covariance_``, too.
    spread : float, default=0.0
        Standard deviation of the outliers about their centre, in those of clean rows. 0 is one
        point, the worst for depths; searches over random subsets may take copies for a perfect
        fit, and break earlier than what they search for.
    bound : float, default=10.0
        What is bounded, at least 1; see above.
    n_seeds : int, default=5
        Samples, each with its own direction.
    random_state : None, int, RandomState or Generator, default=None
        Samples, directions, and every ``random_state`` of the estimator that is no integer.
    n_jobs : int or None, default=None
        Processes, see ``joblib.Parallel``. Results do not depend on it.
    verbose : int, default=0
        1 shows a bar on standard error. Warnings of the fits are not shown.

    Returns
    -------
    curve : BreakdownCurve

    Raises
    ------
    ValueError
        If a parameter is out of range, or the estimator fails on clean rows.
    TypeError
        If a parameter is of a wrong kind, or a fit leaves no ``location_``.

    Notes
    -----
    A fit that raises an error or returns no finite location counts as broken, and the reason is
    kept.

    References
    ----------
    .. [1] Donoho, D. L. and Huber, P. J. (1983). The notion of breakdown point. In: A Festschrift
       for Erich L. Lehmann, 157-184. Wadsworth.

    Examples
    --------
    >>> from robustgan import CoordinateMedian
    >>> from robustgan.contamination import Gaussian
    >>> from robustgan.diagnostics import breakdown_curve
    >>> curve = breakdown_curve(CoordinateMedian(), Gaussian(3), n_seeds=2, random_state=0)
    >>> curve.errors.shape
    (2, 11)
    >>> curve.breakdown_point, curve.broken_from
    (0.45, 0.5)
    """
    check_estimator(estimator)
    rows = read_clean(clean, n_samples)
    grid = check_grid("shares", shares, below=1.0, is_sorted=True)
    far = check_grid("distances", distances, is_sorted=True)
    (bound,) = check_grid("bound", [bound], least=1.0)
    (spread,) = check_grid("spread", [spread])
    seeds = make_seeds(random_state, check_count("n_seeds", n_seeds, 1))
    limits = np.array([bound * rows.reach(rows.draw(rows.count(0.0)[0], s)) for s in seeds])
    if far[-1] <= 10 * limits.max():
        rule = f"distances must reach beyond ten times what is bounded, {10 * limits.max():.3g}"
        raise ValueError(f"{rule}, got {far[-1]:g}. Raise the last.")
    reached = np.unique([rows.share(share) for share in grid])
    clean_calls = [(estimator, rows, 0.0, Adversary(0.0), seed, covariance) for seed in seeds]
    calls = [
        (estimator, rows, share, Adversary(distance, spread), seed, covariance)
        for seed in seeds
        for share in reached
        for distance in far
    ]
    fits = run(
        clean_calls + calls,
        fit_with_outliers,
        n_jobs=n_jobs,
        verbose=verbose,
        title="breakdown curve",
    )
    references, fits = fits[: len(seeds)], fits[len(seeds) :]
    require_clean_fits(references)
    shape = (len(seeds), len(reached), len(far))
    aims = [reference for reference in references for _ in range(len(reached) * len(far))]
    pairs = list(zip(fits, aims, strict=True))
    errors = np.array([location_error(rows, *pair) for pair in pairs]).reshape(shape)
    of_matrices = [_covariance_error(rows, *pair) for pair in pairs] if covariance else None
    return BreakdownCurve(
        name=type(estimator).__name__,
        shares=reached,
        distances=far,
        errors=errors.max(axis=2),
        errors_by_distance=errors,
        covariance_errors=None if of_matrices is None else _worst(of_matrices, shape),
        limits=limits,
        reasons=_first_reasons(as_text(fit.reason for fit in fits).reshape(shape)),
    )


def _covariance_error(rows: CleanRows, fit: Fit, clean_fit: Fit) -> float:
    """Return the error of the covariance in operator norm; infinite if the fit failed."""
    aim = rows.factor @ rows.factor.T if rows.has_truth else clean_fit.covariance
    if fit.covariance is None or aim is None:
        return np.inf
    return rows.measure_matrix(fit.covariance - aim)


def _last_bounded(shares: Array, is_bounded: NDArray[np.bool_]) -> float:
    """Return the last share before the first at which one sample is not bounded."""
    n_bounded = int(np.logical_and.accumulate(is_bounded.all(axis=0)).sum())
    return float(shares[n_bounded - 1]) if n_bounded else np.nan


def _worst(errors: list[float], shape: tuple[int, ...]) -> Array:
    """Return the largest over distances, of shape (n_seeds, n_shares)."""
    return np.asarray(np.reshape(errors, shape).max(axis=2))


def _first_reasons(reasons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the first reason over distances, of shape (n_seeds, n_shares)."""
    first = np.argmax(reasons != "", axis=2)[..., None]
    return np.take_along_axis(reasons, first, axis=2)[..., 0]
