"""``robustgan explain``: why a model scores a row as it does, feature by feature.

It knows how to lay an explanation out. It does not know where it comes from.
"""

import argparse
import json
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

import robustgan
from robustgan.cli.errors import InputError
from robustgan.cli.model import Model, open_model, read_rows
from robustgan.cli.notes import noted
from robustgan.cli.reading import Table
from robustgan.cli.reporting import Scores
from robustgan.cli.score import score

_MOST_FEATURES = 30


@dataclass(frozen=True)
class Explanation:
    """Why a row has its score.

    Attributes
    ----------
    scores : Scores
        Of all rows.
    row : int
        The row, from 1.
    p_value : float
        How often a clean row scores as low, in (0, 1].
    location : ndarray of shape (n_features,)
        Of the model.
    contributions : ndarray of shape (n_features,)
        They sum to minus the score.
    """

    scores: Scores
    row: int
    p_value: float
    location: NDArray[np.float64]
    contributions: NDArray[np.float64]

    @property
    def score(self) -> float:
        """Higher is more normal."""
        return float(self.scores.scores[self.row - 1])

    @property
    def decision(self) -> float:
        """Score less the cut-off."""
        return self.score - self.scores.offset

    @property
    def is_outlier(self) -> bool:
        """Whether the row is outlying."""
        return bool(self.scores.is_outlier[self.row - 1])

    def features(self) -> list[tuple[str, float, float, float]]:
        """Name, contribution, value and location of each feature, the greatest contribution first.

        Returns
        -------
        features : list of tuple, of length n_features
        """
        table = self.scores.table
        values = zip(
            table.feature_names,
            self.contributions.tolist(),
            table.X[self.row - 1].tolist(),
            self.location.tolist(),
            strict=True,
        )
        return sorted(values, key=lambda feature: -feature[1])


def run_explain(arguments: argparse.Namespace) -> int:
    """Explain the score of a row.

    Parameters
    ----------
    arguments : argparse.Namespace
        As the parser makes it.

    Returns
    -------
    status : int
        0.

    Raises
    ------
    InputError
        If the model or the data will not do, or there is no such row.
    """
    model = open_model(arguments.model)
    table = read_rows(model, arguments.data, arguments.columns)
    if arguments.row > len(table.X):
        raise InputError(
            f"--row must be at most {len(table.X)}, the number of rows of {table.source}, got "
            f"{arguments.row}."
        )
    notes = [*table.notes]
    with noted(notes):
        explanation = _explain(model, table, arguments.row)
    if arguments.json:
        _print_json(explanation, model.source, notes)
    else:
        _print(explanation)
    return 0


def _explain(model: Model, table: Table, row: int) -> Explanation:
    """Score all rows and explain one."""
    scores = score(model, table)
    estimator, rows = model.estimator, table.X[[row - 1]]
    return Explanation(
        scores=scores,
        row=row,
        p_value=float(estimator.p_values(rows)[0]),
        location=estimator.location_,
        contributions=estimator.feature_contributions(rows)[0],
    )


def _print(explanation: Explanation) -> None:
    """Print what there is to say of the row, and one line a feature."""
    console = Console(highlight=False)
    scores = explanation.scores
    verdict = "outlying" if explanation.is_outlier else "not outlying"
    for line in (
        f"Row {explanation.row} of {scores.table.source} is {verdict} by {scores.estimator}",
        f"score {explanation.score:.6g}, decision {explanation.decision:.6g}, "
        f"p-value {explanation.p_value:.3g}",
    ):
        console.print(line, markup=False, soft_wrap=True)
    grid = Grid("feature")
    for title in ("contribution", "value", "location"):
        grid.add_column(title, justify="right")
    features = explanation.features()
    for name, *numbers in features[:_MOST_FEATURES]:
        grid.add_row(Text(name), *(f"{number:.6g}" for number in numbers))
    console.print(grid)
    console.print("The contributions of all features sum to minus the score.", soft_wrap=True)
    n_more = len(features) - _MOST_FEATURES
    if n_more > 0:
        console.print(f"... and {n_more} more features (--json gives all)")


def _print_json(explanation: Explanation, model: str, notes: list[str]) -> None:
    """Print one JSON object on standard output."""
    scores = explanation.scores
    numbers = ("contribution", "value", "location")
    found = {
        "robustgan": robustgan.__version__,
        "data": scores.table.source,
        "model": model,
        "estimator": scores.estimator,
        "row": explanation.row,
        "score": _finite(explanation.score),
        "decision": _finite(explanation.decision),
        "is_outlier": explanation.is_outlier,
        "p_value": _finite(explanation.p_value),
        "features": [
            {"feature": name} | dict(zip(numbers, map(_finite, values), strict=True))
            for name, *values in explanation.features()
        ],
        "notes": notes,
    }
    print(json.dumps(found, allow_nan=False))


def _finite(value: float) -> float | None:
    """Replace what JSON has no number for."""
    return value if math.isfinite(value) else None
