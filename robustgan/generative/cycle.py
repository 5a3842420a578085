"""The game of two generators that undo each other, whatever networks they are."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from robustgan._bridge import Streams
from robustgan.generative.game import flat_scores
from robustgan.networks import Network
from robustgan.objectives import Objective, Penalty


@dataclass
class CycleGame:
    """The losses of three players on batches of rows of both kinds: both generators, each judge.

    Parameters
    ----------
    generator, inverse_generator : Network
        From rows to targets, and back.
    discriminator, inverse_discriminator : Network
        Of targets, and of rows; from them to scores, high means real.
    objective : Objective
    penalty : Penalty or None
        Added to the discriminators' losses.
    streams : Streams
        One random stream a replica.
    cycle_weight, identity_weight : float
        See `CycleGAN`.
    """

    generator: Network
    inverse_generator: Network
    discriminator: Network
    inverse_discriminator: Network
    objective: Objective
    penalty: Penalty | None
    streams: Streams
    cycle_weight: float
    identity_weight: float

    def generate(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Return the loss of both generators; shape (R,)."""
        rows, targets = batch
        there, back = self.generator(rows), self.inverse_generator(targets)
        # The discriminators judge what has just been drawn.
        self._there, self._back = there.detach(), back.detach()
        loss = self._deceit(self.discriminator, there)
        loss = loss + self._deceit(self.inverse_discriminator, back)
        cycle = _distance(self.inverse_generator(there), rows)
        cycle = cycle + _distance(self.generator(back), targets)
        loss = loss + self.cycle_weight * cycle
        if self.identity_weight:
            same = _distance(self.generator(targets), targets)
            same = same + _distance(self.inverse_generator(rows), rows)
            loss = loss + self.cycle_weight * self.identity_weight * same
        return loss

    def discriminate(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Return the loss of the discriminator of targets; shape (R,)."""
        return self._judge(self.discriminator, batch[1], self._there)

    def discriminate_back(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Return the loss of the discriminator of rows; shape (R,)."""
        return self._judge(self.inverse_discriminator, batch[0], self._back)

    def _deceit(self, discriminator: Network, drawn: Tensor) -> Tensor:
        return self.objective.generator_loss(flat_scores(discriminator.frozen(drawn)))

    def _judge(self, discriminator: Network, real: Tensor, drawn: Tensor) -> Tensor:
        def score(rows: Tensor) -> Tensor:
            return flat_scores(discriminator(rows))

        loss = self.objective.discriminator_loss(score(real), score(drawn))
        if self.penalty is not None:
            loss = loss + self.penalty(score, real, drawn, self.streams)
        return loss


def _distance(rows: Tensor, others: Tensor) -> Tensor:
    """Return mean absolute differences, of shape (R,)."""
    return (rows - others).abs().flatten(1).mean(dim=1)
