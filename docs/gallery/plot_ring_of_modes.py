"""
Eight modes on a ring
=====================

A generator likes to draw from a few modes only: each batch fools the discriminator for a while. The
ring of eight narrow Gaussian modes shows it at a glance.
"""

# %%
# The data
# --------
#
# Eight modes of standard deviation .01 on the unit circle.

import matplotlib.pyplot as plt

from robustgan import GAN, SampleDisplay
from robustgan.contamination import GaussianRing
from robustgan.diagnostics import mode_coverage
from robustgan.objectives import ZeroGradientPenalty

law = GaussianRing()
X = law.sample(10_000, rng=0)

# %%
# Two trainings
# -------------
#
# Goodfellow's minimax game as it was; and the game in which the discriminator judges pairs of rows
# (``pac=2``), pays for being steep at the data, learns faster than the generator, and both slow
# down at the end.

settings = {"n_steps": 2000, "random_state": 0}
models = {
    "minimax": GAN(objective="minimax", averaging=0.0, **settings),
    "pairs, little slope at the data": GAN(
        pac=2,
        penalty=ZeroGradientPenalty(0.02),
        learning_rate=(2e-3, 4e-3),
        annealing=0.4,
        **settings,
    ),
}
for model in models.values():
    model.fit(X)

# %%
# What they draw
# --------------
#
# Modes that are reached, and the share of draws within three standard deviations of one.

figure, axes = plt.subplots(1, 2, figsize=(10, 5), layout="constrained", sharex=True, sharey=True)
for ax, (name, model) in zip(axes, models.items(), strict=True):
    draws = model.sample(2500, random_state=0)
    found = mode_coverage(draws, law.centres, law.scale)
    SampleDisplay(draws[:500], data=X[:2000]).plot(ax=ax)
    ax.set_title(f"{name}\n{found.n_modes} modes of 8, {found.high_quality:.0%} near one")
plt.show()
