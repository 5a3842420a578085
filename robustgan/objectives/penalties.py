"""Penalties on a discriminator as a function: on its slope, wherever its network comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from robustgan._bridge import Streams
from robustgan.objectives.base import check_parameter


class Penalty(Protocol):
    """What is added to the discriminator's loss."""

    def __call__(
        self, score: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, streams: Streams
    ) -> Tensor:
        """Return the penalty of each replica.

        Parameters
        ----------
        score : callable
            Maps rows of shape (R, n, ...) to scores of shape (R, n).
        real, fake : Tensor of shape (R, n, ...)
            Rows of the data and of the model, as many of each.
        streams : Streams
            One random stream a replica.

        Returns
        -------
        penalty : Tensor of shape (R,)
        """


@dataclass(frozen=True)
class GradientPenalty:
    """Slopes of one between data and model: ``strength E (|grad score| - 1)^2``.

    At points uniform on segments from generated to real rows. With `Wasserstein`, WGAN-GP.

    Parameters
    ----------
    strength : float, default=10.0
        Positive.
    is_one_sided : bool, default=False
        Whether slopes below one cost nothing.

    References
    ----------
    .. [1] Gulrajani, I. et al. (2017). Improved training of Wasserstein GANs. NeurIPS 30.
       Equation 3. doi:10.48550/arXiv.1704.00028
    """

    strength: float = 10.0
    is_one_sided: bool = False

    def __post_init__(self) -> None:
        """Check the strength."""
        check_parameter("strength", self.strength, 0, float("inf"))

    def __call__(
        self, score: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, streams: Streams
    ) -> Tensor:
        """Return the penalty of each replica; see `Penalty`."""
        share = streams.uniform(real.shape[1], bound=0.5) + 0.5
        share = share.view(*share.shape, *[1] * (real.dim() - 2))
        # Of a square root, whose slope at zero is infinite.
        length = (_squared_slope(score, torch.lerp(fake, real, share)) + 1e-12).sqrt()
        excess = (length - 1).relu() if self.is_one_sided else length - 1
        return self.strength * excess.square().mean(dim=1)


@dataclass(frozen=True)
class ZeroGradientPenalty:
    """No slope at the data: ``strength / 2 E_real |grad score|^2``, known as R1.

    Under it a game converges near its solution where without it it circles around.

    Parameters
    ----------
    strength : float, default=1.0
        Positive.

    References
    ----------
    .. [1] Mescheder, L., Geiger, A. & Nowozin, S. (2018). Which training methods for GANs do
       actually converge? ICML. Equation 9. doi:10.48550/arXiv.1801.04406
    """

    strength: float = 1.0

    def __post_init__(self) -> None:
        """Check the strength."""
        check_parameter("strength", self.strength, 0, float("inf"))

    def __call__(
        self, score: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, streams: Streams
    ) -> Tensor:
        """Return the penalty of each replica; see `Penalty`."""
        return 0.5 * self.strength * _squared_slope(score, real).mean(dim=1)


def _squared_slope(score: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
    """Return the squared length of the score's gradient at each row, of shape (R, n)."""
    points = rows.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(score(points).sum(), points, create_graph=True)
    return gradient.flatten(2).square().sum(dim=2)
