"""``robustgan score``: rows of a table, scored by a model that was fitted before.

It knows files and what to write in them. It does not know how rows are scored.
"""

import argparse
from pathlib import Path

import numpy as np

from robustgan.cli.errors import InputError
from robustgan.cli.model import Model, open_model, read_rows
from robustgan.cli.notes import noted
from robustgan.cli.reading import Table
from robustgan.cli.reporting import Scores, print_scores, print_scores_json
from robustgan.cli.writing import check_file, staged, write_csv


def run_score(arguments: argparse.Namespace) -> int:
    """Score the rows of a table, write what was asked for and report.

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
        If the model, the data or the place to write to will not do.
    """
    if arguments.out is not None:
        _check_target(Path(arguments.out), arguments)
    model = open_model(arguments.model)
    if arguments.alpha is not None:
        model.estimator.recalibrate(alpha=arguments.alpha)
    table = read_rows(model, arguments.data, arguments.columns)
    notes = [*table.notes]
    with noted(notes):
        scores = score(model, table)
        files = [] if arguments.out is None else [_write(Path(arguments.out), scores)]
    if arguments.json:
        print_scores_json(scores, model.source, notes, files)
    else:
        print_scores(scores, files)
    return 0


def score(model: Model, table: Table) -> Scores:
    """Score the rows of a table.

    Parameters
    ----------
    model : Model
    table : Table

    Returns
    -------
    scores : Scores

    Raises
    ------
    InputError
        If the model refuses the rows.
    """
    estimator = model.estimator
    try:
        found = estimator.score_samples(table.X)
        labels = estimator.predict(table.X)
    except ValueError as error:
        raise InputError(f"{table.source}: {error}") from error
    offset = float(estimator.offset_)
    by_offset = np.array_equal(labels == -1, found < offset)
    return Scores(
        table=table,
        estimator=type(estimator).__name__,
        scores=found,
        offset=offset,
        is_outlier=labels == -1,
        rule=None if by_offset else "the model adjusts for how many rows there are",
    )


def _check_target(out: Path, arguments: argparse.Namespace) -> None:
    """Raise for a file that cannot be written, before any work."""
    if out.suffix.lower() != ".csv":
        raise InputError(f"--out must name a file that ends in .csv, got {str(out)!r}.")
    check_file(out, "--out", [arguments.model, arguments.data])


def _write(out: Path, scores: Scores) -> Path:
    """Write one row a case."""
    with staged(out.parent) as [folder]:
        write_csv(folder / out.name, *scores.score_rows())
    return out
