"""``robustgan fit``: read, fit, write, report.

It knows the options of the estimators and nothing of how they work.
"""

import argparse
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

import robustgan
from robustgan.cli.errors import FitError, InputError
from robustgan.cli.notes import noted
from robustgan.cli.reading import Table, read_table
from robustgan.cli.reporting import Report, print_json, print_tables
from robustgan.cli.writing import check_directory, check_file, staged, write_csv

ESTIMATORS = MappingProxyType(
    {
        "jsgan": "JSGANMean",
        "jsgan-scatter": "JSGANScatter",
        "coordinate-median": "CoordinateMedian",
        "geometric-median": "GeometricMedian",
        "tukey-median": "TukeyMedian",
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
    with noted(notes):
        estimator, report = _fit(arguments, table)
        files = _write(arguments, estimator, report)
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
    if arguments.family is not None and arguments.estimator != "jsgan-scatter":
        raise InputError(
            f"--family has no meaning for {arguments.estimator}. Leave it out, or choose "
            "--estimator jsgan-scatter."
        )
    if arguments.alpha is not None and arguments.contamination != "auto":
        raise InputError("--alpha and --contamination contradict each other. Give one of them.")
    if arguments.save is not None:
        check_file(Path(arguments.save), "--save", [arguments.data])
    if arguments.out is None:
        return
    check_directory(Path(arguments.out))
    if not arguments.no_picture:
        try:
            import robustgan.plots

            robustgan.plots.require_matplotlib()
        except ImportError as error:
            raise InputError(f"{error} Or add --no-picture.") from error


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
        is_outlier=scores < estimator.offset_,
        n_iter=getattr(estimator, "n_iter_", None),
        converged=getattr(estimator, "converged_", None),
        fallback=getattr(estimator, "fallback_", None),
    )
    return estimator, report


def _make(arguments: argparse.Namespace) -> Any:
    """Make the estimator; what it does not know it is not given."""
    options = {"device": arguments.device, "contamination": arguments.contamination}
    if arguments.estimator not in ("coordinate-median", "geometric-median"):
        options["random_state"] = arguments.seed
    if arguments.estimator.startswith("jsgan"):
        options["verbose"] = int(arguments.verbose)
    for name in ("covariance", "family", "alpha"):
        if getattr(arguments, name) is not None:
            options[name] = getattr(arguments, name)
    return getattr(robustgan, ESTIMATORS[arguments.estimator])(**options)


def _write(arguments: argparse.Namespace, estimator: Any, report: Report) -> list[Path]:
    """Write the tables, the picture and the model, all or none."""
    out = [] if arguments.out is None else [Path(arguments.out)]
    model = [] if arguments.save is None else [Path(arguments.save)]
    directories = [*out, *(path.parent for path in model)]
    if not directories:
        return []
    with staged(*directories) as folders:
        if out:
            _write_report(folders[0], estimator, report, picture=not arguments.no_picture)
        if model:
            names = _own_names(report.table)
            robustgan.save_model(estimator, folders[-1] / model[0].name, column_names=names)
        return [
            directory / file.name
            for directory, folder in zip(directories, folders, strict=True)
            for file in sorted(folder.iterdir())
        ]


def _write_report(folder: Path, estimator: Any, report: Report, *, picture: bool) -> None:
    """Write the tables and the picture."""
    write_csv(folder / "scores.csv", *report.score_rows())
    write_csv(folder / "locations.csv", *report.location_rows())
    if report.scatter is not None:
        write_csv(folder / "scatter.csv", *report.scatter_rows())
    if picture:
        _draw(folder / "picture.png", estimator, report)


def _own_names(table: Table) -> list[str] | None:
    """Return the names that tell the columns apart; None if the data have none."""
    names = table.feature_names
    return names if table.is_named and len(set(names)) == len(names) else None


def _draw(path: Path, estimator: Any, report: Report) -> None:
    """Draw the scores beside the locations."""
    from robustgan.plots import fit_picture

    table = report.table
    figure = fit_picture(estimator, table.X, feature_names=table.feature_names)
    figure.savefig(path, dpi=150)
