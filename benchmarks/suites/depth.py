"""How fast is the exact halfspace depth in the plane, beside a compiled peer?"""

from collections.abc import Sequence

from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import by_cell, markdown, outcome
from benchmarks.measures import depth
from benchmarks.measures.depth import METHODS, OURS, PEER

ESTIMATORS = (OURS, *(PEER.format(method) for method in METHODS))


def cell(n_samples: int) -> Cell:
    """Name normal rows in the plane."""
    return Cell("normal", n_samples, 2, 0.0)


def table(rows: Sequence[Row]) -> str:
    """Print microseconds a point, and how far depths are from ours."""
    lines = [
        [
            name,
            f"{found.n_samples:,} × {found.n_features}",
            outcome(fits, "microseconds", lambda us: f"{us:,.3g}" if us < 1e3 else f"{us:,.0f}"),
            outcome(fits, "difference", "{:.2g}".format),
        ]
        for found, by_name in by_cell(rows).items()
        for name, fits in by_name.items()
    ]
    return markdown(["by", "size", "µs a point", "largest difference from ours"], lines)


SUITE = Suite(
    name="depth",
    question=__doc__,
    # The seed of each sample is its size.
    blocks=tuple(Block((cell(n),), ESTIMATORS, range(n, n + 1)) for n in (100, 1_000, 10_000)),
    quick=(Block((cell(100), cell(1_000)), ESTIMATORS, range(1)),),
    measure=depth.measure,
    tables={"": table},
    together=lambda name: False,
    packages=("data-depth",),
)
