"""Depths of the package data-depth, by random projections: the deeper, the more normal."""

from __future__ import annotations

import importlib

import numpy as np

from benchmarks.peers.peer import Array, Fitted, Peer, Told, one_by_one

N_DIRECTIONS = 1_000


def _peer(name: str) -> Peer:
    """Make a peer of one of its depths; the deepest row is its location."""

    def estimate(X: Array, told: Told) -> Fitted:
        depth = getattr(importlib.import_module("depth.multivariate"), name)
        depths = np.asarray(depth(X, X, NRandom=N_DIRECTIONS))
        return Fitted(location=X[np.argmax(depths)], scores=depths)

    return one_by_one(estimate)


PEERS = {f"data-depth {name}": _peer(name) for name in ("halfspace", "projection")}
