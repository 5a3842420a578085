"""How near does total variation come to Tukey's median, by the discriminators it may choose?"""

import statistics
from collections.abc import Sequence

from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import by_cell, markdown, values
from benchmarks.measures import halfspaces
from benchmarks.measures.halfspaces import LOCATIONS

COLUMNS = {"to_tukey": "to Tukey", "to_truth": "to the truth"}


def table(rows: Sequence[Row]) -> str:
    """Print medians over seeds."""
    found = by_cell(rows)
    lines = []
    for name in dict.fromkeys(row["estimator"] for row in rows):
        shown = [
            values(fits.get(name, []), column) for fits in found.values() for column in COLUMNS
        ]
        lines.append([name, *(f"{statistics.median(v):.3f}" if v else "fails" for v in shown)])
    heads = [f"{cell.design} {what}" for cell in found for what in COLUMNS.values()]
    return markdown(["location", *heads], lines)


SUITE = Suite(
    name="tv_and_tukey",
    question=__doc__,
    blocks=(
        Block(tuple(Cell(d, 1_000, 2) for d in ("shift1", "shift5")), tuple(LOCATIONS), range(3)),
    ),
    quick=(Block((Cell("shift5", 200, 2),), tuple(LOCATIONS)[:-1], range(1)),),
    measure=halfspaces.measure,
    tables={"": table},
    together=lambda name: False,
)
