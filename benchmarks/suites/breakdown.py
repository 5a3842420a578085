"""Which share of far outliers carries a location with it?"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.figures import draw_lines
from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import by_cell, estimators_of, markdown, outcome, values
from benchmarks.measures import curves
from benchmarks.measures.curves import FAR, TWO_SHARES

ESTIMATORS = (
    "JSGANMean(diagonal)", "mean", "coordinate median", "geometric median", "Tukey median",
    "MinCovDet",
)  # fmt: skip
SEEDS = range(2700, 2701)


def largest(fits: Sequence[Row]) -> float:
    """Return the largest error over seeds; infinite where a fit failed."""
    return max((float(fit["error"] or "inf") for fit in fits), default=float("nan"))


def table(rows: Sequence[Row]) -> str:
    """Print the largest error over seeds by share, and up to which share it is bounded."""
    found = by_cell(rows)
    names = estimators_of(rows)
    lines = [
        [f"{cell.contamination:.0%}", *(_digits(fits.get(name, [])) for name in names)]
        for cell, fits in sorted(found.items(), key=lambda pair: pair[0].contamination)
    ]
    bounded = ["*bounded up to*", *(bounded_up_to(rows, name) for name in names)]
    return markdown(["share of outliers", *names], [*lines, bounded])


def _digits(fits: Sequence[Row]) -> str:
    if not values(fits, "error"):
        return outcome(fits, "error", str)
    error = largest(fits)
    return f"{error:.2f}" if error < 10 else f"{error:,.0f}" if error < 1e6 else f"{error:.1g}"


def bounded_up_to(rows: Sequence[Row], name: str) -> str:
    """Return the largest share below every one at which a seed is not bounded."""
    mine = sorted(
        (float(row["contamination"]), float(row["error"] or "inf") <= float(row["limit"] or "0"))
        for row in rows
        if row["estimator"] == name
    )
    broken = min((share for share, is_bounded in mine if not is_bounded), default=1.0)
    kept = [share for share, _ in mine if share < broken]
    return f"{max(kept):.0%}" if kept else ""


def draw(rows: list[Row], path: Path) -> None:
    """Draw the largest error by the share of outliers."""
    found = by_cell(rows)
    lines = {
        name: sorted(
            (cell.contamination, largest(fits[name]))
            for cell, fits in found.items()
            if name in fits
        )
        for name in estimators_of(rows)
    }
    limit = statistics.median(values(rows, "limit"))
    draw_lines(
        {"A cluster 10,000 standard deviations away": lines},
        path,
        x="share of outliers",
        y="largest error (standard deviations)",
        reference=limit,
        scale="log",
    )


SUITE = Suite(
    name="breakdown",
    question=__doc__,
    blocks=(Block((Cell(FAR, 500, 5, 0.0),), ESTIMATORS, SEEDS),),
    # Too few rows for a game: each of its fits takes seconds.
    quick=(Block((Cell(TWO_SHARES, 150, 3, 0.0),), ESTIMATORS, SEEDS[:1]),),
    measure=curves.breakdown,
    tables={"": table},
    draw=draw,
    together=lambda name: False,
)
