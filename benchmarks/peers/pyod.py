"""PyOD's detectors, whose sign is the other way."""

from __future__ import annotations

import importlib

import numpy as np

from benchmarks.peers.peer import Array, Fitted, Peer, Told, one_by_one


def _peer(name: str) -> Peer:
    """Make a peer of one of its detectors."""

    def estimate(X: Array, told: Told) -> Fitted:
        detector = getattr(importlib.import_module(f"pyod.models.{name.lower()}"), name)()
        if hasattr(detector, "random_state"):
            detector.random_state = told.seed
        return Fitted(scores=-np.asarray(detector.fit(X).decision_scores_))

    return one_by_one(estimate)


PEERS = {"ECOD": _peer("ECOD"), "COPOD": _peer("COPOD"), "PyOD MCD": _peer("MCD")}
