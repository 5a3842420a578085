"""Test likelihood of a variational autoencoder on binary digits, and what it costs.

In a fixed random order, the last images to test on; pixels of one half or more are one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness.suite import Cell, Measured
from benchmarks.measures.fitting import cpu_seconds, row_of

Array = NDArray[np.float64]
DRAWS = (1, 10, 200)
NAME = "VAE, {} draw a row in training"
BATCH = 96


@dataclass(frozen=True)
class Kind:
    """Images of one kind, and the autoencoder of them."""

    n_test: int
    latent_dim: int
    hidden_units: tuple[int, ...]
    n_epochs: int


KINDS = {"mnist": Kind(500, 20, (500, 500), 50), "digits": Kind(297, 8, (64, 64), 5)}


def measure(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Fit a model a seed, and return a row each."""
    import torch

    from robustgan import VAE

    torch.set_num_threads(1)
    kind, (train, test) = KINDS[cell.design], split(cell.design)
    per_epoch = len(train) // BATCH
    rows = []
    for seed in seeds:
        model = VAE(
            latent_dim=kind.latent_dim,
            hidden_units=kind.hidden_units,
            likelihood="bernoulli",
            n_importance=next(k for k in DRAWS if NAME.format(k) == estimator),
            n_steps=kind.n_epochs * per_epoch,
            steps_per_epoch=per_epoch,
            batch_size=BATCH,
            random_state=seed,
        )
        start, wall = cpu_seconds(), time.perf_counter()
        model.fit(train)
        seconds, wall = cpu_seconds() - start, time.perf_counter() - wall
        losses = {f"nll_{k}": -model.score_samples(test, n_importance=k).mean() for k in DRAWS}
        rows.append(
            row_of(cell, estimator, seed, seconds=seconds, note="", wall_seconds=wall, **losses)
        )
    return rows


def split(name: str) -> tuple[Array, Array]:
    """Return binary images to fit to, and to test on."""
    from robustgan.contamination import load_images

    rows = (load_images(name).data >= 0.5).astype(float)
    order = np.random.default_rng(0).permutation(len(rows))
    n_test = KINDS[name].n_test
    return rows[order[:-n_test]], rows[order[-n_test:]]
