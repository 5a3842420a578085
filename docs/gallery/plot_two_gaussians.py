"""
A sure discriminator teaches nothing
====================================

Two Gaussians far apart. The best discriminator knows them by heart, and its logarithm is flat where
the generated rows lie: the minimax generator has nothing to descend. The best critic of the
Wasserstein distance has the same slope everywhere.
"""

# %%
# The best discriminator and the best critic
# ------------------------------------------
#
# Data from :math:`N(3, 1)`, the model :math:`N(-3, 1)`. The best score is the log ratio of the
# densities; the best critic is the potential of optimal transport between two samples of rows,
# found without any training.

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.stats import norm

from robustgan.distances import earth_mover, jensen_shannon
from robustgan.objectives import JensenShannon, NonSaturating

data, model = norm(3, 1), norm(-3, 1)
x = np.linspace(-7, 7, 400)
score = data.logpdf(x) - model.logpdf(x)

levels = (np.arange(500) + 0.5) / 500
fake = model.ppf(levels)
transport = earth_mover(fake[:, None], data.ppf(levels)[:, None])
print(f"Jensen-Shannon {jensen_shannon(data, model):.4f} of at most {np.log(2):.4f}")
print(f"Wasserstein    {transport.distance:.4f}")

# %%
# What a generated row feels
# --------------------------
#
# The slope of the generator's loss at a row, with the best discriminator: that of the minimax loss
# vanishes where the model is, that of the non-saturating one grows without bound with the distance
# of the laws. The critic's slope is one.

slopes = {}
for loss_name, objective in (("minimax", JensenShannon()), ("non-saturating", NonSaturating())):
    rows = torch.tensor(x, requires_grad=True)
    # Of normal laws of one variance the log ratio is linear: 6 x here.
    loss = objective.generator_loss((6 * rows)[:, None])
    slopes[loss_name] = -torch.autograd.grad(loss.sum(), rows)[0].numpy()
# Going right by one brings a row nearer by one.
slopes["Wasserstein critic"] = -np.gradient(transport.source_potential, fake)

figure, (above, below) = plt.subplots(2, 1, figsize=(7, 6.5), sharex=True, layout="constrained")
above.fill_between(x, data.pdf(x), color="0.8", label="data")
above.fill_between(x, model.pdf(x), color="0.4", alpha=0.6, label="model")
above.plot(x, 1 / (1 + np.exp(-score)), "k", label="best discriminator")
critic = -transport.source_potential
critic = (critic - critic.mean()) / 6
above.plot(fake, critic, "k--", label="best critic / 6, on the model's rows")
above.set(ylabel="density · probability · critic")
above.legend(frameon=False, loc="upper left", fontsize=9)
for (name, slope), style in zip(slopes.items(), ("-", ":", "--"), strict=True):
    below.plot(fake if len(slope) == 500 else x, slope, f"k{style}", label=name)
below.axvspan(-5, -1, color="0.9", zorder=0, label="where the model's rows are")
below.set(xlabel="x", ylabel="push towards the data")
below.legend(frameon=False, loc="center right", fontsize=9)
figure.suptitle("The minimax generator stands still where it should move")
plt.show()
