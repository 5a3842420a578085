"""What does a location cost, against MinCovDet and the papers' settings? One sample, in one run."""

from collections.abc import Sequence

from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import by_cell, cost, markdown, outcome, ratio_text
from benchmarks.measures import location
from benchmarks.peers import together

ESTIMATORS = ("JSGANMean(identity)", "JSGANMean(diagonal)", "MinCovDet", "published game")


def table(rows: Sequence[Row]) -> str:
    """Print CPU seconds and the error."""
    lines = [
        [name, cell.label, cost(fits), outcome(fits, "ratio", ratio_text)]
        for cell, by_name in by_cell(rows).items()
        for name, fits in by_name.items()
        if "alone" not in name
    ]
    return markdown(["estimator", "design", "CPU seconds", "error / oracle's"], lines)


SUITE = Suite(
    name="location_time",
    question=__doc__,
    blocks=(Block((Cell("shift.5", 50_000, 100),), ESTIMATORS, range(100, 101)),),
    quick=(Block((Cell("shift.5", 2_000, 10),), ESTIMATORS, range(100, 101)),),
    measure=location.measure,
    tables={"": table},
    together=together,
)
