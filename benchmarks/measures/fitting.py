"""Fit a peer to the samples of a cell, and time it: what all measures share."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache

from benchmarks.designs import Array, Labels, draw, family_of, model_of
from benchmarks.harness.suite import Cell, Measured
from benchmarks.peers import Fitted, Told, find

# Samples, their labels and fits, and the seconds of one.
Kept = tuple[list[tuple[Array, Labels]], list[Fitted], float]
_fitted: dict[tuple[Cell, str, tuple[int, ...]], Kept] = {}
LOADED = ("robustgan.estimators", "sklearn.covariance", "sklearn.ensemble", "statsmodels.robust")


@cache
def load() -> None:
    """Import what most peers need, so that it is no part of anyone's time."""
    for name in (*LOADED, "pyod.models.ecod", "pyod.models.mcd"):
        with suppress(ImportError):
            importlib.import_module(name)
    import torch

    torch.set_num_threads(1)


def fit_cell(
    cell: Cell, estimator: str, seeds: Sequence[int], read: Callable[[Fitted], object] | None = None
) -> Kept:
    """Draw the samples of a cell and fit a peer to them.

    Parameters
    ----------
    cell : Cell
    estimator : str
    seeds : sequence of int
        Of the samples; for real data, of the estimator.
    read : callable, default=None
        What is asked of a fit within the time that is taken.

    Returns
    -------
    drawn : list of tuple
        Rows, and which are outliers.
    fits : list of Fitted
    seconds : float
        CPU time of a fit, processes that it started included.
    """
    if read is None and (kept := _fitted.pop((cell, estimator, tuple(seeds)), None)):
        return kept
    load()
    drawn = [draw(cell, seed) for seed in seeds]
    told = [told_of(cell, seed) for seed in seeds]
    start = cpu_seconds()
    fits = find(estimator).fit_samples([X for X, _ in drawn], told)
    for fit in fits if read else ():
        read(fit)
    return drawn, fits, (cpu_seconds() - start) / len(seeds)


def fit_cells(cells: Sequence[Cell], estimator: str, seeds: Sequence[int]) -> None:
    """Fit a peer to the samples of cells of one shape at once, and keep the fits for `fit_cell`."""
    load()
    _fitted.clear()
    pairs = [(cell, seed) for cell in cells for seed in seeds]
    drawn = [draw(*pair) for pair in pairs]
    start = cpu_seconds()
    fits = find(estimator).fit_samples([X for X, _ in drawn], [told_of(*pair) for pair in pairs])
    seconds = (cpu_seconds() - start) / len(pairs)
    for i, cell in enumerate(cells):
        part = slice(i * len(seeds), (i + 1) * len(seeds))
        _fitted[cell, estimator, tuple(seeds)] = drawn[part], fits[part], seconds


def told_of(cell: Cell, seed: int) -> Told:
    """Return what may be told of a cell."""
    if (model := model_of(cell)) is None:
        return Told(cell.contamination, seed=seed)
    return Told(model.contamination, model.scatter, family_of(cell.design), seed)


def row_of(
    cell: Cell, estimator: str, seed: int, *, seconds: float, note: str, **measured: object
) -> Measured:
    """Return a row."""
    return {
        "design": cell.design,
        "n_samples": cell.n_samples,
        "n_features": cell.n_features,
        "contamination": f"{cell.contamination:g}",
        "estimator": estimator,
        "seed": seed,
        **measured,
        "cpu_seconds": float(seconds),
        "device": "cpu",
        "note": note,
    }


def cpu_seconds() -> float:
    """CPU time of this process and of those it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
