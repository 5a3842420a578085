"""The energy of layers of units that are connected to their neighbours only, and its conditionals.

Given the layers of one parity, those of the other are independent: a block of Gibbs sampling draws
them all at once, and their sum over all states is a product. Knows tensors, not data or training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from robustgan._bridge import Streams

EVEN, ODD = 0, 1
LOG_TWO_PI = 1.8378770664093453

# States of some of the layers, by the number of the layer; each of shape (R, n, width).
States = Mapping[int, Tensor]


@dataclass(frozen=True)
class LayeredEnergy:
    """Layers of units, each connected to the next: RBM with two of them, deep with more.

    The energy is ``-sum_l b_l x_l - sum_l x_l W_l x_(l+1)`` [1]_, equation 20.24; with Gaussian
    units in layer 0, ``sum (x_0 - b_0)^2 / (2 s^2) - (x_0 / s^2) W_0 x_1`` for its parts [2]_.

    Parameters
    ----------
    weights : sequence of Tensor of shape (R, width of layer l, width of layer l + 1)
    biases : sequence of Tensor of shape (R, width of layer l)
    log_variance : Tensor of shape (R, width of layer 0), or None
        ``log s^2`` of Gaussian units in layer 0; None makes them binary.

    References
    ----------
    .. [1] Goodfellow, I., Bengio, Y. and Courville, A. (2016). Deep Learning, chapter 20.
    .. [2] Cho, K., Ilin, A. and Raiko, T. (2011). Improved learning of Gaussian-Bernoulli
       restricted Boltzmann machines. ICANN. doi:10.1007/978-3-642-21735-7_2
    """

    weights: Sequence[Tensor]
    biases: Sequence[Tensor]
    log_variance: Tensor | None = None

    @property
    def n_layers(self) -> int:
        """Layers, the visible one included."""
        return len(self.biases)

    @property
    def widths(self) -> list[int]:
        """Units of each layer."""
        return [bias.shape[1] for bias in self.biases]

    def layers(self, parity: int, *, hidden_only: bool = False) -> range:
        """Return the layers of a parity."""
        return range(parity + 2 if hidden_only and parity == EVEN else parity, self.n_layers, 2)

    def select(self, replicas: Sequence[int]) -> LayeredEnergy:
        """Return some of the replicas."""
        return self._map(lambda tensor: tensor[list(replicas)])

    def double(self) -> LayeredEnergy:
        """Return the same in float64."""
        return self._map(lambda tensor: tensor.double())

    def tempered(self, share: float, base: Sequence[Tensor]) -> LayeredEnergy:
        """Return this energy at a share in [0, 1] of its weights, with biases near ``base``."""
        return LayeredEnergy(
            [share * weight for weight in self.weights],
            [torch.lerp(b, bias, share) for b, bias in zip(base, self.biases, strict=True)],
            self.log_variance,
        )

    def field(
        self, layer: int, states: States, *, below: float = 1.0, above: float = 1.0
    ) -> Tensor:
        """Return what a layer's neighbours add to its biases, of shape (R, n, width).

        ``below`` and ``above`` weigh the two neighbours; one not in ``states`` adds nothing.
        """
        parts = []
        if layer - 1 in states:
            source = states[layer - 1]
            if layer == 1 and self.log_variance is not None:
                source = source * (-self.log_variance).exp()[:, None]
            parts.append(below * torch.bmm(source, self.weights[layer - 1]))
        if layer + 1 in states:
            parts.append(above * torch.bmm(states[layer + 1], self.weights[layer].mT))
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]

    def mean(self, layer: int, field: Tensor) -> Tensor:
        """Return the mean of a layer given the field on it."""
        total = field + self.biases[layer][:, None]
        return total if self._is_gaussian(layer) else total.sigmoid()

    def draw(self, layer: int, field: Tensor, streams: Streams) -> Tensor:
        """Draw a layer given the field on it."""
        mean = self.mean(layer, field)
        if self.log_variance is not None and layer == 0:
            noise = streams.normal(mean.shape[1], mean.shape[2])
            return mean + noise.to(mean) * (self.log_variance / 2).exp()[:, None]
        uniform = streams.uniform(mean.shape[1], mean.shape[2], bound=0.5)
        return (uniform < mean - 0.5).to(mean)

    def log_sum(self, layer: int, field: Tensor) -> Tensor:
        """Return the log of the sum over a layer's states given the field, of shape (R, n)."""
        bias = self.biases[layer][:, None]
        if self.log_variance is None or layer > 0:
            return F.softplus(bias + field).sum(dim=2)
        log_variance = self.log_variance[:, None]
        shift = field * (field + 2 * bias) * (-log_variance).exp()
        return (shift + log_variance + LOG_TWO_PI).sum(dim=2) / 2

    def own(self, layer: int, states: Tensor) -> Tensor:
        """Return minus the energy of a layer by itself, of shape (R, n)."""
        bias = self.biases[layer][:, None]
        if self.log_variance is None or layer > 0:
            return (states * bias).sum(dim=2)
        return -((states - bias).square() * (-self.log_variance).exp()[:, None]).sum(dim=2) / 2

    def log_weight(self, states: States) -> Tensor:
        """Return the log of the sum of ``exp(-energy)`` over all layers that are not given.

        Parameters
        ----------
        states : mapping of int to Tensor of shape (R, n, width)
            Of which no two missing layers are neighbours.

        Returns
        -------
        log_weight : Tensor of shape (R, n)
            Minus the free energy of the states.
        """
        terms = [self.own(layer, state) for layer, state in states.items()]
        for layer in range(self.n_layers):
            if layer not in states:
                terms.append(self.log_sum(layer, self.field(layer, states)))
            elif layer + 1 in states:
                below = self.field(layer + 1, {layer: states[layer]})
                terms.append((below * states[layer + 1]).sum(dim=2))
        return torch.stack(terms).sum(dim=0)

    def draw_block(self, parity: int, states: States, streams: Streams) -> dict[int, Tensor]:
        """Draw all layers of a parity given those of the other."""
        return {
            layer: self.draw(layer, self.field(layer, states), streams)
            for layer in self.layers(parity)
        }

    def gibbs(self, odd: States, n_steps: int, streams: Streams) -> dict[int, Tensor]:
        """Draw even layers and odd layers in turn, ``n_steps`` times each; return the odd ones."""
        states = dict(odd)
        for _ in range(n_steps):
            states = self.draw_block(ODD, self.draw_block(EVEN, states, streams), streams)
        return states

    def climb(self, visible: Tensor) -> dict[int, Tensor]:
        """Start the means of the hidden layers by one way up.

        Layers that will hear from above as well get their input from below twice.
        """
        means = {0: visible}
        for layer in range(1, self.n_layers):
            below = 1.0 if layer == self.n_layers - 1 else 2.0
            field = self.field(layer, {layer - 1: means[layer - 1]}, below=below)
            means[layer] = self.mean(layer, field)
        return means

    def sweep(self, means: States) -> dict[int, Tensor]:
        """Update the means of the odd layers, then those of the even hidden ones.

        Each half climbs the variational bound ([1]_, equations 20.33 and 20.34).
        """
        updated = dict(means)
        for parity in (ODD, EVEN):
            for layer in self.layers(parity, hidden_only=True):
                updated[layer] = self.mean(layer, self.field(layer, updated))
        return updated

    def _is_gaussian(self, layer: int) -> bool:
        return layer == 0 and self.log_variance is not None

    def _map(self, change: Callable[[Tensor], Tensor]) -> LayeredEnergy:
        return LayeredEnergy(
            [change(weight) for weight in self.weights],
            [change(bias) for bias in self.biases],
            None if self.log_variance is None else change(self.log_variance),
        )


class BoltzmannNetwork(nn.Module):
    """The parameters of a layered energy, of ``R`` replicas.

    Parameters
    ----------
    widths : sequence of int
        Units of each layer, the visible one first.
    streams : Streams
        Draws the weights, Gaussian of deviation ``spread``, one stream a replica.
    is_gaussian : bool, default=False
        Whether visible units are Gaussian, with learned variances.
    spread : float, default=0.01
    """

    def __init__(
        self,
        widths: Sequence[int],
        *,
        streams: Streams,
        is_gaussian: bool = False,
        spread: float = 0.01,
    ) -> None:
        super().__init__()
        pairs = pairwise(widths)
        self.weights = nn.ParameterList(
            nn.Parameter(spread * streams.normal(below, above)) for below, above in pairs
        )
        zeros = [torch.zeros(len(streams), width, device=streams.device) for width in widths]
        self.biases = nn.ParameterList(nn.Parameter(zero) for zero in zeros)
        self.log_variance = nn.Parameter(zeros[0].clone()) if is_gaussian else None

    @property
    def n_replicas(self) -> int:
        """How many networks these are."""
        return len(self.biases[0])

    @property
    def energy(self) -> LayeredEnergy:
        """The energy with these parameters."""
        return LayeredEnergy(list(self.weights), list(self.biases), self.log_variance)


class Chains(nn.Module):
    """Persistent chains: the odd layers' states, of ``R`` replicas, as buffers.

    Parameters
    ----------
    widths : sequence of int
        Units of each layer, the visible one first.
    n_chains : int
    streams : Streams
        Draws the start, each unit on or off with equal probabilities.
    """

    def __init__(self, widths: Sequence[int], n_chains: int, *, streams: Streams) -> None:
        super().__init__()
        self._layers = range(ODD, len(widths), 2)
        for layer in self._layers:
            start = streams.uniform(n_chains, widths[layer], bound=0.5) < 0
            self.register_buffer(f"layer_{layer}", start.float())

    @property
    def states(self) -> dict[int, Tensor]:
        """The states by layer."""
        return {layer: self.get_buffer(f"layer_{layer}") for layer in self._layers}

    def move(self, states: States) -> None:
        """Take other states, in place."""
        for layer, buffer in self.states.items():
            buffer.copy_(states[layer])


def bits(n_units: int, first: int, last: int, like: Tensor) -> Tensor:
    """Return states ``first`` to ``last`` of binary units, a row each."""
    codes = torch.arange(first, last, device=like.device)
    return ((codes[:, None] >> torch.arange(n_units, device=like.device)) & 1).to(like.dtype)


def enumerate_states(energy: LayeredEnergy, layers: Sequence[int]) -> Iterator[dict[int, Tensor]]:
    """Yield all joint states of some layers in parts, each of shape (R, n, width)."""
    widths = [energy.widths[layer] for layer in layers]
    n_units, like = sum(widths), energy.biases[0]
    chunk = 1 << 13
    for first in range(0, 1 << n_units, chunk):
        rows = bits(n_units, first, min(first + chunk, 1 << n_units), like)
        parts = torch.split(rows.expand(len(like), -1, -1), widths, dim=2)
        yield dict(zip(layers, parts, strict=True))
