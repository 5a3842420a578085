"""RobPy's covariances, in the interpreter that the variable ROBPY_PYTHON names."""

from __future__ import annotations

from benchmarks.peers.elsewhere import FOLDER, fit_elsewhere, interpreter
from benchmarks.peers.peer import Array, Fitted, Peer, Told, one_by_one

NAMES = ("DetMCD", "FastMCD", "OGK", "KendallTau", "WrappingCovariance")


def _peer(name: str) -> Peer:
    """Make a peer of one of its estimators."""

    def estimate(X: Array, told: Told) -> Fitted:
        # Isolated, so that it does not take the files of this folder for the packages they name.
        command = [interpreter("ROBPY_PYTHON"), "-I", FOLDER / "robpy_process.py", name]
        return fit_elsewhere(command, X)

    return one_by_one(estimate)


PEERS = {f"RobPy {name}": _peer(name) for name in NAMES}
