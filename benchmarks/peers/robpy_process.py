"""Fit one of RobPy's estimators, in an environment of its own, whose pins differ from ours.

``python -I robpy_process.py NAME X.npy OUT.npz`` writes ``location`` and ``covariance``.
"""

import sys

import numpy as np
from robpy import covariance


def main() -> None:
    """Fit and write."""
    name, source, target = sys.argv[1:]
    X = np.load(source)
    fitted = getattr(covariance, name)().fit(X)
    location = getattr(fitted, "location_", None)
    if location is None:
        location = np.median(X, axis=0)
    np.savez(target, location=location, covariance=fitted.covariance_)


if __name__ == "__main__":
    main()
