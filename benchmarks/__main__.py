"""The command line of the benchmarks: ``python -m benchmarks NAME [--quick]``."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import headline, suites
from benchmarks.harness.running import run
from benchmarks.harness.storage import ROOT, BusyError, Results, read_rows, sole_writer
from benchmarks.harness.suite import Block, Suite

COMMITTED = ROOT / "benchmarks" / "results"
# Not committed: what git ignores at the root.
QUICK = ROOT / "results" / "benchmarks"
ALL = "all"


def main(argv: Sequence[str] | None = None) -> int:
    """Run, or show, suites; return 0, 2 for a name that no suite has, 130 after Ctrl-C."""
    arguments = build_parser().parse_args(argv)
    known = suites.names()
    if arguments.list:
        for name in known:
            print(f"{name:20} {suites.load(name).question}")
        return 0
    if arguments.readme:
        readme = ROOT / "README.md"
        text = headline.rewrite(readme.read_text(encoding="utf-8"), COMMITTED)
        readme.write_text(text, encoding="utf-8")
        return 0
    unknown = [name for name in arguments.names if name not in {*known, ALL}]
    if unknown or not arguments.names:
        what = (
            f"NAME must be one of {', '.join(known)} or {ALL}, got {', '.join(unknown) or 'none'}."
        )
        print(f"robustgan: {what}", file=sys.stderr)
        return 2
    # Stopped politely, it stops its workers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        for name in known if ALL in arguments.names else arguments.names:
            perform(suites.load(name), arguments)
    except BusyError as error:
        print(f"robustgan: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Build the parser."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help=f"suites, or {ALL}")
    add("--list", action="store_true", help="say which suites there are")
    add("--readme", action="store_true", help="only put the committed rows into README.md")
    add("--quick", action="store_true", help="a small part, in half a minute a suite")
    add(
        "--tables",
        action="store_true",
        help="only make tables and figures, from the rows there are",
    )
    add(
        "--out",
        type=Path,
        help="folder of the results; default: benchmarks/results, --quick: results",
    )
    add("--jobs", type=int, default=1, help="processes side by side; default: %(default)s")
    add(
        "--limit",
        type=float,
        help="CPU seconds that a fit may take; default: 600, with --quick 120",
    )
    add("--cells", default="", help="only cells whose label contains this")
    add("--only", default="", help="only estimators whose name contains this")
    add("--again", default="", help="measure estimators whose name contains this again")
    return parser


def perform(suite: Suite, arguments: argparse.Namespace) -> None:
    """Run what a suite lacks, and write its tables and its figure."""
    folder = arguments.out or (QUICK if arguments.quick else COMMITTED)
    path = folder / f"{suite.name}.csv"
    # The committed rows may be shown elsewhere.
    if arguments.tables and not path.exists():
        path = COMMITTED / path.name
    if not arguments.tables:
        with sole_writer(path):
            measure(suite, path, arguments)
    if path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        show(suite, path, folder)


def measure(suite: Suite, path: Path, arguments: argparse.Namespace) -> None:
    """Run what a file lacks."""
    results = Results(path, suite.packages)
    if arguments.again:
        results.forget(arguments.again)
    blocks = chosen(suite.quick if arguments.quick else suite.blocks, arguments)
    limit = arguments.limit or (120 if arguments.quick else 600)
    start = time.monotonic()
    console = Console(stderr=True)
    n_tasks = run(suite, blocks, results, limit=limit, n_jobs=arguments.jobs, console=console)
    seconds = time.monotonic() - start
    print(f"{suite.name}: {n_tasks} tasks in {seconds:.0f} s, kept in {path}", flush=True)


def chosen(blocks: Sequence[Block], arguments: argparse.Namespace) -> list[Block]:
    """Leave out the cells and estimators that are not asked for."""
    return [
        Block(
            tuple(cell for cell in block.cells if arguments.cells in cell.label),
            tuple(name for name in block.estimators if arguments.only in name),
            block.seeds,
        )
        for block in blocks
    ]


def show(suite: Suite, path: Path, folder: Path) -> None:
    """Make tables and figure from a file of rows, in the order of the suite's cells."""
    rows = in_order(suite, read_rows(path))
    for ending, tabulate in suite.tables.items():
        target = folder / f"{suite.name}{ending}.md"
        target.write_text(tabulate(rows), encoding="utf-8")
    if suite.draw is not None:
        suite.draw(rows, folder / f"{suite.name}.png")


def in_order(suite: Suite, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Sort rows by cell and estimator as the suite lists them; others come last, as they are."""
    blocks = (*suite.blocks, *suite.quick)
    cells = list(dict.fromkeys(cell.key for block in blocks for cell in block.cells))
    names = list(dict.fromkeys(name for block in blocks for name in block.estimators))
    place = {key: i for i, key in enumerate(cells)}
    rank = {name: i for i, name in enumerate(names)}

    def order(row: dict[str, str]) -> tuple[int, int]:
        cell = row["design"], row["n_samples"], row["n_features"], row["contamination"]
        name = row["estimator"]
        stem = name.rpartition(", ")[0] if name not in rank else name
        return place.get(cell, len(place)), rank.get(stem, len(rank))

    return sorted(rows, key=order)


if __name__ == "__main__":
    sys.exit(main())
