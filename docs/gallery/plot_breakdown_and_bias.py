"""
What an estimator withstands
============================

Two questions to any estimator of a location: how many outliers can it bear before they carry it
away, and how far can a fifth of the rows pull it, wherever they are?
"""

# %%
# Breakdown
# ---------
#
# A growing share of two-dimensional normal rows is replaced by one point up to a million standard
# deviations away. The mean is lost with the first of them, the coordinate median holds out to one
# half, and Tukey's median to one third. MinCovDet is meant to hold out to one half; with
# so many copies of a point its search over random subsets does not always.

import matplotlib.pyplot as plt
from sklearn.covariance import EmpiricalCovariance, MinCovDet

from robustgan import (
    BiasCurveDisplay,
    BreakdownCurveDisplay,
    CoordinateMedian,
    TukeyMedian,
    bias_curve,
    breakdown_curve,
)
from robustgan.contamination import Gaussian

estimators = {
    "mean": EmpiricalCovariance(),
    "coordinate median": CoordinateMedian(),
    "Tukey's median": TukeyMedian(),
    "MinCovDet": MinCovDet(),
}
figure, ax = plt.subplots(figsize=(7, 5), layout="constrained")
for name, estimator in estimators.items():
    curve = breakdown_curve(
        estimator, Gaussian(2), n_samples=100, distances=[1e2, 1e6], n_seeds=2, random_state=0
    )
    BreakdownCurveDisplay.from_curve(curve, name=name, ax=ax)
plt.show()

# %%
# Bias
# ----
#
# The worst of several outlier laws at each distance, a point or as wide as the rows, along one
# feature or all. What is far is easy for MinCovDet; a near cluster, at two or three standard
# deviations, pulls it farther than a median. No single distance tells.

figure, ax = plt.subplots(figsize=(7, 5), layout="constrained")
for name, estimator in estimators.items():
    curve = bias_curve(
        estimator,
        Gaussian(2),
        n_samples=150,
        distances=[0, 0.5, 1, 2, 3, 5, 10, 100],
        spreads=[0.1, 1],
        directions=["axis", "diagonal"],
        n_clusters=[1],
        n_seeds=2,
        random_state=0,
    )
    BiasCurveDisplay.from_curve(curve, name=name, ax=ax)
    print(f"{name:<18} worst {curve.worst:6.2f} by {curve.worst_adversary}")
plt.show()
