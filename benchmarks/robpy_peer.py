"""Fit one of RobPy's estimators, in an environment of its own, whose pins differ from ours.

``python robpy_peer.py NAME X.npy OUT.npz`` writes ``location``, ``covariance`` and CPU ``seconds``.
`scatter_error.py` calls it with the interpreter that the variable ``ROBPY_PYTHON`` names.
"""

import sys
import time

import numpy as np
from robpy import covariance


def main() -> None:
    """Fit and write."""
    name, source, target = sys.argv[1:]
    X = np.load(source)
    start = time.process_time()
    fitted = getattr(covariance, name)().fit(X)
    seconds = time.process_time() - start
    location = getattr(fitted, "location_", None)
    if location is None:
        location = np.median(X, axis=0)
    np.savez(target, location=location, covariance=fitted.covariance_, seconds=seconds)


if __name__ == "__main__":
    main()
