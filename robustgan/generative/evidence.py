"""The losses of models that encode: reconstruction, the evidence bound, importance weights.

Knows networks on the replica axis and a likelihood. It does not know the data.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from robustgan._bridge import Streams
from robustgan.networks import LogVariance
from robustgan.objectives import (
    Weighing,
    bernoulli_log_density,
    gaussian_divergence,
    gaussian_log_density,
)

# Beyond these a log variance says no more, and its exponential soon nothing.
_LOG_VARIANCES = (-20.0, 20.0)


@dataclass(frozen=True)
class Coders:
    """An encoder, a decoder and the noise around what is decoded.

    Parameters
    ----------
    encoder : Network
        From rows of shape (R, n, *shape) to codes (R, n, k).
    decoder : Network
        From codes of shape (R, n, latent_dim) to rows: means, or logits.
    likelihood : {'gaussian', 'bernoulli'}
    variance : LogVariance or float
        Of Gaussian noise, learned or known.
    shape : tuple of int
        Of a row as the encoder wants it.
    """

    encoder: Any
    decoder: Any
    likelihood: str
    variance: LogVariance | float
    shape: tuple[int, ...]

    def encode(self, rows: Tensor) -> Tensor:
        """Map flat rows of shape (R, n, p) to what the encoder says of them, (R, n, k)."""
        codes: Tensor = self.encoder(rows.reshape(*rows.shape[:2], *self.shape))
        return codes

    def decode(self, codes: Tensor) -> Tensor:
        """Map codes of shape (R, n, latent_dim) to means or logits, flat rows (R, n, p)."""
        rows: Tensor = self.decoder(codes).flatten(2)
        return rows

    def log_variance(self, like: Tensor) -> Tensor:
        """Return the noise's log variance, of shape (R, 1, 1 or p)."""
        if isinstance(self.variance, LogVariance):
            learned: Tensor = self.variance()
            return learned.clamp(*_LOG_VARIANCES)
        return like.new_full((1, 1, 1), math.log(self.variance))

    def log_density(self, rows: Tensor, decoded: Tensor) -> Tensor:
        """Return log densities of rows (R, n, p) given what was decoded; shape (R, n)."""
        if self.likelihood == "bernoulli":
            return bernoulli_log_density(rows, decoded)
        return gaussian_log_density(rows, decoded, self.log_variance(rows))

    def select(self, replica: int) -> Coders:
        """Return those of one replica."""
        variance = self.variance
        if isinstance(variance, LogVariance):
            variance = variance.select([replica])
        encoder, decoder = self.encoder.select([replica]), self.decoder.select([replica])
        return Coders(encoder, decoder, self.likelihood, variance, self.shape)


def split_posterior(codes: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and log variance of shape (..., latent_dim), of codes twice as wide."""
    mean, log_variance = codes.chunk(2, dim=-1)
    return mean, log_variance.clamp(*_LOG_VARIANCES)


def evidence_bound(
    coders: Coders, rows: Tensor, noise: Tensor, kl_weight: float | Tensor = 1.0
) -> Tensor:
    """Return the evidence lower bound of rows, nats, by one draw of their codes [1]_.

    Parameters
    ----------
    coders : Coders
        Whose encoder returns mean and log variance of a code, side by side.
    rows : Tensor of shape (R, n, p)
    noise : Tensor of shape (R, n, latent_dim)
        Standard Gaussian; the code is ``mean + deviation * noise``.
    kl_weight : float or Tensor, default=1.0
        Of the divergence of a code's law from the prior, which is in closed form.

    Returns
    -------
    bound : Tensor of shape (R, n)

    References
    ----------
    .. [1] Kingma, D. P. and Welling, M. (2014). Auto-encoding variational Bayes. ICLR. Equation 7.
       doi:10.48550/arXiv.1312.6114
    """
    mean, log_variance = split_posterior(coders.encode(rows))
    codes = torch.addcmul(mean, (0.5 * log_variance).exp(), noise)
    explained = coders.log_density(rows, coders.decode(codes))
    return explained - kl_weight * gaussian_divergence(mean, log_variance)


def log_weights(
    coders: Coders, rows: Tensor, noise: Tensor, kl_weight: float | Tensor = 1.0
) -> Tensor:
    """Return log importance weights of draws of codes, nats [1]_.

    Parameters
    ----------
    coders : Coders
        As for `evidence_bound`.
    rows : Tensor of shape (R, n, p)
    noise : Tensor of shape (R, k, n, latent_dim)
        Standard Gaussian.
    kl_weight : float or Tensor, default=1.0
        Power of prior over posterior.

    Returns
    -------
    log_weights : Tensor of shape (R, k, n)
        Their means on the scale of exponentials are estimates of the rows' densities.

    References
    ----------
    .. [1] Burda, Y., Grosse, R. and Salakhutdinov, R. (2016). Importance weighted autoencoders.
       ICLR. Equation 8. doi:10.48550/arXiv.1509.00519
    """
    mean, log_variance = (part[:, None] for part in split_posterior(coders.encode(rows)))
    codes = mean + (0.5 * log_variance).exp() * noise
    n_replicas, k, n, width = codes.shape
    decoded = coders.decode(codes.reshape(n_replicas, k * n, width))
    repeated = rows[:, None].expand(-1, k, -1, -1).reshape(n_replicas, k * n, -1)
    explained = coders.log_density(repeated, decoded).view(n_replicas, k, n)
    # The constants of prior and posterior cancel.
    ratio = 0.5 * (noise.square() + log_variance - codes.square()).sum(dim=-1)
    return explained + kl_weight * ratio


def importance_bound(log_weight: Tensor) -> Tensor:
    """Return the importance-weighted bound of log weights of shape (R, k, n); shape (R, n)."""
    return torch.logsumexp(log_weight, dim=1) - math.log(log_weight.shape[1])


@dataclass
class Learning:
    """The loss of the one player of these games: minus the mean of weighted scores.

    Parameters
    ----------
    score : callable
        Maps flat rows of shape (R, n, p) to scores (R, n), high for rows that are explained.
    weighing : Weighing or None
        None counts every row once.
    """

    score: Callable[[Tensor], Tensor]
    weighing: Weighing | None

    def __call__(self, rows: Tensor) -> Tensor:
        """Return the loss of a batch of shape (R, n, ...); shape (R,)."""
        scores = self.score(rows.flatten(2))
        if self.weighing is None:
            return -scores.mean(dim=1)
        return -(self.weighing(scores.detach()) * scores).mean(dim=1)


@dataclass(frozen=True)
class EvidenceScore:
    """The bound that a variational autoencoder ascends, by fresh noise at every call."""

    coders: Coders
    streams: Streams
    latent_dim: int
    n_importance: int
    kl_weight: Tensor

    def __call__(self, rows: Tensor) -> Tensor:
        """Map flat rows of shape (R, n, p) to bounds of shape (R, n), nats."""
        n, k = rows.shape[1], self.n_importance
        noise = self.streams.normal(k * n, self.latent_dim)
        if k == 1:
            return evidence_bound(self.coders, rows, noise, self.kl_weight)
        noise = noise.view(len(noise), k, n, self.latent_dim)
        return importance_bound(log_weights(self.coders, rows, noise, self.kl_weight))
