"""The two-part adversary of Diakonikolas et al. as the dimension grows.

They take ``n = 10 d / ε²`` rows, 400,000 for d = 400; here 100 a feature fit a small machine.
"""

from functools import partial

from benchmarks.harness.figures import draw_curves
from benchmarks.harness.suite import Block, Cell, Suite
from benchmarks.harness.tables import behind_table, ratio_table
from benchmarks.measures import location
from benchmarks.peers import together

CELLS = tuple(Cell("dkk", 100 * d, d, 0.1) for d in (100, 200, 300, 400))
OURS = "JSGANMean(diagonal)"
PEERS = (
    "mean", "coordinate median", "geometric median", "spectral filter", "eigenvalue pruning", "QUE",
)  # fmt: skip
SLOW = "projected gradient"
SEEDS = range(2300, 2301)
REASONS = {
    "dkk": "Half of the outliers are copies of the truth in all columns but two, which draw the "
    "coordinate median to it: nearer than the mean of the true inliers is.",
}

SUITE = Suite(
    name="two_part",
    question=__doc__.splitlines()[0],
    blocks=(Block(CELLS, (OURS, *PEERS, SLOW), SEEDS),),
    quick=(Block((Cell("dkk", 2_000, 20, 0.1),), (OURS, *PEERS, SLOW), SEEDS[:1]),),
    measure=location.measure,
    tables={"": ratio_table, "_behind": partial(behind_table, ours=OURS, reasons=REASONS)},
    draw=partial(
        draw_curves,
        panels=(("features", lambda cell: True, lambda cell: cell.n_features),),
        label="error / error of the true inliers' mean",
        ticks=(100, 200, 300, 400),
    ),
    together=together,
)
