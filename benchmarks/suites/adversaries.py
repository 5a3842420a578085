"""How bad is the worst over a family of adversaries, by distance, spread and direction?"""

from functools import partial

from benchmarks.harness.figures import draw_curves
from benchmarks.harness.suite import Block, Cell, Suite
from benchmarks.harness.tables import ratio_table, worst_table
from benchmarks.measures import fitting, location
from benchmarks.peers import together

# From inside the bulk, whose rows are 3 from the truth, to far out; a point to wider than it.
DISTANCES = (0, 1, 2, 4, 8, 30, 100)
SPREADS = (0, 1, 3)
# Direction and number of clusters: all coordinates alike, or three at right angles.
SHAPES = (("all", 1), ("all", 3))


def cell(distance: float, spread: float, direction: str, clusters: int, n: int, p: int) -> Cell:
    """Name a member of the family."""
    return Cell(f"adversary {distance:g} {spread:g} {direction} {clusters}", n, p)


CELLS = tuple(
    cell(distance, spread, *shape, 2_000, 10)
    for shape in SHAPES
    for spread in SPREADS
    for distance in DISTANCES
)
PEERS = (
    "mean", "coordinate median", "geometric median", "MinCovDet", "spectral filter",
    "eigenvalue pruning", "QUE", "projected gradient",
)  # fmt: skip
SEEDS = range(2600, 2601)


def _is(spread: float, found: Cell) -> bool:
    """Tell whether a cell has one cluster in all coordinates, of some spread and off the truth."""
    _, distance, width, direction, clusters = found.design.split()
    return (float(width), direction, clusters) == (spread, "all", "1") and float(distance) > 0


def _distance(found: Cell) -> float:
    return float(found.design.split()[1])


SUITE = Suite(
    name="adversaries",
    question=__doc__,
    blocks=(Block(CELLS, ("JSGANMean(diagonal)", *PEERS), SEEDS),),
    quick=(
        Block(
            tuple(cell(d, s, "all", 1, 1_000, 5) for d in (1, 10) for s in (0, 1)),
            ("JSGANMean(diagonal)", *PEERS),
            SEEDS,
        ),
    ),
    measure=location.measure,
    tables={"": worst_table, "_all": ratio_table},
    draw=partial(
        draw_curves,
        panels=tuple((f"distance, spread {s:g}", partial(_is, s), _distance) for s in SPREADS),
        label="error / error of the true inliers' mean",
    ),
    together=together,
    prepare=fitting.fit_cells,
)
