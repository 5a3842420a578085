"""How large is the worst error over a family of outlier laws, by their distance?"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.figures import draw_lines
from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import by_cell, estimators_of, markdown, outcome, ratio_text, values
from benchmarks.measures import curves
from benchmarks.measures.curves import FAMILY, SMALL_FAMILY

ESTIMATORS = (
    "JSGANMean(diagonal)", "mean", "coordinate median", "geometric median", "Tukey median",
    "MinCovDet", "spectral filter", "eigenvalue pruning", "QUE", "projected gradient",
)  # fmt: skip
SEEDS = range(2800, 2801)
# By estimator and distance: the worst law's median ratio, and its name.
Worst = dict[tuple[str, float], tuple[float, str]]


def worst_by_distance(rows: Sequence[Row]) -> Worst:
    """Find the law of each distance under which an estimator's median ratio is largest."""
    found: Worst = {}
    for cell, fits in by_cell(rows).items():
        law = cell.design.removeprefix(SMALL_FAMILY).removeprefix(FAMILY).split()
        for name, each in fits.items() if law else ():
            distance, spread, direction = law
            ratios = [float(row["ratio"] or "inf") for row in each]
            which = statistics.median(ratios), f"spread {spread}, {direction}"
            key = name, float(distance)
            found[key] = max(found.get(key, which), which)
    return found


def table(rows: Sequence[Row]) -> str:
    """Print the worst ratio to the oracle's error by distance, and the worst of all."""
    found, names = worst_by_distance(rows), estimators_of(rows)
    distances = sorted({distance for _, distance in found})
    lines = []
    for distance in distances:
        shown = (found.get((name, distance)) for name in names)
        lines.append([f"{distance:g}", *(ratio_text(one[0]) if one else "" for one in shown)])
    last, where = ["*worst*"], ["*where*"]
    for name in names:
        mine = [(*found[name, d], d) for d in distances if (name, d) in found]
        if mine:
            ratio, law, distance = max(mine)
            last.append(f"**{ratio_text(ratio)}**")
            where.append(f"{distance:g}, {law}")
        else:
            fits = [row for row in rows if row["estimator"] == name]
            last.append(outcome(fits, "ratio", ratio_text))
            where.append("")
    return markdown(["distance", *names], [*lines, last, where])


def draw(rows: list[Row], path: Path) -> None:
    """Draw the worst ratios by distance."""
    found = worst_by_distance(rows)
    lines = {
        name: sorted((d, ratio) for (who, d), (ratio, _) in found.items() if who == name)
        for name in estimators_of(rows)
        if values([row for row in rows if row["estimator"] == name], "ratio")
    }
    draw_lines(
        {"The worse of a point and a cluster": lines},
        path,
        x="distance of the outliers (standard deviations)",
        y="error / error of the true inliers' mean",
        reference=1.0,
        scale="log",
        places="log",
    )


SUITE = Suite(
    name="bias",
    question=__doc__,
    blocks=(Block((Cell(FAMILY, 1_000, 10),), ESTIMATORS, SEEDS),),
    # Too few rows for a game: each of its fits takes seconds.
    quick=(Block((Cell(SMALL_FAMILY, 150, 4),), ESTIMATORS, SEEDS[:1]),),
    measure=curves.bias,
    tables={"": table},
    draw=draw,
    together=lambda name: False,
)
