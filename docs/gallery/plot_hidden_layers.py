"""
What a hidden layer is for
==========================

The same game, the same data, two discriminators. A linear one sees no more than means, and the
generator ends at the mean of all rows, outliers included. One hidden layer sees where rows are, and
the generator ends near the centre of the good ones.
"""

# %%
# A game with and without a hidden layer
# --------------------------------------
#
# Clean rows from :math:`N(0, I)`, a fifth around a point at distance 6. The game is set up from the
# engine's parts: a generator with a location to learn, a discriminator, the Jensen-Shannon
# objective. Three restarts of each are trained side by side.

import matplotlib.pyplot as plt
import numpy as np
import torch

from robustgan._bridge import Streams
from robustgan.contamination import Gaussian, HuberModel, PointMass
from robustgan.engine import LearningRates, Schedule, adversaries, train
from robustgan.networks import LocationGenerator, Perceptron
from robustgan.objectives import JensenShannon

law = HuberModel(Gaussian(2), PointMass(2, distance=6.0), contamination=0.2)
X, is_outlier = law.sample(2000, rng=0)
X = X + 0.3 * np.random.default_rng(1).normal(size=X.shape) * is_outlier[:, None]
rows = torch.tensor(X, dtype=torch.float32)


def play(hidden_units):
    """Play three games; return the path of locations, of shape (n_epochs, 3, 2)."""
    streams = Streams([0, 1, 2], "cpu")
    generator = LocationGenerator(torch.zeros(3, 2) + 0.5, "identity", streams=streams)
    discriminator = Perceptron(2, hidden_units, "sigmoid", streams=streams)
    players = adversaries(
        generator,
        discriminator,
        JensenShannon(),
        features=lambda x: x,
        batch_size=512,
        penalty=0.001,
        rates=LearningRates(discriminator=0.02, generator=0.1),
    )
    history = train(
        players,
        rows,
        track=generator.track,
        streams=streams,
        schedule=Schedule(n_search=20, n_settle=20, max_iter=40),
        batch_size=512,
        steps_per_epoch=50,
    )
    return history.tracked[:, :, 0], history.tail_mean()[:, 0]


linear_path, linear = play(())
hidden_path, hidden = play((20,))
print("mean of all rows      ", X.mean(axis=0).round(2))
print("linear discriminator  ", linear.mean(axis=0).round(2))
print("mean of the good rows ", X[~is_outlier].mean(axis=0).round(2))
print("one hidden layer      ", hidden.mean(axis=0).round(2))

# %%
# In a picture
# ------------

figure, ax = plt.subplots(figsize=(6.5, 5.5), layout="constrained")
ax.plot(*X[~is_outlier].T, ".", color="0.8", markersize=2)
ax.plot(*X[is_outlier].T, ".", color="0.6", markersize=2)
for path, end, style, name in (
    (linear_path, linear, "-", "linear discriminator"),
    (hidden_path, hidden, "--", "one hidden layer"),
):
    ax.plot(*path[:, 0].T, f"k{style}", linewidth=1)
    ax.plot(*end.T, "ko", markerfacecolor="white" if style == "--" else "black", label=name)
ax.plot(*X.mean(axis=0), "k+", markersize=14, label="mean of all rows")
ax.plot(*X[~is_outlier].mean(axis=0), "kx", markersize=11, label="mean of the good rows")
ax.set(xlabel="first feature", ylabel="second feature", aspect="equal", xlim=(-3, 7), ylim=(-3, 6))
ax.legend(frameon=False, loc="upper left")
ax.set_title("Where the generator ends, by its discriminator")
plt.show()
