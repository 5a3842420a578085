"""Measure what each objective reaches, alone and followed by the reweighting step.

Writes ``results/ablation.csv`` and ``results/ablation.md``: the median over seeds of the error
divided by the oracle's, for every objective of the library, all else at its default.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import numpy as np
import torch
from reporting import read_rows, write_rows

from robustgan import JSGANMean, design
from robustgan.objectives import OBJECTIVES, Objective, OneSided

RESULTS = Path(__file__).parent / "results"
DESIGNS = ("none", "shift.5", "direction3", "point", "cauchy.5")


def objectives() -> dict[str, str | Objective]:
    """Return the objectives by the name under which they are reported."""
    named: dict[str, str | Objective] = {name: name for name in OBJECTIVES if name != "js"}
    return {**named, "one_sided(1)": OneSided(1.0), "one_sided(3)": OneSided(3.0)}


def measure(name: str, n_samples: int, n_features: int, seeds: range) -> list[dict[str, object]]:
    """Fit every objective to every seed of a design; return a row a fit."""
    drawn = [design(name, n_features).sample(n_samples, rng=seed) for seed in seeds]
    oracle = [float(np.linalg.norm(X[~out].mean(axis=0))) for X, out in drawn]
    rows: list[dict[str, object]] = []
    for label, objective in objectives().items():
        estimator = JSGANMean(
            covariance="identity", objective=objective, random_state=0, device="cpu"
        )
        fits = estimator.fit_samples([X for X, _ in drawn])
        for seed, fit, best in zip(seeds, fits, oracle, strict=True):
            rows.append(
                {
                    "design": name,
                    "objective": label,
                    "seed": seed,
                    "oracle": best,
                    "game": float(np.linalg.norm(fit.raw_location_)) / best,
                    "reweighted": float(np.linalg.norm(fit.location_)) / best,
                    "epochs": fit.n_iter_,
                    "converged": fit.converged_,
                }
            )
    return rows


def write_table(path: Path) -> None:
    """Write the medians as Markdown: game, then reweighted."""
    rows = read_rows(path.with_suffix(".csv"))
    names = list(dict.fromkeys(row["design"] for row in rows))
    lines = ["| objective | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for label in dict.fromkeys(row["objective"] for row in rows):
        cells = []
        for name in names:
            chosen = [r for r in rows if r["design"] == name and r["objective"] == label]
            game, final = (
                statistics.median(float(r[column]) for r in chosen)
                for column in ("game", "reweighted")
            )
            cells.append(f"{game:.2f} → {final:.2f}")
        lines.append(f"| `{label}` | " + " | ".join(cells) + " |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Run the designs and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two designs, small, one seed")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    folder = Path(tempfile.mkdtemp()) if arguments.quick else RESULTS
    names = DESIGNS[:2] if arguments.quick else DESIGNS
    size = (1_000, 10) if arguments.quick else (10_000, 40)
    seeds = range(200, 201 if arguments.quick else 202)
    rows: list[dict[str, object]] = []
    for name in names:
        rows += measure(name, *size, seeds)
        write_rows(folder / "ablation.csv", rows)
        print(f"{name}: done", flush=True)
    write_table(folder / "ablation.md")
    print(f"Written to {folder}.")


if __name__ == "__main__":
    main()
