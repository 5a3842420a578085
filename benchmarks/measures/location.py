"""Error of a location: Euclidean distance from the truth, and divided by the oracle's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.designs import model_of
from benchmarks.harness.suite import Cell, Measured
from benchmarks.measures.fitting import fit_cell, row_of
from benchmarks.peers import Fitted


def measure(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Fit and return a row a seed, and one more for the estimate before reweighting.

    The oracle is the mean of the true inliers.
    """
    return rows_of(cell, estimator, seeds, stages=(("raw", "game alone"),))


def measure_stages(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Do as `measure`, and return a row for the game's last epoch, too."""
    stages = (("raw", "game alone"), ("last", "last epoch"))
    return rows_of(cell, estimator, seeds, stages=stages)


def rows_of(
    cell: Cell, estimator: str, seeds: Sequence[int], stages: Sequence[tuple[str, str]]
) -> list[Measured]:
    """Fit, and return a row a seed and a stage."""
    drawn, fits, seconds = fit_cell(cell, estimator, seeds)
    truth = model_of(cell).location
    rows = []
    for seed, fit, (X, is_outlier) in zip(seeds, fits, drawn, strict=True):
        oracle = float(np.linalg.norm(X[~is_outlier].mean(axis=0) - truth))

        def row(name: str, fitted: Fitted, seed: int = seed, oracle: float = oracle) -> Measured:
            error = float(np.linalg.norm(fitted.location - truth))
            measured = {"error": error, "oracle": oracle, "ratio": error / oracle}
            return row_of(cell, name, seed, seconds=seconds, note=fitted.note, **measured)

        rows.append(row(estimator, fit))
        for attribute, name in stages:
            if (before := getattr(fit, attribute)) is not None:
                rows.append(row(f"{estimator}, {name}", before))
    return rows
