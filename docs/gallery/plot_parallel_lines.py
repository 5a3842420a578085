r"""
Parallel lines
==============

The model is the data, moved sideways: two parallel segments at distance
:math:`|\theta|`. Every divergence of densities says that they are as far apart as can be, unless
they are one; the earth mover's distance says how far.
"""

# %%
# Distances as the line moves
# ---------------------------
#
# Both laws are uniform on a segment, here a grid of points. The lines share no point, so the
# Jensen-Shannon divergence is :math:`\log 2`, total variation one and Kullback-Leibler infinite,
# for every :math:`\theta` but zero: nothing to descend.

import matplotlib.pyplot as plt
import numpy as np

from robustgan.distances import earth_mover, jensen_shannon, total_variation

height = np.linspace(0, 1, 50)
thetas = np.linspace(-1, 1, 41)
thetas[20] = 0.0


def line(theta):
    """Return points on the segment at distance theta."""
    return np.column_stack([np.full_like(height, theta), height])


def on_common_points(X, Y):
    """Return the probabilities of two samples on all of their points."""
    points, which = np.unique(np.concatenate([X, Y]), axis=0, return_inverse=True)
    counts = np.zeros((2, len(points)))
    np.add.at(counts, (np.repeat([0, 1], [len(X), len(Y)]), which), 1)
    return counts / counts.sum(axis=1, keepdims=True)


wasserstein = [earth_mover(line(0), line(theta)).distance for theta in thetas]
divergence = [jensen_shannon(*on_common_points(line(0), line(theta))) for theta in thetas]
variation = [total_variation(*on_common_points(line(0), line(theta))) for theta in thetas]
print("largest error of W from |theta|:", np.abs(wasserstein - np.abs(thetas)).max().round(12))

# %%
# In a picture
# ------------

figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
left.plot(*line(0).T, "k", linewidth=3, label="data")
left.plot(*line(0.6).T, "0.6", linewidth=3, label="model, θ = 0.6")
left.set(xlim=(-0.4, 1), xlabel="first coordinate", ylabel="second coordinate")
left.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
right.plot(thetas, wasserstein, "k", label="Wasserstein")
apart = thetas != 0
for values, style, name in (
    (divergence, "--", "Jensen-Shannon"),
    (variation, ":", "total variation"),
):
    # The value at zero is a point of its own.
    broken = np.where(apart, values, np.nan)
    right.plot(thetas, broken, f"k{style}", label=name)
right.plot(0, 0, "ko", markersize=4)
right.set(xlabel="θ", ylabel="distance")
right.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=9)
plt.show()
