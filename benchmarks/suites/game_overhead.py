"""What does the engine cost a round of a game, over the shortest loop by hand?"""

from collections.abc import Sequence

from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import markdown
from benchmarks.measures import overhead
from benchmarks.measures.overhead import BATCH, KINDS, name_of

ESTIMATORS = tuple(name_of(kind, n_replicas) for kind in KINDS for n_replicas in (1, 4))
COLUMNS = ("engine_ms", "by_hand_ms", "ratio", "ratio_a_replica")


def table(rows: Sequence[Row]) -> str:
    """Print medians over blocks of rounds."""
    lines = [
        [row["estimator"], *(f"{float(row[c]):.2f}" if row[c] else row["note"] for c in COLUMNS)]
        for row in rows
    ]
    return markdown(
        ["networks", "engine, ms a round", "by hand, ms a round", "ratio", "ratio a replica"], lines
    )


def cell(n_samples: int) -> Cell:
    """Name rows of two features, and the batch."""
    return Cell(f"batch {BATCH}", n_samples, 2, 0.0)


SUITE = Suite(
    name="game_overhead",
    question=__doc__,
    blocks=(Block((cell(10_000),), ESTIMATORS, range(1)),),
    quick=(Block((cell(1_000),), ESTIMATORS[::2], range(1)),),
    measure=overhead.measure,
    tables={"": table},
    together=lambda name: True,
)
