"""MixtureGAN: mixtures of generators and discriminators with learned weights."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from robustgan._bridge import Streams, make_seeds, to_array
from robustgan._bridge.parameters import check_integer, check_real
from robustgan.engine import Callback, Player, one_thread
from robustgan.engine.optimizers import Optimizer
from robustgan.generative.equilibrium import Equilibrium, MixtureGame, find_equilibrium
from robustgan.generative.game import CHUNK, pack
from robustgan.generative.gan import GAN, GAN_PARAMETERS
from robustgan.generative.settings import clip, make_optimizer
from robustgan.networks import Mixture
from robustgan.objectives import Objective, Penalty


class MixtureGAN(GAN):
    """Mixtures of generators and of discriminators, with learned weights (MIX+GAN) [1]_.

    A game of single networks need not have an equilibrium; one of mixtures of enough of them
    nearly has. All generators play against all discriminators at once, a payoff being the
    expectation over pairs of components, and `equilibrium` says how near to one they have come.

    Parameters
    ----------
    n_generators, n_discriminators : int, default=3
        Components of each mixture, at least 1.
    entropy : float, default=0.01
        Weight of ``-mean(log weight)`` in a player's loss, at least 0: what keeps it from
        dropping components.
    generator, discriminator : torch.nn.Module or None, default=None
        The architecture of every component; see `GAN`.
    latent_dim, hidden_units, activation, objective, penalty, constraint, pac, label_smoothing, \
instance_noise, averaging, optimizer, learning_rate, betas, n_critic_steps, batch_size, n_steps, \
steps_per_epoch, annealing, scale, n_replicas, checkpoint, device, random_state, verbose, callbacks
        As those of `GAN`. Every generator draws ``batch_size`` rows a step; a step costs about
        ``n_discriminators * (n_generators + 1) / 2`` times that of `GAN`.

    Attributes
    ----------
    generator_, discriminator_ : Mixture
        The networks, of all components and replicas, on the CPU.
    generator_weights_ : ndarray of shape (n_replicas, n_generators)
        Shares of the draws.
    discriminator_weights_ : ndarray of shape (n_replicas, n_discriminators)
        Of the scores, whose weighted mean is what `discriminate` and all that reads a
        discriminator go by.
    history_, units_, row_shape_, n_features_in_
        As those of `GAN`.

    References
    ----------
    .. [1] Arora, S., Ge, R., Liang, Y., Ma, T. and Zhang, Y. (2017). Generalization and equilibrium
       in generative adversarial nets (GANs). ICML. Section 5. doi:10.48550/arXiv.1703.00573

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan import MixtureGAN
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(500, 2)) + rng.choice([-9.0, 9.0], size=(500, 1))
    >>> gan = MixtureGAN(
    ...     n_generators=2, n_discriminators=2, n_steps=100, hidden_units=(8,), random_state=0
    ... ).fit(X)
    >>> gan.sample(5, random_state=0).shape
    (5, 2)
    >>> gan.generator_weights_.shape
    (1, 2)
    >>> gan.equilibrium(X, n_steps=100, random_state=0).epsilon.shape
    (1,)
    """

    generator_weights_: NDArray[np.float64]
    discriminator_weights_: NDArray[np.float64]

    _game = MixtureGame

    def __init__(
        self,
        *,
        n_generators: int = 3,
        n_discriminators: int = 3,
        entropy: float = 0.01,
        generator: nn.Module | None = None,
        discriminator: nn.Module | None = None,
        latent_dim: int = 2,
        hidden_units: Sequence[int] = (64, 64, 64),
        activation: str = "relu",
        objective: str | Objective = "non_saturating",
        penalty: str | Penalty | None = None,
        constraint: str | float | None = None,
        pac: int = 1,
        label_smoothing: float = 0.0,
        instance_noise: float = 0.0,
        averaging: float = 0.999,
        optimizer: str | Callable[[list[Tensor]], Optimizer] = "adam",
        learning_rate: float | tuple[float, float] = 1e-3,
        betas: tuple[float, float] = (0.5, 0.99),
        n_critic_steps: int = 1,
        batch_size: int = 128,
        n_steps: int = 6000,
        steps_per_epoch: int = 100,
        annealing: float = 0.0,
        scale: str = "standard",
        n_replicas: int = 1,
        checkpoint: str | os.PathLike[str] | None = None,
        device: str | torch.device = "auto",
        random_state: object = None,
        verbose: int = 0,
        callbacks: Sequence[Callback] | None = None,
    ) -> None:
        given = dict(locals())
        super().__init__(**{name: given[name] for name in GAN_PARAMETERS & given.keys()})
        self.n_generators = n_generators
        self.n_discriminators = n_discriminators
        self.entropy = entropy

    def check_parameters(self) -> None:
        """Raise unless the parameters are as described."""
        super().check_parameters()
        check_integer("n_generators", self.n_generators, 1)
        check_integer("n_discriminators", self.n_discriminators, 1)
        check_real("entropy", self.entropy, least=0)

    def finish(self, streams: Streams) -> None:
        """Read the weights."""
        self.generator_weights_ = to_array(self.generator_.weights())
        self.discriminator_weights_ = to_array(self.discriminator_.weights())

    def draw(self, n_samples: int, streams: Streams, replica: int) -> Tensor:
        """Draw rows of one replica in the networks' units, each of one component."""
        shares = self.generator_.weights()[replica]
        uniform = streams.uniform(n_samples, bound=0.5)[0] + 0.5
        index = torch.searchsorted(shares.cumsum(dim=0)[:-1], uniform, right=True)
        noise = streams.normal(n_samples, self.latent_dim)[0]
        rows = torch.empty(n_samples, *self.row_shape_)
        for i in range(len(shares)):
            is_its = index == i
            network = self.generator_.component(replica, i)
            parts = [network(part[None])[0] for part in torch.split(noise[is_its], CHUNK)]
            rows[is_its] = torch.cat(parts).reshape(-1, *self.row_shape_)
        return rows

    def generate(
        self, latent: object, *, replica: int = 0, component: int | None = None
    ) -> NDArray[np.float64]:
        """Map noise to rows by one component.

        Parameters
        ----------
        latent : array-like of shape (n_samples, latent_dim)
        replica : int, default=0
            Of which mixture.
        component : int or None, default=None
            Of which generator; None takes that of the largest weight.

        Returns
        -------
        X : ndarray of shape (n_samples, ...)
            In the data's units.
        """
        self.check_replica(replica)
        z, shares = self._enter_latent(latent), self.generator_weights_[replica]
        index = int(shares.argmax()) if component is None else component
        check_integer("component", index, 0)
        if index >= len(shares):
            raise ValueError(f"component must be below {len(shares)}, got {component}.")
        with torch.no_grad():
            rows = self.generator_.component(replica, index)(z[None])[0]
        return self.units_.leave(rows.reshape(len(z), *self.row_shape_))

    def equilibrium(
        self, X: object, *, n_steps: int = 2000, random_state: object = None
    ) -> Equilibrium:
        """Search what either player would gain by leaving its mixture, the other standing still.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Data that were not trained on, in any order, at least 4 rows and two packs. One half
            trains the best responses, the other, of 8,192 rows at most, measures them.
        n_steps : int, default=2000
            Of each response, from every component; in the second half the learning rate decays.
        random_state : None, int, numpy.random.RandomState or numpy.random.Generator
            All randomness.

        Returns
        -------
        equilibrium : Equilibrium
            With ``epsilon``, of every replica: the mixtures are an approximate equilibrium up to
            it, as far as the search has found out.
        """
        self.check_replica(0)
        check_integer("n_steps", n_steps, 2)
        rows = self.enter(X)[: 2 * CHUNK]
        if len(rows) < max(4, 2 * self.pac):
            raise ValueError(f"X must have at least {max(4, 2 * self.pac)} rows, got {len(rows)}.")
        seeds = make_seeds(random_state, self.generator_.n_replicas)
        game = self._make_game(self.generator_, self.discriminator_, Streams(seeds, "cpu"))
        with one_thread():
            return find_equilibrium(
                game,
                self._responses,
                rows,
                seeds=seeds,
                n_steps=n_steps,
                batch_size=self._rows_a_step(len(rows) // 2),
            )

    def _responses(self, game: MixtureGame) -> tuple[Player, Player]:
        """Return players that descend the game's losses by their networks, the weights fixed."""
        judging, drawing = game.discriminator.network, game.generator.network
        ours = Player(
            "discriminator",
            make_optimizer(self, judging, index=1),
            game.discriminate,
            constrain=self._clipping(judging),
        )
        return ours, Player("generator", make_optimizer(self, drawing), game.concede)

    def _make_generator(self, streams: Streams) -> Mixture:
        k = self.n_generators
        return Mixture(super()._make_generator(streams.split(k)), k)

    def _make_discriminator(self, streams: Streams) -> Mixture:
        m = self.n_discriminators
        return Mixture(super()._make_discriminator(streams.split(m)), m)

    def _make_game(
        self, generator: Any, discriminator: Any, streams: Streams, **settings: Any
    ) -> MixtureGame:
        made = super()._make_game(
            generator, discriminator, streams, entropy=self.entropy, **settings
        )
        return made  # type: ignore[return-value]

    def _discriminating_player(
        self, discriminator: Any, loss: Callable[[Tensor], Tensor], *, n_steps: int = 1
    ) -> Player:
        player = super()._discriminating_player(discriminator, loss, n_steps=n_steps)
        return replace(player, constrain=self._clipping(discriminator.network))

    def _clipping(self, network: nn.Module) -> Callable[[], None] | None:
        """Return what clips the discriminators' weights, but not their shares."""
        if not isinstance(self.constraint, Real):
            return None
        return partial(clip, [*network.parameters()], float(self.constraint))

    @torch.no_grad()
    def _scores(self, rows: Tensor, replica: int) -> Tensor:
        mixture = self.discriminator_.select([replica])
        packs, shares = pack(rows[None], self.pac), mixture.weights()[0]
        parts = [
            torch.tensordot(
                shares,
                mixture(part[None].expand(1, len(shares), *part.shape[1:])).reshape(
                    len(shares), -1
                ),
                dims=1,
            )
            for part in torch.split(packs, CHUNK, dim=1)
        ]
        return torch.cat(parts)
