"""What a fit found, as tables for people and as one JSON object for programs.

It knows numbers and how to lay them out. It does not know where they come from.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

import robustgan
from robustgan.cli.reading import Table

_MOST_FEATURES = 30
_MOST_ROWS = 20

Rows = tuple[Sequence[str], Iterable[Sequence[object]]]


@dataclass(frozen=True)
class Report:
    """What a fit found.

    Attributes
    ----------
    table : Table
        The data.
    estimator : str
        Name of its class.
    seed : int
    location, median, mean : ndarray of shape (n_features,)
        Of the estimator, of each column, and of the rows.
    scatter : ndarray of shape (n_features, n_features) or None
        Of the estimator, if it has one.
    scores : ndarray of shape (n_samples,)
        Higher is more normal.
    offset : float
        Rows that score below it are outlying.
    n_iter, converged, fallback : int, bool, str or None
        Attributes of the estimator, if it has them.
    """

    table: Table
    estimator: str
    seed: int
    location: NDArray[np.float64]
    scatter: NDArray[np.float64] | None
    median: NDArray[np.float64]
    mean: NDArray[np.float64]
    scores: NDArray[np.float64]
    offset: float
    n_iter: int | None
    converged: bool | None
    fallback: str | None

    @property
    def is_outlier(self) -> NDArray[np.bool_]:
        """Which rows are outlying, of shape (n_samples,)."""
        return self.scores < self.offset

    @property
    def outlying_rows(self) -> NDArray[np.int_]:
        """Outlying rows counted from 1, the most outlying first."""
        order = np.argsort(self.scores, kind="stable")
        return order[self.is_outlier[order]] + 1

    def location_rows(self) -> Rows:
        """Header and rows of the table of locations."""
        locations = (self.location, self.median, self.mean)
        header = ("feature", "location", "coordinate_median", "mean")
        columns = (values.tolist() for values in locations)
        return header, zip(self.table.feature_names, *columns, strict=True)

    def scatter_rows(self) -> Rows:
        """Header and rows of the scatter matrix; none if there is no scatter."""
        names = self.table.feature_names
        matrix = np.empty((0, 0)) if self.scatter is None else self.scatter
        return ("feature", *names), ((names[i], *row) for i, row in enumerate(matrix.tolist()))

    def score_rows(self) -> Rows:
        """Header and rows of the table of scores."""
        decision = self.scores - self.offset
        columns = (self.scores, decision, self.is_outlier.astype(int))
        rows = zip(*(values.tolist() for values in columns), strict=True)
        header = ("row", "score", "decision", "is_outlier")
        return header, ((number, *row) for number, row in enumerate(rows, start=1))


def print_tables(report: Report, files: Sequence[Path]) -> None:
    """Print the locations and the outlying rows on standard output.

    Parameters
    ----------
    report : Report
    files : sequence of Path
        What was written.
    """
    console = Console(highlight=False)
    n_samples, n_features = report.table.X.shape
    console.print(
        f"{report.estimator} on {report.table.source}: {n_samples} rows, {n_features} features",
        markup=False,
        soft_wrap=True,
    )
    _print_locations(console, report)
    _print_outliers(console, report)
    if files:
        console.print(f"Wrote {', '.join(map(str, files))}", markup=False, soft_wrap=True)


def print_json(report: Report, notes: Sequence[str], files: Sequence[Path]) -> None:
    """Print one JSON object on standard output.

    Parameters
    ----------
    report : Report
    notes : sequence of str
        What went to standard error.
    files : sequence of Path
        What was written.
    """
    n_samples, n_features = report.table.X.shape
    known = report.table.is_outlier
    found = {
        "robustgan": robustgan.__version__,
        "data": report.table.source,
        "n_samples": n_samples,
        "n_features": n_features,
        "feature_names": report.table.feature_names,
        "estimator": report.estimator,
        "seed": report.seed,
        "n_iter": None if report.n_iter is None else int(report.n_iter),
        "converged": None if report.converged is None else bool(report.converged),
        "fallback": report.fallback,
        "location": _finite(report.location),
        "scatter": None if report.scatter is None else [_finite(row) for row in report.scatter],
        "coordinate_median": _finite(report.median),
        "mean": _finite(report.mean),
        "offset": _finite([report.offset])[0],
        "scores": _finite(report.scores),
        "outlying_rows": report.outlying_rows.tolist(),
        "known_outlying_rows": None if known is None else (np.flatnonzero(known) + 1).tolist(),
        "notes": list(notes),
        "files": [str(file) for file in files],
    }
    print(json.dumps(found, allow_nan=False))


def _finite(values: Iterable[float]) -> list[float | None]:
    """Replace what JSON has no number for."""
    return [float(value) if math.isfinite(value) else None for value in values]


def _print_locations(console: Console, report: Report) -> None:
    """Print one line a feature."""
    grid = Grid("feature")
    for title in ("robust location", "coordinate median", "mean"):
        grid.add_column(title, justify="right")
    _, rows = report.location_rows()
    for name, *values in list(rows)[:_MOST_FEATURES]:
        grid.add_row(Text(str(name)), *(f"{value:.6g}" for value in values))
    console.print(grid)
    n_more = len(report.location) - _MOST_FEATURES
    if n_more > 0:
        console.print(f"... and {n_more} more features (--out or --json gives all)")


def _print_outliers(console: Console, report: Report) -> None:
    """Say how many rows are outlying, how many of those known, and name the first."""
    rows = report.outlying_rows
    console.print(
        f"{len(rows)} of {len(report.scores)} rows are outlying: "
        f"they score below {report.offset:.6g}",
        soft_wrap=True,
    )
    known = report.table.is_outlier
    if known is not None:
        n_flagged = int(known[rows - 1].sum())
        console.print(
            f"{n_flagged} of the {int(known.sum())} known outliers are among them, "
            f"and {len(rows) - n_flagged} other rows",
            soft_wrap=True,
        )
    if len(rows):
        console.print(_outlier_grid(report, rows[:_MOST_ROWS]))
    if len(rows) > _MOST_ROWS:
        console.print(f"... and {len(rows) - _MOST_ROWS} more (--out or --json gives all)")


def _outlier_grid(report: Report, rows: NDArray[np.int_]) -> Grid:
    """Lay out outlying rows, the most outlying first."""
    known = report.table.is_outlier
    grid = Grid()
    grid.add_column("row", justify="right")
    grid.add_column("score", justify="right")
    if known is not None:
        grid.add_column("known outlier")
    for row in rows.tolist():
        cells = [str(row), f"{report.scores[row - 1]:.6g}"]
        if known is not None:
            cells.append("yes" if known[row - 1] else "no")
        grid.add_row(*cells)
    return grid
