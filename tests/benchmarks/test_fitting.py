"""Fits of cells at once: each cell gets its own samples, and a fit is read off once."""

from itertools import chain

import numpy as np
import pytest

from benchmarks.harness.suite import Cell
from benchmarks.measures import fitting, location
from benchmarks.peers import Fitted, Peer, Told, ours

CELLS = (Cell("shift1", 50, 3), Cell("none", 50, 3, 0.0))
SEEDS = (5, 6)


@pytest.fixture
def calls(monkeypatch):
    """Count the calls of a peer that fits means, and the samples of each."""
    counts = []

    def fit_samples(samples, told):
        counts.append(len(samples))
        return [
            Fitted(X.mean(axis=0), note=f"{t.contamination:g}")
            for X, t in zip(samples, told, strict=True)
        ]

    monkeypatch.setattr(fitting, "find", lambda name: Peer(fit_samples, together=True))
    return counts


def test_rows_do_not_depend_on_whether_cells_are_fitted_at_once(calls):
    alone = [location.measure(cell, "mean", SEEDS) for cell in CELLS]
    fitting.fit_cells(CELLS, "mean", SEEDS)
    together = [location.measure(cell, "mean", SEEDS) for cell in CELLS]
    assert calls == [2, 2, 4]
    pairs = zip(chain.from_iterable(alone), chain.from_iterable(together), strict=True)
    for a, b in pairs:
        assert a | {"cpu_seconds": 0} == b | {"cpu_seconds": 0}
    assert [row["note"] for row in together[0]] == ["0.2", "0.2"]


def test_a_fit_is_read_off_once(calls):
    fitting.fit_cells(CELLS, "mean", SEEDS)
    for _ in range(2):
        location.measure(CELLS[0], "mean", SEEDS)
    assert calls == [4, 2]


def test_scatters_of_several_families_are_fitted_a_family_at_a_time(monkeypatch):
    seen = []

    class Fake:
        """Stands for a fitted scatter, and for what fits it."""

        history_, fallback_ = None, None

        def __init__(self, *, family, **_):
            self.family = family

        def fit_samples(self, samples):
            seen.append((self.family, len(samples)))
            fits = [Fake(family=self.family) for _ in samples]
            for fit, X in zip(fits, samples, strict=True):
                fit.location_ = fit.raw_location_ = X.mean(axis=0)
            return fits

    monkeypatch.setattr("robustgan.JSGANScatter", Fake)
    samples = [np.full((4, 2), float(i)) for i in range(3)]
    told = [Told(family=name) for name in ("student", "elliptical", "student")]
    fits = ours.scatter().fit_samples(samples, told)
    assert seen == [("student", 2), ("elliptical", 1)]
    assert [fit.location[0] for fit in fits] == [0.0, 1.0, 2.0]
