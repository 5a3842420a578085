"""How many fits a second, side by side on the replica axis, and on which device?"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.designs import draw
from benchmarks.harness.storage import NO_DEVICE
from benchmarks.harness.suite import Block, Cell, Measured, Row, Suite
from benchmarks.harness.tables import by_cell, markdown, outcome
from benchmarks.measures.fitting import cpu_seconds, load, row_of

CELLS = (Cell("shift1", 1_000, 20), Cell("shift1", 5_000, 50))
COUNTS = (1, 4, 16, 32)
DEVICES = ("cpu", "cuda")


def name_of(count: int, device: str) -> str:
    """Name a way to fit."""
    return f"JSGANMean, {count} together, {device}"


def measure(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Fit as many samples as the name says, at batch 256; time is that of one."""
    import time

    import torch

    from robustgan import JSGANMean

    load()
    _, count_text, device = (part.split()[0] for part in estimator.split(", "))
    if device == "cuda" and not torch.cuda.is_available():
        raise ImportError(NO_DEVICE)
    count = int(count_text)
    fits = JSGANMean(covariance="identity", batch_size=256, random_state=0, device=device)
    rows = []
    for seed in seeds:
        samples = [draw(cell, 1000 * seed + i)[0] for i in range(count)]
        start, wall = cpu_seconds(), time.perf_counter()
        fits.fit_samples(samples)
        seconds, wall = cpu_seconds() - start, time.perf_counter() - wall
        measured = {
            "n_replicas": count,
            "wall_seconds": wall / count,
            "fits_a_minute": 60 * count / wall,
        }
        row = row_of(cell, estimator, seed, seconds=seconds / count, note="", **measured)
        rows.append(row | {"device": device})
    return rows


def table(rows: Sequence[Row]) -> str:
    """Print CPU and wall seconds of a fit."""
    lines = [
        [
            name,
            f"{cell.n_samples:,} × {cell.n_features}",
            outcome(fits, "cpu_seconds", "{:.2f}".format),
            # The first rows were taken on a busy machine, without wall time.
            outcome(
                [fit for fit in fits if fit.get("wall_seconds")], "wall_seconds", "{:.2f}".format
            ),
        ]
        for cell, by_name in by_cell(rows).items()
        for name, fits in by_name.items()
    ]
    return markdown(["fits", "size", "CPU seconds a fit", "wall seconds a fit"], lines)


SUITE = Suite(
    name="throughput",
    question=__doc__,
    blocks=(Block(CELLS, tuple(name_of(k, d) for d in DEVICES for k in COUNTS), range(1)),),
    quick=(
        Block(
            (Cell("shift1", 500, 5),),
            tuple(name_of(k, d) for d in DEVICES for k in (1, 4)),
            range(1),
        ),
    ),
    measure=measure,
    tables={"": table},
    together=lambda name: True,
)
