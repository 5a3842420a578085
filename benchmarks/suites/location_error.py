"""How far is each estimate of location from the truth?"""

from functools import partial

from benchmarks.harness.figures import draw_ratios
from benchmarks.harness.suite import Block, Cell, Suite
from benchmarks.harness.tables import behind_table, ratio_table
from benchmarks.measures import fitting, location
from benchmarks.peers import together

DESIGNS = (
    "none", "shift.1", "shift.2", "shift.5", "shift1", "shift5", "cov", "cauchy.5", "cauchy1d",
    "point", "far", "dkk",
)  # fmt: skip
LARGE = tuple(Cell(name, 50_000, 100) for name in DESIGNS)
MEDIUM = (Cell("direction3", 20_000, 60), Cell("direction2", 20_000, 60))
SMALL = (
    Cell("shift.5", 5_000, 50),
    Cell("cauchy.5", 5_000, 50),
    Cell("none", 5_000, 50),
    Cell("shift1", 1_000, 20),
    Cell("none", 1_000, 20),
)
CELLS = (*LARGE, *MEDIUM, *SMALL)
OURS = ("JSGANMean(identity)", "JSGANMean(diagonal)")
MEDIANS = ("mean", "coordinate median", "geometric median")
FILTERS = ("spectral filter", "eigenvalue pruning", "QUE")
SLOW = ("Tukey median", "projected gradient")
SEEDS = range(1000, 1008)

REASONS = {
    "shift.1": "The clusters are one standard deviation apart: every error is more than four times "
    "the oracle's.",
    "shift.2": "The clusters are two standard deviations apart.",
    "direction2": "The clusters are two standard deviations apart.",
    "direction3": "The clusters are three standard deviations apart.",
}

SUITE = Suite(
    name="location_error",
    question=__doc__,
    blocks=(
        Block(CELLS, (*MEDIANS, *OURS, *FILTERS), SEEDS),
        Block(SMALL, ("MinCovDet", *SLOW), SEEDS),
        # Most of a minute a fit; one seed shows it.
        Block((*LARGE, *MEDIUM), ("MinCovDet", *SLOW), SEEDS[:1]),
    ),
    quick=(
        Block(
            (Cell("shift1", 1_000, 10), Cell("none", 1_000, 10)),
            (*MEDIANS, *OURS, *FILTERS, "projected gradient", "MinCovDet"),
            range(100, 102),
        ),
    ),
    measure=location.measure,
    tables={
        "": ratio_table,
        "_behind": partial(behind_table, ours="JSGANMean(diagonal)", reasons=REASONS),
    },
    draw=partial(
        draw_ratios,
        label="error of the location / error of the mean of the true inliers (median)",
        title="Contamination 0.2 (none: 0), truth N(0, I)",
    ),
    together=together,
    prepare=fitting.fit_cells,
)
