"""What a fit found, as tables for people and as one JSON object for programs.

It knows numbers and how to lay them out. It does not know where they come from.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
class Scores:
    """How an estimator scores the rows of a table.

    Attributes
    ----------
    table : Table
        The data.
    estimator : str
        Name of its class.
    scores : ndarray of shape (n_samples,)
        Higher is more normal.
    offset : float
        The estimator's cut-off.
    is_outlier : ndarray of shape (n_samples,)
        Which rows are outlying.
    rule : str or None
        Why they are, where it is not that they score below the cut-off.
    """

    table: Table
    estimator: str
    scores: NDArray[np.float64]
    offset: float
    is_outlier: NDArray[np.bool_]
    rule: str | None = field(default=None, kw_only=True)

    @property
    def outlying_rows(self) -> NDArray[np.int_]:
        """Outlying rows counted from 1, the most outlying first."""
        order = np.argsort(self.scores, kind="stable")
        return order[self.is_outlier[order]] + 1

    def score_rows(self) -> Rows:
        """Header and rows of the table of scores."""
        decision = self.scores - self.offset
        columns = (self.scores, decision, self.is_outlier.astype(int))
        rows = zip(*(values.tolist() for values in columns), strict=True)
        header = ("row", "score", "decision", "is_outlier")
        return header, ((number, *row) for number, row in enumerate(rows, start=1))


@dataclass(frozen=True)
class Report(Scores):
    """What a fit found, besides its scores.

    Attributes
    ----------
    seed : int
    location, median, mean : ndarray of shape (n_features,)
        Of the estimator, of each column, and of the rows.
    scatter : ndarray of shape (n_features, n_features) or None
        Of the estimator, if it has one.
    n_iter, converged, fallback : int, bool, str or None
        Attributes of the estimator, if it has them.
    """

    seed: int
    location: NDArray[np.float64]
    scatter: NDArray[np.float64] | None
    median: NDArray[np.float64]
    mean: NDArray[np.float64]
    n_iter: int | None
    converged: bool | None
    fallback: str | None

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


def print_tables(report: Report, files: Sequence[Path]) -> None:
    """Print the locations and the outlying rows on standard output.

    Parameters
    ----------
    report : Report
    files : sequence of Path
        What was written.
    """
    console = Console(highlight=False)
    _print_title(console, report)
    _print_locations(console, report)
    _print_outliers(console, report)
    _print_files(console, files)


def print_scores(scores: Scores, files: Sequence[Path]) -> None:
    """Print the outlying rows on standard output.

    Parameters
    ----------
    scores : Scores
    files : sequence of Path
        What was written.
    """
    console = Console(highlight=False)
    _print_title(console, scores)
    _print_outliers(console, scores)
    _print_files(console, files)


def _print_title(console: Console, scores: Scores) -> None:
    """Say what estimator saw what data."""
    n_samples, n_features = scores.table.X.shape
    console.print(
        f"{scores.estimator} on {scores.table.source}: {n_samples} rows, {n_features} features",
        markup=False,
        soft_wrap=True,
    )


def _print_files(console: Console, files: Sequence[Path]) -> None:
    """Say what was written."""
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
    found = {
        **_describe(report.table),
        "estimator": report.estimator,
        "seed": report.seed,
        "n_iter": None if report.n_iter is None else int(report.n_iter),
        "converged": None if report.converged is None else bool(report.converged),
        "fallback": report.fallback,
        "location": _finite(report.location),
        "scatter": None if report.scatter is None else [_finite(row) for row in report.scatter],
        "coordinate_median": _finite(report.median),
        "mean": _finite(report.mean),
        **_describe_scores(report),
        "notes": list(notes),
        "files": [str(file) for file in files],
    }
    print(json.dumps(found, allow_nan=False))


def print_scores_json(
    scores: Scores, model: str, notes: Sequence[str], files: Sequence[Path]
) -> None:
    """Print the scores as one JSON object on standard output.

    Parameters
    ----------
    scores : Scores
    model : str
        The file of the model.
    notes : sequence of str
        What went to standard error.
    files : sequence of Path
        What was written.
    """
    found = {
        **_describe(scores.table),
        "model": model,
        "estimator": scores.estimator,
        **_describe_scores(scores),
        "notes": list(notes),
        "files": [str(file) for file in files],
    }
    print(json.dumps(found, allow_nan=False))


def _describe(table: Table) -> dict[str, object]:
    """Describe the data for JSON."""
    n_samples, n_features = table.X.shape
    return {
        "robustgan": robustgan.__version__,
        "data": table.source,
        "n_samples": n_samples,
        "n_features": n_features,
        "feature_names": table.feature_names,
    }


def _describe_scores(scores: Scores) -> dict[str, object]:
    """Describe the scores for JSON."""
    known = scores.table.is_outlier
    return {
        "offset": _finite([scores.offset])[0],
        "scores": _finite(scores.scores),
        "outlying_rows": scores.outlying_rows.tolist(),
        "known_outlying_rows": None if known is None else (np.flatnonzero(known) + 1).tolist(),
    }


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


def _print_outliers(console: Console, report: Scores) -> None:
    """Say how many rows are outlying, how many of those known, and name the first."""
    rows = report.outlying_rows
    console.print(
        f"{len(rows)} of {len(report.scores)} rows are outlying: "
        f"{report.rule or f'they score below {report.offset:.6g}'}",
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


def _outlier_grid(report: Scores, rows: NDArray[np.int_]) -> Grid:
    """Lay out outlying rows, the most outlying first."""
    known = report.table.is_outlier
    grid = Grid()
    for title in ("row", "score", "decision"):
        grid.add_column(title, justify="right")
    if known is not None:
        grid.add_column("known outlier")
    for row in rows.tolist():
        score = report.scores[row - 1]
        cells = [str(row), f"{score:.6g}", f"{score - report.offset:.6g}"]
        if known is not None:
            cells.append("yes" if known[row - 1] else "no")
        grid.add_row(*cells)
    return grid
