"""How few linear measurements of a digit are enough, and what do gross errors in them cost?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from benchmarks.harness.figures import draw_curves
from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import by_cell, markdown, outcome
from benchmarks.measures import recovery
from benchmarks.measures.recovery import BASES, MEAN, OURS, PRIOR, ROBUST

IMAGES, SHARE = "mnist", 0.1
N_MEASUREMENTS, SPOILT = (10, 25, 50, 100, 200, 400, 750), (100, 200)
AIMED_AT = (25,)
N_IMAGES, N_TRAIN = 10, 4_500
SEEDS = range(3010, 3012)


def cells_of(counts: Sequence[int], share: float = 0.0) -> tuple[Cell, ...]:
    """Return cells, one a number of measurements."""
    return tuple(Cell(IMAGES, N_IMAGES, m, share) for m in counts)


def blocks_of(seeds: range) -> tuple[Block, ...]:
    """Return what is recovered of one draw of images, or more."""
    return (
        Block(cells_of(N_MEASUREMENTS), (OURS, MEAN, *BASES), seeds),
        Block(cells_of(SPOILT, SHARE), (OURS, ROBUST, "Lasso, pixels"), seeds),
        Block(cells_of(SPOILT), (ROBUST,), seeds),
    )


def table(rows: Sequence[Row]) -> str:
    """Print errors by measurements, and what they cost."""
    names = [
        name for name in (OURS, MEAN, ROBUST, *BASES) if any(r["estimator"] == name for r in rows)
    ]
    lines, costs = [], []
    for cell, fits in by_cell(rows).items():
        if PRIOR in fits:
            continue
        wrong = f", {cell.contamination:.0%} gross errors" if cell.contamination else ""
        label = f"{cell.n_features}{wrong}"
        lines.append([label, *(outcome(fits.get(n, []), "error", _digits) for n in names)])
        seconds = [
            outcome(fits.get(n, []), "cpu_seconds", lambda s, k=cell.n_samples: f"{s / k:.2g}")
            for n in names
        ]
        costs.append([f"*CPU seconds an image,* {label}", *seconds])
    return markdown(["measurements", *names], lines + costs)


def _digits(error: float) -> str:
    return f"{error:.4f}"


def _is_curve(spoilt: bool, cell: Cell) -> bool:
    return (cell.contamination > 0) == spoilt and cell.n_samples <= N_IMAGES


def _place(cell: Cell) -> float:
    return float(cell.n_features)


SUITE = Suite(
    name="recovery",
    question=__doc__,
    blocks=(
        Block((Cell(IMAGES, N_TRAIN, 784, 0.0),), (PRIOR,), range(1)),
        *(block for seed in SEEDS for block in blocks_of(range(seed, seed + 1))),
        # Digits differ; where a target is set, a hundred of them.
        Block(cells_of(AIMED_AT), (OURS, MEAN), range(3010, 3020)),
    ),
    quick=(
        Block((Cell("digits", 1_500, 64, 0.0),), (PRIOR,), range(1)),
        Block(
            (Cell("digits", 5, 12, 0.0), Cell("digits", 5, 40, SHARE)), (OURS, ROBUST), SEEDS[:1]
        ),
    ),
    measure=recovery.measure,
    tables={"": table},
    draw=partial(
        draw_curves,
        panels=(
            ("measurements", partial(_is_curve, False), _place),
            (f"measurements, {SHARE:.0%} of them gross errors", partial(_is_curve, True), _place),
        ),
        label="mean squared error per pixel",
        column="error",
        ours="Generative",
        reference=None,
        ticks=N_MEASUREMENTS,
    ),
    together=lambda name: False,
    packages=("mlxtend", "PyWavelets"),
)
