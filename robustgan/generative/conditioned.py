"""The game of an image given another one: its generator draws it, its discriminator sees both.

Knows networks on the replica axis, an objective and a penalty. It does not know what the images
are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from robustgan._bridge import Streams
from robustgan.generative.game import flat_scores
from robustgan.networks import Network
from robustgan.objectives import Objective, Penalty


@dataclass
class ConditionedGame:
    """The losses of a conditional generator and discriminator on minibatches.

    Parameters
    ----------
    generator : Network
        From conditions, with planes of noise behind their channels, to images.
    discriminator : Network
        From conditions and images, beside each other on the axis of channels, to scores of the
        whole or of patches; high means real.
    objective : Objective
    streams : Streams
        Draws the noise, one stream a replica.
    split : callable
        From a batch to conditions of shape (R, n, channels, height, width) and images like them.
    n_noise : int
        Planes of noise.
    penalty : Penalty or None, default=None
        Added to the discriminator's loss.
    weight : float, default=1.0
        Of the game in the generator's loss.
    fidelity : callable, default=None
        Added to it: a loss (R,) of drawn and true images.
    """

    generator: Network
    discriminator: Network
    objective: Objective
    streams: Streams
    split: Callable[[Any], tuple[Tensor, Tensor]]
    n_noise: int
    penalty: Penalty | None = None
    weight: float = 1.0
    fidelity: Callable[[Tensor, Tensor], Tensor] | None = None

    def __post_init__(self) -> None:
        """Begin without draws."""
        self._drawn: tuple[Tensor, Tensor, Tensor] | None = None

    def discriminate(self, batch: Any) -> Tensor:
        """Return the discriminator's loss on a batch; shape (R,)."""
        condition, image = self.split(batch)
        drawn = self.draw(condition)
        # The generator moves on the draws that have just been judged.
        self._drawn = condition, image, drawn
        real, fake = joined(condition, image), joined(condition, drawn.detach())
        scores = self._score(torch.cat([real, fake], dim=1))
        half = scores.shape[1] // 2
        loss = self.objective.discriminator_loss(scores[:, :half], scores[:, half:])
        if self.penalty is not None:
            loss = loss + self.penalty(self._score, real, fake, self.streams)
        return loss

    def generate(self, batch: Any) -> Tensor:
        """Return the generator's loss; shape (R,)."""
        if self._drawn is None:
            condition, image = self.split(batch)
            self._drawn = condition, image, self.draw(condition)
        (condition, image, drawn), self._drawn = self._drawn, None
        scores = flat_scores(self.discriminator.frozen(joined(condition, drawn)))
        loss = self.weight * self.objective.generator_loss(scores)
        return loss if self.fidelity is None else loss + self.fidelity(drawn, image)

    def draw(self, condition: Tensor) -> Tensor:
        """Draw an image for each condition."""
        images: Tensor = self.generator(with_noise(condition, self.n_noise, self.streams))
        return images

    def _score(self, pairs: Tensor) -> Tensor:
        return flat_scores(self.discriminator(pairs))


def joined(condition: Tensor, images: Tensor) -> Tensor:
    """Put images beside what they are given, on the axis of channels."""
    return torch.cat([condition, images], dim=2)


def with_noise(condition: Tensor, n_noise: int, streams: Streams) -> Tensor:
    """Put planes of Gaussian noise behind the channels of conditions (R, n, c, h, w)."""
    if not n_noise:
        return condition
    n_replicas, n, _, height, width = condition.shape
    noise = streams.normal(n, n_noise * height * width)
    planes = noise.view(n_replicas, n, n_noise, height, width).to(condition.device)
    return torch.cat([condition, planes], dim=2)
