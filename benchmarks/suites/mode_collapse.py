"""How many modes does a generator cover, and how much of what it draws is near one?"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import by_cell, markdown, outcome, values
from benchmarks.measures import modes
from benchmarks.measures.modes import METHODS

N_MODES = {"ring": 8, "grid": 25}
CELLS = tuple(Cell(name, 20_000, 2, 0.0) for name in N_MODES)
N_REPLICAS = 4
# What is published after 400,000 steps on 100,000 rows, for comparison only.
PUBLISHED = {
    "VEEGAN (published)": {"ring": (8.0, 0.529), "grid": (24.6, 0.40)},
    "PacGAN2 (published)": {"ring": (7.9, 0.956), "grid": (23.8, 0.913)},
    "PacGAN4 (published)": {"grid": (24.8, 0.936)},
}


def table(rows: Sequence[Row]) -> str:
    """Print means over replicas, with what is published below."""
    found = {cell.design: fits for cell, fits in by_cell(rows).items()}
    header = ["method"]
    for name in found:
        count = f" of {N_MODES[name]}" if name in N_MODES else ""
        header += [f"{name}: modes{count}", "high quality", "CPU seconds"]
    lines = [
        [name, *(text for fits in found.values() for text in _shown(name, fits))]
        for name in dict.fromkeys(row["estimator"] for row in rows)
    ]
    for name, published in PUBLISHED.items():
        shown = (published.get(each) for each in found)
        texts = ([f"{one[0]}", f"{one[1]:.0%}", ""] if one else ["", "", ""] for one in shown)
        lines.append([name, *(text for each in texts for text in each)])
    return markdown(header, lines)


def _shown(name: str, fits: Mapping[str, list[Row]]) -> list[str]:
    """Print the mean of a method's replicas, the least in brackets, and what all cost."""
    each = fits.get(name, [])
    counts, shares = values(each, "n_modes"), values(each, "high_quality")
    if not counts:
        return [outcome(each, "n_modes", str), "", ""]
    quality = f"{statistics.mean(shares):.0%} ({100 * min(shares):.0f})"
    return [f"{statistics.mean(counts):.1f}", quality, f"{sum(values(each, 'cpu_seconds')):.0f}"]


SUITE = Suite(
    name="mode_collapse",
    question=__doc__,
    blocks=(Block(CELLS, tuple(METHODS), range(N_REPLICAS)),),
    quick=(
        Block(
            (Cell("ring, 60 steps", 2_000, 2, 0.0),),
            ("non-saturating", "WGAN-GP", "R1, annealed, pac 2"),
            range(2),
        ),
    ),
    measure=modes.measure,
    tables={"": table},
    together=lambda name: True,
)
