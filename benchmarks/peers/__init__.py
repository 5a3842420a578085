"""Everything that is compared, a family a file, by the name under which it is reported.

Libraries are imported when they are asked to fit: one that is not installed raises ImportError
then, and gets a row that says so.
"""

from benchmarks.peers import (
    data_depth,
    gradient,
    medians,
    ours,
    published,
    pyod,
    que,
    r,
    robpy,
    robustcov,
    scikit_learn,
    spectral,
    statsmodels,
)
from benchmarks.peers.peer import Fitted, Peer, Told

_FAMILIES = (
    ours, medians, published, scikit_learn, statsmodels, robpy, robustcov, r, pyod, data_depth,
    spectral, que, gradient,
)  # fmt: skip
PEERS: dict[str, Peer] = {name: peer for f in _FAMILIES for name, peer in f.PEERS.items()}


def find(name: str) -> Peer:
    """Return a peer by its name; ``ours.setting`` makes those with a setting in their name."""
    return PEERS[name] if name in PEERS else ours.setting(name)


def together(name: str) -> bool:
    """Tell whether a peer takes all seeds of a cell at once."""
    return find(name).together


__all__ = ["PEERS", "Fitted", "Peer", "Told", "find", "together"]
