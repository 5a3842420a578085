"""Measure the log-likelihood that each model with a density has on digits it has not seen.

Scikit-learn's 8 x 8 digits, white above 8 of 16, three quarters for training. Writes
``results/densities.csv`` and ``results/densities.md``: nats an image, exact for all but the VAE,
whose likelihood is estimated by importance sampling. Seeds are replicas of one fit.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from reporting import read_rows, write_rows
from scipy.special import logsumexp
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import BernoulliRBM

from robustgan import DBM, RBM, VAE, PixelCNN

RESULTS = Path(__file__).parent / "results"
Array = NDArray[np.float64]
# Fits to the training images, and returns an array of likelihoods of the test images a seed.
Measure = Callable[[Array, Array, int], list[Array]]


def data() -> tuple[Array, Array]:
    """Return binary training and test images, a row each."""
    X = (load_digits().data > 8).astype(float)
    train, test = train_test_split(X, test_size=0.25, random_state=0)
    return train, test


def independent_pixels(train: Array, test: Array, n_seeds: int) -> list[Array]:
    """Score by the pixels' own shares, counted with half an image more of each kind."""
    p = (train.sum(axis=0) + 0.5) / (len(train) + 1)
    return [(test * np.log(p) + (1 - test) * np.log1p(-p)).sum(axis=1)]


def scikit_learn(n_hidden: int) -> Measure:
    """Return scikit-learn's machine, its log Z by a sum over all hidden states."""

    def measure(train: Array, test: Array, n_seeds: int) -> list[Array]:
        found = []
        for seed in range(n_seeds):
            model = BernoulliRBM(
                n_components=n_hidden, learning_rate=0.05, n_iter=60, random_state=seed
            ).fit(train)
            found.append(-free_energy(model, test) - log_partition(model))
        return found

    return measure


def free_energy(model: BernoulliRBM, X: Array) -> Array:
    """Return the free energy of rows under scikit-learn's machine."""
    up = X @ model.components_.T + model.intercept_hidden_
    energy: Array = -X @ model.intercept_visible_ - np.logaddexp(0, up).sum(axis=1)
    return energy


def log_partition(model: BernoulliRBM) -> float:
    """Sum over the hidden states of scikit-learn's machine."""
    n_hidden = len(model.intercept_hidden_)
    sums = []
    for codes in np.array_split(np.arange(2**n_hidden), 16):
        h = (codes[:, None] >> np.arange(n_hidden)) & 1
        down = h @ model.components_ + model.intercept_visible_
        sums.append(logsumexp(h @ model.intercept_hidden_ + np.logaddexp(0, down).sum(axis=1)))
    return float(logsumexp(sums))


def replicas(
    make: Callable[[int], Any], shape: tuple[int, ...] = (64,), **scoring: object
) -> Measure:
    """Return one of our models, its seeds trained at once."""

    def measure(train: Array, test: Array, n_seeds: int) -> list[Array]:
        model = make(n_seeds).fit(train.reshape(-1, *shape))
        images = test.reshape(-1, *shape)
        return [model.score_samples(images, replica=r, **scoring) for r in range(n_seeds)]

    return measure


def models(*, is_quick: bool) -> Iterator[tuple[str, Measure]]:
    """Yield names and what is measured under them."""
    short = {"n_steps": 100} if is_quick else {}
    settings = {"random_state": 0, "device": "cpu", **short}
    yield "independent pixels", independent_pixels
    yield "scikit-learn's BernoulliRBM, 12", scikit_learn(12)
    yield "scikit-learn's BernoulliRBM, 16", scikit_learn(16)
    for n in (12, 14, 16):
        yield f"RBM, {n}", replicas(lambda r, n=n: RBM(n_hidden=n, n_replicas=r, **settings))
    yield (
        "DBM, 12 + 12",
        replicas(lambda r: DBM(hidden_units=(12, 12), n_replicas=r, **settings)),
    )
    yield "VAE", replicas(lambda r: variational(r, settings), n_importance=200)
    yield "PixelCNN", replicas(lambda r: PixelCNN(n_replicas=r, **settings), (8, 8))


def variational(n_replicas: int, settings: dict[str, Any]) -> Any:
    """Make a VAE of binary pixels."""
    return VAE(
        latent_dim=8, likelihood="bernoulli", scale="none", n_replicas=n_replicas, **settings
    )


def write_table(path: Path) -> None:
    """Write means over seeds as Markdown."""
    rows = read_rows(path.with_suffix(".csv"))
    lines = ["| model | test log-likelihood, nats | worst seed | seeds | CPU s a fit |"]
    lines.append("|---" * 5 + "|")
    for name in dict.fromkeys(row["model"] for row in rows):
        chosen = [row for row in rows if row["model"] == name]
        scores = [float(row["log_likelihood"]) for row in chosen]
        seconds = statistics.mean(float(row["cpu_seconds"]) for row in chosen)
        lines.append(
            f"| {name} | {statistics.mean(scores):.2f} | {min(scores):.2f} | {len(scores)} "
            f"| {seconds:.1f} |"
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Fit all models and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one seed, few steps")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", help="fit this model, and keep the others' results")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    folder = Path(tempfile.mkdtemp()) if arguments.quick else RESULTS
    train, test = data()
    path = folder / "densities.csv"
    rows: list[Mapping[str, object]] = []
    if arguments.only and path.exists():
        rows += [row for row in read_rows(path) if row["model"] != arguments.only]
    for name, measure in models(is_quick=arguments.quick):
        if arguments.only not in (None, name):
            continue
        start = time.process_time()
        scores = measure(train, test, 1 if arguments.quick else arguments.seeds)
        seconds = (time.process_time() - start) / len(scores)
        for seed, score in enumerate(scores):
            rows.append(
                {
                    "model": name,
                    "seed": seed,
                    "log_likelihood": float(score.mean()),
                    "standard_error": float(score.std() / np.sqrt(len(score))),
                    "cpu_seconds": seconds,
                }
            )
        write_rows(path, rows)
        print(f"{name}: {np.mean(scores):.2f}", flush=True)
    write_table(folder / "densities.md")
    print(f"Written to {folder}.")


if __name__ == "__main__":
    main()
