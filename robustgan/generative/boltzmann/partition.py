"""The log of the sum of ``exp(-energy)`` over all states, exact or by importance sampling.

Knows layered energies. It does not know how they were learned.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from robustgan._bridge import Streams
from robustgan.generative.boltzmann.energy import (
    EVEN,
    ODD,
    LayeredEnergy,
    States,
    enumerate_states,
)

# Most binary units whose joint states are listed: a million of them.
MOST_ENUMERATED = 20


@dataclass(frozen=True)
class LogPartition:
    """An estimate of ``log Z``.

    Attributes
    ----------
    value : float
        In nats.
    error : float
        Its standard error in nats; 0 where it is exact.
    """

    value: float
    error: float


def smaller_side(energy: LayeredEnergy, *, hidden_only: bool = False) -> list[int]:
    """Return the layers of the parity with fewer binary units to enumerate.

    With ``hidden_only`` the visible layer is given. Gaussian units cannot be enumerated.
    """
    sides = [list(energy.layers(parity, hidden_only=hidden_only)) for parity in (ODD, EVEN)]
    if energy.log_variance is not None and not hidden_only:
        sides = sides[:1]
    return min(sides, key=lambda side: count_units(energy, side))


def count_units(energy: LayeredEnergy, layers: list[int]) -> int:
    """Return how many units some layers have."""
    return sum(energy.widths[layer] for layer in layers)


def is_enumerable(energy: LayeredEnergy, *, hidden_only: bool = False) -> bool:
    """Say whether one parity has at most `MOST_ENUMERATED` units."""
    side = smaller_side(energy, hidden_only=hidden_only)
    return count_units(energy, side) <= MOST_ENUMERATED


@torch.no_grad()
def exact_log_partition(energy: LayeredEnergy) -> Tensor:
    """Sum over all states of one parity, over the other in closed form; of shape (R,)."""
    energy = energy.double()
    parts = enumerate_states(energy, smaller_side(energy))
    sums = [energy.log_weight(part).logsumexp(dim=1) for part in parts]
    return torch.stack(sums).logsumexp(dim=0)


@torch.no_grad()
def exact_log_weight(energy: LayeredEnergy, visible: Tensor) -> Tensor:
    """Sum over all hidden states; return ``log p(x) + log Z`` of shape (R, n).

    Parameters
    ----------
    visible : Tensor of shape (R, n, width of layer 0)
    """
    energy, visible = energy.double(), visible.double()
    layers = smaller_side(energy, hidden_only=True)
    if not layers:
        return energy.log_weight({0: visible})
    sums = []
    for part in enumerate_states(energy, layers):
        n_states = part[layers[0]].shape[1]
        # About 32 MiB at once for 64 units.
        blocks = torch.split(visible, max(1, (1 << 16) // n_states), dim=1)
        sums.append(torch.cat([_summed(energy, block, part) for block in blocks], dim=1))
    return torch.stack(sums).logsumexp(dim=0)


def _summed(energy: LayeredEnergy, visible: Tensor, part: States) -> Tensor:
    """Sum over some hidden states for each of some rows, of shape (R, n)."""
    n_rows = visible.shape[1]
    n_states = next(iter(part.values())).shape[1]
    states = {layer: state.repeat(1, n_rows, 1) for layer, state in part.items()}
    states[0] = visible.repeat_interleave(n_states, dim=1)
    weights = energy.log_weight(dict(sorted(states.items())))
    return weights.view(len(weights), n_rows, n_states).logsumexp(dim=2)


@torch.no_grad()
def annealed_log_partition(
    energy: LayeredEnergy,
    base: list[Tensor],
    *,
    n_chains: int,
    n_temperatures: int,
    streams: Streams,
) -> tuple[Tensor, Tensor]:
    """Estimate ``log Z`` by annealed importance sampling [1]_, its odd layers being the states.

    Parameters
    ----------
    energy : LayeredEnergy
    base : list of Tensor of shape (R, width)
        Biases of the law without weights in which the chains start.
    n_chains : int
        Independent chains, at least 2.
    n_temperatures : int
        Steps from no weights to all, at least 1.
    streams : Streams
        One random stream a replica.

    Returns
    -------
    log_partition, error : Tensor of shape (R,)
        In nats; the error is the standard error of ``log Z`` by the variance of the weights.

    References
    ----------
    .. [1] Salakhutdinov, R. and Murray, I. (2008). On the quantitative analysis of deep belief
       networks. ICML. doi:10.1145/1390156.1390266
    """
    energy, base = energy.double(), [bias.double() for bias in base]
    like = energy.biases[0]
    hotter = energy.tempered(0.0, base)
    nothing = {
        layer: like.new_zeros(len(like), n_chains, energy.widths[layer])
        for layer in range(energy.n_layers)
    }
    states: dict[int, Tensor] = {
        layer: hotter.draw(layer, nothing[layer], streams) for layer in energy.layers(ODD)
    }
    start = sum(hotter.log_sum(layer, nothing[layer])[:, 0] for layer in nothing)
    log_weights = like.new_zeros(len(like), n_chains)
    for step in range(1, n_temperatures + 1):
        colder = energy.tempered(step / n_temperatures, base)
        log_weights += colder.log_weight(states) - hotter.log_weight(states)
        if step < n_temperatures:
            states = colder.gibbs(states, 1, streams)
        hotter = colder
    mean = log_weights.logsumexp(dim=1) - math.log(n_chains)
    relative = (log_weights - mean[:, None]).exp()
    return start + mean, relative.std(dim=1) / math.sqrt(n_chains)


def tabulated(
    energy: LayeredEnergy, layers: Sequence[int], n_samples: int, streams: Streams
) -> dict[int, Tensor]:
    """Draw the joint states of some layers independently, by their probabilities."""
    parts = list(enumerate_states(energy, layers))
    table = {layer: torch.cat([part[layer] for part in parts], dim=1) for layer in layers}
    probabilities = torch.cat([energy.log_weight(part) for part in parts], dim=1).softmax(dim=1)
    drawn = [
        torch.multinomial(row, n_samples, replacement=True, generator=rng)
        for row, rng in zip(probabilities, streams.generators, strict=True)
    ]
    index = torch.stack(drawn)[..., None]
    return {k: rows.gather(1, index.expand(-1, -1, rows.shape[2])) for k, rows in table.items()}
