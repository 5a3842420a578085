"""The losses of mixtures of generators and discriminators, and how far from equilibrium they are.

Knows mixtures of networks and an objective. It does not know the data.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from robustgan._bridge import Streams, to_array
from robustgan.engine import Player, Schedule, train
from robustgan.generative.game import AdversarialGame
from robustgan.generative.settings import FINAL_RATE
from robustgan.networks import Mixture


@dataclass
class MixtureGame(AdversarialGame):
    """The losses of mixtures [1]_, section 4 and 5: expectations over pairs of components.

    Parameters
    ----------
    entropy : float, default=0.0
        Weight of ``-mean(log weight)``, which keeps a player from dropping components.

    References
    ----------
    .. [1] Arora, S., Ge, R., Liang, Y., Ma, T. and Zhang, Y. (2017). Generalization and equilibrium
       in generative adversarial nets (GANs). ICML. doi:10.48550/arXiv.1703.00573
    """

    # Mixtures both.
    generator: Any
    discriminator: Any
    entropy: float = 0.0

    def discriminate(self, real: Tensor) -> Tensor:
        """Return the discriminators' loss on a batch of shape (R, n, ...); shape (R,)."""
        losses = self.pairs(real)
        ours, theirs = self.discriminator, self.generator
        shares = ours.weights()[:, :, None] * theirs.weights().detach()[:, None]
        loss: Tensor = (shares * losses).sum(dim=(1, 2)) + self.entropy * scarcity(ours)
        if self.penalty is not None:
            loss = loss + self.penalty(self._score, *self._repeated(), self.streams)
        return loss

    def generate(self, _: Any) -> Tensor:
        """Return the generators' loss on their own draws; shape (R,)."""
        drawn, self._drawn = (self._draw() if self._drawn is None else self._drawn), None
        losses = self.objective.generator_loss(self._judge(drawn, self.discriminator.frozen))
        ours, theirs = self.generator, self.discriminator
        shares = theirs.weights().detach()[:, :, None] * ours.weights()[:, None]
        loss: Tensor = (shares * losses).sum(dim=(1, 2)) + self.entropy * scarcity(ours)
        return loss

    def concede(self, rows: Tensor) -> Tensor:
        """Return the payoff that each generator concedes, but for the data's part; shape (R,)."""
        self._n_draws = rows.shape[1]
        scores = self._judge(self._draw(), self.discriminator.frozen)
        losses = self.objective.discriminator_loss(torch.zeros_like(scores[..., :1]), scores)
        shares = self.discriminator.weights()[:, :, None]
        conceded: Tensor = -(shares * losses).sum(dim=1).mean(dim=1)
        return conceded

    def pairs(self, real: Tensor) -> Tensor:
        """Return the loss of every discriminator (R, m) against every generator (R, m, k)."""
        self._n_draws = real.shape[1]
        with torch.set_grad_enabled(self.reuses_draws and torch.is_grad_enabled()):
            drawn = self._draw()
        self._drawn = drawn if self.reuses_draws else None
        self._real, self._fake = self._show(real), drawn.detach()
        if self._is_apart:
            own = self._judge(self._real[:, None], self.discriminator)
            fake = self._judge(self._fake, self.discriminator)
        else:
            every = torch.cat([self._real[:, None], self._fake], dim=1)
            both = self._judge(every, self.discriminator)
            own, fake = both[:, :, :1], both[:, :, 1:]
        return self.objective.discriminator_loss(own, fake)

    def _draw(self) -> Tensor:
        """Draw packs of every generator as the discriminators see them, (R, k, n, ...)."""
        k, n = self.generator.n_components, self._n_draws
        noise = self.streams.normal(k * n, self.latent_dim)
        rows = self.generator(torch.unflatten(noise, 1, (k, n)))
        return torch.unflatten(self._show(rows.flatten(1, 2)), 1, (k, n // self.pac))

    def _judge(self, rows: Tensor, judge: Callable[[Tensor], Tensor]) -> Tensor:
        """Return the scores by every discriminator of rows (R, k, n, ...), (R, m, k, n')."""
        n_replicas, k = rows.shape[:2]
        m = self.discriminator.n_components
        flat = rows.flatten(1, 2)
        each = flat[:, None].expand(n_replicas, m, *flat.shape[1:])
        return judge(each).reshape(n_replicas, m, k, -1)

    def _repeated(self) -> tuple[Tensor, Tensor]:
        """Return rows of the data and of all generators, once for every discriminator."""
        index = torch.arange(self._real.shape[1])
        fake = self._fake[:, index % self.generator.n_components, index]
        m = self.discriminator.n_components
        return torch.cat([self._real] * m, dim=1), torch.cat([fake] * m, dim=1)

    def _score(self, rows: Tensor) -> Tensor:
        """Return scores of shape (R, m * n), of a batch of rows for every discriminator."""
        m = self.discriminator.n_components
        scores: Tensor = self.discriminator(torch.unflatten(rows, 1, (m, -1)))
        return scores.flatten(1)


def scarcity(mixture: Mixture) -> Tensor:
    """Return minus the mean logarithm of the weights, (R,): least where all are equal."""
    return -mixture.log_weights.log_softmax(dim=1).mean(dim=1)


@dataclass(frozen=True)
class Equilibrium:
    """What either player would gain by another strategy, in the units of the objective.

    Payoffs are those of the discriminators: minus their expected loss under both mixtures.

    Attributes
    ----------
    value : ndarray of shape (n_replicas,)
        The payoff of the mixtures that are held.
    discriminator_gain : ndarray of shape (n_replicas,)
        By how much the best single discriminator that was found raises it.
    generator_gain : ndarray of shape (n_replicas,)
        By how much the best single generator that was found lowers it.
    """

    value: NDArray[np.float64]
    discriminator_gain: NDArray[np.float64]
    generator_gain: NDArray[np.float64]

    @property
    def epsilon(self) -> NDArray[np.float64]:
        """The larger gain: the mixtures are an epsilon-approximate equilibrium; (n_replicas,)."""
        return np.maximum(self.discriminator_gain, self.generator_gain)


def find_equilibrium(
    game: MixtureGame,
    players: Callable[[MixtureGame], tuple[Player, Player]],
    rows: Tensor,
    *,
    seeds: list[int],
    n_steps: int,
    batch_size: int,
) -> Equilibrium:
    """Train best responses to either side and compare their payoffs with the value [1]_.

    A response is searched from every component of the mixture that it replaces. Which of them
    is the best is decided on the half of the rows that they are trained on, what it gains is
    measured on the other half.

    Parameters
    ----------
    game : MixtureGame
        Of the mixtures as they are held.
    players : callable
        Returns the discriminators' and the generators' player of a game.
    rows : Tensor of shape (n_samples, ...)
        In the networks' units.
    seeds : list of int
        One a replica.
    n_steps : int
        Of a response, in the second half of which the learning rate decays.
    batch_size : int

    References
    ----------
    .. [1] Arora, S. et al. (2017). Generalization and equilibrium in generative adversarial nets
       (GANs). ICML. Definition 4. doi:10.48550/arXiv.1703.00573
    """
    n_seen = len(rows) // 2 // game.pac * game.pac
    seen, held = rows[:n_seen], rows[n_seen : 2 * n_seen]

    def payoffs(of: MixtureGame, judged: Tensor) -> Tensor:
        # The same noise for all that are compared.
        again = replace(of, streams=Streams(seeds, "cpu"), reuses_draws=False)
        with torch.no_grad():
            return -again.pairs(judged.expand(len(seeds), *judged.shape))

    def respond(side: str, index: int) -> MixtureGame:
        answer = copy.deepcopy(getattr(game, side)).requires_grad_(True).train()
        with torch.no_grad():
            answer.log_weights.zero_()
        answer.log_weights.requires_grad_(False)
        fields = {side: answer, "entropy": 0.0, "streams": Streams(seeds, "cpu")}
        other = replace(game, **fields, reuses_draws=False)
        n_epochs, n_settle = -(-n_steps // 100), -(-n_steps // 200)
        train(
            [players(other)[index]],
            seen,
            streams=other.streams,
            schedule=Schedule.fixed(n_epochs, n_settle=n_settle, final_rate=FINAL_RATE),
            batch_size=batch_size,
            stage=f"response of the {side}",
        )
        answer.eval()
        return other

    ours, theirs = game.discriminator.weights(), game.generator.weights()
    value = torch.einsum("rj,rjk,rk->r", ours, payoffs(game, held), theirs)
    judging, drawing = respond("discriminator", 0), respond("generator", 1)
    best, gained = (
        torch.einsum("rjk,rk->rj", payoffs(judging, part), theirs) for part in (seen, held)
    )
    up = gained.gather(1, best.argmax(dim=1, keepdim=True))[:, 0] - value
    best, gained = (
        torch.einsum("rjk,rj->rk", payoffs(drawing, part), ours) for part in (seen, held)
    )
    down = value - gained.gather(1, best.argmin(dim=1, keepdim=True))[:, 0]
    return Equilibrium(to_array(value), to_array(up), to_array(down))
