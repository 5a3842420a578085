"""What a fitted discriminator says: scores, the density ratio, the divergence it implies."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from robustgan._bridge import Streams, make_seeds, to_array
from robustgan._bridge.parameters import check_integer
from robustgan.engine import Player, Schedule, one_thread, train
from robustgan.generative.base import GenerativeModel
from robustgan.generative.game import CHUNK, AdversarialGame, flat_scores, pack
from robustgan.generative.settings import FINAL_RATE, make_objective, make_penalty


class ReadableModel(GenerativeModel):
    """A generative model with a discriminator of rows, or of packs of them.

    Attributes
    ----------
    generator_, discriminator_ : torch.nn.Module
        The networks, of all replicas, on the CPU.
    """

    generator_: Any
    discriminator_: Any

    latent_dim: int
    pac: int
    # What `_make_game` makes.
    _game: type[AdversarialGame] = AdversarialGame
    # Drawn or judged in one piece.
    rows_at_once: int = CHUNK

    @abstractmethod
    def _discriminating_player(
        self, discriminator: nn.Module, loss: Callable[[Tensor], Tensor]
    ) -> Player:
        """Return the player that descends a loss by a discriminator's parameters."""

    @abstractmethod
    def _rows_a_step(self, n_samples: int) -> int:
        """Return the batch size for so many rows."""

    def discriminate(self, X: object, y: object = None, *, replica: int = 0) -> NDArray[np.float64]:
        """Score rows by the discriminator; high means real.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            With ``pac`` above 1, a multiple of it, judged in packs of rows that follow each other.
        y : array-like of shape (n_samples,) or (n_samples, n_attributes), default=None
            What the rows are judged given; for a `ConditionalGAN` only.
        replica : int, default=0
            Of which network.

        Returns
        -------
        scores : ndarray of shape (n_samples,), or (n_samples / pac,)
            Before any sigmoid.
        """
        self.check_replica(replica)
        rows = self._beside(*self._enter_pairs(X, y))
        if len(rows) % self.pac:
            raise ValueError(f"X must have a multiple of {self.pac} rows (pac), got {len(rows)}.")
        return to_array(self._scores(rows, replica))

    def density_ratio(
        self, X: object, y: object = None, *, replica: int = 0
    ) -> NDArray[np.float64]:
        """Read the density of the data over the model's off the discriminator.

        It is the ratio if the discriminator is the best one; see `refit_discriminator`.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
        y : array-like, default=None
            As for `discriminate`; the ratio is that of the densities given it.
        replica : int, default=0

        Returns
        -------
        ratio : ndarray of shape (n_samples,)
            Positive.

        Raises
        ------
        TypeError
            If the objective identifies no ratio.
        ValueError
            If rows are judged in packs, whose ratio is no row's.
        """
        return np.exp(self._log_ratio(X, y, replica))

    def optimal_discriminator(
        self, X: object, y: object = None, *, replica: int = 0
    ) -> NDArray[np.float64]:
        """Return the probability ``p / (p + q)`` that a row is real, by the density ratio.

        Parameters, errors
            As `density_ratio`.

        Returns
        -------
        probability : ndarray of shape (n_samples,)
            In (0, 1).
        """
        return 1 / (1 + np.exp(-self._log_ratio(X, y, replica)))

    def divergence(
        self,
        X: object,
        y: object = None,
        *,
        random_state: object = None,
        replica: int = 0,
    ) -> float:
        """Return the divergence of the data from the model that the discriminator implies.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Better rows that were not trained on.
        y : array-like, default=None
            As for `discriminate`; the model draws given the same.
        random_state : None, int, numpy.random.RandomState or numpy.random.Generator
            Draws as many rows of the model.
        replica : int, default=0

        Returns
        -------
        divergence : float
            The objective's; of packs, if ``pac`` is above 1.
        """
        self.check_replica(replica)
        rows, given = self._enter_pairs(X, y)
        n_used = len(rows) - len(rows) % self.pac
        rows, given = rows[:n_used], None if given is None else given[:n_used]
        streams = Streams(make_seeds(random_state, 1), "cpu")
        with torch.no_grad():
            drawn = self._beside(self._draw_given(n_used, given, streams, replica), given)
        real, fake = (self._scores(part, replica) for part in (self._beside(rows, given), drawn))
        return float(make_objective(self).divergence(real, fake))

    def refit_discriminator(
        self, X: object, y: object = None, *, n_steps: int = 2000, random_state: object = None
    ) -> Self:
        """Train the discriminators on, against generators that stand still.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Data of the model.
        y : array-like, default=None
            As for `discriminate`.
        n_steps : int, default=2000
            In the second half of which the learning rate decays.
        random_state : None, int, numpy.random.RandomState or numpy.random.Generator
            All randomness.

        Returns
        -------
        model : object
            A copy with nearly the best discriminators: what `density_ratio` and `divergence` of
            the copy say is of the data and the generators, and not of the course of the game.
        """
        self.check_replica(0)
        check_integer("n_steps", n_steps, 2)
        rows, given = self._enter_pairs(X, y)
        discriminator = copy.deepcopy(self.discriminator_).requires_grad_(True).train()
        streams = Streams(make_seeds(random_state, discriminator.n_replicas), "cpu")
        game = self._make_game(self.generator_, discriminator, streams, reuses_draws=False)
        player = self._discriminating_player(discriminator, game.discriminate)
        n_epochs, n_settle = -(-n_steps // 100), -(-n_steps // 200)
        schedule = Schedule.fixed(n_epochs, n_settle=n_settle, final_rate=FINAL_RATE)
        with one_thread():
            train(
                [player],
                rows if given is None else (rows, given),
                streams=streams,
                schedule=schedule,
                batch_size=self._rows_a_step(len(rows)),
                stage="discriminator",
            )
        model = copy.copy(self)
        model.discriminator_ = discriminator.requires_grad_(False).eval()
        return model

    def _make_game(
        self, generator: Any, discriminator: Any, streams: Streams, **settings: Any
    ) -> AdversarialGame:
        """Return the losses of these networks."""
        return self._game(
            generator,
            discriminator,
            make_objective(self),
            streams=streams,
            latent_dim=self.latent_dim,
            pac=self.pac,
            penalty=make_penalty(self),
            **settings,
        )

    def _enter_pairs(self, X: object, y: object) -> tuple[Tensor, Tensor | None]:
        """Validate rows and what they are judged given, in the networks' units."""
        if y is not None:
            raise ValueError("y must be None for a model without conditions. Leave it out.")
        return self.enter(X), None

    def _beside(self, rows: Tensor, given: Tensor | None) -> Tensor:
        """Return rows as the discriminator sees them, what they are judged given beside them."""
        return rows

    def _draw_given(
        self, n_samples: int, given: Tensor | None, streams: Streams, replica: int
    ) -> Tensor:
        return self.draw(n_samples, streams, replica)

    def _log_ratio(self, X: object, y: object, replica: int) -> NDArray[np.float64]:
        if self.pac > 1:
            raise ValueError(
                f"pac must be 1 for the density ratio of a row, got {self.pac}. Use discriminate."
            )
        self.check_replica(replica)
        rows = self._beside(*self._enter_pairs(X, y))
        scores = self._scores(rows, replica).double()
        return to_array(make_objective(self).log_ratio(scores))

    @torch.no_grad()
    def _scores(self, rows: Tensor, replica: int) -> Tensor:
        network = self.discriminator_.select([replica])
        packs = pack(rows[None], self.pac)
        parts = torch.split(packs, self.rows_at_once, dim=1)
        return torch.cat([self._scored(network(part))[0] for part in parts])

    def _scored(self, outputs: Tensor) -> Tensor:
        """Return the scores among a discriminator's outputs, of shape (R, n)."""
        return flat_scores(outputs)
