"""What foreign images cost an autoencoder on clean ones, and whether it sees them.

Clean rows are scikit-learn's 8 x 8 digits, binary; foreign ones are other digits in negative, until
they are the cell's share of all. 397 clean digits that no model has seen are the test.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness.suite import Cell, Measured
from benchmarks.measures.fitting import cpu_seconds, row_of

Array = NDArray[np.float64]
DIGITS, SHORT = "digits", "digits, 100 steps"
KINDS, VARIANTS = ("VAE", "Autoencoder"), ("plain", "beta", "trimmed")
N_TEST, N_REPLICAS, N_IMPORTANCE = 397, 2, 100


def name_of(kind: str, variant: str) -> str:
    """Name a variant of a model."""
    return f"{kind}, {variant}"


def contaminated(n_clean: int, share: float, seed: int) -> tuple[Array, NDArray[np.bool_], Array]:
    """Return rows, which are foreign, and clean rows to test on."""
    from robustgan.contamination import load_images

    rng = np.random.default_rng(seed)
    rows = (load_images("digits").data >= 0.5).astype(float)
    rows = rows[rng.permutation(len(rows))]
    clean, test, others = np.split(rows, [n_clean, n_clean + N_TEST])
    n_foreign = round(n_clean * share / (1 - share))
    # Each of the others at most twice.
    order = np.concatenate([rng.permutation(len(others)) for _ in range(2)])
    foreign = 1 - others[order[:n_foreign]]
    X = np.concatenate([clean, foreign])
    mixed = rng.permutation(len(X))
    return X[mixed], mixed >= n_clean, test


def measure(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Fit a variant, two starts at once, and return a row a seed."""
    import torch

    torch.set_num_threads(1)
    return [_measure_one(cell, estimator, seed) for seed in seeds]


def _measure_one(cell: Cell, estimator: str, seed: int) -> Measured:
    import robustgan

    kind, variant = estimator.split(", ")
    X, is_foreign, test = contaminated(cell.n_samples, cell.contamination, seed)
    model = getattr(robustgan, kind)(
        latent_dim=10,
        likelihood="bernoulli",
        robust=None if variant == "plain" else variant,
        holdout=0.0,
        n_steps=100 if cell.design == SHORT else 2000,
        n_replicas=N_REPLICAS,
        random_state=seed,
    )
    start = cpu_seconds()
    model.fit(X)
    seconds = cpu_seconds() - start
    settings = {"n_importance": N_IMPORTANCE} if kind == "VAE" else {}
    losses = [-model.score_samples(test, replica=r, **settings).mean() for r in range(N_REPLICAS)]
    seen = _seen(model, X, is_foreign) if is_foreign.any() else {"auc": "", "caught": ""}
    false_alarms = float((model.predict(test) < 0).mean())
    measured = {"test_loss": float(np.mean(losses)), **seen, "false_alarms": false_alarms}
    return row_of(cell, estimator, seed, seconds=seconds, note="", **measured)


def _seen(model: object, X: Array, is_foreign: NDArray[np.bool_]) -> dict[str, float]:
    """Return how well foreign rows are told apart, and how many are flagged."""
    from sklearn.metrics import roc_auc_score

    area = float(roc_auc_score(is_foreign, -model.score_samples(X)))
    return {"auc": area, "caught": float((model.predict(X[is_foreign]) < 0).mean())}
