"""
Classes that nobody named
=========================

A generator is given a category beside its noise, and a discriminator must tell from the draws which
one it was. Both gain if the categories are different things. No label is seen.
"""

# %%
# The model
# ---------
#
# 8 x 8 digits. That small moves of an image change nothing of what it shows is all that is said of
# the classes.

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import linear_sum_assignment

from robustgan import InfoGAN
from robustgan.contamination import load_images
from robustgan.objectives import Clustering, ImageMoves

digits = load_images("digits")
X, y = digits.data, digits.target
gan = InfoGAN(
    n_categories=10,
    clustering=Clustering(ImageMoves(shape=(1, 8, 8)), information=1.0, invariance=10.0),
    latent_dim=8,
    hidden_units=(128, 128),
    penalty="r1",
    annealing=0.5,
    n_steps=1500,
    scale="range",
    random_state=0,
).fit(X)

# %%
# Categories and digits
# ---------------------
#
# Left, draws, a category a column, under the digit that it agrees with best. Middle, how many
# images of a digit are given to a category. Right, the bound on the mutual information of
# categories and draws. Draws of one category differ little: the perceptrons are small.

categories = gan.encode(X)[0][:, 0]
table = np.zeros((10, 10), dtype=int)
np.add.at(table, (y, categories), 1)
order = linear_sum_assignment(-table)[1]
agreement = table[np.arange(10), order].sum() / len(y)

figure = plt.figure(figsize=(11, 3.6), layout="constrained")
pictures, charts = figure.subfigures(1, 2, width_ratios=[1, 1.9])
axes = pictures.subplots(6, 10)
for digit, category in enumerate(order):
    draws = gan.sample(6, categories=category, random_state=0)
    for ax, image in zip(axes[:, digit], draws, strict=True):
        ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    axes[0, digit].set_title(digit, fontsize="small")
middle, right = charts.subplots(1, 2)
middle.imshow(table[:, order], cmap="gray_r")
middle.set(xlabel="category", ylabel="digit", title=f"agreement {agreement:.0%}")
middle.set(xticks=range(10), yticks=range(10))
middle.set_xticklabels(order)
bound = gan.history_.tracked[:, 0]
right.plot(100 * np.arange(1, len(bound) + 1), bound, color="black", label="bound")
right.axhline(np.log(10), color="0.5", linestyle="--", label="entropy of ten categories")
right.set(xlabel="step", ylabel="mutual information (nats)")
right.legend(fontsize="small")
plt.show()
