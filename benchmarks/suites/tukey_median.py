"""What do Tukey's median and its scatter cost in many features, and is it nearer the truth?"""

import statistics
from collections.abc import Sequence

from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import by_cell, cost, markdown, outcome, ratio_text, values
from benchmarks.measures import location
from benchmarks.peers import together

OURS, REFERENCE = "Tukey median", "coordinate median"
DESIGNS = (
    "none",
    "shift.1",
    "shift.2",
    "shift.5",
    "shift1",
    "shift5",
    "cov",
    "cauchy.5",
    "cauchy1d",
    "point",
    "far",
    "dkk",
)


def table(rows: Sequence[Row]) -> str:
    """Print the ratio of errors, and seconds."""
    lines = []
    for cell, fits in by_cell(rows).items():
        ours, others = (values(fits.get(name, []), "error") for name in (OURS, REFERENCE))
        if not ours or not others:
            lines.append([cell.label, outcome(fits.get(OURS, []), "error", ratio_text), "", ""])
            continue
        ratio = statistics.median(ours) / statistics.median(others)
        oracle = outcome(fits[OURS], "ratio", ratio_text)
        lines.append([cell.label, f"{ratio:.2f}", oracle, cost(fits[OURS])])
    header = ["design", "error / coordinate median's", "error / oracle's", "CPU seconds a fit"]
    return markdown(header, lines)


SUITE = Suite(
    name="tukey_median",
    question=__doc__,
    blocks=(
        Block(
            tuple(Cell(name, 50_000, 100) for name in DESIGNS), (OURS, REFERENCE), range(100, 101)
        ),
    ),
    quick=(
        Block(
            tuple(Cell(name, 2_000, 10) for name in ("none", "far")), (OURS, REFERENCE), range(1)
        ),
    ),
    measure=location.measure,
    tables={"": table},
    together=together,
)
