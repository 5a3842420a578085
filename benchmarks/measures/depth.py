"""CPU microseconds a point for the exact halfspace depth of rows with respect to their sample.

The best of several runs, on one thread; a peer's depths are compared with ours.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness.suite import Cell, Measured
from benchmarks.measures.fitting import row_of

Array = NDArray[np.float64]
OURS, PEER = "halfspace_depth", "data-depth ({})"
# The peer's exact methods.
METHODS = ("recursive", "plane", "line")
# Points whose depth is computed at most, and runs of which the best counts.
MOST_POINTS, N_RUNS = 1_000, 5
# Pairs of a point and a row in one run: calls of a small sample are too short for the clock.
LEAST_PAIRS = 10**6


def measure(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Time the depths of each seed's sample, and return a row each."""
    import torch

    torch.set_num_threads(1)
    rows = []
    for seed in seeds:
        X = np.random.default_rng(seed).normal(size=(cell.n_samples, cell.n_features))
        points = X[:MOST_POINTS].copy()
        seconds, found = timed(estimator, points, X)
        measured = {
            "microseconds": 1e6 * seconds / len(points),
            "difference": float(np.abs(found - depths(OURS, points, X)).max()),
        }
        rows.append(row_of(cell, estimator, seed, seconds=seconds, note="", **measured))
    return rows


def timed(name: str, points: Array, X: Array) -> tuple[float, Array]:
    """Return the seconds of a call, and depths."""
    found = depths(name, points[:1], X)
    n_calls = max(1, LEAST_PAIRS // (len(points) * len(X)))
    best = np.inf
    for _ in range(N_RUNS):
        start = time.process_time()
        for _ in range(n_calls):
            found = depths(name, points, X)
        best = min(best, (time.process_time() - start) / n_calls)
    return best, found


def depths(name: str, points: Array, X: Array) -> Array:
    """Compute depths.

    Raises
    ------
    ImportError
        If the peer is not installed.
    """
    if name == OURS:
        from robustgan.depth import halfspace_depth

        return np.asarray(halfspace_depth(points, X))
    method = next(each for each in METHODS if PEER.format(each) == name)
    halfspace = importlib.import_module("depth.model.multivariate").halfspace
    return np.asarray(halfspace(points, X, exact=True, method=method))
