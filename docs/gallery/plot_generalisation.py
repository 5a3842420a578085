r"""
Which distances generalise
==========================

A sample of Gaussian rows against the law it comes from. Jensen-Shannon's divergence is
:math:`\log 2` whatever the size of the sample, and in many dimensions the earth mover's distance
does not see any better that they belong together. Discriminators of few parameters do.
"""

# %%
# Jensen-Shannon and Wasserstein
# ------------------------------
#
# The law is :math:`N(0, I / d)`, whose rows have length one. A sample is a discrete law and shares
# no mass with a density: the divergence is :math:`\log 2`, exactly. Moving the law onto the sample
# takes every row at least to its nearest neighbour in the sample, so the mean distance to the
# nearest neighbour is a lower bound of :math:`W_1`; between two samples it is larger still.

import matplotlib.pyplot as plt
import numpy as np
from scipy.spatial import cKDTree

from robustgan.diagnostics import Training, generalization_gap
from robustgan.distances import earth_mover

rng = np.random.default_rng(0)
dimensions = np.array([2, 5, 10, 20, 50, 100, 200, 500])
n_rows = 400
least, between = [], []
for d in dimensions:
    sample, other = rng.normal(size=(2, n_rows, d)) / np.sqrt(d)
    nearest, _ = cKDTree(sample).query(other)
    least.append(nearest.mean())
    between.append(earth_mover(sample, other).distance)
for d, value in zip(dimensions, least, strict=True):
    print(f"d = {d:<4} W to the law is at least {value:.2f}")

# %%
# The distance that networks see
# ------------------------------
#
# Discriminators are trained to tell two samples of the same law in 50 dimensions apart. What they
# see beyond the truth, zero, shrinks with the rows, and grows with their parameters.

d = 50
sizes = [50, 200, 800, 3200]
found = generalization_gap(
    lambda n, rng: rng.normal(size=(n, d)) / np.sqrt(d),
    sizes,
    networks=[(), (2,), (10,)],
    n_repeats=2,
    n_test=4000,
    training=Training(n_search=8, n_settle=4),
    random_state=0,
)

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
left.semilogx(dimensions, between, "k-o", markersize=4, label="W, between two samples")
left.semilogx(dimensions, least, "k--s", markersize=4, label="W, lower bound, to the law")
left.axhline(np.log(2), color="0.6", linestyle=":", label="Jensen-Shannon to the law, log 2")
left.axhline(1.1, color="0.8", linewidth=1, label="1.1")
left.set(
    xlabel="dimension d", ylabel="distance", title=f"{n_rows} rows of N(0, I / d)", ylim=(0, 1.6)
)
left.legend(frameon=False, fontsize=9, loc="lower right")
for n_parameters, gap, style in zip(
    found.n_parameters, found.gap, ("-o", "--s", ":^"), strict=True
):
    right.loglog(sizes, gap, f"k{style}", markersize=4, label=f"{n_parameters} parameters")
right.loglog(sizes, 4 / np.sqrt(sizes), color="0.7", label="slope of 1 / √m")
right.set(
    xlabel="rows m of each sample",
    ylabel="seen beyond the truth, at most 1",
    title=f"Networks, d = {d}",
)
right.legend(frameon=False, fontsize=9)
plt.show()
