"""
The other half of a digit
=========================

A regression answers with something between all that may be. A discriminator that knows what images
look like does not let that pass: ``Pix2Pix`` learns from pairs to draw one image given another.
"""

# %%
# Pairs
# -----
#
# The left half of a digit, and the whole. Both models have the same generator; the regression
# descends absolute errors alone.

import matplotlib.pyplot as plt
import numpy as np

from robustgan import Pix2Pix
from robustgan.contamination import load_images

y = load_images("digits").images
X = y.copy()
X[..., 4:] = 0
train, test = slice(0, 1500), slice(1500, None)
settings = {"n_channels": 8, "n_steps": 600, "random_state": 0}
models = {
    "regression": Pix2Pix(**settings, adversarial_weight=0.0),
    "game": Pix2Pix(**settings, reconstruction_weight=10.0),
}
for model in models.values():
    model.fit(X[train], y[train])
drawn = {name: model.transform(X[test]) for name, model in models.items()}

# %%
# What is nearer, and what is sharper
# -----------------------------------
#
# Contrast is the mean absolute difference of neighbouring pixels of the half that was not seen.


def contrast(images):
    """Return the mean absolute difference of neighbours in the right half."""
    right = images[..., 4:]
    return np.abs(np.diff(right, axis=-1)).mean() + np.abs(np.diff(right, axis=-2)).mean()


for name, images in drawn.items():
    print(
        f"{name:10}  error {np.abs(images - y[test]).mean():.3f}  contrast {contrast(images):.3f}"
    )
print(f"{'truth':10}  error 0.000  contrast {contrast(y[test]):.3f}")

rows = {"seen": X[test], **drawn, "truth": y[test]}
chosen = range(0, 280, 20)
figure, axes = plt.subplots(4, len(chosen), figsize=(9, 2.8), layout="constrained")
for row, (title, images) in zip(axes, rows.items(), strict=True):
    for ax, i in zip(row, chosen, strict=True):
        ax.imshow(images[i, 0], cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    row[0].set_ylabel(title, rotation=0, ha="right", va="center")
plt.show()
