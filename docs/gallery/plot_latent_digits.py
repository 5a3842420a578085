"""
The plane of digits
===================

A variational autoencoder gives every image a code of two numbers, and every code an image. A grid
of codes is then a map of what it has learned, and a line between the codes of two images turns one
into the other.
"""

# %%
# The model
# ---------
#
# 8 x 8 digits, grey levels in [0, 1] taken for probabilities of ink. The code's law is standard
# normal, so a grid at equal steps of probability shows what samples look like.

import matplotlib.pyplot as plt
import numpy as np

from robustgan import VAE
from robustgan.contamination import load_images

digits = load_images("digits")
X, y = digits.data, digits.target
vae = VAE(
    latent_dim=2, hidden_units=(128, 64), likelihood="bernoulli", n_steps=2500, random_state=0
).fit(X)

# %%
# The map
# -------
#
# Left, the codes of the images, by digit; right, the decoded grid of the same plane.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.8), layout="constrained")
codes = vae.transform(X)
for digit in range(10):
    chosen = codes[y == digit][:60]
    left.plot(*chosen.T[::-1], " ", marker=f"${digit}$", markersize=6, color=f"C{digit}")
left.set(xlabel="second coordinate", ylabel="first coordinate", title="Codes of images")
left.set(xlim=(-3.2, 3.2), ylim=(3.2, -3.2))

grid = vae.manifold(15).reshape(15, 15, 8, 8)
right.imshow(grid.transpose(0, 2, 1, 3).reshape(120, 120), cmap="gray_r", vmin=0, vmax=1)
edges = [0, 60, 119]
right.set(title="Images of codes", xlabel="second coordinate", ylabel="first coordinate")
right.set_xticks(edges, ["-1.96", "0", "1.96"])
right.set_yticks(edges, ["-1.96", "0", "1.96"])
plt.show()

# %%
# From one image to another
# -------------------------
#
# Rows of the picture are pairs of different digits; the images between them are decoded from the
# line between their codes.

first = [np.flatnonzero(y == digit)[0] for digit in (0, 1, 4)]
last = [np.flatnonzero(y == digit)[0] for digit in (6, 7, 9)]
between = vae.interpolate(X[first], X[last], 9).reshape(3, 9, 8, 8)
strips = np.concatenate(
    [X[first].reshape(3, 1, 8, 8), between, X[last].reshape(3, 1, 8, 8)], axis=1
)
figure, axes = plt.subplots(3, 11, figsize=(9, 2.8), layout="constrained")
for ax, image in zip(axes.flat, strips.reshape(-1, 8, 8), strict=True):
    ax.imshow(image, cmap="gray_r", vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[])
axes[0, 0].set_title("image", fontsize="small")
axes[0, 5].set_title("decoded, from one code to the other", fontsize="small")
axes[0, 10].set_title("image", fontsize="small")
plt.show()
