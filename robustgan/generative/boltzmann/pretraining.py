"""Greedy pre-training of a deep Boltzmann machine: a pair of layers after the other.

Knows layered energies and the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from robustgan._bridge import Streams
from robustgan.engine import Player, Schedule, train
from robustgan.engine.optimizers import Adam
from robustgan.generative.boltzmann.energy import BoltzmannNetwork, LayeredEnergy

# Share of the learning rate that is left at the end.
FINAL_RATE = 0.05


@dataclass
class PairGame:
    """Two neighbouring layers as a restricted machine, with copies of the inner ones.

    In the deep machine an inner layer hears from both sides. Alone with one of them it hears from a
    second copy of it, with the same weights, so that both halves together are as strong as in
    the whole [1]_, section 3.1: the field on the upper layer counts ``n_below`` times, that on the
    lower one ``n_above`` times.

    Parameters
    ----------
    network : BoltzmannNetwork
    layer : int
        The lower one.
    states : Tensor of shape (R, n_chains, width)
        Persistent states of the upper layer; moved by every step.
    streams : Streams

    References
    ----------
    .. [1] Salakhutdinov, R. and Hinton, G. (2009). Deep Boltzmann machines. AISTATS, PMLR 5,
       448-455.
    """

    network: BoltzmannNetwork
    layer: int
    states: Tensor
    streams: Streams

    @property
    def n_below(self) -> int:
        """Copies of the lower layer that the upper one hears."""
        return 1 if self.layer + 2 == len(self.network.biases) else 2

    @property
    def n_above(self) -> int:
        """Copies of the upper layer that the lower one hears."""
        return 1 if self.layer == 0 else 2

    def loss(self, batch: Tensor) -> Tensor:
        """Return the difference of the two phases on rows, of shape (R,)."""
        energy = self.network.energy
        with torch.no_grad():
            data = batch
            for layer in range(self.layer):
                # Below the top, so that each of these hears from above as well in the whole.
                field = energy.field(layer + 1, {layer: data}, below=2.0)
                data = energy.mean(layer + 1, field)
            upper = energy.mean(self.layer + 1, self._field_up(energy, data))
            lower = energy.draw(self.layer, self._down(energy), self.streams)
            up = self._field_up(energy, lower)
            self.states.copy_(energy.draw(self.layer + 1, up, self.streams))
            # The mean of the lower layer has less noise than its draw.
            fantasy = energy.mean(self.layer, self._down(energy))
        return self._energy(energy, data, upper) - self._energy(energy, fantasy, self.states)

    def _field_up(self, energy: LayeredEnergy, lower: Tensor) -> Tensor:
        return energy.field(self.layer + 1, {self.layer: lower}, below=self.n_below)

    def _down(self, energy: LayeredEnergy) -> Tensor:
        return energy.field(self.layer, {self.layer + 1: self.states}, above=self.n_above)

    def _energy(self, energy: LayeredEnergy, lower: Tensor, upper: Tensor) -> Tensor:
        """Return the mean energy with all copies in the same state, of shape (R,)."""
        n_below, n_above = self.n_below, self.n_above
        field = energy.field(self.layer + 1, {self.layer: lower})
        bound = n_below * n_above * (field * upper).sum(dim=2)
        own = n_below * energy.own(self.layer, lower) + n_above * energy.own(self.layer + 1, upper)
        return -(bound + own).mean(dim=1)


def pretrain(
    network: BoltzmannNetwork,
    data: Tensor,
    streams: Streams,
    *,
    n_steps: int,
    n_chains: int,
    batch_size: int,
    learning_rate: float,
) -> None:
    """Train each pair of layers, the lowest first, on the means of the layers below.

    Parameters
    ----------
    network : BoltzmannNetwork
        Changed in place.
    data : Tensor of shape (n_samples, width of layer 0)
    streams : Streams
        One random stream a replica.
    n_steps : int
        Of each pair; the learning rate decays in the second half of them.
    n_chains, batch_size : int
    learning_rate : float
    """
    steps_per_epoch = min(100, n_steps)
    n_epochs = -(-n_steps // steps_per_epoch)
    schedule = Schedule.fixed(n_epochs, n_settle=-(-n_epochs // 2), final_rate=FINAL_RATE)
    for layer, weight in enumerate(network.weights):
        shape = (n_chains, weight.shape[2])
        states = (streams.uniform(*shape, bound=0.5) < 0).float()
        game = PairGame(network, layer, states, streams)
        moved: Sequence[Tensor] = [weight, network.biases[layer + 1]]
        if layer == 0:
            moved = [*moved, network.biases[0]]
        train(
            [Player("phases", Adam(moved, lr=learning_rate, betas=(0.9, 0.999)), game.loss)],
            data,
            streams=streams,
            schedule=schedule,
            batch_size=batch_size,
            steps_per_epoch=steps_per_epoch,
            stage=f"layers {layer} and {layer + 1}",
        )
