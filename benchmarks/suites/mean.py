"""The papers' experiments for a mean: near clusters and Cauchy outliers, by n, p and ε.

Told nothing, against filters that are told ε and the covariance.
"""

from collections.abc import Sequence
from functools import partial

from benchmarks.harness.figures import draw_ratios
from benchmarks.harness.suite import Block, Cell, Suite
from benchmarks.harness.tables import behind_table, ratio_table
from benchmarks.measures import fitting, location
from benchmarks.peers import together

SHARES = (0.2, 0.1, 0.05, 0.15)
DESIGNS = ("shift.5", "cov", "cauchy.5")


def cells_of(n_samples: int, n_features: int, shares: Sequence[float] = SHARES) -> tuple[Cell, ...]:
    """Return all contaminations of one size."""
    return tuple(Cell(name, n_samples, n_features, share) for share in shares for name in DESIGNS)


OURS = "JSGANMean(diagonal)"
QUICK_PEERS = ("mean", "coordinate median", "geometric median")
FILTERS = ("spectral filter", "eigenvalue pruning", "QUE")
SLOW = "projected gradient"
MORE = ("MinCovDet", "OGK", "R covMcd")
SEEDS = range(2000, 2003)
REASONS = {
    # Seed 2000: 27 % of the outliers kept, at -3.1 along the all-ones direction; of all, 5.1.
    "cov": "The cluster is so wide in one direction that a part of it lies on the other side of "
    "the truth. These rows are kept, a quarter of all outliers at ε = 0.2; without them the error "
    "is the oracle's.",
}

SUITE = Suite(
    name="mean",
    question=__doc__.splitlines()[0],
    blocks=(
        Block(cells_of(5_000, 100), (OURS, *QUICK_PEERS, *FILTERS, SLOW), SEEDS),
        Block(cells_of(50_000, 100), (OURS, *QUICK_PEERS, *FILTERS), SEEDS[:2]),
        # Half a minute a fit and more; one seed shows it.
        Block(cells_of(5_000, 200), (OURS, *QUICK_PEERS, *FILTERS, SLOW), SEEDS[:1]),
        Block(cells_of(50_000, 200), (OURS, *QUICK_PEERS, *FILTERS), SEEDS[:1]),
        *(Block(cells_of(50_000, p, SHARES[:1]), (SLOW,), SEEDS[:1]) for p in (100, 200)),
        *(Block(cells_of(5_000, p, SHARES[:1]), MORE, SEEDS[:1]) for p in (100, 200)),
    ),
    quick=(
        Block(
            tuple(Cell(name, 2_000, 20, 0.1) for name in DESIGNS),
            (OURS, *QUICK_PEERS, *FILTERS, SLOW),
            SEEDS[:2],
        ),
    ),
    measure=location.measure,
    tables={"": ratio_table, "_behind": partial(behind_table, ours=OURS, reasons=REASONS)},
    draw=partial(
        draw_ratios,
        label="error of the location / error of the mean of the true inliers (median)",
        title="Filters and gradients are told ε and the covariance",
    ),
    together=together,
    prepare=fitting.fit_cells,
)
