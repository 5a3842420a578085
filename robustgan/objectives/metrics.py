"""Integral probability metrics: the difference of means of a function from a class of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from robustgan.objectives.base import Objective


@dataclass(frozen=True)
class Wasserstein(Objective):
    """Wasserstein distance of order one: ``E_real score - E_fake score``, at most.

    The discriminator minimises ``E_fake score - E_real score``, the generator ``-E score``. The
    score must not grow faster than its argument moves, which is not this objective's to ensure:
    clip the weights, normalise their spectrum or add a `GradientPenalty`. `divergence` is the
    distance in the units of the rows, if the score has the slope that it may have.

    References
    ----------
    .. [1] Arjovsky, M., Chintala, S. & Bottou, L. (2017). Wasserstein generative adversarial
       networks. ICML. Equation 2. doi:10.48550/arXiv.1701.07875
    """

    identifies_ratio: ClassVar[bool] = False
    _unit: ClassVar[float] = 1.0

    def _real_loss(self, score: Tensor) -> Tensor:
        return -score

    def _fake_loss(self, score: Tensor) -> Tensor:
        return score

    def _draw_loss(self, score: Tensor) -> Tensor:
        return -score

    @property
    def _baseline(self) -> float:
        return 0.0

    def log_ratio(self, score: Tensor) -> Tensor:
        """Refuse: the best score is a potential, not a ratio; see `Objective.log_ratio`."""
        raise TypeError(
            "objective must identify the density ratio, got Wasserstein, whose score is a "
            "potential; choose one with identifies_ratio=True."
        )

    def optimal_score(self, log_ratio: Tensor) -> Tensor:
        """Refuse: the best score depends on where rows are; see `Objective.optimal_score`."""
        raise TypeError("objective must be a function of the density ratio, got Wasserstein.")
