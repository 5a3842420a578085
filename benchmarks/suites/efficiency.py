"""What does robustness cost where nothing is contaminated?"""

from collections.abc import Sequence

from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import by_cell, cost, estimators_of, markdown, outcome
from benchmarks.measures import curves
from benchmarks.measures.curves import CLEAN, FEW

ESTIMATORS = (
    "JSGANMean(diagonal)", "coordinate median", "geometric median", "Tukey median", "MinCovDet",
)  # fmt: skip
CELLS = tuple(Cell(CLEAN, n, p, 0.0) for n, p in ((500, 5), (2_000, 20)))


def table(rows: Sequence[Row]) -> str:
    """Print efficiencies with their intervals, a line a size and estimator."""
    lines = []
    for cell, fits in by_cell(rows).items():
        for name in estimators_of(rows):
            each = fits.get(name, [])
            value = outcome(each, "efficiency", "{:.3f}".format)
            ends = " to ".join(outcome(each, end, "{:.3f}".format) for end in ("low", "high"))
            size = f"{cell.n_samples:,} × {cell.n_features}"
            lines.append([size, name, value, ends, cost(each)])
    return markdown(["size", "estimator", "efficiency", "95 %", "CPU seconds a fit"], lines)


SUITE = Suite(
    name="efficiency",
    question=__doc__,
    blocks=(Block(CELLS, ESTIMATORS, range(2900, 2901)),),
    # Too few rows for a game: each of its fits takes seconds.
    quick=(Block((Cell(FEW, 150, 3, 0.0),), ESTIMATORS, range(1)),),
    measure=curves.clean_efficiency,
    tables={"": table},
    together=lambda name: False,
)
