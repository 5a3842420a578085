"""Measure what a fit costs: against MinCovDet, the papers' settings, and replicas of itself.

One thread, CPU seconds, all in the same run. ``published_game`` follows the settings that Gao, Liu,
Yao and Zhu published for this design (LeakyReLU, 20 hidden units, batches of 500 from a data
loader, 150 epochs, five discriminator steps to one of the generator, average of the last 25).
Writes ``results/location_time.csv`` and the same as ``.md``.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from reporting import read_rows, write_rows
from sklearn.covariance import MinCovDet
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from robustgan import JSGANMean, design

RESULTS = Path(__file__).parent / "results"
Array = NDArray[np.float64]


def published_game(X: Array, *, n_epochs: int = 150, n_average: int = 25) -> Array:
    """Estimate a location by a plain game with the published settings."""
    p = X.shape[1]
    torch.manual_seed(0)
    rows = torch.from_numpy(X).float()
    location = nn.Parameter(rows.median(dim=0).values)
    network = nn.Sequential(nn.Linear(p, 20), nn.LeakyReLU(0.1), nn.Linear(20, 1))
    for layer in network[::2]:
        nn.init.xavier_uniform_(layer.weight)
    on_network = torch.optim.SGD(network.parameters(), lr=0.2)
    on_location = torch.optim.SGD([location], lr=0.02)
    loss = nn.BCEWithLogitsLoss()
    loader = DataLoader(TensorDataset(rows), batch_size=500, shuffle=True)
    kept, n_steps = [], 0
    for epoch in range(n_epochs):
        for (real,) in loader:
            ones = torch.ones(len(real), 1)
            network.zero_grad()
            fake = (torch.randn_like(real) + location).detach()
            (loss(network(real), ones) + loss(network(fake), 0 * ones)).backward()
            on_network.step()
            n_steps += 1
            if n_steps % 5:
                continue
            on_location.zero_grad()
            loss(network(torch.randn_like(real) + location), ones).backward()
            on_location.step()
        if epoch >= n_epochs - n_average:
            kept.append(location.detach().clone())
    return torch.stack(kept).mean(dim=0).double().numpy()


def timed(fit: Callable[[], object]) -> tuple[object, float]:
    """Return what a fit returns, and its CPU seconds."""
    start = time.process_time()
    fitted = fit()
    return fitted, time.process_time() - start


def compare_estimators(n_samples: int, n_features: int, seed: int) -> list[dict[str, object]]:
    """Fit one sample by each, in one run."""
    X, is_outlier = design("shift.5", n_features).sample(n_samples, rng=seed)
    oracle = np.linalg.norm(X[~is_outlier].mean(axis=0))
    fits: dict[str, Callable[[], object]] = {
        "JSGANMean(identity)": lambda: JSGANMean(
            covariance="identity", random_state=0, device="cpu"
        ).fit(X),
        "JSGANMean(diagonal)": lambda: JSGANMean(random_state=0, device="cpu").fit(X),
        "MinCovDet": lambda: MinCovDet(random_state=0).fit(X),
        "published game": lambda: published_game(X),
    }
    rows: list[dict[str, object]] = []
    for name, fit in fits.items():
        fitted, seconds = timed(fit)
        location = getattr(fitted, "location_", fitted)
        ratio = float(np.linalg.norm(location) / oracle)
        rows.append(
            {"what": name, "n": n_samples, "p": n_features, "cpu_seconds": seconds, "ratio": ratio}
        )
        print(rows[-1], flush=True)
    return rows


def compare_replicas(n_samples: int, n_features: int, n_fits: int) -> list[dict[str, object]]:
    """Fit several samples at once and a few of them alone, at batch 256."""
    drawn = design("shift1", n_features)
    samples = [drawn.sample(n_samples, rng=seed)[0] for seed in range(n_fits)]
    estimator = JSGANMean(covariance="identity", batch_size=256, random_state=0, device="cpu")
    _, together = timed(lambda: estimator.fit_samples(samples))
    _, alone = timed(lambda: [estimator.fit(X) for X in samples[:4]])
    rows: list[dict[str, object]] = [
        {"what": what, "n": n_samples, "p": n_features, "cpu_seconds": seconds, "ratio": ""}
        for what, seconds in (
            ("one fit, alone", alone / 4),
            (f"one fit, of {n_fits} together", together / n_fits),
        )
    ]
    print(*rows, sep="\n", flush=True)
    return rows


def write_table(path: Path) -> None:
    """Write the CSV file's rows as a Markdown table beside it."""
    lines = ["| what | size | CPU seconds | error / oracle's |", "|---|---|---|---|"]
    for row in read_rows(path):
        ratio = f"{float(row['ratio']):.3g}" if row["ratio"] else ""
        size = f"{int(row['n']):,} × {row['p']}"
        lines.append(f"| {row['what']} | {size} | {float(row['cpu_seconds']):.2f} | {ratio} |")
    path.with_suffix(".md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small samples")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    folder = Path(tempfile.mkdtemp()) if arguments.quick else RESULTS
    JSGANMean(random_state=0).fit(np.random.default_rng(0).normal(size=(500, 5)))
    rows = compare_estimators(*((2_000, 10) if arguments.quick else (50_000, 100)), seed=100)
    for size in ((1_000, 20),) if arguments.quick else ((1_000, 20), (5_000, 50)):
        rows += compare_replicas(*size, n_fits=4 if arguments.quick else 32)
    write_rows(folder / "location_time.csv", rows)
    write_table(folder / "location_time.csv")
    print(f"Written to {folder}.")


if __name__ == "__main__":
    main()
