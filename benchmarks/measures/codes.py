"""Agreement of categories that were found without labels with the classes of images.

Categories are matched with classes one to one, as well as can be. Draws of a category are judged by
a nearest-neighbour classifier of the real images. Settings were chosen on the seeds 0 and 3200.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness.suite import Cell, Measured
from benchmarks.measures.fitting import cpu_seconds, row_of

Array = NDArray[np.float64]
ALONE, CLUSTERED = "InfoGAN", "InfoGAN(clustering)"
LATENT_DIM, N_CHANNELS, N_CLASSES, N_DRAWS = 16, 32, 10, 100
# Ten times the weights of clustering alone: the networks' trunk serves the game, too.
WEIGHTS = {"information": 1.0, "balance": 4.0, "invariance": 10.0}
SETTINGS: dict[str, Any] = {
    "latent_dim": LATENT_DIM,
    "batch_size": 128,
    "annealing": 0.4,
    "scale": "range",
}
N_STEPS = {"mnist": 1_200, "digits": 100}


def measure(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Fit a model by each seed; return a row a seed."""
    import torch

    torch.set_num_threads(1)
    return [_measure_one(cell, estimator, seed) for seed in seeds]


def _measure_one(cell: Cell, estimator: str, seed: int) -> Measured:
    from scipy.optimize import linear_sum_assignment
    from sklearn.neighbors import KNeighborsClassifier

    from robustgan import InfoGAN
    from robustgan.objectives import Clustering, ImageMoves

    images, target = load(cell.design)
    model = InfoGAN(
        **networks(images.shape[-1]),
        **SETTINGS,
        n_steps=N_STEPS[cell.design],
        clustering=Clustering(ImageMoves(), **WEIGHTS) if estimator == CLUSTERED else None,
        random_state=seed,
        device="cpu",
    )
    start = cpu_seconds()
    found = model.fit(images).encode(images)[0][:, 0]
    seconds = cpu_seconds() - start
    table = np.zeros((N_CLASSES, N_CLASSES))
    np.add.at(table, (target, found), 1)
    category = linear_sum_assignment(-table)[1]
    asked = np.repeat(np.arange(N_CLASSES), N_DRAWS)
    draws = model.sample(len(asked), categories=category[asked], random_state=seed)
    judge = KNeighborsClassifier(3).fit(images.reshape(len(images), -1), target)
    return row_of(
        cell,
        estimator,
        seed,
        seconds=seconds,
        note="",
        agreement=float(table[np.arange(N_CLASSES), category].sum() / len(target)),
        drawn=float(np.mean(judge.predict(draws.reshape(len(draws), -1)) == asked)),
        information=float(model.mutual_information_[0]),
    )


def load(name: str) -> tuple[Array, NDArray[np.int_]]:
    """Return images and classes; those of 28 x 28 at half their size."""
    from robustgan.contamination import load_images

    bunch = load_images(name)
    if name == "digits":
        return bunch.images, bunch.target
    return bunch.images.reshape(-1, 1, 14, 2, 14, 2).mean(axis=(3, 5)), bunch.target


def networks(side: int) -> dict[str, Any]:
    """Return a pair of convolutions that halve or double the side twice, rounded up."""
    from torch import nn

    half = -(-side // 2)
    quarter = -(-half // 2)
    few, many = N_CHANNELS, 2 * N_CHANNELS
    wide = many * quarter**2
    # An odd side is not the double of its half.
    kernel = 4 if half % 2 == 0 else 3
    generator = nn.Sequential(
        nn.Linear(LATENT_DIM + N_CLASSES, 256),
        nn.BatchNorm1d(256),
        nn.ReLU(),
        nn.Linear(256, wide),
        nn.BatchNorm1d(wide),
        nn.ReLU(),
        nn.Unflatten(1, (many, quarter, quarter)),
        nn.ConvTranspose2d(many, few, kernel, 2, 1),
        nn.BatchNorm2d(few),
        nn.ReLU(),
        nn.ConvTranspose2d(few, 1, 4, 2, 1),
        nn.Tanh(),
    )
    discriminator = nn.Sequential(
        nn.Conv2d(1, few, 4, 2, 1),
        nn.LeakyReLU(0.1),
        nn.Conv2d(few, many, kernel, 2, 1),
        nn.LeakyReLU(0.1),
        nn.Flatten(),
        nn.Linear(wide, 128),
        nn.LeakyReLU(0.1),
        nn.Linear(128, 1 + N_CLASSES),
    )
    return {"generator": generator, "discriminator": discriminator}
