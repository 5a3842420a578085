"""Who moves when in a round of a game, and with which gradients.

Simultaneous descent spirals away from the solution of ``min max x y``; alternating descent circles
around it; extragradient and optimistic steps reach it. This module knows players, not what they
play for.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

if TYPE_CHECKING:
    from robustgan.engine.batches import Batches
    from robustgan.engine.loop import Player


class Dynamics(Protocol):
    """What the training loop asks for: one round of the game."""

    def __call__(
        self, players: Sequence["Player"], batches: "Batches", rates: Tensor | None, totals: Tensor
    ) -> None:
        """Move every player, and add its loss to its row of ``totals`` (n_players, R)."""


def alternate(
    players: Sequence["Player"], batches: "Batches", rates: Tensor | None, totals: Tensor
) -> None:
    """Let each player see where those before it have moved."""
    for total, player in zip(totals, players, strict=True):
        for _ in range(player.n_steps):
            total += player.step(batches.draw(fresh=player.needs_rows), rates)


def move_at_once(
    players: Sequence["Player"], batches: "Batches", rates: Tensor | None, totals: Tensor
) -> None:
    """Take every gradient before anyone moves."""
    for player, gradients in zip(players, _look(players, batches, totals), strict=True):
        player.descend(gradients, rates)


def look_ahead(
    players: Sequence["Player"], batches: "Batches", rates: Tensor | None, totals: Tensor
) -> None:
    """Move from here by the gradients of where simultaneous steps would lead [1]_.

    Both steps go through the optimizer, so that one with a memory remembers both [2]_.

    References
    ----------
    .. [1] Korpelevich, G. M. (1976). The extragradient method for finding saddle points and other
       problems. Matecon 12, 747-756.
    .. [2] Gidel, G., Berard, H., Vignoud, G., Vincent, P. and Lacoste-Julien, S. (2019). A
       variational inequality perspective on generative adversarial networks. ICLR. Algorithm 3.
       doi:10.48550/arXiv.1802.10551
    """
    here = [_copies(player) for player in players]
    for player, gradients in zip(players, _look(players, batches, totals), strict=True):
        player.descend(gradients, rates)
    ahead = _look(players, batches, None)
    for player, start, gradients in zip(players, here, ahead, strict=True):
        _put(player, start)
        player.descend(gradients, rates)


class Optimism:
    """Move at once, by twice the optimizer's step less its last one [1]_.

    With gradient descent ``w - 2 rate g(w) + rate g(last w)``; with Adam, optimistic Adam. The
    first round is a plain one.

    References
    ----------
    .. [1] Daskalakis, C., Ilyas, A., Syrgkanis, V. and Zeng, H. (2018). Training GANs with
       optimism. ICLR. Equation 6 and Algorithm 1. doi:10.48550/arXiv.1711.00141
    """

    def __init__(self) -> None:
        # The last step of each player, which a checkpoint keeps.
        self.memory: dict[str, list[Tensor]] = {}

    def __call__(
        self, players: Sequence["Player"], batches: "Batches", rates: Tensor | None, totals: Tensor
    ) -> None:
        """Play a round."""
        for player, gradients in zip(players, _look(players, batches, totals), strict=True):
            player.descend(gradients, rates, correct=self._correct)

    def _correct(self, player: "Player", before: Sequence[Tensor]) -> None:
        """Add the difference from the last step to the one just taken."""
        steps = [p - old for p, old in zip(player.parameters, before, strict=True)]
        last = self.memory.get(player.name, steps)
        for parameter, step, old_step in zip(player.parameters, steps, last, strict=True):
            parameter.add_(step).sub_(old_step)
        self.memory[player.name] = steps


DYNAMICS: Mapping[str, Callable[[], Dynamics]] = MappingProxyType(
    {
        "alternating": lambda: alternate,
        "simultaneous": lambda: move_at_once,
        "extragradient": lambda: look_ahead,
        "optimistic": Optimism,
    }
)


def start_dynamics(name: str, players: Sequence["Player"]) -> Dynamics:
    """Return the dynamics of that name, with no memory yet.

    Raises
    ------
    ValueError
        If there are none of that name, or a player has several steps in a round where all move
        at once.
    """
    if name not in DYNAMICS:
        names = ", ".join(map(repr, DYNAMICS))
        raise ValueError(f"dynamics must be one of {names}, got {name!r}.")
    for player in players:
        if name != "alternating" and player.n_steps != 1:
            raise ValueError(
                f"n_steps of the player {player.name!r} must be 1 under {name!r} dynamics, got "
                f"{player.n_steps}. Use 'alternating', or raise its learning rate."
            )
    return DYNAMICS[name]()


def _look(
    players: Sequence["Player"], batches: "Batches", totals: Tensor | None
) -> list[Sequence[Tensor]]:
    """Take all players' gradients where they are."""
    found = []
    for i, player in enumerate(players):
        loss, gradients = player.look(batches.draw(fresh=player.needs_rows))
        if totals is not None:
            totals[i] += loss
        found.append(gradients)
    return found


@torch.no_grad()
def _copies(player: "Player") -> list[Tensor]:
    return [parameter.clone() for parameter in player.parameters]


@torch.no_grad()
def _put(player: "Player", values: Sequence[Tensor]) -> None:
    for parameter, value in zip(player.parameters, values, strict=True):
        parameter.copy_(value)
