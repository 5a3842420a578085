"""Several networks of one architecture for each replica, with weights that are learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class Mixture(nn.Module):
    """``k`` networks a replica and the logarithms of their weights.

    Parameters
    ----------
    network : torch.nn.Module
        Of ``R * k`` replicas; those of one replica follow each other.
    n_components : int
        ``k``.

    Attributes
    ----------
    log_weights : Parameter of shape (R, k)
        Up to a constant a replica; equal at first.
    """

    def __init__(self, network: Any, n_components: int) -> None:
        super().__init__()
        self.network, self.n_components = network, n_components
        first = next(network.parameters())
        start = torch.zeros(network.n_replicas // n_components, n_components, device=first.device)
        self.log_weights = nn.Parameter(start)

    @property
    def n_replicas(self) -> int:
        """How many mixtures these are."""
        return len(self.log_weights)

    @property
    def mixes_rows(self) -> bool:
        """Whether a row's output depends on the other rows of its batch."""
        return bool(self.network.mixes_rows)

    def weights(self) -> Tensor:
        """Return the weights, of shape (R, k), which sum to one."""
        return self.log_weights.softmax(dim=1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map a batch for each component, of shape (R, k, B, ...), to outputs (R, k, B, ...)."""
        outputs: Tensor = self.network(inputs.flatten(0, 1))
        return outputs.view(*inputs.shape[:2], *outputs.shape[1:])

    def frozen(self, inputs: Tensor) -> Tensor:
        """Do as `forward`, without a derivative in the parameters."""
        outputs: Tensor = self.network.frozen(inputs.flatten(0, 1))
        return outputs.view(*inputs.shape[:2], *outputs.shape[1:])

    def select(self, replicas: Sequence[int]) -> Mixture:
        """Return a copy of some of the replicas."""
        k = self.n_components
        chosen = [replica * k + i for replica in replicas for i in range(k)]
        other = Mixture(self.network.select(chosen), k)
        with torch.no_grad():
            other.log_weights.copy_(self.log_weights[list(replicas)])
        return other.train(self.training)

    def component(self, replica: int, index: int) -> Any:
        """Return a copy of one network, without the others."""
        return self.network.select([replica * self.n_components + index])
