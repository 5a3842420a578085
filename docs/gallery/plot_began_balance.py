"""
A game that says when it is done
================================

The losses of a game say little about its course. Where an autoencoder is the discriminator and is
kept in balance with the generator, one number falls as the game converges.
"""

# %%
# Three ratios
# ------------
#
# ``diversity`` is the error of generated rows over that of real ones at which the balance aims.

import matplotlib.pyplot as plt
import numpy as np

from robustgan import BEGAN
from robustgan.contamination import load_images

X = load_images("digits").data
models = {
    diversity: BEGAN(
        diversity=diversity,
        gain=0.01,
        latent_dim=16,
        hidden_units=(128,),
        n_steps=1000,
        steps_per_epoch=25,
        scale="range",
        random_state=0,
    ).fit(X)
    for diversity in (0.5, 0.7, 0.9)
}

# %%
# Convergence, balance and draws
# ------------------------------
#
# Left, the paper's measure; in the middle, the weight that the discriminator gives to generated
# rows. Right, draws: a low ratio lets the generator repeat what is easy.

figure = plt.figure(figsize=(10, 3.4), layout="constrained")
curves, pictures = figure.subfigures(1, 2, width_ratios=[1.6, 1])
left, right = curves.subplots(1, 2)
for style, (diversity, model) in zip(("-", "--", ":"), models.items(), strict=True):
    measure, balance = model.history_.tracked[:, 0].T
    place = 25 * np.arange(1, len(measure) + 1)
    left.plot(place, measure, style, color="black", label=f"diversity {diversity}")
    right.plot(place, balance, style, color="black")
left.set(xlabel="step", ylabel="measure of convergence", yscale="log")
right.set(xlabel="step", ylabel="balance")
left.legend(fontsize="small")
axes = pictures.subplots(3, 6)
for row, (diversity, model) in zip(axes, models.items(), strict=True):
    for ax, image in zip(row, model.sample(6, random_state=0), strict=True):
        ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    row[0].set_ylabel(diversity)
pictures.suptitle("draws, by diversity", fontsize="medium")
plt.show()
