"""``robustgan benchmark``: run the benchmarks of a source checkout.

It knows where they may be. What they measure, and how they are kept, it leaves to them: they are
no part of the installed package, and run in a process of their own.
"""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

from robustgan.cli.errors import InputError

_ENTRY = Path("benchmarks", "__main__.py")


def run_benchmark(arguments: argparse.Namespace) -> int:
    """Run, list or show suites.

    Parameters
    ----------
    arguments : argparse.Namespace
        As the parser makes it.

    Returns
    -------
    status : int
        That of the benchmarks: 0, 2 for a name that none has, 130 after Ctrl-C.

    Raises
    ------
    InputError
        If there is no checkout.
    """
    root = _find(Path(arguments.path))
    path = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH", ""))))
    command = [sys.executable, "-m", "benchmarks", *_forwarded(arguments)]
    # The interpreter that runs this, and words that the parser has checked.
    with subprocess.Popen(  # noqa: S603
        command, env=os.environ | {"PYTHONPATH": path}
    ) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # On a terminal it was interrupted with us and is stopping its workers; else tell it.
            process.send_signal(signal.SIGINT)
            return process.wait()


def _find(place: Path) -> Path:
    """Return the root of the checkout that a path names, or is the benchmarks' folder of."""
    for root in (place.resolve(), place.resolve().parent):
        if (root / _ENTRY).is_file():
            return root
    raise InputError(
        f"there are no benchmarks in {place.resolve()}: they are not installed with the package. "
        "Run this in a checkout of its source, or name one with --path."
    )


def _forwarded(arguments: argparse.Namespace) -> list[str]:
    """Say the same to the benchmarks' own command line."""
    words: list[str] = list(arguments.names)
    for option in ("list", "quick", "tables", "readme"):
        words += [f"--{option}"] * getattr(arguments, option)
    for option in ("out", "jobs", "limit", "cells", "only", "again"):
        value = getattr(arguments, option)
        words += [] if value is None else [f"--{option}={value}"]
    return words
