"""Does a classifier of real digits find the real shares in generated ones, and is it sure?"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import by_cell, markdown, values
from benchmarks.measures import labels
from benchmarks.measures.labels import HELD_OUT

MNIST, DIGITS = Cell("mnist", 5_000, 784, 0.0), Cell("digits", 1_797, 64, 0.0)
MODEL = "DCGAN"


def table(rows: Sequence[Row]) -> str:
    """Print what is found, a line a seed."""
    lines = [
        [
            f"{name}, seed {fit['seed']}" if name == MODEL else name,
            cell.design,
            *(_text(fit, column) for column in ("deviation", "confidence", "distance")),
            f"{float(fit['cpu_seconds']):.0f}" if name == MODEL else "",
        ]
        for cell, fits in by_cell(rows).items()
        for name, each in fits.items()
        for fit in each
    ]
    header = ["", "images", "largest error of a class's share", "mean confidence"]
    return markdown([*header, "median distance to a real image", "CPU seconds"], lines)


def _text(fit: Row, column: str) -> str:
    (value,) = values([fit], column) or [float("nan")]
    return f"{100 * value:.1f} points" if column == "deviation" else f"{value:.3f}"


SUITE = Suite(
    name="generated_digits",
    question=__doc__,
    blocks=(Block((MNIST,), (HELD_OUT,), range(1)), Block((MNIST,), (MODEL,), range(3100, 3102))),
    quick=(Block((DIGITS,), (HELD_OUT, MODEL), range(1)),),
    measure=labels.measure,
    tables={"": table},
    together=lambda name: False,
    packages=("mlxtend",),
)
