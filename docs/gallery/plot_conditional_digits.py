"""
Digits that are asked for
=========================

A generator that is told a class beside its noise draws of that class; a discriminator that is told
the same judges whether image and class belong together.
"""

# %%
# The model
# ---------
#
# 8 x 8 digits. The condition is whatever ``y`` holds, here the digits themselves.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from robustgan import ConditionalGAN
from robustgan.contamination import load_images

digits = load_images("digits")
gan = ConditionalGAN(
    latent_dim=16,
    hidden_units=(128, 128),
    penalty="r1",
    annealing=0.5,
    n_steps=2000,
    scale="range",
    random_state=0,
).fit(digits.data, digits.target)

# %%
# Ten draws of each class
# -----------------------
#
# Above, how many of 200 draws of a class a nearest-neighbour classifier of the data takes for it.

asked = np.repeat(gan.classes_, 200)
draws = gan.sample(len(asked), y=asked, random_state=0)
found = KNeighborsClassifier(1).fit(digits.data, digits.target).predict(draws)

figure, axes = plt.subplots(10, 10, figsize=(6, 6.4), layout="constrained")
for digit in gan.classes_:
    for ax, image in zip(axes[:, digit], draws[asked == digit], strict=False):
        ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    right = np.mean(found[asked == digit] == digit)
    axes[0, digit].set_title(f"{digit}\n{right:.0%}", fontsize="small")
plt.show()
