"""Measure how far each estimate of location is from the truth, and what it costs.

Designs of Huber's model with truth zero; seeds side by side on the replica axis. Writes
``results/location_error.csv`` (one row a fit, versions and machine in its header),
``results/location_error.md`` and ``results/location_error.png``. ``--quick`` runs a
small part in a minute and writes to a temporary folder.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from reporting import draw_ratios, read_rows, write_rows, write_table
from sklearn.covariance import MinCovDet

from robustgan import CoordinateMedian, GeometricMedian, JSGANMean, design

RESULTS = Path(__file__).parent / "results"
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Cell:
    """One design at one size."""

    design: str
    n_samples: int
    n_features: int

    @property
    def label(self) -> str:
        """Name it in tables and figures."""
        return f"{self.design}, {self.n_samples:,} × {self.n_features}"


LARGE = (
    "none", "shift.1", "shift.2", "shift.5", "shift1", "shift5", "cov", "cauchy.5", "cauchy1d",
    "point", "far", "dkk",
)  # fmt: skip
CELLS = (
    *(Cell(name, 50_000, 100) for name in LARGE),
    Cell("direction3", 20_000, 60),
    Cell("direction2", 20_000, 60),
    Cell("shift.5", 5_000, 50),
    Cell("cauchy.5", 5_000, 50),
    Cell("none", 5_000, 50),
    Cell("shift1", 1_000, 20),
    Cell("none", 1_000, 20),
)
QUICK = (Cell("shift1", 1_000, 10), Cell("none", 1_000, 10))


def fit_games(covariance: str) -> Callable[[list[Array]], list[JSGANMean]]:
    """Return a fit of all seeds at once, each the same as it would be alone."""

    def fit(samples: list[Array]) -> list[JSGANMean]:
        return JSGANMean(covariance=covariance, random_state=0, device="cpu").fit_samples(samples)

    return fit


def one_by_one(make: Callable[[], object]) -> Callable[[list[Array]], list[object]]:
    """Return a fit of each seed after the other."""
    return lambda samples: [make().fit(X) for X in samples]


ESTIMATORS: dict[str, Callable[[list[Array]], list[object]]] = {
    "JSGANMean(identity)": fit_games("identity"),
    "JSGANMean(diagonal)": fit_games("diagonal"),
    "coordinate median": one_by_one(CoordinateMedian),
    "geometric median": one_by_one(GeometricMedian),
    "MinCovDet": one_by_one(lambda: MinCovDet(random_state=0)),
}


def measure(cell: Cell, n_seeds: int, first_seed: int, only: str) -> Iterator[dict[str, object]]:
    """Fit estimators whose name contains ``only`` to every seed of a cell; yield a row a fit."""
    seeds = range(first_seed, first_seed + n_seeds)
    model = design(cell.design, cell.n_features)
    drawn = [model.sample(cell.n_samples, rng=seed) for seed in seeds]
    samples = [X for X, _ in drawn]
    oracle = [float(np.linalg.norm(X[~out].mean(axis=0))) for X, out in drawn]

    def row(name: str, i: int, location: Array, seconds: float) -> dict[str, object]:
        error = float(np.linalg.norm(location))
        return {
            "design": cell.design, "n_samples": cell.n_samples, "n_features": cell.n_features,
            "estimator": name, "seed": seeds[i], "error": error, "oracle": oracle[i],
            "ratio": error / oracle[i], "cpu_seconds": seconds,
        }  # fmt: skip

    for i, X in enumerate(samples):
        yield row("mean", i, X.mean(axis=0), 0.0)
    for name, fit in ESTIMATORS.items():
        if only not in name:
            continue
        # MinCovDet takes most of a minute a fit on the large cells; one seed shows it.
        few = name == "MinCovDet" and cell.n_samples > 20_000
        chosen = samples[:1] if few else samples
        start = time.process_time()
        fits = fit(chosen)
        seconds = (time.process_time() - start) / len(chosen)
        for i, fitted in enumerate(fits):
            yield row(name, i, fitted.location_, seconds)
            if isinstance(fitted, JSGANMean):
                yield row(f"{name}, game alone", i, fitted.raw_location_, seconds)


def key(row: dict[str, object] | dict[str, str]) -> tuple[str, ...]:
    """Identify a fit."""
    columns = ("design", "n_samples", "n_features", "estimator", "seed")
    return tuple(str(row[column]) for column in columns)


def main() -> None:
    """Run the cells and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a small part, in a minute")
    parser.add_argument("--seeds", type=int, default=5, help="seeds a cell")
    parser.add_argument("--first-seed", type=int, default=100, help="the first of them")
    parser.add_argument("--cells", default="", help="only cells whose label contains this")
    parser.add_argument("--only", default="", help="only estimators whose name contains this")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    n_seeds = 2 if arguments.quick else arguments.seeds
    folder = Path(tempfile.mkdtemp()) if arguments.quick else RESULTS
    cells = [c for c in (QUICK if arguments.quick else CELLS) if arguments.cells in c.label]
    path = folder / "location_error.csv"
    known = {key(row): row for row in (read_rows(path) if path.exists() else [])}
    for cell in cells:
        for row in measure(cell, n_seeds, arguments.first_seed, arguments.only):
            # What is measured again takes its old place.
            known[key(row)] = row
        write_rows(path, known.values())
        print(f"{cell.label}: done", flush=True)
    rows = read_rows(path)
    write_table(folder / "location_error.md", rows)
    draw_ratios(
        folder / "location_error.png",
        rows,
        label="error of the location / error of the mean of the true inliers (median)",
        title="Contamination 0.2 (none: 0), truth N(0, I)",
    )
    print(f"Written to {folder}.")


if __name__ == "__main__":
    main()
