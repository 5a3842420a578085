"""
How near to equilibrium
=======================

A small generator against a small discriminator on a ring of eight modes: whatever one does, the
other has a better answer. Mixtures of such networks come to rest, and best responses say how near.
"""

# %%
# Mixtures of one, two and four
# -----------------------------
#
# Each component has one hidden layer of 16 units and noise of one dimension.

import matplotlib.pyplot as plt
import numpy as np

from robustgan import MixtureGAN
from robustgan.contamination import GaussianRing
from robustgan.diagnostics import mode_coverage

law = GaussianRing(scale=0.05)
X, held_out = law.sample(5000, rng=0), law.sample(4000, rng=1)
settings = {
    "hidden_units": (16,),
    "latent_dim": 1,
    "penalty": "r1",
    "learning_rate": (2e-3, 4e-3),
    "annealing": 0.5,
    "n_steps": 600,
    "random_state": 0,
}
sizes = [1, 2, 4]
models = [MixtureGAN(n_generators=n, n_discriminators=n, **settings).fit(X) for n in sizes]
found = [model.equilibrium(held_out, n_steps=400, random_state=0) for model in models]

# %%
# What they draw, and what leaving would gain
# -------------------------------------------
#
# Markers are components. Right, the gain in nats of the best single network that was found against
# the mixture of the other side; the larger one is the epsilon of the approximate equilibrium.

figure, axes = plt.subplots(
    1, 4, figsize=(11, 3.1), layout="constrained", width_ratios=[1, 1, 1, 1.2]
)
noise = np.random.default_rng(0).normal(size=(150, 1))
for ax, n, model in zip(axes, sizes, models, strict=False):
    ax.plot(*X[:1000].T, ",", color="0.6")
    for component, marker in zip(range(n), "o^sx", strict=False):
        drawn = model.generate(noise, component=component)
        ax.plot(*drawn.T, " ", marker=marker, markersize=3, color=f"C{component}", alpha=0.7)
    coverage = mode_coverage(model.sample(2500, random_state=0), law.centres, law.scale)
    ax.set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), aspect="equal", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    ax.set_title(f"{n} against {n}: {coverage.n_modes} modes of 8", fontsize="medium")
place = np.arange(len(sizes))
gains = {
    "generator": [e.generator_gain[0] for e in found],
    "discriminator": [e.discriminator_gain[0] for e in found],
}
for i, (side, values) in enumerate(gains.items()):
    axes[3].bar(
        place + 0.4 * i - 0.2, np.maximum(values, 1e-4), 0.4, label=side, color=["0.35", "0.75"][i]
    )
axes[3].set_xticks(place, [f"{n} against {n}" for n in sizes], fontsize="small")
axes[3].set(yscale="log", ylabel="gain of the best response (nats)")
axes[3].legend(fontsize="small")
plt.show()
