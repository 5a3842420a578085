"""The moving average of a network's weights, which is steadier than the network."""

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn


class WeightAverage:
    """Follow a network by an exponential moving average of its weights [1]_.

    While few steps have been made the average is shorter: the weight of the past is at most
    ``(1 + n) / (10 + n)`` after ``n`` steps, so that the start is forgotten.

    Parameters
    ----------
    network : torch.nn.Module
        Of any number of replicas.
    decay : float
        Weight of the past in a step, in [0, 1).

    Attributes
    ----------
    average : torch.nn.Module
        A network with the averaged weights; buffers such as running means are averaged as well.

    References
    ----------
    .. [1] Yazici, Y. et al. (2019). The unusual effectiveness of averaging in GAN training. ICLR.
       doi:10.48550/arXiv.1806.04498
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.average: Any = copy.deepcopy(network).requires_grad_(False)
        self.decay = decay
        # A tensor on the host, to be saved with the others.
        self._n_steps = torch.zeros(())
        ours = [*self.average.parameters(), *self.average.buffers()]
        theirs = [*network.parameters(), *network.buffers()]
        pairs: list[tuple[Tensor, Tensor]] = list(zip(ours, theirs, strict=True))
        self._real = [pair for pair in pairs if pair[0].is_floating_point()]
        self._counts = [pair for pair in pairs if not pair[0].is_floating_point()]

    @torch.no_grad()
    def follow(self) -> None:
        """Take the network's weights into the average."""
        self._n_steps += 1
        n_steps = float(self._n_steps)
        new = 1 - min(self.decay, (1 + n_steps) / (10 + n_steps))
        for ours, theirs in self._real:
            ours.lerp_(theirs, new)
        for ours, theirs in self._counts:
            ours.copy_(theirs)

    def state(self) -> Mapping[str, Tensor]:
        """Return what changes while training, by name."""
        named = dict(self.average.named_parameters()) | dict(self.average.named_buffers())
        return {**named, "n_steps": self._n_steps}
