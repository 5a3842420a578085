"""Log-likelihood of images that a model has not seen, in nats an image.

Scikit-learn's 8 x 8 digits, white above 8 of 16; a quarter is held out. Exact for all but the VAE,
whose likelihood is by importance sampling. Seeds of ours are replicas of one fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness.suite import Cell, Measured
from benchmarks.measures.fitting import cpu_seconds, row_of

Array = NDArray[np.float64]
# Fits to training images, and returns the likelihoods of the test images, an array a seed.
Score = Callable[[Array, Array, Sequence[int], "dict[str, Any]"], list[Array]]
N_IMPORTANCE = 200
# A trial of the same models: so many steps.
SHORT = "digits, 100 steps"


def measure(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Fit, and return a row a seed."""
    import torch

    torch.set_num_threads(1)
    train, test = split(cell.n_samples)
    settings = {"random_state": 0, "device": "cpu"}
    if cell.design == SHORT:
        settings["n_steps"] = 100
    start = cpu_seconds()
    scores = MODELS[estimator](train, test, seeds, settings)
    seconds = (cpu_seconds() - start) / len(seeds)
    return [
        row_of(
            cell,
            estimator,
            seed,
            seconds=seconds,
            note="",
            log_likelihood=float(score.mean()),
            standard_error=float(score.std() / np.sqrt(len(score))),
        )
        for seed, score in zip(seeds, scores, strict=True)
    ]


def split(n_samples: int) -> tuple[Array, Array]:
    """Return binary images to fit to, and to score."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    X = (load_digits().data > 8).astype(float)
    train, test = train_test_split(X, test_size=0.25, random_state=0)
    return train[:n_samples], test


def independent_pixels(
    train: Array, test: Array, seeds: Sequence[int], settings: dict[str, Any]
) -> list[Array]:
    """Score by the pixels' own shares, counted with half an image more of each kind."""
    p = (train.sum(axis=0) + 0.5) / (len(train) + 1)
    return [(test * np.log(p) + (1 - test) * np.log1p(-p)).sum(axis=1) for _ in seeds]


def scikit_learn(
    train: Array, test: Array, seeds: Sequence[int], settings: dict[str, Any], *, n_hidden: int
) -> list[Array]:
    """Score by scikit-learn's machine, its log Z by a sum over all hidden states."""
    from sklearn.neural_network import BernoulliRBM

    found = []
    for seed in seeds:
        model = BernoulliRBM(n_hidden, learning_rate=0.05, n_iter=60, random_state=seed).fit(train)
        found.append(-free_energy(model, test) - log_partition(model))
    return found


def free_energy(model: Any, X: Array) -> Array:
    """Return the free energy of rows under scikit-learn's machine."""
    up = X @ model.components_.T + model.intercept_hidden_
    energy: Array = -X @ model.intercept_visible_ - np.logaddexp(0, up).sum(axis=1)
    return energy


def log_partition(model: Any) -> float:
    """Sum over the hidden states of scikit-learn's machine."""
    from scipy.special import logsumexp

    n_hidden = len(model.intercept_hidden_)
    sums = []
    for codes in np.array_split(np.arange(2**n_hidden), 16):
        h = (codes[:, None] >> np.arange(n_hidden)) & 1
        down = h @ model.components_ + model.intercept_visible_
        sums.append(logsumexp(h @ model.intercept_hidden_ + np.logaddexp(0, down).sum(axis=1)))
    return float(logsumexp(sums))


def ours(
    train: Array,
    test: Array,
    seeds: Sequence[int],
    settings: dict[str, Any],
    *,
    name: str,
    shape: tuple[int, ...] = (64,),
    scoring: dict[str, Any] | None = None,
    **parameters: object,
) -> list[Array]:
    """Score by one of our models; its replicas, that is seeds, are trained at once."""
    import robustgan

    model = getattr(robustgan, name)(n_replicas=max(seeds) + 1, **settings, **parameters)
    model.fit(train.reshape(-1, *shape))
    images = test.reshape(-1, *shape)
    return [model.score_samples(images, replica=r, **(scoring or {})) for r in seeds]


MODELS: dict[str, Score] = {
    "independent pixels": independent_pixels,
    **{f"scikit-learn's BernoulliRBM, {n}": partial(scikit_learn, n_hidden=n) for n in (12, 16)},
    **{f"RBM, {n}": partial(ours, name="RBM", n_hidden=n) for n in (12, 14, 16)},
    "DBM, 12 + 12": partial(ours, name="DBM", hidden_units=(12, 12)),
    "VAE": partial(
        ours,
        name="VAE",
        latent_dim=8,
        likelihood="bernoulli",
        scale="none",
        scoring={"n_importance": N_IMPORTANCE},
    ),
    "PixelCNN": partial(ours, name="PixelCNN", shape=(8, 8)),
}


def together(estimator: str) -> bool:
    """Tell whether seeds are fitted at once."""
    score = MODELS[estimator]
    return isinstance(score, partial) and score.func is ours
