"""robustcov's covariances; it needs Python 3.12, so ROBUSTCOV_PYTHON may name an interpreter."""

from __future__ import annotations

import importlib
import os

from benchmarks.peers.elsewhere import FOLDER, fit_elsewhere, interpreter
from benchmarks.peers.peer import Array, Fitted, Peer, Told, one_by_one

NAMES = ("FastMCD", "DetS", "DetMM", "MRCD")


def _peer(name: str) -> Peer:
    """Make a peer of one of its estimators."""

    def estimate(X: Array, told: Told) -> Fitted:
        if "ROBUSTCOV_PYTHON" in os.environ:
            script = FOLDER / "robustcov_process.py"
            return fit_elsewhere([interpreter("ROBUSTCOV_PYTHON"), "-I", script, name], X)
        fitted = getattr(importlib.import_module("robustcov"), name)().fit(X)
        return Fitted(fitted.location_, fitted.covariance_)

    return one_by_one(estimate)


PEERS = {f"robustcov {name}": _peer(name) for name in NAMES}
