"""Losses of models that reconstruct: log densities of rows, a divergence, weights of rows.

Knows rows, what a decoder says of them and how well each row is explained. It does not know what
networks said it.
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

# A normal sample's standard deviation over its median absolute deviation.
_NORMAL_MAD = 1.4826


def gaussian_log_density(rows: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return log densities of rows under Gaussians with independent coordinates, nats.

    Parameters
    ----------
    rows, mean : Tensor of shape (..., p)
    log_variance : Tensor of shape (..., p), or (..., 1) for all coordinates

    Returns
    -------
    log_density : Tensor of shape (...)
    """
    squares = (rows - mean).square() * (-log_variance).exp()
    return -0.5 * (squares + log_variance + math.log(2 * math.pi)).sum(dim=-1)


def bernoulli_log_density(rows: Tensor, logits: Tensor) -> Tensor:
    """Return log probabilities of rows under independent coin flips, nats.

    Parameters
    ----------
    rows : Tensor of shape (..., p)
        Zeros and ones; values between count as shares of both.
    logits : Tensor of shape (..., p)

    Returns
    -------
    log_density : Tensor of shape (...)
    """
    return (rows * logits - F.softplus(logits)).sum(dim=-1)


def gaussian_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the divergence of a Gaussian from the standard one, nats [1]_.

    Parameters
    ----------
    mean, log_variance : Tensor of shape (..., latent_dim)
        Independent coordinates.

    Returns
    -------
    divergence : Tensor of shape (...)
        ``KL(N(mean, variance), N(0, I))``; never negative.

    References
    ----------
    .. [1] Kingma, D. P. and Welling, M. (2014). Auto-encoding variational Bayes. ICLR. Appendix B.
       doi:10.48550/arXiv.1312.6114
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=-1)


class Weighing(Protocol):
    """How much each row of a batch counts, by how well it is explained.

    Attributes
    ----------
    is_sparing : Tensor of shape ()
        0 while outliers are still to be told apart, then 1: what is left is to be efficient.
    """

    is_sparing: Tensor

    def __call__(self, scores: Tensor) -> Tensor:
        """Map scores of shape (R, B), high for rows that are explained, to weights (R, B)."""


class DensityPower:
    """Weights of the density power divergence: a power of a row's own density [1]_.

    The divergence of power ``b`` is, up to what does not depend on the data, ``-E p(x)^b / b``; its
    gradient in the model is that of the log density, weighted by ``p(x)^b``. The densities are
    taken relative to the batch's median, which changes the weights by a factor, and the power is
    in units of one over the scores' own spread: 28 x 28 pixels are no other case than 8 x 8.

    Parameters
    ----------
    power : float
        Positive; a row that is one standard deviation less likely than the median one weighs
        ``exp(-power)``, and half as many nats less when `is_sparing` holds. Small ones are
        efficient, large ones robust.
    cut : float
        Distance below the median, in standard deviations by the median absolute deviation, from
        which a row is left out when `is_sparing` holds.
    device : torch.device, default=cpu

    Attributes
    ----------
    is_sparing : Tensor of shape ()
        1 halves the power, and leaves out what lies far below.

    Notes
    -----
    The divergence's other term, an integral of ``p^(1 + b)`` that has no closed form here, is left
    out. What is learned of clean data is therefore a little too sure of itself: ``p`` to the power
    ``1 / (1 - b)``. That is why the power is halved in the end; half of it alone would let in
    outliers that the whole has kept out.

    References
    ----------
    .. [1] Basu, A., Harris, I. R., Hjort, N. L. and Jones, M. C. (1998). Robust and efficient
       estimation by minimising a density power divergence. Biometrika 85, 549-559.
       doi:10.1093/biomet/85.3.549
    .. [2] Akrami, H. et al. (2022). A robust variational autoencoder using beta divergence.
       Knowledge-Based Systems 238. doi:10.1016/j.knosys.2021.107886
    """

    def __init__(self, power: float, cut: float, device: torch.device | str = "cpu") -> None:
        self.power, self.cut = power, cut
        self.is_sparing = torch.zeros((), device=device)

    @torch.no_grad()
    def __call__(self, scores: Tensor) -> Tensor:
        """Return weights with mean one."""
        level, spread = level_and_spread(scores)
        distances = (scores - level) / spread
        powers = self.power * (1 - 0.5 * self.is_sparing) * distances
        is_far = (distances < -self.cut) & (self.is_sparing > 0)
        return torch.softmax(powers.masked_fill(is_far, -torch.inf), dim=1) * scores.shape[1]


class Trimming:
    """Weights zero and one: first a fixed share is left out, then what lies far below the others.

    The first is least trimmed squares with a likelihood for squares [1]_; the second is its
    reweighting step, which takes back the good rows among those left out.

    Parameters
    ----------
    share : float
        Most share of a batch that is left out, in [0, 0.5).
    cut : float
        Distance below the median, in standard deviations by the median absolute deviation, from
        which a row is left out when `is_sparing` holds.
    device : torch.device, default=cpu

    Attributes
    ----------
    is_sparing : Tensor of shape ()
        1 leaves out only rows that lie far below the others; 0 always the share.

    References
    ----------
    .. [1] Neykov, N. M. and Muller, C. H. (2003). Breakdown point and computation of trimmed
       likelihood estimators in generalized linear models. Developments in robust statistics.
       doi:10.1007/978-3-642-57338-5_24
    """

    def __init__(self, share: float, cut: float, device: torch.device | str = "cpu") -> None:
        self.share, self.cut = share, cut
        self.is_sparing = torch.zeros((), device=device)

    @torch.no_grad()
    def __call__(self, scores: Tensor) -> Tensor:
        """Return weights with mean one."""
        n_rows = scores.shape[1]
        n_cut = int(self.share * n_rows)
        lowest_kept = scores.sort(dim=1).values[:, n_cut : n_cut + 1]
        level, spread = level_and_spread(scores)
        far = torch.minimum(lowest_kept, level - self.cut * spread)
        weights = (scores >= torch.where(self.is_sparing > 0, far, lowest_kept)).to(scores.dtype)
        return weights / weights.mean(dim=1, keepdim=True)


def level_and_spread(scores: Tensor) -> tuple[Tensor, Tensor]:
    """Return median and normalised median absolute deviation of scores of shape (R, B); (R, 1).

    The spread is never zero: scores that mostly tie are all as usual.
    """
    level = scores.median(dim=1, keepdim=True).values
    spread = _NORMAL_MAD * (scores - level).abs().median(dim=1, keepdim=True).values
    least = torch.finfo(scores.dtype).eps * level.abs().clamp(min=1.0)
    return level, torch.maximum(spread, least)
