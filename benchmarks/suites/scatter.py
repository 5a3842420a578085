"""The scatter paper's experiments: truths × contaminations, operator norm of the error."""

from functools import partial

from benchmarks.harness.figures import draw_ratios
from benchmarks.harness.suite import Block, Cell, Suite
from benchmarks.harness.tables import behind_table, ratio_table
from benchmarks.measures import fitting, scatter
from benchmarks.peers import together

TRUTHS = ("toeplitz", "sparse", "identity")
OUTLIERS = ("N(.5, I)", "N(5, 5I)", "N(0, 5 AR(.8))", "point 5")
CELLS = tuple(Cell(f"{truth} / {q}", 5_000, 50) for truth in TRUTHS for q in OUTLIERS)
OURS = "JSGANScatter"
PEERS = ("MinCovDet", "Tyler")
MORE = (
    "OGK",
    "CovDetMCD",
    "CovDetS",
    "CovDetMM",
    "RobPy OGK",
    "RobPy WrappingCovariance",
    "robustcov DetS",
    "R covMcd",
)
SEEDS = range(2100, 2103)
REASONS: dict[str, str] = {}

SUITE = Suite(
    name="scatter",
    question=__doc__,
    blocks=(
        Block(CELLS[:2], (OURS, "mean", *PEERS), SEEDS),
        # Most of a minute for the seeds of a cell; two show the others.
        Block(CELLS[2:], (OURS, "mean", *PEERS), SEEDS[:2]),
        Block(CELLS, MORE, SEEDS[:1]),
    ),
    quick=(
        Block(
            (Cell("toeplitz / N(5, 5I)", 1_000, 10), Cell("sparse / point 5", 1_000, 10)),
            (OURS, "mean", *PEERS, *MORE),
            SEEDS[:1],
        ),
    ),
    measure=scatter.measure,
    tables={"": ratio_table, "_behind": partial(behind_table, ours=OURS, reasons=REASONS)},
    draw=partial(
        draw_ratios,
        label="operator-norm error of the scatter / that of the true inliers' (median)",
        title="Truth / contamination, ε = 0.2",
    ),
    together=together,
    prepare=fitting.fit_cells,
)
