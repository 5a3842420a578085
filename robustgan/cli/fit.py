"""``robustgan fit``: read, fit, write, report.

It knows the options of the estimators and nothing of how they work.
"""

import argparse
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

import robustgan
from robustgan.cli.errors import FitError, InputError, one_line
from robustgan.cli.reading import Table, read_table
from robustgan.cli.reporting import Report, print_json, print_tables
from robustgan.cli.writing import check_directory, staged, write_csv

ESTIMATORS = MappingProxyType(
    {
        "jsgan": "JSGANMean",
        "jsgan-scatter": "JSGANScatter",
        "coordinate-median": "CoordinateMedian",
        "geometric-median": "GeometricMedian",
    }
)


def run_fit(arguments: argparse.Namespace) -> int:
    """Fit an estimator to a table, write what was asked for and report.

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
        If the data, an option or the place to write to will not do.
    FitError
        If the fit diverges.
    """
    _check_options(arguments)
    table = read_table(arguments.data, arguments.columns)
    notes = [*table.notes]
    try:
        with _noted(notes):
            estimator, report = _fit(arguments, table)
            files = _write(arguments, estimator, report)
    finally:
        for note in notes:
            print(f"robustgan: note: {one_line(note)}", file=sys.stderr)
    if arguments.json:
        print_json(report, notes, files)
    else:
        print_tables(report, files)
    return 0


def _check_options(arguments: argparse.Namespace) -> None:
    """Raise for options that contradict each other or cannot be met, before any work."""
    if arguments.covariance is not None and arguments.estimator != "jsgan":
        raise InputError(
            f"--covariance has no meaning for {arguments.estimator}. Leave it out, or choose "
            "--estimator jsgan."
        )
    if arguments.out is None:
        return
    check_directory(Path(arguments.out))
    if not arguments.no_picture:
        try:
            import robustgan.plots

            robustgan.plots.require_matplotlib()
        except ImportError as error:
            raise InputError(f"{error} Or add --no-picture.") from error


@contextmanager
def _noted(notes: list[str]) -> Iterator[None]:
    """Turn warnings that are meant for the user into notes, each once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        warnings.simplefilter("always", RuntimeWarning)
        try:
            yield
        finally:
            notes += dict.fromkeys(str(warning.message) for warning in caught)


def _fit(arguments: argparse.Namespace, table: Table) -> tuple[Any, Report]:
    """Fit, and gather what is reported."""
    try:
        estimator = _make(arguments).fit(table.X)
        scores = estimator.score_samples(table.X)
    except robustgan.DivergenceError as error:
        raise FitError(f"{table.source}: {error}") from error
    except ValueError as error:
        raise InputError(f"{table.source}: {error}") from error
    report = Report(
        table=table,
        estimator=type(estimator).__name__,
        seed=arguments.seed,
        location=estimator.location_,
        scatter=getattr(estimator, "scatter_", None),
        median=np.median(table.X, axis=0),
        mean=table.X.mean(axis=0),
        scores=scores,
        offset=float(estimator.offset_),
        n_iter=getattr(estimator, "n_iter_", None),
        converged=getattr(estimator, "converged_", None),
        fallback=getattr(estimator, "fallback_", None),
    )
    return estimator, report


def _make(arguments: argparse.Namespace) -> Any:
    """Make the estimator; what it does not know it is not given."""
    options = {"device": arguments.device, "contamination": arguments.contamination}
    if arguments.estimator.startswith("jsgan"):
        options |= {"random_state": arguments.seed, "verbose": int(arguments.verbose)}
    if arguments.covariance is not None:
        options["covariance"] = arguments.covariance
    return getattr(robustgan, ESTIMATORS[arguments.estimator])(**options)


def _write(arguments: argparse.Namespace, estimator: Any, report: Report) -> list[Path]:
    """Write the tables and the picture, all or none."""
    if arguments.out is None:
        return []
    directory = Path(arguments.out)
    with staged(directory) as folder:
        write_csv(folder / "scores.csv", *report.score_rows())
        write_csv(folder / "locations.csv", *report.location_rows())
        if report.scatter is not None:
            write_csv(folder / "scatter.csv", *report.scatter_rows())
        if not arguments.no_picture:
            _draw(folder / "picture.png", estimator, report)
        return [directory / file.name for file in sorted(folder.iterdir())]


def _draw(path: Path, estimator: Any, report: Report) -> None:
    """Draw the scores beside the locations."""
    from robustgan.plots import fit_picture

    table = report.table
    figure = fit_picture(estimator, table.X, feature_names=table.feature_names)
    figure.savefig(path, dpi=150)
