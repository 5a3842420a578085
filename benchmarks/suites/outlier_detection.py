"""How well do outlier scores rank outliers below clean rows, and what do they cost?

Real data are those of ``robustgan.contamination`` whose outliers are published; there a seed is
that of the method.
"""

from functools import partial

from benchmarks.harness.suite import Block, Cell, Suite
from benchmarks.harness.tables import area_table
from benchmarks.measures import scores
from benchmarks.peers import PEERS, together
from robustgan import dataset
from robustgan.contamination import DATASETS

LABELLED = tuple(
    Cell(name, *bunch.data.shape)
    for name, bunch in ((name, dataset(name)) for name in DATASETS)
    if bunch.is_outlier is not None
)
MEDIUM = ("shift.5", "shift1", "shift5", "cov", "cauchy.5", "point", "clump", "far", "dkk")
CELLS = (
    *(Cell(name, 5_000, 50) for name in MEDIUM),
    *(Cell(name, 1_000, 10) for name in ("shift1", "cauchy.5", "point", "clump")),
    *LABELLED,
    Cell("shift.5", 50_000, 100),
)
OURS = ("JSGANMean", "JSGANScatter", "JSGANScatter, both")
QUICK_PEERS = ("EllipticEnvelope", "IsolationForest", "LocalOutlierFactor", "ECOD", "COPOD")
MORE = ("PyOD MCD", "data-depth halfspace", "data-depth projection")
SEEDS = range(700, 702)

SUITE = Suite(
    name="outlier_detection",
    question=__doc__.splitlines()[0],
    blocks=(
        Block(CELLS, (*OURS, *QUICK_PEERS, scores.REFERENCE), SEEDS),
        Block(CELLS[:-1], MORE, SEEDS[:1]),
    ),
    quick=(Block((Cell("point", 1_000, 5), LABELLED[0]), (*OURS, *QUICK_PEERS, *MORE), SEEDS[:1]),),
    measure=scores.measure,
    tables={"": partial(area_table, reference=scores.REFERENCE)},
    together=lambda name: name in PEERS and together(name),
    packages=("pyod",),
)
