"""What a suite is: one question, the cells that answer it, and how its answer is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

Row = dict[str, str]
# In the samples of one task: what a small machine holds several times.
_MOST_NUMBERS = 12_000_000
Measured = dict[str, object]


@dataclass(frozen=True)
class Cell:
    """One design at one size."""

    design: str
    n_samples: int
    n_features: int
    contamination: float = 0.2

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Identify it in a file."""
        return (
            self.design,
            str(self.n_samples),
            str(self.n_features),
            f"{self.contamination:g}",
        )

    @property
    def label(self) -> str:
        """Name it in tables; the usual share of outliers goes without saying."""
        share = "" if self.contamination == 0.2 else f", ε = {self.contamination:g}"
        return f"{self.design}, {self.n_samples:,} × {self.n_features}{share}"


def cell_of(row: Row) -> Cell:
    """Read the cell off a row."""
    n, p = int(row["n_samples"]), int(row["n_features"])
    return Cell(row["design"], n, p, float(row["contamination"]))


@dataclass(frozen=True)
class Block:
    """Cells, the estimators that are fitted to them, and the seeds of their samples."""

    cells: tuple[Cell, ...]
    estimators: tuple[str, ...]
    seeds: range


# Fits an estimator to the samples of some seeds of a cell; one dict a row, or more.
Measure = Callable[[Cell, str, Sequence[int]], list[Measured]]
# Fits an estimator to the samples of some cells of one shape at once, for `Measure` to read off.
Prepare = Callable[[Sequence[Cell], str, Sequence[int]], None]
# Rows to Markdown, and rows and a path to a picture.
Tabulate = Callable[[list[Row]], str]
Draw = Callable[[list[Row], Path], None]


@dataclass(frozen=True)
class Suite:
    """One question.

    Parameters
    ----------
    name : str
        Of its files.
    question : str
        One line.
    blocks, quick : tuple of Block
        What is run, and a part of it that takes about half a minute.
    measure : callable
        Runs in a process of its own, so it must be importable.
    tables : mapping of str to callable
        The ending of a file's name to what makes its Markdown from the rows.
    draw : callable or None
        Makes the figure.
    together : callable
        Tells whether an estimator takes all seeds of a cell at once.
    prepare : callable or None
        Has it take all cells of one shape at once, too. Which random numbers a sample meets depends
        on those beside it, so that a cell that is run alone has others.
    packages : tuple of str
        Further ones whose version is kept with the rows.
    """

    name: str
    question: str
    blocks: tuple[Block, ...]
    quick: tuple[Block, ...]
    measure: Measure
    tables: Mapping[str, Tabulate]
    together: Callable[[str], bool]
    draw: Draw | None = None
    prepare: Prepare | None = None
    packages: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Task:
    """What one process does without a break: some seeds of a cell, or more, by one estimator."""

    cells: tuple[Cell, ...]
    estimator: str
    seeds: tuple[int, ...]

    @property
    def n_fits(self) -> int:
        """How many fits it takes."""
        return len(self.cells) * len(self.seeds)

    def keys(self) -> list[tuple[str, ...]]:
        """Identify its rows."""
        keys = ((*cell.key, self.estimator) for cell in self.cells)
        return [(*key, str(seed)) for key in keys for seed in self.seeds]

    def label(self) -> str:
        """Name it while it is run."""
        others = f" and {len(self.cells) - 1} more" if len(self.cells) > 1 else ""
        return f"{self.cells[0].label}{others}: {self.estimator}"


def tasks_of(suite: Suite, blocks: Sequence[Block]) -> list[Task]:
    """Split blocks into tasks, cell after cell."""
    tasks = []
    for block in blocks:
        for cell in block.cells:
            for estimator in block.estimators:
                seeds = tuple(block.seeds)
                groups = [seeds] if suite.together(estimator) else [(seed,) for seed in seeds]
                tasks += [Task((cell,), estimator, group) for group in groups]
    return tasks


def side_by_side(suite: Suite, tasks: Sequence[Task]) -> list[Task]:
    """Merge tasks of one shape where a suite can prepare them, in order and as far as they fit."""
    merged: list[Task] = []
    last: dict[tuple[object, ...], int] = {}
    for task in tasks:
        (cell,) = task.cells
        n_numbers = cell.n_samples * cell.n_features * len(task.seeds)
        key = task.estimator, task.seeds, cell.n_samples, cell.n_features
        i = last.get(key)
        if i is not None and (len(merged[i].cells) + 1) * n_numbers <= _MOST_NUMBERS:
            merged[i] = replace(merged[i], cells=(*merged[i].cells, cell))
            continue
        if suite.prepare is not None and suite.together(task.estimator):
            last[key] = len(merged)
        merged.append(task)
    return merged
