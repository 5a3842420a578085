"""Objectives by other proper scoring rules: zero-one, quadratic, boosting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from robustgan.objectives.base import Objective, bounded_exp

# sigmoid(±40) is 0 or 1 to the last bit of float64.
_SATURATED = 40.0


class SignOnly(Objective):
    """Total variation, ``E |p / q - 1| / 2`` under ``q``, in [0, 1]: no ratio behind the score."""

    identifies_ratio: ClassVar[bool] = False

    def log_ratio(self, score: Tensor) -> Tensor:
        """Refuse: the best score is the sign of the log ratio; see `Objective.log_ratio`."""
        raise TypeError(
            f"objective must identify the density ratio, got {type(self).__name__}, whose score "
            "has the sign of its logarithm only; choose one with identifies_ratio=True."
        )


@dataclass(frozen=True)
class Hinge(SignOnly):
    """Total variation by the hinge loss.

    The discriminator minimises ``E_real max(0, 1 - score) + E_fake max(0, 1 + score)``, the
    generator ``-E score``. The best score is the sign of ``p - q``, and then the step has the
    weight ``f'' = 2 delta(t - 1)``: the gradient of twice the total variation.

    References
    ----------
    .. [1] Lim, J. H. & Ye, J. C. (2017). Geometric GAN. doi:10.48550/arXiv.1705.02894
    .. [2] Nguyen, X., Wainwright, M. J. & Jordan, M. I. (2009). On surrogate loss functions and
       f-divergences. Ann. Statist. 37, 876-904. doi:10.1214/08-AOS595
    """

    def _real_loss(self, score: Tensor) -> Tensor:
        return (1 - score).relu()

    def _fake_loss(self, score: Tensor) -> Tensor:
        return (1 + score).relu()

    def _draw_loss(self, score: Tensor) -> Tensor:
        return -score

    @property
    def _baseline(self) -> float:
        return 2.0

    def optimal_score(self, log_ratio: Tensor) -> Tensor:
        """Return the sign of the log ratio; see `Objective.optimal_score`."""
        return log_ratio.sign()


@dataclass(frozen=True)
class TotalVariation(SignOnly):
    """Total variation by the sigmoid-smoothed zero-one score.

    With ``D = sigmoid(score)`` the discriminator minimises ``E_real (1 - D) + E_fake D``, the
    generator ``E (1 - D)``: the game ``min max E_real D - E_fake D``. The best score is
    infinite, with the sign of ``p - q``; the step then has the weight ``f'' = delta(t - 1)``.

    References
    ----------
    .. [1] Gao, C., Liu, J., Yao, Y. & Zhu, W. (2019). Robust estimation and generative
       adversarial nets. ICLR (TV-GAN). doi:10.48550/arXiv.1810.02030
    """

    _unit: ClassVar[float] = 1.0

    def _real_loss(self, score: Tensor) -> Tensor:
        return (-score).sigmoid()

    def _fake_loss(self, score: Tensor) -> Tensor:
        return score.sigmoid()

    def _draw_loss(self, score: Tensor) -> Tensor:
        return (-score).sigmoid()

    @property
    def _baseline(self) -> float:
        return 1.0

    def optimal_score(self, log_ratio: Tensor) -> Tensor:
        """Return a score that saturates the sigmoid, ±40; see `Objective.optimal_score`."""
        return _SATURATED * log_ratio.sign()


@dataclass(frozen=True)
class LeastSquares(Objective):
    """Quadratic score, no sigmoid: squared errors to the targets 1 (real) and -1 (generated).

    The discriminator minimises ``E_real (1 - score)^2 / 2 + E_fake (1 + score)^2 / 2``, the
    generator ``E (1 - score)^2 / 2``. The best score is ``(p - q) / (p + q)``, and `divergence`
    is the triangular one (Vincze-Le Cam), half the integral of ``(p - q)^2 / (p + q)``, in
    [0, 1]. With the best score the step has the weight ``f''(t) = 4 / (t (1 + t)^3)``. The
    quadratic score of a probability, by the minimax game, is `BetaScore` with (1, 1).

    Notes
    -----
    `log_ratio` is finite for every score: a score beyond ±1 says no more than that the rows are
    all real or all generated, and counts as the last number before it.

    References
    ----------
    .. [1] Mao, X. et al. (2017). Least squares generative adversarial networks. ICCV. Equation 2
       with a = -1, b = c = 1. doi:10.1109/ICCV.2017.304
    """

    _unit: ClassVar[float] = 1.0

    def _real_loss(self, score: Tensor) -> Tensor:
        return 0.5 * (1 - score).square()

    def _fake_loss(self, score: Tensor) -> Tensor:
        return 0.5 * (1 + score).square()

    def _draw_loss(self, score: Tensor) -> Tensor:
        return 0.5 * (1 - score).square()

    @property
    def _baseline(self) -> float:
        return 1.0

    def log_ratio(self, score: Tensor) -> Tensor:
        """Return ``log (1 + score) / (1 - score)``; see `Objective.log_ratio`."""
        inside = 1 - torch.finfo(score.dtype).eps
        return 2 * score.clamp(-inside, inside).atanh()

    def optimal_score(self, log_ratio: Tensor) -> Tensor:
        """Return ``tanh(log_ratio / 2)``; see `Objective.optimal_score`."""
        return (log_ratio / 2).tanh()


@dataclass(frozen=True)
class Boosting(Objective):
    """Boosting score: squared Hellinger distance, exponential loss in the log ratio.

    The discriminator minimises ``E_real exp(-score / 2) + E_fake exp(score / 2)``, the generator
    ``-E exp(score / 2)`` (minimax). The best score is ``log p / q``, and `divergence` is half the
    integral of ``(sqrt p - sqrt q)^2``, in [0, 1]. With the best score the step has the weight
    ``f''(t) = t^(-3/2) / 2``. Exponentials continue as tangents beyond ``|score| = 40``.

    References
    ----------
    .. [1] Buja, A., Stuetzle, W. & Shen, Y. (2005). Loss functions for binary class probability
       estimation and classification: structure and applications. Technical report, University
       of Pennsylvania (the beta family at -1/2).
    .. [2] Gao, C., Yao, Y. & Zhu, W. (2020). Generative adversarial nets for robust scatter
       estimation: a proper scoring rule perspective. JMLR 21(160).
    """

    def _real_loss(self, score: Tensor) -> Tensor:
        return bounded_exp(-0.5 * score)

    def _fake_loss(self, score: Tensor) -> Tensor:
        return bounded_exp(0.5 * score)

    def _draw_loss(self, score: Tensor) -> Tensor:
        return -bounded_exp(0.5 * score)

    @property
    def _baseline(self) -> float:
        return 2.0


@dataclass(frozen=True)
class SquaredHellinger(Objective):
    """Squared Hellinger distance in its variational form, the score being half the log ratio.

    With ``T = 1 - exp(-score)`` the game is ``min max E_real T - E_fake T / (1 - T)``: the
    discriminator minimises ``E_real exp(-score) + E_fake exp(score)``, the generator
    ``-E exp(score)``. The best score is ``log(p / q) / 2``; `divergence`, the weight and the
    tangents (here beyond ``|score| = 20``) are those of `Boosting`, which only doubles the scale.

    References
    ----------
    .. [1] Nowozin, S., Cseke, B. & Tomioka, R. (2016). f-GAN: training generative neural samplers
       using variational divergence minimization. NeurIPS 29. Table 2 (squared Hellinger).
       doi:10.48550/arXiv.1606.00709
    """

    def _real_loss(self, score: Tensor) -> Tensor:
        return bounded_exp(-score)

    def _fake_loss(self, score: Tensor) -> Tensor:
        return bounded_exp(score)

    def _draw_loss(self, score: Tensor) -> Tensor:
        return -bounded_exp(score)

    @property
    def _baseline(self) -> float:
        return 2.0

    def log_ratio(self, score: Tensor) -> Tensor:
        """Return twice the score; see `Objective.log_ratio`."""
        return 2 * score

    def optimal_score(self, log_ratio: Tensor) -> Tensor:
        """Return half the log ratio; see `Objective.optimal_score`."""
        return log_ratio / 2
