"""What does each default of JSGANMean buy?

Objective (and with it the generator's loss), network, learning rates, averaging, judging: one is
changed at a time. Three numbers a cell, each divided by the oracle's error: the game's last epoch,
the average over its last epochs, and the mean of the rows that are kept.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import by_cell, markdown, ratio_text, values
from benchmarks.measures import location
from benchmarks.peers import together
from benchmarks.peers.ours import ABLATION

CELLS = tuple(
    Cell(name, 10_000, 40) for name in ("none", "shift.5", "direction3", "point", "cauchy.5")
)
OBJECTIVES = (
    "jensen_shannon", "non_saturating", "skewed_js", "reverse_kl", "hinge", "tv", "least_squares",
    "boosting", "beta", "hellinger", "one_sided",
)  # fmt: skip
SHARPNESS = (1.0, 3.0, 16.0)
OTHERS = (
    "hidden_units=(4,)",
    "hidden_units=(64,)",
    "hidden_units=(16, 16)",
    "activation='sigmoid'",
    "activation='tanh'",
    "discriminator_learning_rate=0.003",
    "discriminator_learning_rate=0.03",
    "generator_learning_rate=0.015",
    "generator_learning_rate=0.15",
    "betas=(0.9, 0.999)",
    "batch_size=64",
    "batch_size=1024",
    "weight_penalty=0.0",
    "weight_penalty=1.0",
    "n_folds=5",
    "n_refinements=1",
    "n_init=2",
    "covariance='diagonal'",
)
DEFAULT = f"{ABLATION}objective='one_sided'"
SETTINGS = (
    *(f"{ABLATION}objective={name!r}" for name in OBJECTIVES),
    *(f"{ABLATION}objective=OneSided({value})" for value in SHARPNESS),
    *(f"{ABLATION}{text}" for text in OTHERS),
)
SEEDS = range(200, 202)


def table(rows: Sequence[Row]) -> str:
    """Print last epoch, game and estimate, the default in bold and first."""
    found = by_cell(rows)
    names = [name for name in dict.fromkeys(row["estimator"] for row in rows) if is_setting(name)]
    names.sort(key=lambda name: name != DEFAULT)
    lines = []
    for name in names:
        shown = name.removeprefix(ABLATION)
        line = [f"**defaults** (`{shown}`)" if name == DEFAULT else f"`{shown}`"]
        for fits in found.values():
            stages = (f"{name}, last epoch", f"{name}, game alone", name)
            medians = [values(fits.get(stage, []), "ratio") for stage in stages]
            line.append(" → ".join(ratio_text(statistics.median(m)) if m else "–" for m in medians))
        lines.append(line)
    return markdown(["setting", *(cell.design for cell in found)], lines)


def is_setting(name: str) -> bool:
    """Tell whether rows are those of the estimate, not of a stage before it."""
    return not name.endswith(("last epoch", "game alone"))


SUITE = Suite(
    name="ablation",
    question=__doc__.splitlines()[0],
    blocks=(
        Block(CELLS, SETTINGS[: len(OBJECTIVES) + 2], SEEDS),
        Block(CELLS[:3], SETTINGS[len(OBJECTIVES) + 2 :], SEEDS),
    ),
    quick=(
        Block(
            (Cell("shift.5", 1_000, 10),),
            (SETTINGS[0], DEFAULT),
            SEEDS[:1],
        ),
    ),
    measure=location.measure_stages,
    tables={"": table},
    together=together,
)
