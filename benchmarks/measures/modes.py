"""Modes that a generator reaches, and the share of its draws that lies near one.

One protocol for all methods: 64-64-64 perceptrons, batches of 128, Adam with betas (.5, .99), at
1e-3 where a method does not say otherwise, averaged weights; 2,500 draws are judged, a row being of
high quality within three standard deviations of a mode. A seed is a replica, and those of a method
are trained at once. Settings were chosen on the data and streams of seed 0; what is reported are
others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from benchmarks.harness.suite import Cell, Measured
from benchmarks.measures.fitting import cpu_seconds, row_of
from robustgan.contamination import GaussianGrid, GaussianRing
from robustgan.contamination.modes import GaussianModes

# A law, and steps of the generator.
LAWS: dict[str, tuple[GaussianModes, int]] = {
    "ring": (GaussianRing(), 6_000),
    "grid": (GaussianGrid(), 7_500),
    "ring, 60 steps": (GaussianRing(), 60),
}


@dataclass(frozen=True)
class Method:
    """What makes a model, a name in the package, and its parameters.

    Attributes
    ----------
    parameters : dict
    maker : str
    slope : float or None
        Weight of a penalty on the discriminator's slope at the data, R1.
    n_steps : int or None
        Instead of the law's.
    """

    parameters: dict[str, Any]
    maker: str = "GAN"
    slope: float | None = None
    n_steps: int | None = None

    def make(self, **settings: Any) -> Any:
        """Return the unfitted model."""
        import robustgan
        from robustgan.objectives import ZeroGradientPenalty

        penalty = {} if self.slope is None else {"penalty": ZeroGradientPenalty(self.slope)}
        return attrgetter(self.maker)(robustgan)(**settings, **self.parameters, **penalty)


# A discriminator that learns faster, and rates that decay at the end.
STEADY = {"learning_rate": (2e-3, 4e-3), "annealing": 0.4}
GRADIENT_PENALTY = {
    "constraint": None,
    "penalty": "gradient",
    "optimizer": "adam",
    "learning_rate": 1e-4,
    "betas": (0.0, 0.9),
}
METHODS = {
    "minimax": Method({"objective": "minimax"}),
    "non-saturating": Method({}),
    "non-saturating, pac 2": Method({"pac": 2}),
    "least squares, pac 2": Method({"objective": "least_squares", "pac": 2}),
    "hinge, spectral, pac 2": Method({"objective": "hinge", "constraint": "spectral", "pac": 2}),
    "Wasserstein, clipped": Method({"batch_size": 128}, "GAN.wasserstein"),
    "WGAN-GP": Method({"batch_size": 128, **GRADIENT_PENALTY}, "GAN.wasserstein"),
    "R1, annealed": Method(STEADY, slope=0.02),
    "R1, annealed, pac 2": Method({**STEADY, "pac": 2}, slope=0.02),
    "R1, annealed, pac 2, 40,000 steps": Method(
        {**STEADY, "annealing": 0.6, "pac": 2}, slope=0.005, n_steps=40_000
    ),
}
N_DRAWS = 2_500
# Of the data, the streams and the draws.
SEED = 20


def measure(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Train the replicas of a method on a law; return a row a replica."""
    import torch

    from robustgan.diagnostics import mode_coverage

    torch.set_num_threads(1)
    law, usual = LAWS[cell.design]
    X = law.sample(cell.n_samples, rng=SEED)
    method = METHODS[estimator]
    n_steps = method.n_steps or usual
    model = method.make(
        n_steps=n_steps,
        n_replicas=max(seeds) + 1,
        random_state=SEED,
        device="cpu",
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
