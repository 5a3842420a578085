"""The package's own diagnostics of estimators: breakdown, bias over a family, and efficiency.

Clean rows are normal. Every estimator sees the same samples; those that take ε are told it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from benchmarks.harness.suite import Cell, Measured
from benchmarks.measures.fitting import cpu_seconds, load, row_of
from benchmarks.peers import Told, find
from robustgan.contamination import Gaussian

# By the design of a cell: shares of outliers, and their distance.
FAR, TWO_SHARES = "far clusters", "far clusters, two shares"
SHARES = {FAR: (0.0, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5), TWO_SHARES: (0.0, 0.4)}
FAR_DISTANCES = (1e4,)
# By the design of a cell: distances, spreads and directions, in units of the clean rows.
FAMILY, SMALL_FAMILY = "family", "family of three"
FAMILIES: dict[str, tuple[tuple[float, ...], tuple[float, ...], tuple[str, ...]]] = {
    FAMILY: ((0.5, 1, 2, 3, 5, 10, 100), (0.0, 1.0), ("diagonal",)),
    SMALL_FAMILY: ((1, 3, 30), (1.0,), ("axis",)),
}
# Samples that an efficiency is measured on, by the design of a cell.
CLEAN, FEW = "clean", "clean, 5 samples"
N_SAMPLES = {CLEAN: 30, FEW: 5}


class AsEstimator(BaseEstimator):
    """What is compared, as an estimator with ``fit`` and ``location_``.

    Parameters
    ----------
    name : str
        Under which it is reported.
    contamination : float
        What it is told, if it asks.
    random_state : int or None
        Of its random numbers.
    """

    def __init__(
        self, *, name: str = "mean", contamination: float = 0.2, random_state: int | None = None
    ) -> None:
        self.name = name
        self.contamination = contamination
        self.random_state = random_state

    def fit(self, X: Any, y: None = None) -> AsEstimator:
        """Find the location."""
        told = Told(self.contamination, seed=self.random_state or 0)
        (fitted,) = find(self.name).fit_samples([np.asarray(X)], [told])
        self.location_ = fitted.location
        return self


def breakdown(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Send clusters far away, and return a row a seed and a share."""
    from robustgan.diagnostics import breakdown_curve

    load()
    rows = []
    for seed in seeds:
        start = cpu_seconds()
        curve = breakdown_curve(
            AsEstimator(name=estimator),
            Gaussian(cell.n_features),
            n_samples=cell.n_samples,
            shares=SHARES[cell.design],
            distances=FAR_DISTANCES,
            spread=1.0,
            n_seeds=1,
            random_state=seed,
        )
        seconds = (cpu_seconds() - start) / len(curve.shares)
        found = zip(curve.shares, curve.errors[0], curve.reasons[0], strict=True)
        for share, error, note in found:
            at = Cell(cell.design, cell.n_samples, cell.n_features, float(share))
            measured = {"error": float(error), "limit": float(curve.limits[0])}
            rows.append(row_of(at, estimator, seed, seconds=seconds, note=note, **measured))
    return rows


def bias(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Fit under every law of the family; return a row a seed and law, and one of the worst."""
    from robustgan.diagnostics import bias_curve

    load()
    distances, spreads, directions = FAMILIES[cell.design]
    rows = []
    for seed in seeds:
        start = cpu_seconds()
        curve = bias_curve(
            AsEstimator(name=estimator, contamination=cell.contamination),
            Gaussian(cell.n_features),
            contamination=cell.contamination,
            n_samples=cell.n_samples,
            distances=distances,
            spreads=spreads,
            directions=directions,
            n_clusters=(1,),
            n_seeds=1,
            random_state=seed,
        )
        seconds = (cpu_seconds() - start) / len(curve.adversaries)
        oracle = float(curve.oracle_errors[0])
        found = [(cell.design, curve.worst)] + [
            (f"{cell.design} {q.distance:g} {q.spread:g} {q.direction}", float(error))
            for q, error in zip(curve.adversaries, curve.mean_errors, strict=True)
        ]
        for design, error in found:
            at = Cell(design, cell.n_samples, cell.n_features, cell.contamination)
            measured = {"error": error, "oracle": oracle, "ratio": error / oracle}
            rows.append(row_of(at, estimator, seed, seconds=seconds, note="", **measured))
    return rows


def clean_efficiency(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Compare with the mean of clean rows, and return a row a seed of the samples."""
    from robustgan.diagnostics import efficiency

    load()
    rows = []
    for seed in seeds:
        start = cpu_seconds()
        found = efficiency(
            AsEstimator(name=estimator),
            Gaussian(cell.n_features),
            n_samples=cell.n_samples,
            n_seeds=N_SAMPLES[cell.design],
            random_state=seed,
        )
        n_fits = len(found.squared_errors)
        low, high = found.interval
        measured = {"efficiency": found.value, "low": low, "high": high, "n_fits": n_fits}
        seconds = (cpu_seconds() - start) / n_fits
        rows.append(row_of(cell, estimator, seed, seconds=seconds, note="", **measured))
    return rows
