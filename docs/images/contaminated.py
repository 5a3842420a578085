"""Draw the README's picture: a fifth of the rows comes from elsewhere, and pulls the mean.

Run it from the root of the repository: ``python docs/images/contaminated.py``.
"""

import argparse
from pathlib import Path

import numpy as np

import robustgan
from robustgan.contamination import Gaussian, HuberModel, ShiftedGaussian
from robustgan.plots import fit_picture

OUT = Path(__file__).with_suffix(".png")


def main() -> None:
    """Draw 2,000 rows with a cluster 4.5 standard deviations away, and their robust fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--estimator", default="JSGANMean", help="default: %(default)s")
    estimator = getattr(robustgan, parser.parse_args().estimator)()
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=0)
    outliers = ShiftedGaussian(2, np.array([4.0, 2.0]), 0.3)
    model = HuberModel(Gaussian(2), outliers, contamination=0.2)
    X, _ = model.sample(2000, rng=0)
    fit_picture(estimator.fit(X), X, feature_names=["x1", "x2"]).savefig(OUT, dpi=110)


if __name__ == "__main__":
    main()
