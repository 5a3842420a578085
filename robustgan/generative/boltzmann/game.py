"""The one-player game of a Boltzmann machine: its loss is the difference of two phases.

Knows layered energies and chains. It does not know what the units mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from robustgan._bridge import Streams
from robustgan.generative.boltzmann.energy import BoltzmannNetwork, Chains


@dataclass(frozen=True)
class BoltzmannGame:
    """Stochastic maximum likelihood by persistent chains [1]_, algorithm 20.1.

    Parameters
    ----------
    network : BoltzmannNetwork
    chains : Chains
        Moved by every step.
    streams : Streams
        One random stream a replica.
    n_gibbs : int
        Sweeps over all layers in a step.
    n_mean_field : int
        Updates of the hidden means in a step; unused with one hidden layer, whose law given
        the data is known. Always as many: no replica may wait for another.
    weight_decay : float
        Half of it times the sum of squared weights is added to the loss.

    References
    ----------
    .. [1] Goodfellow, I., Bengio, Y. and Courville, A. (2016). Deep Learning, chapter 20.
    """

    network: BoltzmannNetwork
    chains: Chains
    streams: Streams
    n_gibbs: int
    n_mean_field: int
    weight_decay: float

    def loss(self, batch: Tensor) -> Tensor:
        """Return the free energy of the data less that of the chains' states, of shape (R,).

        Its gradient is that of minus the log-likelihood, with the states as draws of the model.
        """
        energy = self.network.energy
        visible = batch.flatten(2)
        with torch.no_grad():
            fantasy = energy.gibbs(self.chains.states, self.n_gibbs, self.streams)
            self.chains.move(fantasy)
            means = {0: visible}
            if energy.n_layers > 2:
                means = energy.climb(visible)
                for _ in range(self.n_mean_field):
                    means = energy.sweep(means)
        # Even layers are summed out given the odd ones, which spares their noise.
        loss = energy.log_weight(fantasy).mean(dim=1) - energy.log_weight(means).mean(dim=1)
        if self.weight_decay:
            squares = [weight.square().sum(dim=(1, 2)) for weight in energy.weights]
            loss = loss + self.weight_decay / 2 * torch.stack(squares).sum(dim=0)
        return loss
