"""
Digits from models with a density
=================================

Three models that say how likely an image is: a restricted Boltzmann machine, a deep one, and
PixelCNN, which draws one pixel after the other. Draws of each beside real digits, and the
log-likelihood of digits that none of them has seen.
"""

# %%
# The sample
# ----------
#
# Scikit-learn's 8 × 8 digits, white where the pixel is above half of its range.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from robustgan import DBM, RBM, PixelCNN

X = (load_digits().data > 8).astype(float)
train, test = train_test_split(X, test_size=0.25, random_state=0)

# %%
# Three models
# ------------
#
# Few steps, to keep this example short. With so few hidden units the likelihood of a Boltzmann
# machine is exact: its constant is a sum over all states of a layer. That of PixelCNN always is.

rbm = RBM(n_hidden=16, n_steps=2000, random_state=0).fit(train)
dbm = DBM(hidden_units=(12, 12), n_steps=1000, n_pretrain=1000, random_state=0).fit(train)
pixels = PixelCNN(n_steps=250, random_state=0).fit(train.reshape(-1, 8, 8))

p = (train.sum(axis=0) + 0.5) / (len(train) + 1)
independent = (test * np.log(p) + (1 - test) * np.log(1 - p)).sum(axis=1).mean()
scores = {
    "independent pixels": independent,
    "RBM, 16": rbm.score(test),
    "DBM, 12 + 12": dbm.score(test),
    "PixelCNN": pixels.score(test.reshape(-1, 8, 8)),
}
for name, score in scores.items():
    print(f"{name:<20} {score:.1f} nats an image")

# %%
# In a picture
# ------------
#
# What each has learned of strokes shows in its draws; pixels drawn independently would show none.

rng = np.random.default_rng(0)
draws = {
    "independent pixels": (rng.random((24, 64)) < p).astype(float),
    "RBM, 16": rbm.sample(24, random_state=0),
    "DBM, 12 + 12": dbm.sample(24, random_state=0),
    "PixelCNN": pixels.sample(24, random_state=0),
    "real digits": test[:24],
}
figure, axes = plt.subplots(1, 5, figsize=(10, 3.8), layout="constrained")
for ax, (name, images) in zip(axes, draws.items(), strict=True):
    # Six rows of four, with a grey line between images.
    framed = np.pad(
        images.reshape(6, 4, 8, 8), [(0, 0), (0, 0), (0, 1), (0, 1)], constant_values=0.5
    )
    ax.imshow(framed.transpose(0, 2, 1, 3).reshape(54, 36)[:-1, :-1], cmap="gray")
    score = f"{scores[name]:.1f} nats" if name in scores else " "
    ax.set_title(f"{name}\n{score}", fontsize=10)
    ax.set_axis_off()
plt.show()
