"""Fits in another interpreter: packages whose pins differ from ours, or another language."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.peers.peer import Array, Fitted

FOLDER = Path(__file__).parent


def interpreter(variable: str, default: str = "") -> str:
    """Return the interpreter that a variable of the environment names, or one on the path.

    Raises
    ------
    ImportError
        If there is none, so that the peer counts as not installed.
    """
    found = os.environ.get(variable) or (shutil.which(default) if default else None)
    if found is None:
        raise ImportError(f"{variable} does not name an interpreter.")
    return found


def fit_elsewhere(command: Sequence[str | Path], X: Array) -> Fitted:
    """Write rows, run ``command X.npy OUT.npz`` and read location and covariance.

    Raises
    ------
    ImportError
        If the other interpreter lacks the package.
    RuntimeError
        If the process fails, with the last line it wrote.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "X.npy"), Path(folder, "fit.npz")
        np.save(source, X)
        run([*command, source, target])
        fitted = np.load(target)
        return Fitted(fitted["location"], fitted["covariance"])


def run(command: Sequence[str | Path]) -> None:
    """Run a process, or raise what it died of."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
        missing = "ModuleNotFoundError" in last or "there is no package" in done.stderr
        raise ImportError(last) if missing else RuntimeError(last)
