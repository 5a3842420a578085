"""Which log-likelihood does each model with a density have on digits that it has not seen?"""

import statistics
from collections.abc import Sequence

from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import by_cell, cost, markdown, outcome, values
from benchmarks.measures import densities

DIGITS = Cell("digits", 1_347, 64, 0.0)
EXACT = "independent pixels"
MODELS = tuple(name for name in densities.MODELS if name != EXACT)


def table(rows: Sequence[Row]) -> str:
    """Print means over seeds, and the worst."""
    lines = []
    for fits in by_cell(rows).values():
        for name, each in fits.items():
            scores = values(each, "log_likelihood")
            if not scores:
                lines.append([name, outcome(each, "log_likelihood", str), "", "", ""])
                continue
            shown = (f"{statistics.mean(scores):.2f}", f"{min(scores):.2f}", str(len(scores)))
            lines.append([name, *shown, cost(each)])
    header = ["model", "test log-likelihood, nats", "worst seed", "seeds", "CPU seconds a fit"]
    return markdown(header, lines)


SUITE = Suite(
    name="densities",
    question=__doc__,
    blocks=(Block((DIGITS,), (EXACT,), range(1)), Block((DIGITS,), MODELS, range(2))),
    quick=(
        Block((Cell(densities.SHORT, 400, 64, 0.0),), (EXACT, "RBM, 12", "PixelCNN"), range(1)),
    ),
    measure=densities.measure,
    tables={"": table},
    together=densities.together,
)
