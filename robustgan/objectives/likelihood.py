"""Objectives that lead to forward divergences: the data's view of the model.

They weigh what the model misses, without bound: for generative models, not for contaminated data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from robustgan.objectives.base import Objective, bounded_exp
from robustgan.objectives.log_score import LogScore


@dataclass(frozen=True)
class MaximumLikelihood(LogScore):
    """Maximum likelihood as a game: the generator minimises ``-E exp(score)``.

    The discriminator keeps the log score. With the best one, ``exp(score) = p / q`` and the step is
    the gradient of ``KL(p, q)``, weight ``f''(t) = 1 / t``. `divergence` is the plug-in estimate
    ``E_real score`` of it, not a bound. Exponentials continue as tangents beyond 20.

    References
    ----------
    .. [1] Goodfellow, I. (2015). On distinguishability criteria for estimating generative models.
       ICLR workshop. doi:10.48550/arXiv.1412.6515
    """

    def _draw_loss(self, score: Tensor) -> Tensor:
        return -bounded_exp(score)

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """Estimate ``KL(p, q)`` by ``E_real score``; see `Objective.divergence`."""
        return real.mean(dim=-1)


@dataclass(frozen=True)
class KullbackLeibler(Objective):
    """Kullback-Leibler divergence in its variational form, ``T = 1 + score``.

    The discriminator minimises ``-E_real score + E_fake exp(score)``, the generator
    ``-E exp(score)``. The best score is ``log p / q``, and `divergence` is ``KL(p, q)``, nats.
    With the best score the step has the weight ``f''(t) = 1 / t``.

    References
    ----------
    .. [1] Nowozin, S., Cseke, B. & Tomioka, R. (2016). f-GAN: training generative neural samplers
       using variational divergence minimization. NeurIPS 29. Table 1.
       doi:10.48550/arXiv.1606.00709
    """

    _unit: ClassVar[float] = 1.0

    def _real_loss(self, score: Tensor) -> Tensor:
        return -score

    def _fake_loss(self, score: Tensor) -> Tensor:
        return bounded_exp(score)

    def _draw_loss(self, score: Tensor) -> Tensor:
        return -bounded_exp(score)

    @property
    def _baseline(self) -> float:
        return 1.0


@dataclass(frozen=True)
class PearsonChiSquare(Objective):
    """Pearson's chi-square divergence in its variational form, ``T = 2 score``.

    The discriminator minimises ``-2 E_real score + E_fake (score^2 + 2 score)``, the generator
    ``-E (score^2 + 2 score)``. The best score is ``p / q - 1``, and `divergence` is the integral
    of ``(p - q)^2 / q``. With the best score the step has the weight ``f''(t) = 2``.

    Notes
    -----
    `log_ratio` is finite for every score: one of -1 or less says no more than that the rows are
    all generated, and counts as the first number above it.

    References
    ----------
    .. [1] Nowozin, S., Cseke, B. & Tomioka, R. (2016). f-GAN. NeurIPS 29. Table 1.
    """

    _unit: ClassVar[float] = 1.0

    def _real_loss(self, score: Tensor) -> Tensor:
        return -2 * score

    def _fake_loss(self, score: Tensor) -> Tensor:
        return score.square() + 2 * score

    def _draw_loss(self, score: Tensor) -> Tensor:
        return -score.square() - 2 * score

    @property
    def _baseline(self) -> float:
        return 0.0

    def log_ratio(self, score: Tensor) -> Tensor:
        """Return ``log (1 + score)``; see `Objective.log_ratio`."""
        return score.clamp(min=-1 + torch.finfo(score.dtype).eps).log1p()

    def optimal_score(self, log_ratio: Tensor) -> Tensor:
        """Return ``exp(log_ratio) - 1``; see `Objective.optimal_score`."""
        return log_ratio.expm1()
