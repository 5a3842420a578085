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
from matplotlib.patches import Ellipse
from scipy.stats import chi2

from robustgan import HuberModel, JSGANScatter
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
# Ellipses that hold 95 % of a Gaussian law
# -----------------------------------------
#
# Those of the first two features. The classical one is off centre and nearly a circle: the cluster
# hides the correlation.


def ellipse(location, covariance, **style):
    """Outline 95 % of a Gaussian law of two features."""
    variances, axes = np.linalg.eigh(covariance)
    lengths = 2 * np.sqrt(variances * chi2.ppf(0.95, df=2))
    angle = np.degrees(np.arctan2(axes[1, 0], axes[0, 0]))
    return Ellipse(location, *lengths, angle=angle, fill=False, linewidth=2, **style)


figure, ax = plt.subplots(figsize=(7.5, 6), layout="constrained")
ax.plot(*X[~is_outlier, :2].T, "o", color="0.6", mfc="none", ms=4, label="clean rows")
ax.plot(*X[is_outlier, :2].T, "x", color="tab:red", ms=5, label="outliers")
laws = (
    (np.zeros(5), clean.covariance, {"label": "truth", "color": "0.3", "linestyle": ":"}),
    (X.mean(axis=0), np.cov(X.T), {"label": "classical", "color": "tab:orange", "ls": "--"}),
    (scatter.location_, scatter.covariance_, {"label": "JSGANScatter", "color": "tab:blue"}),
)
for location, covariance, style in laws:
    ax.add_patch(ellipse(location[:2], covariance[:2, :2], **style))
ax.set(xlabel="feature 1", ylabel="feature 2", aspect="equal", title="95 % ellipses")
figure.legend(loc="outside lower center", ncols=5, frameon=False)
plt.show()
