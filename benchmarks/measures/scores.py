"""Area under the ROC curve of outlier scores of the rows that were fitted.

From 0.5 for a guess to 1. Labels serve for the area only: no method is told them, nor the share of
outliers. The reference is the likelihood ratio, where both laws have a density.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.designs import Array, draw, model_of
from benchmarks.harness.suite import Cell, Measured
from benchmarks.measures.fitting import fit_cell, row_of
from benchmarks.peers import Fitted
from robustgan.contamination import Cauchy, CleanLaw, Gaussian, Law

REFERENCE = "likelihood ratio"


def measure(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Fit, score, and return a row a seed."""
    from sklearn.metrics import roc_auc_score

    if estimator == REFERENCE:
        return reference(cell, seeds)
    areas: list[Array] = []
    drawn, fits, seconds = fit_cell(
        cell, estimator, seeds, read=lambda fit: areas.append(scores_of(fit))
    )
    return [
        row_of(
            cell,
            estimator,
            seed,
            seconds=seconds,
            note=fit.note,
            auc=float(roc_auc_score(~is_outlier, scores)),
        )
        for seed, fit, scores, (_, is_outlier) in zip(seeds, fits, areas, drawn, strict=True)
    ]


def scores_of(fit: Fitted) -> Array:
    """Return the scores; not every fit has made them."""
    return np.asarray(fit.scores() if callable(fit.scores) else fit.scores)


def reference(cell: Cell, seeds: Sequence[int]) -> list[Measured]:
    """Score by the log density ratio of clean law to outlier law."""
    from sklearn.metrics import roc_auc_score

    model = model_of(cell)
    clean, outlier = log_density(model.clean), log_density(model.outlier)
    if clean is None or outlier is None:
        raise ValueError("no density")
    rows = []
    for seed in seeds:
        X, is_outlier = draw(cell, seed)
        auc = float(roc_auc_score(~is_outlier, clean(X) - outlier(X)))
        rows.append(row_of(cell, REFERENCE, seed, seconds=0.0, note="", auc=auc))
    return rows


def log_density(law: CleanLaw | Law) -> Callable[[Array], Array] | None:
    """Return the log density of a Gaussian or Cauchy law."""
    from scipy.stats import multivariate_normal, multivariate_t

    if isinstance(law, Gaussian):
        return multivariate_normal(law.location, law.scatter).logpdf
    if isinstance(law, Cauchy):
        return multivariate_t(law.location, law.scatter, df=1).logpdf
    return None
