"""Distances of a location in the plane from Tukey's median, and from the truth.

Gao, Liu, Yao and Zhu (2019): with halfspaces whose boundary holds the location itself, the game of
total variation is ``min over eta, max over unit u, of mean sigmoid(s u'(x - eta))``, a depth
smoothed by ``1 / s``. In the plane it is solved here without a game, over a grid of directions;
`JSGANMean(objective='tv')` has discriminators that are free to put boundaries anywhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np

from benchmarks.designs import Array, draw
from benchmarks.harness.suite import Cell, Measured
from benchmarks.measures.fitting import cpu_seconds, row_of

SHARPNESS = (1, 4, 16, 64)
N_DIRECTIONS = 90
REFERENCE = "Tukey's median"
# Finds a location; some have random numbers of a seed.
Locate = Callable[[Array, int], Array]


def measure(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Find the location of each seed's sample, and return a row each."""
    rows = []
    for seed in seeds:
        X, _ = draw(cell, seed)
        start = cpu_seconds()
        location = LOCATIONS[estimator](X, seed)
        seconds = cpu_seconds() - start
        measured = {
            "to_tukey": float(np.linalg.norm(location - median(cell, seed))),
            "to_truth": float(np.linalg.norm(location)),
        }
        rows.append(row_of(cell, estimator, seed, seconds=seconds, note="", **measured))
    return rows


@cache
def median(cell: Cell, seed: int) -> Array:
    """Find Tukey's median of a sample."""
    return tukey_median(draw(cell, seed)[0], seed)


def tukey_median(X: Array, seed: int) -> Array:
    """Find Tukey's median."""
    from robustgan import TukeyMedian

    return np.asarray(TukeyMedian().fit(X).location_)


def smoothed_median(X: Array, seed: int, *, sharpness: float) -> Array:
    """Minimise the largest smoothed share of rows on one side of a line through the location."""
    from scipy.optimize import minimize
    from scipy.special import expit

    angles = np.arange(N_DIRECTIONS) * 2 * np.pi / N_DIRECTIONS
    directions = np.stack([np.cos(angles), np.sin(angles)])
    projected, start = X @ directions, np.median(X, axis=0)

    def worst(location: Array) -> float:
        return float(expit(sharpness * (projected - location @ directions)).mean(axis=0).max())

    simplex = start + np.array([[0.0, 0.0], [0.3, 0.0], [0.0, 0.3]])
    options = {"initial_simplex": simplex, "xatol": 1e-3, "fatol": 1e-7, "maxiter": 120}
    return np.asarray(minimize(worst, start, method="Nelder-Mead", options=options).x)


def game(X: Array, seed: int, *, hidden_units: tuple[int, ...]) -> Array:
    """Play the game of total variation, and return what it ends at before judging."""
    from sklearn.exceptions import ConvergenceWarning

    from robustgan import JSGANMean

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = JSGANMean(
            objective="tv", covariance="identity", hidden_units=hidden_units, random_state=seed
        ).fit(X)
    return np.asarray(fitted.raw_location_)


LOCATIONS: dict[str, Locate] = {
    REFERENCE: tukey_median,
    "mean": lambda X, seed: X.mean(axis=0),
    "coordinate median": lambda X, seed: np.median(X, axis=0),
    **{
        f"halfspaces through the location, s = {s}": partial(smoothed_median, sharpness=s)
        for s in SHARPNESS
    },
    "JSGANMean(objective='tv'), one hidden layer": partial(game, hidden_units=(16,)),
    "JSGANMean(objective='tv'), no hidden layer": partial(game, hidden_units=()),
}
