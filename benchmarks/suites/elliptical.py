"""The scatter paper's experiments where clean rows have heavy tails: error of the shape."""

from functools import partial

from benchmarks.harness.suite import Block, Cell, Suite
from benchmarks.harness.tables import behind_table, ratio_table
from benchmarks.measures import fitting, scatter
from benchmarks.peers import together

TRUTHS = ("Cauchy", "Cauchy toeplitz", "t3")
OUTLIERS = ("Cauchy(5)", "N(1, I)", "point 5")
CELLS = tuple(Cell(f"{truth} / {q}", 2_000, 20) for truth in TRUTHS for q in OUTLIERS)
# Half a minute a fit; two of the nine show whether size matters.
LARGE = tuple(Cell(f"Cauchy / {q}", 5_000, 50) for q in OUTLIERS[:2])
OURS = "JSGANScatter"
PEERS, SLOW = ("OGK", "Tyler"), ("MinCovDet", "CovDetMCD")
SEEDS = range(2200, 2202)
REASONS: dict[str, str] = {}

SUITE = Suite(
    name="elliptical",
    question=__doc__,
    blocks=(
        Block((*LARGE, *CELLS), (OURS, "mean", *PEERS), SEEDS),
        Block((*LARGE, *CELLS), SLOW, SEEDS[:1]),
    ),
    quick=(Block((Cell("t3 / N(1, I)", 1_000, 5),), (OURS, "mean", *PEERS, *SLOW), SEEDS[:1]),),
    measure=scatter.measure,
    tables={"": ratio_table, "_behind": partial(behind_table, ours=OURS, reasons=REASONS)},
    together=together,
    prepare=fitting.fit_cells,
)
