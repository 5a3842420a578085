"""Means from few rows a feature, n/d from 0.5 to 20: the regime of Anderson and Phillips."""

from functools import partial

from benchmarks.harness.figures import draw_curves
from benchmarks.harness.suite import Block, Cell, Suite
from benchmarks.harness.tables import behind_table, ratio_table
from benchmarks.measures import fitting, location
from benchmarks.peers import together

N_FEATURES = 100
DESIGNS = ("shift.5", "far", "none")
CELLS = tuple(
    Cell(name, int(N_FEATURES * rows), N_FEATURES, 0.1)
    for name in DESIGNS
    for rows in (0.5, 1, 2, 5, 10, 20)
)
OURS = "JSGANMean(diagonal)"
PEERS = (
    "mean", "coordinate median", "geometric median", "spectral filter", "eigenvalue pruning", "QUE",
    "projected gradient",
)  # fmt: skip
SEEDS = range(2400, 2402)
# Below five rows a feature there is no game.
_STANDS_IN = "Too few rows for a game: a reweighted coordinate median stands in"
_FEWEST = "Five rows a feature are the fewest for a game, and its judges drop some clean rows"
REASONS = {
    "shift.5, 50 × 100": f"{_STANDS_IN}. The mean itself is at 0.95: half a row a feature shows no "
    "one that there are outliers.",
    "shift.5, 100 × 100": f"{_STANDS_IN}, at the error of the mean, as are the filters.",
    "shift.5, 200 × 100": f"{_STANDS_IN}. Those that are nearer are told ε and the covariance.",
    "shift.5, 500 × 100": f"{_FEWEST}; those that are nearer are told ε and the covariance.",
    "shift.5, 1,000 × 100": "The judges end behind the game that they start from, though without "
    "outliers they cost nothing here. Why has not been looked into.",
    "far": f"{_STANDS_IN}, which drops some clean rows, too.",
    "far, 500 × 100": f"{_FEWEST}.",
    "none": f"{_STANDS_IN}, which drops some clean rows.",
    "none, 500 × 100": f"{_FEWEST}.",
}


def _is(name: str, cell: Cell) -> bool:
    return cell.design == name


def _rows_a_feature(cell: Cell) -> float:
    return cell.n_samples / cell.n_features


SUITE = Suite(
    name="low_samples",
    question=__doc__,
    blocks=(Block(CELLS, (OURS, *PEERS), SEEDS),),
    quick=(
        Block((Cell("shift.5", 50, 50, 0.1), Cell("shift.5", 500, 50, 0.1)), (OURS, *PEERS), SEEDS),
    ),
    measure=location.measure,
    tables={"": ratio_table, "_behind": partial(behind_table, ours=OURS, reasons=REASONS)},
    draw=partial(
        draw_curves,
        panels=tuple((f"rows a feature, {d}", partial(_is, d), _rows_a_feature) for d in DESIGNS),
        label="error / error of the true inliers' mean",
    ),
    together=together,
    prepare=fitting.fit_cells,
)
