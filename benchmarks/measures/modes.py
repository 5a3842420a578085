"""Modes that a generator reaches, and the share of its draws that lies near one.

One protocol for all methods: 64-64-64 perceptrons, batches of 128, Adam with betas (.5, .99), at
1e-3 where a method does not say otherwise, averaged weights; 2,500 draws are judged, a row being of
high quality within three standard deviations of a mode. A seed is a replica, and those of a method
are trained at once. Settings were chosen on the data and streams of seed 0; what is reported are
others.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from benchmarks.harness.suite import Cell, Measured
from benchmarks.measures.fitting import cpu_seconds, row_of
from robustgan.contamination import GaussianGrid, GaussianRing
from robustgan.contamination.modes import GaussianModes
from robustgan.objectives import ZeroGradientPenalty

# A law, and steps of the generator.
LAWS: dict[str, tuple[GaussianModes, int]] = {
    "ring": (GaussianRing(), 6_000),
    "grid": (GaussianGrid(), 7_500),
    "ring, 60 steps": (GaussianRing(), 60),
}
# Little slope at the data, a discriminator that learns faster, and rates that decay at the end.
STEADY = {
    "pac": 2,
    "penalty": ZeroGradientPenalty(0.02),
    "learning_rate": (2e-3, 4e-3),
    "annealing": 0.4,
}
GRADIENT_PENALTY = {
    "constraint": None,
    "penalty": "gradient",
    "optimizer": "adam",
    "learning_rate": 1e-4,
    "betas": (0.0, 0.9),
}
# What makes the model, a name in the package, and its parameters.
METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    "minimax": ("GAN", {"objective": "minimax"}),
    "non-saturating": ("GAN", {}),
    "non-saturating, pac 2": ("GAN", {"pac": 2}),
    "least squares, pac 2": ("GAN", {"objective": "least_squares", "pac": 2}),
    "hinge, spectral, pac 2": ("GAN", {"objective": "hinge", "constraint": "spectral", "pac": 2}),
    "Wasserstein, clipped": ("GAN.wasserstein", {"batch_size": 128}),
    "WGAN-GP": ("GAN.wasserstein", {"batch_size": 128, **GRADIENT_PENALTY}),
    "R1, annealed": ("GAN", {**STEADY, "pac": 1}),
    "R1, annealed, pac 2": ("GAN", STEADY),
}
N_DRAWS = 2_500
# Of the data, the streams and the draws.
SEED = 20


def measure(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Train the replicas of a method on a law; return a row a replica."""
    import torch

    import robustgan
    from robustgan.diagnostics import mode_coverage

    torch.set_num_threads(1)
    law, n_steps = LAWS[cell.design]
    X = law.sample(cell.n_samples, rng=SEED)
    maker, parameters = METHODS[estimator]
    model = attrgetter(maker)(robustgan)(
        n_steps=n_steps,
        n_replicas=max(seeds) + 1,
        random_state=SEED,
        device="cpu",
        **parameters,
    )
    start = cpu_seconds()
    model.fit(X)
    seconds = (cpu_seconds() - start) / len(seeds)
    rows = []
    for seed in seeds:
        draws = model.sample(N_DRAWS, random_state=SEED, replica=seed)
        found = mode_coverage(draws, law.centres, law.scale)
        rows.append(
            row_of(
                cell,
                estimator,
                seed,
                seconds=seconds,
                note="",
                n_modes=found.n_modes,
                high_quality=found.high_quality,
                steps=n_steps,
            )
        )
    return rows
