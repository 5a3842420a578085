"""What do foreign images cost an autoencoder, plain and robust?"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.figures import draw_lines
from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import by_cell, markdown, values
from benchmarks.measures import foreign
from benchmarks.measures.foreign import KINDS, VARIANTS, name_of

SHARES = (0.0, 0.05, 0.1, 0.2)
CELLS = tuple(Cell(foreign.DIGITS, 1_200, 64, share) for share in SHARES)
ESTIMATORS = tuple(name_of(kind, variant) for kind in KINDS for variant in VARIANTS)
Losses = dict[tuple[str, str, float], float]


def losses(rows: Sequence[Row]) -> Losses:
    """Return the mean loss on clean images, by model, variant and share."""
    found = {}
    for cell, fits in by_cell(rows).items():
        for name, each in fits.items():
            if test := values(each, "test_loss"):
                kind, variant = name.split(", ")
                found[kind, variant, cell.contamination] = statistics.mean(test)
    return found


def lost(found: Losses, kind: str, variant: str, share: float, base: str = "plain") -> float:
    """Return what is lost to a variant without foreign images, by default the plain one."""
    return found[kind, variant, share] - found.get((kind, base, 0.0), float("nan"))


def table(rows: Sequence[Row]) -> str:
    """Print losses and detection, a line a model, share and variant."""
    found, fits = losses(rows), by_cell(rows)
    lines = []
    for kind in KINDS:
        for cell, by_name in fits.items():
            for variant in VARIANTS:
                key = kind, variant, cell.contamination
                if key not in found:
                    continue
                each = by_name[name_of(kind, variant)]
                shown = [values(each, column) for column in ("auc", "caught", "false_alarms")]
                own = (lost(found, *key), lost(found, *key, variant))
                lines.append(
                    [kind, f"{cell.contamination:.0%}", variant]
                    + [f"{value:.2f}" for value in (found[key], *own)]
                    + [f"{statistics.mean(each):.3f}" if each else "" for each in shown]
                )
    header = [
        "model", "foreign", "variant", "clean test loss, nats", "lost", "of its own", "AUC",
        "caught", "false alarms",
    ]  # fmt: skip
    return markdown(header, lines)


def draw(rows: list[Row], path: Path) -> None:
    """Draw what is lost by the share of foreign images."""
    found = losses(rows)
    panels = {
        kind: {
            variant: [
                (share, lost(found, kind, variant, share))
                for k, v, share in found
                if (k, v) == (kind, variant)
            ]
            for variant in VARIANTS
        }
        for kind in KINDS
    }
    draw_lines(panels, path, x="share of foreign images", y="lost on clean digits (nats)")


SUITE = Suite(
    name="robust_vae",
    question=__doc__,
    blocks=(Block(CELLS, ESTIMATORS, range(1000, 1001)),),
    quick=(
        Block(
            tuple(Cell(foreign.SHORT, 400, 64, share) for share in (0.0, 0.2)),
            tuple(name_of("VAE", variant) for variant in VARIANTS),
            range(1),
        ),
    ),
    measure=foreign.measure,
    tables={"": table},
    draw=draw,
    together=lambda name: False,
)
