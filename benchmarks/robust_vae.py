"""What foreign images cost an autoencoder, plain and robust.

Clean rows are 1,200 of scikit-learn's 8 x 8 digits, binary; foreign images are added until they
are a share of all: other digits in negative. The test set is 397 clean digits, which no model has
seen. Losses are means of two networks from different starts. What is lost
is counted from the plain model without foreign images: nats of the negative log likelihood by 100
importance draws, or of the cross-entropy of the reconstruction. One thread, CPU seconds. Writes
``results/robust_vae.csv``, ``.md`` and ``.png``.
"""

import time
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from reporting import MARKERS, read_rows, write_rows
from sklearn.metrics import roc_auc_score

from robustgan import VAE, Autoencoder
from robustgan.contamination import load_images

RESULTS = Path(__file__).parent / "results"
SHARES = (0.0, 0.05, 0.1, 0.2)
VARIANTS = ("plain", "beta", "trimmed")
SEEDS, N_REPLICAS, N_CLEAN, N_TEST = (1000,), 2, 1200, 397
MODELS: dict[str, Any] = {"VAE": VAE, "Autoencoder": Autoencoder}


def contaminated(share: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows, which are foreign, and clean rows to test on."""
    rng = np.random.default_rng(seed)
    rows = (load_images("digits").data >= 0.5).astype(float)
    rows = rows[rng.permutation(len(rows))]
    clean, test, others = np.split(rows, [N_CLEAN, N_CLEAN + N_TEST])
    n_foreign = round(N_CLEAN * share / (1 - share))
    # Each of the 200 others at most twice.
    order = np.concatenate([rng.permutation(len(others)) for _ in range(2)])
    foreign = 1 - others[order[:n_foreign]]
    X = np.concatenate([clean, foreign])
    mixed = rng.permutation(len(X))
    return X[mixed], mixed >= N_CLEAN, test


def measure(kind: str, variant: str, share: float, seed: int) -> dict[str, object]:
    """Fit one variant; return its clean test loss, its detection and its seconds."""
    X, is_foreign, test = contaminated(share, seed)
    model = MODELS[kind](
        latent_dim=10,
        likelihood="bernoulli",
        robust=None if variant == "plain" else variant,
        holdout=0.0,
        n_steps=2000,
        n_replicas=N_REPLICAS,
        random_state=seed,
    )
    began = time.process_time()
    model.fit(X)
    seconds = time.process_time() - began
    settings = {"n_importance": 100} if kind == "VAE" else {}
    losses = [-model.score_samples(test, replica=r, **settings).mean() for r in range(N_REPLICAS)]
    has_both = bool(is_foreign.any())
    return {
        "model": kind,
        "variant": variant,
        "contamination": share,
        "seed": seed,
        "test_loss": float(np.mean(losses)),
        "auc": roc_auc_score(is_foreign, -model.score_samples(X)) if has_both else float("nan"),
        "caught": float((model.predict(X[is_foreign]) < 0).mean()) if has_both else float("nan"),
        "false_alarms": float((model.predict(test) < 0).mean()),
        "cpu_seconds": seconds,
    }


def mean_of(rows: list[dict[str, str]], column: str, **where: object) -> float:
    """Return the mean over seeds of a column."""
    found = [
        float(row[column])
        for row in rows
        if all(row[key] == str(value) for key, value in where.items())
    ]
    return float(np.mean(found))


def losses(
    rows: list[dict[str, str]], kind: str, variant: str, share: float, base_of: str = "plain"
) -> float:
    """Return what is lost to a variant, the plain one, without foreign images."""
    base = mean_of(rows, "test_loss", model=kind, variant=base_of, contamination="0")
    cell = {"model": kind, "variant": variant, "contamination": f"{share:.6g}"}
    return mean_of(rows, "test_loss", **cell) - base


def write_table(rows: list[dict[str, str]]) -> None:
    """Write the Markdown table."""
    lines = [
        "| model | foreign | variant | clean test loss, nats | lost | of its own | AUC "
        "| caught | false alarms |",
        "|---" * 9 + "|",
    ]
    for kind in MODELS:
        for share in SHARES:
            for variant in VARIANTS:
                cell = {"model": kind, "variant": variant, "contamination": f"{share:.6g}"}
                values = [mean_of(rows, c, **cell) for c in ("auc", "caught", "false_alarms")]
                shown = ["" if np.isnan(value) else f"{value:.3f}" for value in values]
                lines.append(
                    f"| {kind} | {share:.0%} | {variant} | "
                    f"{mean_of(rows, 'test_loss', **cell):.2f} | "
                    f"{losses(rows, kind, variant, share):.2f} | "
                    f"{losses(rows, kind, variant, share, variant):.2f} | {' | '.join(shown)} |"
                )
    (RESULTS / "robust_vae.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def draw(rows: list[dict[str, str]]) -> None:
    """Draw what is lost by the share of foreign images."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for ax, kind in zip(axes, MODELS, strict=True):
        for variant, marker, shade in zip(VARIANTS, MARKERS, ("0.6", "0.0", "0.3"), strict=False):
            lost = [losses(rows, kind, variant, share) for share in SHARES]
            style = {"marker": marker, "color": shade}
            ax.plot(SHARES, lost, label=variant, **style)
        ax.axhline(0, color="0.8", zorder=0)
        ax.set_xticks(SHARES, [f"{share:g}" for share in SHARES])
        ax.set(title=kind, xlabel="share of foreign images", ylabel="lost on clean digits (nats)")
    axes[0].legend(frameon=False)
    figure.savefig(RESULTS / "robust_vae.png", dpi=150)


if __name__ == "__main__":
    path = RESULTS / "robust_vae.csv"
    measured = []
    for kind in MODELS:
        for seed in SEEDS:
            for share in SHARES:
                for variant in VARIANTS:
                    measured.append(measure(kind, variant, share, seed))
                    print(measured[-1], flush=True)
                    write_rows(path, measured)
    kept = read_rows(path)
    write_table(kept)
    draw(kept)
