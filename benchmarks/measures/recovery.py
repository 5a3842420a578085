"""Mean squared error per pixel of images from a few linear measurements.

The prior is fitted to other images of the same kind, once in a process. Everybody gets the same
measurements, and is clipped to [0, 1]. Penalties were chosen on the prior's own images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness.suite import Cell, Measured
from benchmarks.measures.fitting import cpu_seconds, row_of

Array = NDArray[np.float64]
PRIOR = "VAE"
OURS, ROBUST = "GenerativeRecovery", "GenerativeRecovery(robust)"
MEAN = "GenerativeRecovery(mean)"
# Times the measurements: |b - Ax|^2 / 2 + .01 |c|. Of .01, .03, .1, .3 and 1 the best of each basis
# on six images of the prior's, by 25, 100, 400 and 750 measurements.
LASSO_PENALTY = 0.01
BASES = {"Lasso, pixels": "pixel", "Lasso, cosines": "dct", "Lasso, wavelets": "wavelet"}
# Weight of the codes while the prior is fitted, and when an image is sought. Below 1 the generator
# draws more of what there is: of 1 and .3 the better on 300 images that a trial did not fit.
BETA = 0.3
# Standard deviation of the vector of noise: that of Bora et al.
NOISE = 0.1


@dataclass(frozen=True)
class Kind:
    """Images of one kind, and the prior of them."""

    side: int
    n_test: int
    n_apart: int
    latent_dim: int
    hidden_units: tuple[int, ...]
    n_epochs: int


KINDS = {
    "mnist": Kind(28, 500, 500, 20, (500, 500), 100),
    "digits": Kind(8, 297, 200, 10, (128, 128), 60),
}
BATCH = 96


def measure(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Recover the images of each seed, and return a row a seed."""
    import torch

    torch.set_num_threads(1)
    return [_measure_one(cell, estimator, seed) for seed in seeds]


def _measure_one(cell: Cell, estimator: str, seed: int) -> Measured:
    if estimator == PRIOR:
        start = cpu_seconds()
        vae, _ = fit_prior(cell.design)
        seconds = cpu_seconds() - start
        test = split(cell.design)[1]
        error = float(((vae.reconstruct(test) - test) ** 2).mean())
        return row_of(cell, estimator, seed, seconds=seconds, note="", error=error)
    images, A, b = measured(cell, seed)
    recovery = recovery_of(cell, estimator, seed)
    start = cpu_seconds()
    found = recovery.fit(A, b).signal_.clip(0, 1)
    seconds = cpu_seconds() - start
    error = float(((found - images) ** 2).mean())
    return row_of(cell, estimator, seed, seconds=seconds, note="", error=error)


def recovery_of(cell: Cell, estimator: str, seed: int) -> Any:
    """Return an unfitted estimator."""
    from robustgan.recovery import GenerativeRecovery, SparseRecovery

    kind = KINDS[cell.design]
    if estimator in BASES:
        penalty, basis = LASSO_PENALTY / cell.n_features, BASES[estimator]
        return SparseRecovery((kind.side, kind.side), basis=basis, penalty=penalty)
    vae, misfit = fit_prior(cell.design)
    return GenerativeRecovery(
        lambda z: vae.decoder_(z[None])[0].sigmoid(),
        kind.latent_dim,
        # The mode of z given b: a measurement errs by its share of what the prior cannot draw.
        penalty=BETA * (misfit + NOISE**2) / cell.n_features,
        loss="robust" if estimator == ROBUST else "squared",
        estimate="mean" if estimator == MEAN else "mode",
        random_state=seed,
    )


@cache
def split(name: str) -> tuple[Array, Array]:
    """Return images in [0, 1] to fit the prior to, and to recover."""
    from robustgan.contamination import load_images

    images = load_images(name).data
    order = np.random.default_rng(0).permutation(len(images))
    n_test = KINDS[name].n_test
    return images[order[:-n_test]], images[order[-n_test:]]


@cache
def fit_prior(name: str) -> tuple[Any, float]:
    """Fit the variational autoencoder; return it and how far off it draws images it has not seen.

    The mean squared distance is of images that are kept apart: of those it was fitted to, it is
    less than half as large. Grey levels are taken for probabilities of ink.
    """
    from robustgan import VAE

    kind, (known, _) = KINDS[name], split(name)
    train, apart = known[: -kind.n_apart], known[-kind.n_apart :]
    per_epoch = len(train) // BATCH
    vae = VAE(
        latent_dim=kind.latent_dim,
        hidden_units=kind.hidden_units,
        likelihood="bernoulli",
        beta=BETA,
        n_steps=kind.n_epochs * per_epoch,
        steps_per_epoch=per_epoch,
        batch_size=BATCH,
        random_state=0,
    ).fit(train)
    return vae, float(((vae.reconstruct(apart) - apart) ** 2).sum(axis=1).mean())


def measured(cell: Cell, seed: int) -> tuple[Array, Array, Array]:
    """Draw images, Gaussian measurements, and their results with noise and gross errors."""
    from robustgan.recovery import gaussian_operator

    rng = np.random.default_rng(seed)
    test = split(cell.design)[1]
    images = test[rng.choice(len(test), cell.n_samples, replace=False)]
    n_pixels, n_measurements = images.shape[1], cell.n_features
    A = gaussian_operator(n_measurements, n_pixels, random_state=seed)
    clean = images @ A.T
    noise = NOISE / np.sqrt(n_measurements) * rng.normal(size=clean.shape)
    return images, A, spoil(clean + noise, cell.contamination, rng)


def spoil(b: Array, share: float, rng: np.random.Generator) -> Array:
    """Replace a share of each image's measurements by 10 to 20 standard deviations of all."""
    spoilt = b.copy()
    n_wrong = round(share * b.shape[1])
    for row in spoilt:
        which = rng.choice(len(row), n_wrong, replace=False)
        row[which] = 10 * b.std() * rng.choice([-1, 1], n_wrong) * rng.uniform(1, 2, n_wrong)
    return spoilt
