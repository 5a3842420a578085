"""
Covariance of correlated data with outliers
===========================================

Outliers beside a correlated bulk stretch its covariance matrix, and may hide the correlation.
:class:`robustgan.JSGANScatter` learns location and covariance together and leaves out the rows that
do not belong.
"""

# %%
# The sample
# ----------
#
# Five features whose neighbours have correlation 0.8, with a fifth of the rows in a cluster that
# lies across the direction of the correlation.

import matplotlib.pyplot as plt
import numpy as np

from robustgan import HuberModel, JSGANScatter, ToleranceEllipseDisplay
from robustgan.contamination import Gaussian, ShiftedGaussian

clean = Gaussian(5, "toeplitz", correlation=0.8)
cluster = ShiftedGaussian(5, [2.0, -2.0, 2.0, -2.0, 2.0], 0.3)
X, is_outlier = HuberModel(clean, cluster, contamination=0.2).sample(1000, rng=0)

scatter = JSGANScatter(random_state=0).fit(X)

# %%
# Error in operator norm, with that of the true inliers' covariance for comparison:

estimates = {
    "sample covariance": np.cov(X.T),
    "JSGANScatter": scatter.covariance_,
    "covariance of the true inliers": np.cov(X[~is_outlier].T),
}
for name, covariance in estimates.items():
    print(f"{name:<31} {np.linalg.norm(covariance - clean.covariance, ord=2):.2f}")

# %%
# Tolerance ellipses
# ------------------
#
# Those of the first two features. The classical one is off centre and nearly a circle: the cluster
# hides the correlation.

ToleranceEllipseDisplay.from_estimator(scatter, X, features=(0, 1))
plt.show()
