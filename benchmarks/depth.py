"""Measure planar halfspace depth against a compiled peer, and Tukey's median in many features.

Speed: CPU microseconds a point for the exact depth of rows with respect to their sample, best of
several runs of each in turn, one thread, same process; the peer is ``data-depth`` by its fastest
exact method. Accuracy: the error of ``TukeyMedian`` over that of the coordinate median.

Writes ``results/depth.csv`` and ``.md``; ``--quick`` runs small samples in seconds and writes to a
temporary folder. Without the peer its rows say so.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from reporting import read_rows, write_rows

from robustgan import CoordinateMedian, TukeyMedian, design
from robustgan.depth import halfspace_depth

RESULTS = Path(__file__).parent / "results"
Array = NDArray[np.float64]
Depth = Callable[[Array, Array], Array]
PEER_METHODS = ("recursive", "plane", "line")
# Points whose depth is computed at most, and runs of which the best counts.
MOST_POINTS, N_RUNS = 1_000, 5
# Pairs of a point and a row in one run.
LEAST_CELLS = 10**6
COLUMNS = ("microseconds", "cpu_seconds", "ratio")
DESIGNS = ("none", "shift.5", "shift1", "cauchy.5", "far")


def load_peer() -> dict[str, Depth]:
    """Return the peer's exact methods, none if it is not installed."""
    # The peer's package has this file's name.
    here = str(Path(__file__).parent)
    sys.path = [entry for entry in sys.path if entry != here]
    try:
        from depth.model.multivariate import halfspace
    except ImportError:
        return {}
    finally:
        sys.path.insert(0, here)
    return {
        f"data-depth ({method})": lambda points, X, method=method: halfspace(
            points, X, exact=True, method=method
        )
        for method in PEER_METHODS
    }


def compare_speed(n_samples: int, seed: int) -> list[dict[str, object]]:
    """Time each on one sample, in turn."""
    X = np.random.default_rng(seed).normal(size=(n_samples, 2))
    points = X[:MOST_POINTS].copy()
    # Calls of a small sample are too short for the clock, and differ.
    n_calls = max(1, LEAST_CELLS // (len(points) * n_samples))
    methods: dict[str, Depth] = {"halfspace_depth": halfspace_depth, **load_peer()}
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    found: dict[str, Array] = {}
    for _ in range(N_RUNS):
        for name, depth in methods.items():
            start = time.process_time()
            for _ in range(n_calls):
                found[name] = np.asarray(depth(points, X))
            seconds[name].append((time.process_time() - start) / n_calls)
    rows: list[dict[str, object]] = []
    for name, taken in seconds.items():
        gap = float(np.abs(found[name] - found["halfspace_depth"]).max())
        micros = 1e6 * min(taken) / len(points)
        rows.append(
            {"what": name, "n": n_samples, "p": 2, "microseconds": micros, "difference": gap}
            | {"cpu_seconds": "", "ratio": ""}
        )
        print(rows[-1], flush=True)
    if len(methods) == 1:
        missing: dict[str, object] = dict.fromkeys(rows[0], "")
        rows.append(missing | {"what": "data-depth: not installed", "n": n_samples, "p": 2})
    return rows


def measure_median(name: str, n_samples: int, n_features: int, seed: int) -> dict[str, object]:
    """Fit one contaminated sample, scores included."""
    X, _ = design(name, n_features).sample(n_samples, rng=seed)
    start = time.process_time()
    fitted = TukeyMedian(random_state=0, device="cpu").fit(X)
    taken = time.process_time() - start
    errors = [np.linalg.norm(each.location_) for each in (fitted, CoordinateMedian().fit(X))]
    row: dict[str, object] = {"what": f"TukeyMedian, {name}", "n": n_samples, "p": n_features}
    row |= {"microseconds": "", "difference": ""}
    row |= {"cpu_seconds": taken, "ratio": float(errors[0] / errors[1])}
    print(row, flush=True)
    return row


def write_table(path: Path) -> None:
    """Write the CSV file's rows as a Markdown table beside it."""
    lines = ["| what | size | µs a point | CPU seconds a fit | error / coordinate median's |"]
    lines.append("|---" * 5 + "|")
    for row in read_rows(path):
        cells = [f"{float(row[k]):.3g}" if row[k] else "" for k in COLUMNS]
        size = f"{int(row['n']):,} × {row['p']}"
        lines.append(f"| {row['what']} | {size} | " + " | ".join(cells) + " |")
    path.with_suffix(".md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small samples")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    folder = Path(tempfile.mkdtemp()) if arguments.quick else RESULTS
    sizes = (100, 1_000) if arguments.quick else (100, 1_000, 10_000)
    rows = [row for n_samples in sizes for row in compare_speed(n_samples, seed=n_samples)]
    shape = (2_000, 10) if arguments.quick else (50_000, 100)
    rows += [measure_median(name, *shape, seed=100) for name in DESIGNS]
    write_rows(folder / "depth.csv", rows, packages=("data-depth",))
    write_table(folder / "depth.csv")
    print(f"Written to {folder}.")


if __name__ == "__main__":
    main()
