"""
Translation without pairs
=========================

Some digits are white on black, others black on white, and no digit is there in both ways. Two
generators that have to deceive a discriminator of each kind, and to undo each other, find the map:
``CycleGAN``.
"""

# %%
# Two kinds of images
# -------------------
#
# The first 900 digits as they are, the others inverted.

import matplotlib.pyplot as plt
import numpy as np

from robustgan import CycleGAN
from robustgan.contamination import load_images

images = load_images("digits").images
X, y = images[:900], 1 - images[900:]
model = CycleGAN(n_channels=8, batch_size=16, n_steps=400, random_state=0).fit(X, y)

# %%
# There and back
# --------------
#
# The map that is meant is not known to the model, but to us.

there = model.transform(X)
back = model.inverse_transform(there)
rows = {"digit": X, "there": there, "truth": 1 - X, "and back": back}
figure, axes = plt.subplots(4, 12, figsize=(9, 3.2), layout="constrained")
for row, (title, shown) in zip(axes, rows.items(), strict=True):
    for ax, image in zip(row, shown, strict=False):
        ax.imshow(image[0], cmap="gray", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    row[0].set_ylabel(title, rotation=0, ha="right", va="center")
plt.show()

print(f"mean absolute error there {np.abs(there - (1 - X)).mean():.3f},")
print(f"and after the way back {np.abs(back - X).mean():.3f}, of grey levels in [0, 1]")
