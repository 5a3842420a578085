"""R's robustbase and rrcov, where ``Rscript`` is on the path or RSCRIPT names it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.peers.elsewhere import FOLDER, interpreter, run
from benchmarks.peers.peer import Array, Fitted, Peer, Told, one_by_one

NAMES = ("covMcd", "covOGK", "CovSest", "CovMMest")


def _peer(name: str) -> Peer:
    """Make a peer of one of its functions; rows go there and fits come back as raw doubles."""

    def estimate(X: Array, told: Told) -> Fitted:
        rscript = interpreter("RSCRIPT", "Rscript")
        n, p = X.shape
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "X.bin"), Path(folder, "fit.bin")
            # R keeps matrices column by column.
            source.write_bytes(np.asfortranarray(X, dtype="<f8").tobytes(order="F"))
            run(
                [rscript, "--vanilla", FOLDER / "r_process.R", name, str(n), str(p), source, target]
            )
            values = np.frombuffer(target.read_bytes(), dtype="<f8")
        return Fitted(values[:p].copy(), values[p:].reshape(p, p).copy())

    return one_by_one(estimate)


PEERS = {f"R {name}": _peer(name) for name in NAMES}
