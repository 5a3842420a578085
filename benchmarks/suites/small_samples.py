"""Where is a sample large enough? JSGANMean against the coordinate median on a ladder."""

import statistics
from collections.abc import Sequence

from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import by_cell, markdown, values
from benchmarks.measures import fitting, location
from benchmarks.peers import together
from benchmarks.suites.location_error import DESIGNS

OURS, MEDIAN = "JSGANMean(identity)", "coordinate median"
CELLS = tuple(
    Cell(name, n, p) for n in (200, 500, 1_000, 5_000) for p in (2, 10, 50) for name in DESIGNS
)
SEEDS = range(300, 309)


def table(rows: Sequence[Row]) -> str:
    """Print the ratio of median errors, a line a design and a column a size."""
    found = by_cell(rows)
    sizes = list(dict.fromkeys((cell.n_samples, cell.n_features) for cell in found))
    lines = []
    for name in dict.fromkeys(cell.design for cell in found):
        line = [name]
        for size in sizes:
            fits = found.get(Cell(name, *size), {})
            ours, median = (values(fits.get(each, []), "error") for each in (OURS, MEDIAN))
            if not ours or not median:
                line.append("")
                continue
            mark = "†" if fits[OURS][0]["note"] else ""
            line.append(f"{statistics.median(ours) / statistics.median(median):.2f}{mark}")
        lines.append(line)
    header = ["design", *(f"{n:,} × {p}" for n, p in sizes)]
    mark = "\n† too few rows for a game: the reweighted coordinate median.\n"
    return markdown(header, lines) + mark


SUITE = Suite(
    name="small_samples",
    question=__doc__,
    blocks=(Block(CELLS, (OURS, MEDIAN), SEEDS),),
    quick=(Block(tuple(Cell(d, 200, 2) for d in ("none", "shift1")), (OURS, MEDIAN), SEEDS[:2]),),
    measure=location.measure,
    tables={"": table},
    together=together,
    prepare=fitting.fit_cells,
)
