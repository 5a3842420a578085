"""
From covering modes to seeking one
==================================

The data have two modes, the model, a Gaussian, has one. Which Gaussian is nearest depends on the
divergence: the skewed Jensen-Shannon divergence goes from one that covers both modes to one that
picks the larger.
"""

# %%
# The nearest Gaussian
# --------------------
#
# :math:`JS_\pi(P, Q) = \pi\, KL(P, M) + (1 - \pi)\, KL(Q, M)` with :math:`M = \pi P + (1 - \pi) Q`.
# For small :math:`\pi` it is like maximum likelihood, :math:`KL(P, Q)`; for large ones like
# :math:`KL(Q, P)`. Minimised here over location and scale from a wide start and from each mode, by
# probabilities of narrow bins.

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize
from scipy.stats import norm

from robustgan.distances import MixtureDensity, jensen_shannon

data = MixtureDensity([norm(-1.7, 1.0), norm(1.7, 0.6)], [0.25, 0.75])
middles = np.linspace(-12, 12, 801)


def probabilities(law):
    """Return the probabilities of the bins, by their middles."""
    weights = np.exp(law.logpdf(middles))
    return weights / weights.sum()


def nearest(weight):
    """Return location and scale of the Gaussian of least divergence."""
    target = probabilities(data)

    def divergence(parameters):
        location, log_scale = parameters
        model = probabilities(norm(location, np.exp(log_scale)))
        return jensen_shannon(target, model, data_weight=weight)

    starts = [(0.5, 1.0), (-1.7, 0.0), (1.7, -0.5)]
    fits = [minimize(divergence, start, method="Nelder-Mead") for start in starts]
    best = min(fits, key=lambda fit: fit.fun)
    return best.x[0], np.exp(best.x[1])


# %%
# In a picture
# ------------

weights = (0.1, 0.5, 0.99)
figure, (left, right) = plt.subplots(
    1, 2, figsize=(9, 4), width_ratios=(3, 2), layout="constrained"
)
x = middles[np.abs(middles) < 6]
left.fill_between(x, np.exp(data.logpdf(x)), color="0.85", label="data")
for weight, style in zip(weights, ("-", "--", ":"), strict=True):
    location, scale = nearest(weight)
    label = f"π = {weight}: N({location:.2f}, {scale:.2f}²)"
    left.plot(x, norm(location, scale).pdf(x), f"k{style}", label=label)
left.set(xlabel="x", ylabel="density")
left.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
grid = np.array([0.01, 0.05, 0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.8, 0.99])
right.plot(grid, [nearest(weight)[1] for weight in grid], "k-o", markersize=4)
right.set(xlabel="π", ylabel="scale of the nearest Gaussian", ylim=(0, 2))
right.set_title("It lets go of one mode at once")
plt.show()
