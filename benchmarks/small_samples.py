"""Measure where a sample is large enough: JSGANMean against the coordinate median on a ladder.

Writes ``results/small_samples_COVARIANCE.csv`` (one row a fit) and the same as ``.md``: the median
error over seeds, divided by that of the coordinate median, for every design, size and dimension.
Sizes that the file has are kept, so that an interrupted run goes on.
"""

import argparse
import statistics
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from reporting import read_rows, write_rows
from sklearn.exceptions import ConvergenceWarning

from robustgan import JSGANMean, design

RESULTS = Path(__file__).parent / "results"
DESIGNS = (
    "none", "shift.1", "shift.2", "shift.5", "shift1", "shift5", "cov", "cauchy.5", "cauchy1d",
    "point", "far", "dkk",
)  # fmt: skip
N_SAMPLES, N_FEATURES = (200, 500, 1_000, 5_000), (2, 10, 50)


def measure(
    name: str, n_samples: int, n_features: int, covariance: str, seeds: range
) -> list[dict[str, object]]:
    """Fit every seed of a design; return a row a fit."""
    drawn = [design(name, n_features).sample(n_samples, rng=seed) for seed in seeds]
    estimator = JSGANMean(covariance=covariance, random_state=0, device="cpu")
    with warnings.catch_warnings():
        # Where the sample is too small for a game, that is what is measured.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fits = estimator.fit_samples([X for X, _ in drawn])
    return [
        {
            "design": name,
            "n_samples": n_samples,
            "n_features": n_features,
            "covariance": covariance,
            "seed": seed,
            "error": float(np.linalg.norm(fit.location_)),
            "coordinate_median": float(np.linalg.norm(np.median(X, axis=0))),
            "oracle": float(np.linalg.norm(X[~is_outlier].mean(axis=0))),
            "fallback": fit.fallback_ or "",
        }
        for seed, fit, (X, is_outlier) in zip(seeds, fits, drawn, strict=True)
    ]


def write_table(path: Path) -> None:
    """Write the ratios of median errors as Markdown, a column a size."""
    rows = read_rows(path.with_suffix(".csv"))

    def key(row: dict[str, str]) -> tuple[str, ...]:
        return row["covariance"], row["n_samples"], row["n_features"]

    sizes = list(dict.fromkeys(key(row) for row in rows))
    titles = [f"{covariance}, {n} × {p}" for covariance, n, p in sizes]
    lines = ["| design | " + " | ".join(titles) + " |", "|---" * (len(sizes) + 1) + "|"]
    for name in dict.fromkeys(row["design"] for row in rows):
        cells = []
        for size in sizes:
            chosen = [row for row in rows if row["design"] == name and key(row) == size]
            ours, theirs = (
                statistics.median(float(row[column]) for row in chosen)
                for column in ("error", "coordinate_median")
            )
            cells.append(f"{ours / theirs:.2f}" + ("†" if chosen[0]["fallback"] else ""))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "† too few rows for a game: the reweighted coordinate median."]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Climb the ladder and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="its lowest rung, two designs")
    parser.add_argument("--seeds", type=int, default=9, help="seeds a cell")
    parser.add_argument("--covariance", default="identity")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    quick = arguments.quick
    folder = Path(tempfile.mkdtemp()) if quick else RESULTS
    seeds = range(300, 300 + (2 if quick else arguments.seeds))
    path = folder / f"small_samples_{arguments.covariance}.csv"
    rows: list[dict[str, object]] = list(read_rows(path)) if path.exists() else []
    done = {(row["n_samples"], row["n_features"]) for row in rows}
    for n_samples in N_SAMPLES[:1] if quick else N_SAMPLES:
        for n_features in N_FEATURES:
            if (str(n_samples), str(n_features)) in done:
                continue
            for name in DESIGNS[:2] if quick else DESIGNS:
                rows += measure(name, n_samples, n_features, arguments.covariance, seeds)
            write_rows(path, rows)
            print(f"{n_samples} × {n_features}: done", flush=True)
    write_table(path.with_suffix(".md"))
    print(f"Written to {folder}.")


if __name__ == "__main__":
    main()
