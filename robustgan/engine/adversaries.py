"""The game of a generator and a discriminator, as two players of the engine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from robustgan.engine.callbacks import TrainingState
from robustgan.engine.loop import Player
from robustgan.engine.optimizers import Adam, GradientDescent
from robustgan.networks import VECTOR, LocationGenerator, Perceptron
from robustgan.objectives import Objective


@dataclass(frozen=True)
class LearningRates:
    """Optimizer settings of a game.

    Parameters
    ----------
    discriminator : float, default=0.01
        Of Adam.
    generator : float, default=0.05
        Of plain gradient descent: a location needs no adaptive steps, and their noise would
        end up in the average.
    betas : tuple of float, default=(0.5, 0.99)
        Of Adam.
    """

    discriminator: float = 0.01
    generator: float = 0.05
    betas: tuple[float, float] = (0.5, 0.99)


def adversaries(
    generator: LocationGenerator,
    discriminator: Perceptron,
    objective: Objective,
    *,
    features: Callable[[Tensor], Tensor],
    batch_size: int,
    penalty: float,
    rates: LearningRates,
    last_layer_norm: float | None = None,
) -> tuple[Player, Player]:
    """Set up a generator and a discriminator as two players.

    Parameters
    ----------
    generator : LocationGenerator
    discriminator : Perceptron
        Scores features; high means real.
    objective : Objective
    features : callable
        The fixed map from draws to the discriminator's input. Real rows arrive mapped, once
        for the whole sample, before training.
    batch_size : int
        Draws a step, rounded up to whole vectors of the processor.
    penalty : float
        Strength of the discriminator's weight decay, see `critic`.
    rates : LearningRates
    last_layer_norm : float or None, default=None
        See `critic`.

    Returns
    -------
    discriminator, generator : tuple of Player
    """
    # The round's draws, mapped: the generator moves on those that the discriminator has just
    # judged. Fresh ones would cost a third of a step and say the same.
    drawn: list[Tensor] = []
    n_draws = -(-batch_size // VECTOR) * VECTOR
    layers = discriminator.frozen_layers()

    def draw() -> Tensor:
        drawn[:] = [features(generator.sample(n_draws, mirrored=True))]
        return drawn[0].detach()

    def generate(_: Tensor) -> Tensor:
        if not drawn:
            draw()
        fake = drawn.pop()
        return objective.generator_loss(discriminator(fake, layers))

    learned = [parameter for parameter in generator.parameters() if parameter.requires_grad]
    descent = GradientDescent(learned, lr=rates.generator)
    return (
        critic(
            discriminator,
            objective,
            draw,
            penalty=penalty,
            rates=rates,
            last_layer_norm=last_layer_norm,
        ),
        Player("generator", descent, generate, needs_rows=False),
    )


def critic(
    discriminator: Perceptron,
    objective: Objective,
    draw: Callable[[], Tensor],
    *,
    penalty: float,
    rates: LearningRates,
    last_layer_norm: float | None = None,
) -> Player:
    """Set up a discriminator as a player.

    Parameters
    ----------
    discriminator : Perceptron
        Scores features; high means real.
    objective : Objective
    draw : callable
        Returns features of generated rows, of shape (R, B, n_columns).
    penalty : float
        Strength of the weight decay: ``penalty`` times the number of a weight's inputs is the
        gradient of a Gaussian prior with variance one over that number, the scale of the start,
        if the loss is averaged over ``1 / penalty`` rows.
    rates : LearningRates
    last_layer_norm : float or None, default=None
        Most sum of absolute weights of the last layer, the class of discriminators for which the
        papers prove their rates; None leaves it free.

    Returns
    -------
    discriminator : Player
    """
    # One pass for both halves, since dispatch is most of a step, in memory that is kept, since
    # for many replicas fresh pages cost more than the copy.
    both: list[Tensor] = []

    def discriminate(real: Tensor) -> Tensor:
        fake, n_real = draw(), real.shape[1]
        if not both:
            both.append(real.new_empty(len(real), n_real + fake.shape[1], real.shape[2]))
        torch.cat([real, fake], dim=1, out=both[0])
        scores = discriminator(both[0]).split([n_real, fake.shape[1]], dim=1)
        return objective.discriminator_loss(*scores)

    adam = Adam(
        [discriminator.weights],
        lr=rates.discriminator,
        betas=rates.betas,
        weight_decay=penalty * discriminator.fan_in(),
    )
    if last_layer_norm is None:
        return Player("discriminator", adam, discriminate)
    constrain = partial(discriminator.shrink_last_layer, last_layer_norm)
    return Player("discriminator", adam, discriminate, constrain=constrain)


class Snapshots:
    """Keep a network's weights at the end of each of a replica's last epochs.

    Averaging the scores of the last iterates is to a discriminator what averaging the iterates
    is to a location.

    Parameters
    ----------
    network : Perceptron
        Of ``R`` replicas.
    n_average : int
        How many epochs to keep.
    """

    def __init__(self, network: Perceptron, n_average: int) -> None:
        self._network = network
        self._kept = network.weights.detach()[:, None].repeat(1, n_average, 1)

    def on_epoch_end(self, state: TrainingState) -> None:
        """Overwrite the oldest weights of the replicas that still moved in this epoch."""
        weights = self._network.weights.detach()
        if state.progress.epoch == 1:
            # Whatever ends the training early, no slot holds weights from before it.
            self._kept[:] = weights[:, None]
        moved = torch.from_numpy(state.rates > 0).to(weights.device)[:, None]
        slot = state.progress.epoch % self._kept.shape[1]
        self._kept[:, slot] = torch.where(moved, weights, self._kept[:, slot])

    def replicas(self, index: int | Sequence[int]) -> Perceptron:
        """Return the kept weights of one replica, or several, as replicas of a perceptron."""
        return self._network.with_weights(self._kept[index].flatten(0, -2))
