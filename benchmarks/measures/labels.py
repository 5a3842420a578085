"""What a classifier of real images says of generated ones: shares of the classes, confidence.

The classifier has seen nine tenths of the real images; the others are judged as a reference, the
generator has seen all. Draws that are nearer to a real image than real ones are to each other
would be copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness.suite import Cell, Measured
from benchmarks.measures.fitting import cpu_seconds, row_of

Array = NDArray[np.float64]
HELD_OUT, N_DRAWS = "held-out images", 2_500
# Settings of a model by the images.
SETTINGS: dict[str, dict[str, Any]] = {
    "mnist": {"n_channels": 16, "n_steps": 12_000, "learning_rate": 8e-4, "annealing": 0.6},
    "digits": {"n_channels": 8, "n_steps": 300, "learning_rate": 2e-3},
}


def measure(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Fit a generator by each seed and judge its draws; return a row a seed."""
    import torch

    torch.set_num_threads(1)
    return [_measure_one(cell, estimator, seed) for seed in seeds]


def _measure_one(cell: Cell, estimator: str, seed: int) -> Measured:
    from robustgan import DCGAN
    from robustgan.diagnostics import nearest_neighbours

    images, target, held_out = real(cell.design)
    seconds, shares = 0.0, np.bincount(target) / len(target)
    if estimator == HELD_OUT:
        shown = images[held_out]
        shares = np.bincount(target[held_out], minlength=len(shares)) / len(held_out)
        distances = nearest_neighbours(shown, np.delete(images, held_out, axis=0))[0]
    else:
        start = cpu_seconds()
        model = DCGAN(**SETTINGS[cell.design], random_state=seed, device="cpu").fit(images)
        seconds = cpu_seconds() - start
        shown = model.sample(N_DRAWS, random_state=seed)
        distances = nearest_neighbours(shown, images)[0]
    found = classifier(cell.design).predict_proba(shown.reshape(len(shown), -1))
    given = np.bincount(found.argmax(axis=1), minlength=len(shares)) / len(shown)
    return row_of(
        cell,
        estimator,
        seed,
        seconds=seconds,
        note="",
        deviation=float(np.abs(given - shares).max()),
        confidence=float(found.max(axis=1).mean()),
        distance=float(np.median(distances)),
    )


@cache
def real(name: str) -> tuple[Array, NDArray[np.int_], NDArray[np.int_]]:
    """Return images in [0, 1], their classes, and which tenth is held out."""
    from robustgan.contamination import load_images

    bunch = load_images(name)
    order = np.random.default_rng(0).permutation(len(bunch.images))
    return bunch.images, bunch.target, order[-len(order) // 10 :]


@cache
def classifier(name: str) -> Any:
    """Fit the classifier of real images."""
    from sklearn.neural_network import MLPClassifier

    images, target, held_out = real(name)
    rows = np.delete(images.reshape(len(images), -1), held_out, axis=0)
    network = MLPClassifier((256,), alpha=0.01, random_state=0)
    return network.fit(rows, np.delete(target, held_out))
