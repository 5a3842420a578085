"""The arguments of the command line, and what each may be.

It knows which values are possible at all. It does not read a file, nor load an estimator.
"""

import argparse
import csv
import math
from collections.abc import Sequence
from typing import Any, NoReturn

import robustgan
from robustgan.cli.benchmark import run_benchmark
from robustgan.cli.errors import one_line
from robustgan.cli.explain import run_explain
from robustgan.cli.fit import ESTIMATORS, run_fit
from robustgan.cli.score import run_score
from robustgan.cli.simulate import run_simulate

_FIT = """\
Fit a robust location and name the outlying rows.

DATA is a CSV (or other delimited text), Parquet, NPY or NPZ file with one row a case and one
column a feature, or the name of a data set that is shipped, such as hbk. A column called
is_outlier that holds 0 and 1 is taken as the truth about the rows, not as a feature."""

_SCORE = """\
Score the rows of DATA by a model and name the outlying rows.

MODEL is a file that 'robustgan fit --save' or robustgan.save_model has written. Columns are found
by the names that the model was fitted with; others are ignored. A model without names takes the
columns in their order. --columns names the columns, if they are called otherwise."""

_EXPLAIN = """\
Explain why a model scores a row of DATA as it does.

Printed are the score, the decision (negative is outlying), the p-value (how often a clean row
scores as low) and what each feature contributes: the contributions sum to minus the score. MODEL
and DATA are as for 'robustgan score'."""

_SIMULATE = """\
Draw rows from Huber's contamination model and write them to a file.

DESIGN is the name of a design, such as shift.5; an unknown name lists all."""

_BENCHMARK = """\
Run suites of the benchmarks, one process and one thread a fit, and write rows, tables and figures.

NAME is a suite, or all; --list says which there are. Rows that a file has are kept, so that the
same command goes on where it was interrupted. The benchmarks come with the source, not with the
installed package."""


_ALPHA = "share of clean rows to flag, in (0, 0.5]; default: the estimator's"


class OneLineParser(argparse.ArgumentParser):
    """A parser whose errors take one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is, and leave with status 2."""
        self.exit(2, f"robustgan: {one_line(message)} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of all subcommands.

    Returns
    -------
    parser : argparse.ArgumentParser
        What it parses has an attribute ``run``, the function to call with it.
    """
    parser = OneLineParser(
        prog="robustgan", description="Robust statistics by adversarial estimation."
    )
    parser.add_argument("--version", action="version", version=f"robustgan {robustgan.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_fit(commands)
    _add_score(commands)
    _add_explain(commands)
    _add_simulate(commands)
    _add_benchmark(commands)
    return parser


def _add_fit(commands: Any) -> None:
    """Describe ``robustgan fit``."""
    fit = _add_command(commands, "fit", "fit a robust location, name outlying rows", _FIT)
    fit.set_defaults(run=run_fit)
    fit.add_argument("data", metavar="DATA", help="a file, or the name of a shipped data set")
    add = fit.add_argument
    add("--estimator", choices=tuple(ESTIMATORS), default="jsgan", help="default: %(default)s")
    add(
        "--covariance",
        choices=("identity", "diagonal", "full"),
        help="shape fitted with the location by jsgan; default: diagonal",
    )
    add(
        "--family",
        choices=("gaussian", "student", "elliptical"),
        help="of the clean rows, for jsgan-scatter; default: gaussian",
    )
    add(
        "--contamination",
        type=_contamination,
        default="auto",
        metavar="SHARE",
        help="share of rows to flag, in (0, 0.5], or auto; default: %(default)s",
    )
    add("--alpha", type=_alpha, metavar="RATE", help=_ALPHA)
    add("--columns", type=_columns, metavar="A,B", help="columns to use; default: all")
    add("--seed", type=_count, default=0, help="of the random numbers; default: %(default)s")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:1, ...; default: %(default)s")
    add("--out", metavar="DIR", help="write scores.csv, locations.csv and picture.png here")
    add("--no-picture", action="store_true", help="with --out: only the tables")
    add("--save", metavar="MODEL", help="write the fit to this file, for score and explain")
    add("--json", action="store_true", help="print one JSON object instead of tables")
    add("-v", "--verbose", action="store_true", help="show the progress of the fit")


def _add_score(commands: Any) -> None:
    """Describe ``robustgan score``."""
    parser = _add_command(commands, "score", "score rows by a saved fit", _SCORE)
    parser.set_defaults(run=run_score)
    _add_model_and_data(parser)
    parser.add_argument("--out", metavar="FILE.csv", help="write row, score, decision, is_outlier")
    parser.add_argument("--alpha", type=_alpha, metavar="RATE", help=_ALPHA)


def _add_explain(commands: Any) -> None:
    """Describe ``robustgan explain``."""
    parser = _add_command(commands, "explain", "explain the score of a row", _EXPLAIN)
    parser.set_defaults(run=run_explain)
    _add_model_and_data(parser)
    parser.add_argument(
        "--row", type=_positive, required=True, metavar="K", help="the row, counted from 1"
    )


def _add_model_and_data(parser: argparse.ArgumentParser) -> None:
    """Add what ``score`` and ``explain`` share."""
    add = parser.add_argument
    add("model", metavar="MODEL", help="a saved fit")
    add("data", metavar="DATA", help="a file, or the name of a shipped data set")
    add("--columns", type=_columns, metavar="A,B", help="columns to use; default: by name")
    add("--json", action="store_true", help="print one JSON object instead of tables")


def _add_simulate(commands: Any) -> None:
    """Describe ``robustgan simulate``."""
    simulate = _add_command(commands, "simulate", "write contaminated data", _SIMULATE)
    simulate.set_defaults(run=run_simulate)
    add = simulate.add_argument
    add("design", metavar="DESIGN", help="name of a design")
    add("out", metavar="OUT", help="file to write: .csv, .npy, .npz or .parquet")
    add("--n-samples", type=_positive, default=1000, help="rows; default: %(default)s")
    add("--n-features", type=_positive, default=10, help="columns; default: %(default)s")
    add(
        "--contamination",
        type=float,
        default=0.2,
        metavar="SHARE",
        help="share of outliers, in [0, 0.5); default: %(default)s",
    )
    add("--seed", type=_count, default=0, help="of the random numbers; default: %(default)s")
    add(
        "--labels",
        action="store_true",
        help="write which rows are outliers: a column or array is_outlier "
        "(for .npy a second file, NAME.is_outlier.npy)",
    )
    add("--force", action="store_true", help="replace files that exist")


def _add_benchmark(commands: Any) -> None:
    """Describe ``robustgan benchmark``."""
    benchmark = _add_command(commands, "benchmark", "measure errors and times", _BENCHMARK)
    benchmark.set_defaults(run=run_benchmark)
    add = benchmark.add_argument
    add("names", nargs="*", metavar="NAME", help="suites, or all")
    add("--list", action="store_true", help="say which suites there are")
    add("--quick", action="store_true", help="a small part of each")
    add(
        "--tables", action="store_true", help="only make tables and figures from the rows there are"
    )
    add("--readme", action="store_true", help="only put the committed rows into the README")
    add("--path", default=".", metavar="DIR", help="checkout of the source; default: this folder")
    add("--out", metavar="DIR", help="default: benchmarks/results, with --quick results/benchmarks")
    add("--jobs", type=_positive, metavar="N", help="processes side by side; default: 1")
    add("--limit", type=_positive, metavar="SECONDS", help="most CPU time that a fit may take")
    add("--cells", metavar="TEXT", help="only cells whose label contains this")
    add("--only", metavar="TEXT", help="only estimators whose name contains this")
    add("--again", metavar="TEXT", help="measure such estimators again")


def _add_command(
    commands: Any, name: str, summary: str, description: str
) -> argparse.ArgumentParser:
    """Add an empty subcommand whose description keeps its paragraphs."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    return parser


def _count(text: str) -> int:
    """Parse an integer that is not negative."""
    return _integer(text, 0)


def _positive(text: str) -> int:
    """Parse an integer that is at least 1."""
    return _integer(text, 1)


def _integer(text: str, minimum: int) -> int:
    """Parse an integer that is large enough."""
    try:
        number = int(text)
    except ValueError:
        number = minimum - 1
    if number < minimum:
        raise argparse.ArgumentTypeError(f"must be an integer of at least {minimum}, got {text!r}")
    return number


def _contamination(text: str) -> float | str:
    """Parse ``auto`` or a share."""
    if text == "auto":
        return text
    return _share(text, "be auto or lie")


def _alpha(text: str) -> float:
    """Parse a false-positive rate."""
    return _share(text, "lie")


def _share(text: str, may: str) -> float:
    """Parse a share of at most one half."""
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 < share <= 0.5:
        raise argparse.ArgumentTypeError(f"must {may} in (0, 0.5], got {text!r}")
    return share


def _columns(text: str) -> Sequence[str]:
    """Parse names between commas; a name with a comma may be quoted as in CSV."""
    names = [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]
    if not names or "" in names:
        raise argparse.ArgumentTypeError(f"must be names between commas, got {text!r}")
    if len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"must name each column once, got {text!r}")
    return names
