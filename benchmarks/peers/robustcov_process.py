"""Fit one of robustcov's estimators, in an environment of its own, whose pins differ from ours.

``python -I robustcov_process.py NAME X.npy OUT.npz`` writes ``location`` and ``covariance``.
"""

import sys

import numpy as np
import robustcov


def main() -> None:
    """Fit and write."""
    name, source, target = sys.argv[1:]
    X = np.load(source)
    fitted = getattr(robustcov, name)().fit(X)
    location = getattr(fitted, "location_", None)
    if location is None:
        location = np.median(X, axis=0)
    np.savez(target, location=location, covariance=fitted.covariance_)


if __name__ == "__main__":
    main()
