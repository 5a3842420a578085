"""Error of a scatter: operator norm of the difference, and divided by the oracle's.

Where the clean rows have heavy tails, shapes of determinant one are compared, and the oracle is the
Student law of most likelihood of the true inliers; else it is their covariance.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from benchmarks.designs import Array, draw, family_of, model_of
from benchmarks.harness.suite import Cell, Measured
from benchmarks.measures.fitting import fit_cell, row_of
from benchmarks.peers import Fitted


def measure(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Fit and return a row a seed, and one more for the estimate before reweighting."""
    _, fits, seconds = fit_cell(cell, estimator, seeds)
    model = model_of(cell)
    rows = []
    for seed, fit in zip(seeds, fits, strict=True):
        best = oracle(cell, seed)
        best_error = scatter_error(best.scatter, model.scatter, cell)

        def row(
            name: str,
            fitted: Fitted,
            seed: int = seed,
            best: Fitted = best,
            best_error: float = best_error,
        ) -> Measured:
            error = scatter_error(fitted.scatter, model.scatter, cell)
            measured = {
                "error": error,
                "oracle": best_error,
                "ratio": error / best_error,
                "location_error": float(np.linalg.norm(fitted.location - model.location)),
                "location_oracle": float(np.linalg.norm(best.location - model.location)),
            }
            return row_of(cell, name, seed, seconds=seconds, note=fitted.note, **measured)

        rows.append(row(estimator, fit))
        if fit.raw is not None:
            rows.append(row(f"{estimator}, game alone", fit.raw))
    return rows


@cache
def oracle(cell: Cell, seed: int) -> Fitted:
    """Fit the true inliers."""
    X, is_outlier = draw(cell, seed)
    clean = X[~is_outlier]
    if family_of(cell.design) == "gaussian":
        return Fitted(clean.mean(axis=0), np.cov(clean.T))
    import torch

    from robustgan.estimators.student import student_fit

    found = student_fit(torch.from_numpy(clean))
    return Fitted(found.location.numpy(), found.scatter.numpy())


def scatter_error(found: Array, truth: Array, cell: Cell) -> float:
    """Return the operator norm of the error; of shapes, where tails are heavy."""
    if not np.isfinite(found).all():
        raise ArithmeticError("the scatter is not finite.")
    if family_of(cell.design) != "gaussian":
        found, truth = unit_determinant(found), unit_determinant(truth)
    return float(np.linalg.norm(found - truth, ord=2))


def unit_determinant(scatter: Array) -> Array:
    """Scale to determinant one."""
    return scatter / np.exp(np.linalg.slogdet(scatter)[1] / len(scatter))
