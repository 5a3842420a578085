"""
Coarse to fine
==============

An image is a smaller image and details. ``LaplacianPyramidGAN`` learns both by games of their own:
a perceptron draws the small image, convolutions the details of an image given its coarse half.
"""

# %%
# The pyramid of the data
# -----------------------
#
# Digits of 8 x 8 pixels are digits of 4 x 4, doubled, and details that have mean zero in every
# 2 x 2 pixels.

import matplotlib.pyplot as plt
import numpy as np

from robustgan import LaplacianPyramidGAN
from robustgan.contamination import load_images

X = load_images("digits").images
model = LaplacianPyramidGAN(n_steps=1000, n_channels=8, random_state=0).fit(X)


def show(images, titles):
    """Draw a digit a column: its coarse half, its details, and itself."""
    details, coarse = model.decompose(images)
    _, axes = plt.subplots(3, len(images), figsize=(9, 3), layout="constrained")
    shown = zip(axes, (coarse, details, 2 * images - 1), titles, strict=True)
    for row, pictures, title in shown:
        for ax, picture in zip(row, pictures, strict=True):
            ax.imshow(picture[0], cmap="gray_r", vmin=-1, vmax=1)
            ax.set(xticks=[], yticks=[])
        row[0].set_ylabel(title, rotation=0, ha="right", va="center")
    plt.show()


show(X[:10], ("4 x 4", "details", "digit"))

# %%
# What is drawn
# -------------
#
# The coarse image first, then details that suit it. A finer level cannot change the means of the
# coarser one.

draws = model.sample(10, random_state=0)
show(draws, ("drawn first", "then", "together"))

# %%
# Both levels score an image. If scores are log density ratios, that of the details given the coarse
# image, and that of the coarse image, add up to that of the whole.

total = model.discriminate(X)
parts = [model.discriminate(X, level=k) for k in range(model.n_levels_)]
print("largest difference of sum and parts:", np.abs(total - sum(parts)).max().round(5))
