"""An objective whose discriminator is told less than the truth, so that it is not too sure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from robustgan.objectives.base import Objective, check_parameter


@dataclass(frozen=True)
class LabelSmoothing(Objective):
    """One-sided label smoothing: a share of the real rows is called generated.

    The best score is the objective's own, at the density ratio ``t (1 - a) / (1 + a t)`` in place
    of ``t``: bounded, as `log_ratio` and `divergence` take into account.

    Parameters
    ----------
    objective : Objective
        Of the game.
    share : float, default=0.1
        ``a``, in (0, 1).

    References
    ----------
    .. [1] Salimans, T. et al. (2016). Improved techniques for training GANs. NeurIPS 29.
       Section 3.4. doi:10.48550/arXiv.1606.03498
    """

    objective: Objective
    share: float = 0.1

    def __post_init__(self) -> None:
        """Check the share."""
        check_parameter("share", self.share, 0, 1)

    @property
    def identifies_ratio(self) -> bool:  # type: ignore[override]
        """Whether the objective does."""
        return self.objective.identifies_ratio

    def _real_loss(self, score: Tensor) -> Tensor:
        honest, told = self.objective._real_loss(score), self.objective._fake_loss(score)
        return (1 - self.share) * honest + self.share * told

    def _fake_loss(self, score: Tensor) -> Tensor:
        return self.objective._fake_loss(score)

    def _draw_loss(self, score: Tensor) -> Tensor:
        return self.objective._draw_loss(score)

    @property
    def _baseline(self) -> float:
        zero = torch.zeros(1, dtype=torch.float64)
        return float(self.discriminator_loss(zero, zero))

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """Estimate the objective's divergence, with the smoothing undone."""
        honest = [self.objective.optimal_score(self.log_ratio(score)) for score in (real, fake)]
        return self.objective.divergence(*honest)

    def log_ratio(self, score: Tensor) -> Tensor:
        """Return the log ratio, finite also for scores that no ratio has."""
        smoothed = self.objective.log_ratio(score)
        most = math.log1p(-self.share) - math.log(self.share)
        # Below the bound by what the type can still tell from it.
        smoothed = smoothed.clamp(max=most - 4 * torch.finfo(score.dtype).eps * max(1.0, abs(most)))
        return smoothed - torch.log1p(-self.share - self.share * smoothed.exp())

    def optimal_score(self, log_ratio: Tensor) -> Tensor:
        """Return the objective's best score at the smoothed ratio."""
        smoothed = math.log1p(-self.share) - torch.nn.functional.softplus(
            math.log(self.share) + log_ratio
        )
        return self.objective.optimal_score(log_ratio + smoothed)
