"""
A near cluster pulls the mean
=============================

A fifth of the rows form a cluster of their own, one standard deviation off in each of ten
features. No single feature shows them, and every estimator that looks at features one by one, or
at distances from the middle, follows them part of the way.
"""

# %%
# The sample
# ----------
#
# A named design of :func:`robustgan.design`: clean rows from :math:`N(0, I)`, a fifth from
# :math:`N(1, I)`. It also says which rows are which; the estimators are not told.

import matplotlib.pyplot as plt
import numpy as np

from robustgan import CoordinateMedian, JSGANMean, LocationDisplay, design

X, is_outlier = design("shift1", n_features=10).sample(1000, rng=0)

# %%
# Three estimates
# ---------------
#
# The truth is zero. The error of the mean of the true inliers is what could be had if somebody
# marked the outliers.

mean = JSGANMean(random_state=0).fit(X)
estimates = {
    "mean": X.mean(axis=0),
    "coordinate median": CoordinateMedian().fit(X).location_,
    "JSGANMean": mean.location_,
    "mean of the true inliers": X[~is_outlier].mean(axis=0),
}
for name, location in estimates.items():
    print(f"{name:<25} {np.linalg.norm(location):.2f}")

# %%
# In a picture
# ------------
#
# The two features in which the mean is pulled most. The rows that the discriminator calls
# outlying overlap with the others here: it is ten features that tell them apart.

figure, ax = plt.subplots(figsize=(7, 5.5), layout="constrained")
display = LocationDisplay.from_estimator(mean, X, ax=ax)
for line in (ax.axhline, ax.axvline):
    line(0, color="black", linestyle=":", linewidth=1, zorder=3)
ax.plot([], [], ":k", linewidth=1, label="truth, where the lines cross")
ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, frameon=False)
ax.set_title("Mean, median and robust location of rows with a near cluster")
plt.show()
