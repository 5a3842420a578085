"""InfoGAN: codes of draws that can be recognised, and so mean something."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from robustgan._bridge import Streams, make_seeds, to_array
from robustgan._bridge.parameters import check_integer, check_real
from robustgan.engine import Callback, one_thread
from robustgan.engine.optimizers import Optimizer
from robustgan.generative.codes import Codes
from robustgan.generative.game import CHUNK, AdversarialGame
from robustgan.generative.gan import GAN, GAN_PARAMETERS
from robustgan.objectives import Clustering, Objective, Penalty

# Draws by which the bound of a fitted model is estimated.
_N_DRAWS = 4096


@dataclass
class InformedGame(AdversarialGame):
    """The losses where noise has codes beside it, which the discriminator recognises [1]_.

    The discriminator's first output is its score; the others are the law of the codes given a row.
    Both players ascend ``strength`` times the bound on their mutual information.

    References
    ----------
    .. [1] Chen, X. et al. (2016). InfoGAN: interpretable representation learning by information
       maximizing generative adversarial nets. NeurIPS 29. Equation 6.
       doi:10.48550/arXiv.1606.03657
    """

    codes: Codes = field(default_factory=lambda: Codes((10,), 0))
    strength: float = 1.0
    clustering: Clustering | None = None

    def __post_init__(self) -> None:
        """Begin without draws."""
        super().__post_init__()
        self.bound = torch.zeros(len(self.streams), device=self.streams.device)

    def discriminate(self, real: Tensor) -> Tensor:
        """Return the discriminator's loss on a batch of shape (R, n, ...); shape (R,)."""
        loss = super().discriminate(real)
        if self.clustering is None:
            return loss
        return loss + self.clustering(self._classify, real, self.streams)

    def _show(self, rows: Tensor) -> Tensor:
        # A category must be seen in what a move leaves, not in pixels that nobody notices.
        disturb = None if self.clustering is None else self.clustering.disturb
        return super()._show(rows if disturb is None else disturb(rows, self.streams))

    def _classify(self, rows: Tensor) -> Sequence[Tensor]:
        return self.codes.split(self.discriminator(rows)[..., 1:])[:-1]

    def _draw(self) -> Tensor:
        self._codes = self.codes.draw(self._n_draws, self.streams)
        noise = self.streams.normal(self._n_draws, self.latent_dim)
        return self._show(self.generator(torch.cat([noise, self._codes], dim=2)))

    def _score(self, rows: Tensor) -> Tensor:
        scores: Tensor = self.discriminator(rows)[..., 0]
        return scores

    def _discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        loss = self.objective.discriminator_loss(real[..., 0], fake[..., 0])
        return loss - self.strength * self.codes.bound(fake[..., 1:], self._codes)

    def _generator_loss(self, fake: Tensor) -> Tensor:
        bound = self.codes.bound(fake[..., 1:], self._codes)
        self.bound = bound.detach()
        return self.objective.generator_loss(fake[..., 0]) - self.strength * bound


class InfoGAN(GAN):
    """Generative adversarial network whose draws tell the codes they were made of [1]_.

    Beside noise the generator is given codes: categories, and numbers. The discriminator says, in
    further outputs, which codes a row was drawn of, and both players ascend the bound
    ``E log Q(c | x) + H(c)`` on the mutual information of codes and rows. What the categories come
    to mean is found without labels.

    Parameters
    ----------
    n_categories : int or sequence of int, default=10
        Of one categorical variable, or of each of several, at least 2; an empty sequence for none.
    n_continuous : int, default=0
        Numbers in a code, uniform on [-1, 1].
    information : float, default=1.0
        Weight of the bound in both losses, at least 0.
    clustering : Clustering or None, default=None
        Added to the discriminator's loss on the categories that it sees in real rows, which the
        paper leaves alone: that they be told without doubt, be as frequent, and stay as they are
        under disturbances of a row. All rows that are judged, drawn ones too, are then disturbed.
        The game has the same layers, so that ten times the default weights find more.
    generator : torch.nn.Module or None, default=None
        From noise and, beside it, codes, of shape (n, latent_dim + n_codes), to rows; codes are
        indicators of the categories, variable after variable, then numbers. Its weights are
        drawn anew. None makes a perceptron.
    discriminator : torch.nn.Module or None, default=None
        From rows to 1 + n_recognised columns: the score, high for real rows; log-odds of each
        category; means of the numbers; logarithms of their standard deviations. None makes a
        perceptron.
    latent_dim, hidden_units, activation, objective, penalty, constraint, label_smoothing, \
instance_noise, averaging, optimizer, learning_rate, betas, n_critic_steps, batch_size, n_steps, \
steps_per_epoch, annealing, scale, n_replicas, checkpoint, device, random_state, verbose, callbacks
        As those of `GAN`.

    Attributes
    ----------
    generator_, discriminator_ : torch.nn.Module
        The networks, of all replicas, on the CPU.
    mutual_information_ : ndarray of shape (n_replicas,)
        The bound, of fresh draws of the fitted model, in nats; at most the codes' entropy if
        they are categories, ``log(10)`` for ten.
    history_ : History
        Losses of both by epoch; ``history_.tracked`` of shape (n_epochs, n_replicas) is the bound,
        in nats.
    units_, row_shape_, n_features_in_
        As those of `GAN`.

    References
    ----------
    .. [1] Chen, X. et al. (2016). InfoGAN: interpretable representation learning by information
       maximizing generative adversarial nets. NeurIPS 29. doi:10.48550/arXiv.1606.03657

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan import InfoGAN
    >>> rng = np.random.default_rng(0)
    >>> side = rng.integers(2, size=500)
    >>> X = rng.normal(size=(500, 2)) + np.where(side, -9.0, 9.0)[:, None]
    >>> gan = InfoGAN(n_categories=2, n_steps=300, hidden_units=(16,), random_state=0).fit(X)
    >>> categories, _ = gan.encode(X)
    >>> bool(np.isin((categories[:, 0] == side).mean(), [0.0, 1.0]))
    True
    >>> gan.sample(5, categories=1, random_state=0).shape
    (5, 2)
    """

    mutual_information_: NDArray[np.float64]

    _game = InformedGame

    def __init__(
        self,
        *,
        n_categories: int | Sequence[int] = 10,
        n_continuous: int = 0,
        information: float = 1.0,
        clustering: Clustering | None = None,
        generator: nn.Module | None = None,
        discriminator: nn.Module | None = None,
        latent_dim: int = 2,
        hidden_units: Sequence[int] = (64, 64, 64),
        activation: str = "relu",
        objective: str | Objective = "non_saturating",
        penalty: str | Penalty | None = None,
        constraint: str | float | None = None,
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
        self.n_categories = n_categories
        self.n_continuous = n_continuous
        self.information = information
        self.clustering = clustering

    def check_parameters(self) -> None:
        """Raise unless the parameters are as described."""
        super().check_parameters()
        counts = self.n_categories
        for count in counts if isinstance(counts, Sequence) else [counts]:
            check_integer("n_categories", count, 2)
        check_integer("n_continuous", self.n_continuous, 0)
        if not self._codes().width:
            raise ValueError(
                "n_continuous must be at least 1 without categories, got 0. Without codes, use GAN."
            )
        check_real("information", self.information, least=0)
        if self.clustering is not None and not isinstance(self.clustering, Clustering):
            raise TypeError(f"clustering must be a Clustering or None, got {self.clustering!r}.")

    def finish(self, streams: Streams) -> None:
        """Estimate the bound of the fitted model."""
        each = streams.split(1, "cpu").generators
        self.mutual_information_ = np.array(
            [self._information(rng.initial_seed(), i) for i, rng in enumerate(each)]
        )

    def sample(
        self,
        n_samples: int = 1,
        *,
        categories: object = None,
        continuous: object = None,
        random_state: object = None,
        replica: int = 0,
    ) -> NDArray[np.float64]:
        """Draw rows from the fitted model.

        Parameters
        ----------
        n_samples : int, default=1
            At least 1.
        categories : int, or array-like of int of shape (n_variables,), (n_samples,) or \
(n_samples, n_variables), default=None
            For all rows, or each. None draws them.
        continuous : float, or array-like of shape (n_continuous,), (n_samples,) or \
(n_samples, n_continuous), default=None
            The numbers for all rows, or each, in [-1, 1]. None draws them.
        random_state : None, int, numpy.random.RandomState or numpy.random.Generator
            Source of the draws; None takes fresh entropy.
        replica : int, default=0
            Of which network.

        Returns
        -------
        X : ndarray of shape (n_samples, ...)
            In the data's units.

        Raises
        ------
        ValueError
            If a code is out of range, or not of the shape of the model's codes.
        """
        self.check_replica(replica)
        check_integer("n_samples", n_samples, 1)
        n = int(n_samples)
        streams = Streams(make_seeds(random_state, 1), "cpu")
        drawn = self._codes().draw(n, streams)[0]
        codes = self._codes().compose(categories, continuous, n, drawn)
        with torch.no_grad(), one_thread():
            return self.units_.leave(self._draw_beside(codes, streams, replica))

    def draw(self, n_samples: int, streams: Streams, replica: int) -> Tensor:
        """Draw rows of one replica in the networks' units."""
        return self._draw_beside(self._codes().draw(n_samples, streams)[0], streams, replica)

    def generate(
        self,
        latent: object,
        *,
        categories: object = None,
        continuous: object = None,
        replica: int = 0,
    ) -> NDArray[np.float64]:
        """Map noise and codes to rows.

        Parameters
        ----------
        latent : array-like of shape (n_samples, latent_dim)
        categories, continuous : array-like, default=None
            As for `sample`; None takes the first categories, and zeros.
        replica : int, default=0
            Of which network.

        Returns
        -------
        X : ndarray of shape (n_samples, ...)
            In the data's units.
        """
        self.check_replica(replica)
        z, codes = self._enter_latent(latent), self._codes()
        first = torch.zeros(len(z), len(codes.n_categories), dtype=torch.long)
        none = torch.zeros(len(z), codes.n_continuous)
        plain = torch.cat([codes.indicators(first), none], dim=1)
        told = codes.compose(categories, continuous, len(z), plain)
        return self._generate(torch.cat([z, told], dim=1), replica)

    def encode(
        self, X: object, *, replica: int = 0
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Say which codes rows are most likely drawn of.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
        replica : int, default=0
            Of which network.

        Returns
        -------
        categories : ndarray of int of shape (n_samples, n_variables)
            The likeliest of each variable.
        continuous : ndarray of shape (n_samples, n_continuous)
            Means of the numbers.
        """
        self.check_replica(replica)
        return self._codes().read(self._recognise(self.enter(X), replica))

    def transform(self, X: object, *, replica: int = 0) -> NDArray[np.float64]:
        """Return what is recognised of the codes of rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
        replica : int, default=0
            Of which network.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_codes)
            Probabilities of the categories, variable after variable, then means of the numbers.
        """
        self.check_replica(replica)
        *odds, numbers = self._codes().split(self._recognise(self.enter(X), replica))
        parts = [each.softmax(dim=1) for each in odds] + [numbers.chunk(2, dim=1)[0]]
        return to_array(torch.cat(parts, dim=1))

    def _codes(self) -> Codes:
        counts = self.n_categories
        each = tuple(counts) if isinstance(counts, Sequence) else (counts,)
        return Codes(each, self.n_continuous)

    def _widths(self) -> tuple[int, int, int | None]:
        n_inputs, n_columns, _ = super()._widths()
        codes = self._codes()
        return n_inputs + codes.width, n_columns, 1 + codes.n_recognised

    def _make_game(
        self, generator: Any, discriminator: Any, streams: Streams, **settings: Any
    ) -> AdversarialGame:
        own = {"codes": self._codes(), "strength": self.information, "clustering": self.clustering}
        return super()._make_game(generator, discriminator, streams, **own, **settings)

    def _tracked(self, game: Any) -> Callable[[], Tensor]:
        return lambda: game.bound

    def _scored(self, outputs: Tensor) -> Tensor:
        return outputs[..., 0]

    @torch.no_grad()
    def _recognise(self, rows: Tensor, replica: int) -> Tensor:
        network = self.discriminator_.select([replica])
        return torch.cat([network(part[None])[0, :, 1:] for part in torch.split(rows, CHUNK)])

    @torch.no_grad()
    def _information(self, seed: int, replica: int) -> float:
        """Estimate the bound of a replica by fresh draws, in nats."""
        streams = Streams([seed], "cpu")
        codes = self._codes().draw(_N_DRAWS, streams)
        rows = self._draw_beside(codes[0], streams, replica)
        return float(self._codes().bound(self._recognise(rows, replica)[None], codes))
