"""
Halfspace depth of one sample and of two
========================================

The halfspace depth of a point is the smallest share of rows on one side of a line through it. Its
contours show the middle of a sample and its shape, without a law and without a covariance.
"""

# %%
# Contours
# --------
#
# A fifth of the rows is a cluster at five standard deviations. Tukey's median, the deepest point,
# stays with the others, and so do the inner contours.

import matplotlib.pyplot as plt
import numpy as np

from robustgan import DDPlotDisplay, DepthContourDisplay, TukeyMedian, design

X, is_outlier = design("shift5", n_features=2).sample(300, rng=0)
median = TukeyMedian().fit(X)
figure, ax = plt.subplots(figsize=(7, 5.5), layout="constrained")
DepthContourDisplay.from_estimator(median, X, ax=ax)
plt.show()

# %%
# Two samples
# -----------
#
# Each row by its depth in both samples. Rows of one law lie about the diagonal, on the left. On the
# right the second sample is moved by one standard deviation: rows that are deep in one are not in
# the other.

rng = np.random.default_rng(0)
first, second = rng.normal(size=(2, 200, 2))
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")
DDPlotDisplay.from_samples(first, second, ax=left)
left.set_title("DD-plot of two samples of one law")
DDPlotDisplay.from_samples(first, second + np.array([1.0, 0.0]), ax=right)
right.set_title("DD-plot after a shift of 1")
plt.show()
