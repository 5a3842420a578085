"""Objectives whose discriminator keeps the log score; they differ in what the generator does."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log

from torch import Tensor
from torch.nn.functional import softplus

from robustgan.objectives.base import Objective, check_parameter


class LogScore(Objective):
    """Discriminator by the log score, ``-E_real log D - E_fake log(1 - D)``.

    Here ``D = sigmoid(score)``. The best score is ``log p / q`` itself, and what `divergence`
    estimates is Jensen-Shannon's, ``(KL(p, m) + KL(q, m)) / 2`` with ``m = (p + q) / 2``, in
    [0, log 2].
    """

    def _real_loss(self, score: Tensor) -> Tensor:
        return softplus(-score)

    def _fake_loss(self, score: Tensor) -> Tensor:
        return softplus(score)

    @property
    def _baseline(self) -> float:
        return 2 * log(2)


@dataclass(frozen=True)
class JensenShannon(LogScore):
    """Jensen-Shannon divergence by the minimax game: the generator minimises ``E log(1 - D)``.

    Its gradient vanishes where the discriminator is sure ("saturates"). With the best
    discriminator the step is the gradient of twice the divergence, whose weight is
    ``f''(t) = 1 / (t (1 + t))``.

    References
    ----------
    .. [1] Goodfellow, I. et al. (2014). Generative adversarial nets. NeurIPS 27. Theorem 1.
    .. [2] Gao, C., Liu, J., Yao, Y. & Zhu, W. (2019). Robust estimation and generative
       adversarial nets. ICLR. doi:10.48550/arXiv.1810.02030
    """

    def _draw_loss(self, score: Tensor) -> Tensor:
        return -softplus(score)


@dataclass(frozen=True)
class NonSaturating(LogScore):
    """Log score, and a generator that minimises ``-E log D`` rather than ``E log(1 - D)``.

    `divergence` is Jensen-Shannon's. With the best discriminator the generator's step is the
    gradient of ``KL(q, p) - 2 JS(p, q)``, whose weight is ``f''(t) = 1 / (t^2 (1 + t))``.

    References
    ----------
    .. [1] Goodfellow, I. et al. (2014). Generative adversarial nets. NeurIPS 27. Section 3.
    .. [2] Arjovsky, M. & Bottou, L. (2017). Towards principled methods for training generative
       adversarial networks. ICLR. Theorem 2.5. doi:10.48550/arXiv.1701.04862
    """

    def _draw_loss(self, score: Tensor) -> Tensor:
        return softplus(-score)


@dataclass(frozen=True)
class ReverseKL(LogScore):
    """Reverse Kullback-Leibler divergence: the generator minimises ``-E score``.

    The discriminator keeps the log score, so its score estimates ``log p / q`` and the
    generator's loss estimates ``KL(q, p) = E_q log q / p``, weight ``f''(t) = 1 / t^2``.
    `divergence` is that loss: a plug-in estimate, not a bound.

    References
    ----------
    .. [1] Huszar, F. (2016). An alternative update rule for generative adversarial networks.
       https://www.inference.vc/an-alternative-update-rule-for-generative-adversarial-networks/
    .. [2] Sonderby, C. K. et al. (2017). Amortised MAP inference for image super-resolution.
       ICLR. Section 3.2. doi:10.48550/arXiv.1610.04490
    """

    def _draw_loss(self, score: Tensor) -> Tensor:
        return -score

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """Estimate ``KL(q, p)`` by ``-E_fake score``; see `Objective.divergence`."""
        return self.generator_loss(fake)


@dataclass(frozen=True)
class OneSided(LogScore):
    """Look only where the model claims more mass than the data have: our own generator loss.

    The generator minimises ``E softplus(-sharpness * score) / sharpness``; `divergence` is
    Jensen-Shannon's. With the best discriminator its step is the gradient of the f-divergence
    of weight ``f''(t) = 1 / (t^2 (1 + t^sharpness))``: that of reverse KL for ``t < 1``, where
    the model has too much, and next to nothing for ``t > 1``, where contamination has added
    mass. Sharpness 1 is `NonSaturating`; the limit 0 is `ReverseKL` at half the slope.

    Parameters
    ----------
    sharpness : float, default=8.0
        Positive. Larger means less bias under contamination, and a less efficient estimate
        without it, because noise in the score is rectified.

    References
    ----------
    .. [1] Derived in ``docs/one_sided.md``.
    """

    sharpness: float = 8.0

    def __post_init__(self) -> None:
        """Check the sharpness."""
        check_parameter("sharpness", self.sharpness, 0, inf)

    def _draw_loss(self, score: Tensor) -> Tensor:
        return softplus(-score, beta=self.sharpness)


@dataclass(frozen=True)
class SkewedJensenShannon(LogScore):
    """Skewed Jensen-Shannon divergence, between the two Kullback-Leibler divergences.

    ``JS_w(p, q) = w KL(p, m) + (1 - w) KL(q, m)`` with ``m = w p + (1 - w) q``, in nats: the
    log score when a share ``w`` of the rows is real. The discriminator minimises
    ``-2 w E_real log D - 2 (1 - w) E_fake log(1 - D)``, the generator ``E log(1 - D)``, with
    ``D = sigmoid(score + logit w)`` so that a score of zero says that data and model agree.
    With the best discriminator the step has the weight ``f''(t) = 1 / (t (t + (1 - w) / w))``.

    Parameters
    ----------
    data_weight : float, default=0.9
        The share ``w`` (Huszar's pi), in (0, 1). 0.5 is `JensenShannon`; towards 1
        ``JS_w / (1 - w)`` becomes ``KL(q, p)``, towards 0 ``JS_w / w`` becomes ``KL(p, q)``.

    References
    ----------
    .. [1] Huszar, F. (2015). How (not) to train your generative model: scheduled sampling,
       likelihood, adversary? doi:10.48550/arXiv.1511.05101
    """

    data_weight: float = 0.9

    def __post_init__(self) -> None:
        """Check the weight."""
        check_parameter("data_weight", self.data_weight, 0, 1)

    @property
    def _prior_score(self) -> float:
        return log(self.data_weight) - log(1 - self.data_weight)

    def _real_loss(self, score: Tensor) -> Tensor:
        return 2 * self.data_weight * softplus(-self._prior_score - score)

    def _fake_loss(self, score: Tensor) -> Tensor:
        return 2 * (1 - self.data_weight) * softplus(self._prior_score + score)

    def _draw_loss(self, score: Tensor) -> Tensor:
        return -softplus(self._prior_score + score)

    @property
    def _baseline(self) -> float:
        w = self.data_weight
        return -2 * (w * log(w) + (1 - w) * log(1 - w))
