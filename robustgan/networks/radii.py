"""Radii of elliptical laws: what turns Gaussian noise into noise with other tails.

Each keeps the direction of the noise and draws its length anew. ``R`` laws side by side; what is
learned of them is one row of parameters a replica.
"""

import math
from typing import Protocol

import torch
from scipy.stats import chi2
from torch import Tensor, nn
from torch.nn import functional as F

from robustgan._bridge import Streams

# Knots of a radial network, and the largest logit of their levels. Beyond it, the logarithm of
# the radius goes on linearly in the logit: a power law, whatever its index.
_N_KNOTS, _LAST_LOGIT = 17, 6.0
_LEAST_INCREMENT = 1e-4
# Each increment sees a few of the rows only: gradient descent moves it by the square of this more.
_SPEED = 4.0
# Degrees of freedom of a law that is still to be learned.
_START_DF = 4.0
# Heavier tails than the first are not looked for; lighter than the second are the normal's.
LEAST_DF, MOST_DF = 0.5, 200.0


class Radius(Protocol):
    """What a generator asks of the law of its radius."""

    def __call__(self, noise: Tensor) -> Tensor:
        """Give Gaussian noise of shape (R, n, n_features) another length, row by row."""

    def state(self) -> Tensor:
        """Return what is learned, of shape (R, n_learned)."""

    def set_state(self, state: Tensor) -> None:
        """Set what is learned."""


class StudentRadius(nn.Module):
    """Lengths that make Gaussian noise Student's: divided by ``sqrt(chi²(df) / df)``.

    Parameters
    ----------
    n_replicas : int
        ``R``.
    df : float or None
        Degrees of freedom; None learns them, from 4 on.
    streams : Streams
        Draws the lengths, one stream a replica. Their derivative in ``df`` is that of the
        implicit reparametrisation [1]_.

    References
    ----------
    .. [1] Figurnov, M., Mohamed, S. and Mnih, A. (2018). Implicit reparameterization gradients.
       NeurIPS. doi:10.48550/arXiv.1805.08498
    """

    def __init__(self, n_replicas: int, df: float | None, *, streams: Streams) -> None:
        super().__init__()
        self.streams = streams
        start = torch.full((n_replicas, 1), math.log(df or _START_DF), device=streams.device)
        self.is_learned = df is None
        self.log_df = nn.Parameter(start, requires_grad=self.is_learned)

    def forward(self, noise: Tensor) -> Tensor:
        """Draw a factor for each row of the noise."""
        half = 0.5 * self.log_df.clamp(math.log(LEAST_DF), math.log(MOST_DF)).exp()
        gamma = self.streams.gamma(half.expand(-1, noise.shape[1]))
        return noise * (half / gamma).sqrt()[..., None]

    def state(self) -> Tensor:
        """Return the logarithm of the degrees of freedom, or nothing if they are known."""
        return self.log_df.detach()[:, : int(self.is_learned)].clone()

    @torch.no_grad()
    def set_state(self, state: Tensor) -> None:
        """Set what is learned, of shape (R, 1) or (R, 0)."""
        if self.is_learned:
            self.log_df.copy_(state)


class RadialNetwork(nn.Module):
    """A learned law of the radius: a monotone network from a uniform number to its logarithm.

    The quantile function of the radius is ``exp(h(logit(u)))`` with ``h`` increasing and piecewise
    linear, which goes on linearly beyond its knots: both tails are power laws, so that no moment
    need exist. The median is fixed at that of a Gaussian's radius; the shape matrix has the
    scale.

    Parameters
    ----------
    n_replicas : int
        ``R``.
    n_features : int
    streams : Streams
        Draws the uniform numbers, one stream a replica.
    """

    def __init__(self, n_replicas: int, n_features: int, *, streams: Streams) -> None:
        super().__init__()
        self.streams = streams
        self.log_median = 0.5 * math.log(chi2.median(n_features))
        flat = torch.zeros(n_replicas, _N_KNOTS - 1, device=streams.device)
        self.raw_increments = nn.Parameter(flat)

    def heights(self) -> Tensor:
        """Return ``h`` at the knots, of shape (R, n_knots); the middle one is at the median."""
        increments = F.softplus(_SPEED * self.raw_increments) + _LEAST_INCREMENT
        rising = F.pad(increments.cumsum(dim=1), (1, 0))
        middle = rising[:, _N_KNOTS // 2, None]
        return self.log_median + rising - middle

    def forward(self, noise: Tensor) -> Tensor:
        """Draw a length for each row of the noise, whose direction stays."""
        uniform = self.streams.uniform(noise.shape[1], bound=1.0)
        # u = (1 + v) / 2 has logit 2 artanh(v).
        level = 2 * torch.atanh(uniform.clamp(-1 + 1e-6, 1 - 1e-6))
        length = interpolate(level, self.heights()).exp()
        return F.normalize(noise, dim=-1) * length[..., None]

    def state(self) -> Tensor:
        """Return `heights`, of shape (R, n_knots)."""
        return self.heights().detach()

    @torch.no_grad()
    def set_state(self, state: Tensor) -> None:
        """Set `heights` up to their level, of shape (R, n_knots), increasing."""
        increments = (state.diff(dim=1) - _LEAST_INCREMENT).clamp(min=_LEAST_INCREMENT)
        # The inverse of softplus.
        raw = increments + torch.log(-torch.expm1(-increments))
        self.raw_increments.copy_(raw / _SPEED)


def knots(dtype: torch.dtype = torch.float64) -> Tensor:
    """Return the logits of the levels at which a `RadialNetwork` has its knots."""
    return torch.linspace(-_LAST_LOGIT, _LAST_LOGIT, _N_KNOTS, dtype=dtype)


def interpolate(level: Tensor, heights: Tensor) -> Tensor:
    """Evaluate a piecewise linear function, going on linearly beyond its `knots`.

    Parameters
    ----------
    level : Tensor of shape (R, n)
        Logits.
    heights : Tensor of shape (R, n_knots)
        Values at the knots.

    Returns
    -------
    value : Tensor of shape (R, n)
    """
    width = 2 * _LAST_LOGIT / (_N_KNOTS - 1)
    position = (level + _LAST_LOGIT) / width
    left = position.detach().floor().clamp(0, _N_KNOTS - 2).long()
    below, above = heights.gather(1, left), heights.gather(1, left + 1)
    return below + (above - below) * (position - left)
