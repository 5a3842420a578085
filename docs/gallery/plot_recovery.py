"""
Half of an image, or a few measurements
=======================================

An image of 64 pixels is not 64 free numbers. A generator that has seen other digits says which
images there are, so that half of the pixels, or a dozen random combinations of them, are enough to
know the rest.
"""

# %%
# The generator
# -------------
#
# A variational autoencoder of 1,500 digits of 8 x 8 pixels; the images to be recovered are others.
# Any differentiable function of latent vectors would do.

import matplotlib.pyplot as plt
import numpy as np

from robustgan import VAE, GenerativeRecovery, SparseRecovery
from robustgan.contamination import load_images
from robustgan.recovery import gaussian_operator, inpainting_operator

digits = load_images("digits")
order = np.random.default_rng(0).permutation(len(digits.data))
X, y = digits.data[order], digits.target[order]
train, test, label = X[:1500], X[1500:], y[1500:]
vae = VAE(
    latent_dim=10, hidden_units=(128, 128), likelihood="bernoulli", n_steps=4000, random_state=0
).fit(train)


def generator(z):
    """Map latent vectors to images; the networks have an axis of replicas in front."""
    return vae.decoder_(z[None])[0].sigmoid()


# %%
# Half of the image
# -----------------
#
# The right half is hidden, from the recovery as from us. What it draws is a whole digit that agrees
# with the left half; where several do, it is one of them.

images = test[[np.flatnonzero(label == digit)[0] for digit in range(10)]]
is_seen = np.ones((8, 8), dtype=bool)
is_seen[:, 4:] = False
A = inpainting_operator(is_seen)
recovery = GenerativeRecovery(
    generator, 10, penalty=0.02, n_restarts=5, n_steps=200, random_state=0
).fit(A, images @ A.T)
seen = np.where(is_seen, images.reshape(-1, 8, 8), np.nan)

rows = {
    "seen": seen,
    "recovered": recovery.signal_.reshape(-1, 8, 8),
    "truth": images.reshape(-1, 8, 8),
}
figure, axes = plt.subplots(3, 10, figsize=(9, 3), layout="constrained")
grey = plt.get_cmap("gray_r").with_extremes(bad="0.85")
for row, (title, shown) in zip(axes, rows.items(), strict=True):
    for ax, image in zip(row, shown, strict=True):
        ax.imshow(image, cmap=grey, vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    row[0].set_ylabel(title)
plt.show()

# %%
# A few random measurements
# -------------------------
#
# Each measurement is a sum of all pixels with random weights. The Lasso takes images for sparse, in
# pixels or in cosines. The generator needs fewer measurements, and stays wrong by what it cannot
# draw, however much is measured.

images = test[:10]
counts = (4, 8, 12, 16, 24, 32, 48)
errors = {"generator": [], "Lasso, pixels": [], "Lasso, cosines": []}
for m in counts:
    A = gaussian_operator(m, 64, random_state=m)
    b = images @ A.T
    found = {
        "generator": GenerativeRecovery(
            generator, 10, penalty=0.02, n_restarts=5, n_steps=200, random_state=0
        ),
        "Lasso, pixels": SparseRecovery((8, 8), penalty=0.1 / m, max_iter=100_000),
        "Lasso, cosines": SparseRecovery((8, 8), basis="dct", penalty=0.1 / m, max_iter=100_000),
    }
    for name, estimator in found.items():
        errors[name].append(np.mean((estimator.fit(A, b).signal_.clip(0, 1) - images) ** 2))

figure, ax = plt.subplots(figsize=(5.5, 4), layout="constrained")
for (name, error), (style, color) in zip(
    errors.items(), (("o-", "black"), ("s--", "0.45"), ("^:", "0.45")), strict=True
):
    ax.plot(counts, error, style, color=color, label=name)
ax.set(xscale="log", yscale="log", xlabel="measurements of 64 pixels")
ax.set_ylabel("mean squared error per pixel")
ax.set_xticks(counts, counts)
ax.set_yticks([0.02, 0.05, 0.1, 0.2, 0.3], [".02", ".05", ".1", ".2", ".3"])
ax.minorticks_off()
ax.legend(frameon=False)
plt.show()
