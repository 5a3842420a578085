"""Rows in a CSV file whose header names, run by run, versions, machine and times.

A file is replaced as a whole after every task, so that an interruption costs one task at most.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.harness.suite import Row

PACKAGES = ("robustgan", "torch", "numpy", "scipy", "scikit-learn")
KEY = ("design", "n_samples", "n_features", "contamination", "estimator", "seed")
LAST = ("cpu_seconds", "device", "note", "session")
ROOT = Path(__file__).resolve().parents[2]
NOT_INSTALLED, NO_DEVICE = "not installed", "no such device"


class Results:
    """The rows of a suite, and the runs they come from.

    Parameters
    ----------
    path : Path
        The file; need not exist.
    packages : iterable of str
        Further packages to name the version of.
    """

    def __init__(self, path: Path, packages: Iterable[str] = ()) -> None:
        self.path = path
        self.rows: dict[tuple[str, ...], Row] = {}
        self.sessions: dict[str, str] = {}
        self._packages = (*PACKAGES, *packages)
        self._started = time.monotonic()
        self._session = ""
        if path.exists():
            self._read()

    def has(self, key: tuple[str, ...]) -> bool:
        """Tell whether a fit is there; what was not installed may be by now."""
        return key in self.rows and self.rows[key]["note"] not in {NOT_INSTALLED, NO_DEVICE}

    def add(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Keep rows and write the file; a row that is measured again takes its old place."""
        if not self._session:
            self._session = str(1 + max((int(s) for s in self.sessions), default=0))
            self._start = f"{describe(self._packages)}; {datetime.now(UTC):%Y-%m-%d %H:%MZ}"
        for row in rows:
            text = {name: as_text(value) for name, value in row.items()}
            text["session"] = self._session
            self.rows[key_of(text)] = text
        seconds = time.monotonic() - self._started
        self.sessions[self._session] = f"{self._start}, {seconds:.0f} s"
        self._write()

    def forget(self, text: str) -> None:
        """Drop the rows of estimators whose name contains a text, to be measured again."""
        self.rows = {k: row for k, row in self.rows.items() if text not in row["estimator"]}

    def _read(self) -> None:
        """Read the file, and files from before there was this harness."""
        old = []
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                if not line.startswith("#"):
                    break
                number, _, rest = line[1:].strip().partition(": ")
                if number.isdigit():
                    self.sessions[number] = rest
                else:
                    old.append(line[1:].strip())
        if old:
            self.sessions["1"] = ", ".join(old)
        for row in read_rows(self.path):
            self.rows[key_of(row)] = row

    def _write(self) -> None:
        """Replace the file, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".part")
        names = dict.fromkeys(name for row in self.rows.values() for name in row)
        measures = [name for name in names if name not in KEY + LAST]
        used = {row["session"] for row in self.rows.values()}
        with temporary.open("w", newline="", encoding="utf-8") as file:
            for number, text in self.sessions.items():
                if number in used:
                    file.write(f"# {number}: {text}\n")
            writer = csv.DictWriter(file, [*KEY, *measures, *LAST], restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows.values())
        os.replace(temporary, self.path)


class BusyError(RuntimeError):
    """Another run keeps its rows in the same file."""


@contextmanager
def sole_writer(path: Path) -> Iterator[None]:
    """Hold a file of rows, so that no two runs overwrite each other's; released when we end or die.

    Raises
    ------
    BusyError
        If another run holds it.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    with Path(tempfile.gettempdir(), f"robustgan-benchmark-{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(
                f"another run writes to {path}. Wait for it, or name another folder with --out."
            ) from error
        yield


def read_rows(path: Path) -> list[Row]:
    """Read a file of rows; columns that older files lack get what held for them."""
    usual = {"contamination": "0.2", "cpu_seconds": "", "device": "cpu", "note": "", "session": "1"}
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(line for line in file if not line.startswith("#"))
        return [usual | row for row in reader]


def key_of(row: Row) -> tuple[str, ...]:
    """Identify a fit."""
    return tuple(row[name] for name in KEY)


def as_text(value: object) -> str:
    """Print a value; six digits of a float."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def describe(packages: Iterable[str]) -> str:
    """Name versions and machine."""
    versions = [f"{package} {version_of(package)}" for package in packages]
    versions[0] += commit()
    threads = os.environ.get("OMP_NUM_THREADS", "1")
    machine = f"python {platform.python_version()}, {processor()}, {threads} thread(s) a fit"
    return ", ".join([*versions, machine])


def version_of(package: str) -> str:
    """Return the version of a package that need not be installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return NOT_INSTALLED


def commit() -> str:
    """Return the commit that is checked out, in brackets; empty where there is none."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return f" ({done.stdout.strip()})" if done.returncode == 0 else ""


def processor() -> str:
    """Name the processor."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
