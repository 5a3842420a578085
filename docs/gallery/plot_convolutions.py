"""
Digits by convolutions
======================

The generator doubles a small image of features by transposed convolutions, the discriminator halves
an image by strided ones, and both normalise what they see by batches: ``DCGAN``.
"""

# %%
# A short training
# ----------------
#
# Handwritten digits of 8 x 8 pixels. The networks follow from the shape of an image.

import matplotlib.pyplot as plt
import numpy as np

from robustgan import DCGAN, SampleDisplay
from robustgan.contamination import load_images
from robustgan.diagnostics import interpolate, nearest_neighbours

X = load_images("digits").images
model = DCGAN(n_channels=8, n_steps=1200, learning_rate=2e-3, annealing=0.5, random_state=0).fit(X)

# %%
# Draws, and whether they are copies
# ----------------------------------
#
# Below each draw the digit of the data that is nearest to it. Copies would agree pixel by pixel.

draws = model.sample(16, random_state=1)
_, index = nearest_neighbours(draws, X)
figure, axes = plt.subplots(2, 16, figsize=(10, 1.6), layout="constrained")
for row, title, shown in zip(axes, ("draw", "nearest"), (draws, X[index[:, 0]]), strict=True):
    for ax, image in zip(row, shown, strict=True):
        ax.imshow(image[0], cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    row[0].set_ylabel(title, rotation=0, ha="right", va="center")
plt.show()

# %%
# Between two draws
# -----------------
#
# Noise that moves from one point to another on a sphere; each row is one such way.

rng = np.random.default_rng(0)
ends = rng.normal(size=(8, 2, model.latent_dim))
ways = [interpolate(a, b, 8) for a, b in ends]
figure, ax = plt.subplots(figsize=(5, 5), layout="constrained")
SampleDisplay(
    model.generate(np.concatenate(ways)), name="images, a row from one draw to another"
).plot(ax=ax)
plt.show()
