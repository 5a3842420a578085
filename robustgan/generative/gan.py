"""GAN: a generator and a discriminator, any networks, any objective, any penalty."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from numbers import Real
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from robustgan._bridge import Streams
from robustgan.engine import Callback, Player
from robustgan.engine.optimizers import Optimizer
from robustgan.generative.base import Training
from robustgan.generative.game import FadingNoise
from robustgan.generative.reading import ReadableModel
from robustgan.generative.settings import (
    check_game,
    clip,
    make_optimizer,
    make_schedule,
)
from robustgan.networks import Perceptron, Replicated, WeightAverage
from robustgan.objectives import Objective, Penalty


class GAN(ReadableModel):
    """Generative adversarial network [1]_: any networks, any objective, any penalty.

    Parameters
    ----------
    generator : torch.nn.Module or None, default=None
        From noise of shape (n, latent_dim) to rows. Its weights are drawn anew. None makes a
        perceptron.
    discriminator : torch.nn.Module or None, default=None
        From rows to one score each, high for real ones; with ``pac`` above 1, from packs of rows,
        beside each other on their first axis. None makes a perceptron.
    latent_dim : int, default=2
        Width of the generator's Gaussian noise.
    hidden_units : sequence of int, default=(64, 64, 64)
        Widths of the perceptrons' hidden layers.
    activation : {'relu', 'leaky_relu', 'tanh', 'sigmoid'}, default='relu'
        Of the perceptrons' hidden layers.
    objective : str or Objective, default='non_saturating'
        What the players descend; a name in ``robustgan.objectives.GAME_OBJECTIVES``.
    penalty : {'gradient', 'r1'}, Penalty or None, default=None
        Added to the discriminator's loss; see `GradientPenalty` and `ZeroGradientPenalty`.
    constraint : 'spectral', float or None, default=None
        On the discriminator's weights: divided by their largest singular value, or clipped to this
        absolute value after each step.
    pac : int, default=1
        Rows that the discriminator judges together (PacGAN).
    label_smoothing : float, default=0.0
        Share of the real rows that the discriminator is told are generated, in [0, 1).
    instance_noise : float, default=0.0
        Standard deviation of noise on all that is judged, in the networks' units, at the start;
        it fades to nothing by the end.
    averaging : float, default=0.999
        Decay of the moving average of the generator's weights, which is what samples, in [0, 1);
        0 samples the last weights.
    optimizer : {'adam', 'rmsprop', 'sgd'} or callable, default='adam'
        A callable makes an optimizer, as ``torch.optim`` has them, of a list of tensors.
    learning_rate : float or tuple of two, default=1e-3
        Of both players, or of generator and discriminator.
    betas : tuple of float, default=(0.5, 0.99)
        Of Adam.
    n_critic_steps : int, default=1
        Steps of the discriminator for one of the generator.
    batch_size : int, default=128
        Rows a step, a multiple of ``pac``.
    n_steps : int, default=6000
        Steps of the generator, rounded up to whole epochs.
    steps_per_epoch : int, default=100
        Rounds from one look at the losses to the next.
    annealing : float, default=0.0
        Share of the training, at its end, in which learning rates decay to a twentieth, in [0, 1].
    scale : {'standard', 'range', 'none'}, default='standard'
        Units the networks are trained in: mean zero and deviation one of every column, [-1, 1] for
        all together, or the data's own.
    n_replicas : int, default=1
        Networks that are trained at once, from different starts.
    checkpoint : path-like or None, default=None
        Where to write a checkpoint every ten epochs, and at the end; see `fit`.
    device : str or torch.device, default='auto'
        Where to train.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default=None
        All randomness.
    verbose : int, default=0
        Above 0, show a bar on standard error.
    callbacks : sequence of Callback or None, default=None
        Told of every epoch; one that returns True ends the training.

    Attributes
    ----------
    generator_, discriminator_ : torch.nn.Module
        The networks, of all replicas, on the CPU.
    history_ : History
        Losses of both by epoch.
    units_ : Units
        From the data's units to the networks'.
    row_shape_ : tuple of int
        Shape of a row.
    n_features_in_ : int
        Length of a row's first axis.

    References
    ----------
    .. [1] Goodfellow, I. et al. (2014). Generative adversarial nets. NeurIPS 27.
       doi:10.48550/arXiv.1406.2661

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan import GAN
    >>> X = np.random.default_rng(0).normal(size=(500, 2)) + [3.0, 0.0]
    >>> gan = GAN(n_steps=200, hidden_units=(16,), random_state=0).fit(X)
    >>> gan.sample(5, random_state=0).shape
    (5, 2)
    >>> sorted(gan.history_.losses)
    ['discriminator', 'generator']
    """

    generator_: Any

    def __init__(
        self,
        *,
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
        self.generator = generator
        self.discriminator = discriminator
        self.latent_dim = latent_dim
        self.hidden_units = hidden_units
        self.activation = activation
        self.objective = objective
        self.penalty = penalty
        self.constraint = constraint
        self.pac = pac
        self.label_smoothing = label_smoothing
        self.instance_noise = instance_noise
        self.averaging = averaging
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.betas = betas
        self.n_critic_steps = n_critic_steps
        self.batch_size = batch_size
        self.n_steps = n_steps
        self.steps_per_epoch = steps_per_epoch
        self.annealing = annealing
        self.scale = scale
        self.n_replicas = n_replicas
        self.checkpoint = checkpoint
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.callbacks = callbacks

    @classmethod
    def wasserstein(cls, **parameters: Any) -> Self:
        """Return a Wasserstein GAN with the settings of Algorithm 1 [1]_.

        Weights clipped to 0.01, five steps of the discriminator, RMSprop at 5e-5. ``parameters``
        replace or complete them; ``constraint=None, penalty='gradient', optimizer='adam',
        learning_rate=1e-4, betas=(0.0, 0.9)`` makes it WGAN-GP.

        References
        ----------
        .. [1] Arjovsky, M., Chintala, S. & Bottou, L. (2017). Wasserstein generative adversarial
           networks. ICML. doi:10.48550/arXiv.1701.07875
        """
        settings = {
            "objective": "wasserstein",
            "constraint": 0.01,
            "n_critic_steps": 5,
            "optimizer": "rmsprop",
            "learning_rate": 5e-5,
            "batch_size": 64,
        }
        return cls(**{**settings, **parameters})

    def check_parameters(self) -> None:
        """Raise unless the parameters are as described."""
        super().check_parameters()
        check_game(self)

    def build_networks(self, streams: Streams) -> dict[str, Any]:
        """Return a fresh generator and discriminator, one replica a stream."""
        if self.generator is None or self.discriminator is None:
            self._refuse_images()
        return {
            "generator": self._make_generator(streams),
            "discriminator": self._make_discriminator(streams),
        }

    def set_up(self, networks: dict[str, Any], data: Any, streams: Streams) -> Training:
        """Return the two players."""
        generator, discriminator = networks["generator"], networks["discriminator"]
        schedule = make_schedule(self)
        noise = FadingNoise(self.instance_noise, schedule.max_iter, streams)
        game = self._make_game(
            generator,
            discriminator,
            streams,
            disguise=noise if self.instance_noise else None,
            reuses_draws=self.n_critic_steps == 1,
        )
        average = WeightAverage(generator, self.averaging) if self.averaging else None
        state = {f"generator.{name}": buffer for name, buffer in generator.named_buffers()}
        state |= {f"discriminator.{name}": b for name, b in discriminator.named_buffers()}
        state |= {**game.state(), "noise": noise.level}
        if average is not None:
            state |= {f"average.{name}": tensor for name, tensor in average.state().items()}
        n_samples = len(data) if isinstance(data, Tensor) else len(data[0])
        players = (
            self._discriminating_player(
                discriminator, game.discriminate, n_steps=self.n_critic_steps
            ),
            Player(
                "generator",
                make_optimizer(self, generator),
                game.generate,
                needs_rows=False,
                follow=None if average is None else average.follow,
            ),
        )
        kept = {
            "generator": generator if average is None else average.average,
            "discriminator": discriminator,
        }
        return Training(
            players,
            schedule,
            batch_size=self._rows_a_step(n_samples),
            steps_per_epoch=min(self.steps_per_epoch, self.n_steps),
            kept=kept,
            state=state,
            callbacks=[noise],
            track=self._tracked(game),
        )

    def draw(self, n_samples: int, streams: Streams, replica: int) -> Tensor:
        """Draw rows of one replica in the networks' units."""
        return self._draw_beside(torch.empty(n_samples, 0), streams, replica)

    def generate(self, latent: object, *, replica: int = 0) -> NDArray[np.float64]:
        """Map noise to rows.

        Parameters
        ----------
        latent : array-like of shape (n_samples, latent_dim)
        replica : int, default=0
            Of which network.

        Returns
        -------
        X : ndarray of shape (n_samples, ...)
            In the data's units.
        """
        self.check_replica(replica)
        return self._generate(self._enter_latent(latent), replica)

    def _draw_beside(self, told: Tensor, streams: Streams, replica: int) -> Tensor:
        """Draw rows of noise with something beside it, of shape (n_samples, n_columns)."""
        network = self.generator_.select([replica])
        rows = [
            network(torch.cat([streams.normal(len(part), self.latent_dim), part[None]], dim=2))[0]
            for part in torch.split(told, self.rows_at_once)
        ]
        return torch.cat(rows).reshape(len(told), *self.row_shape_)

    def _enter_latent(self, latent: object) -> Tensor:
        z = torch.as_tensor(np.array(latent, dtype=np.float32))
        if z.dim() != 2 or z.shape[1] != self.latent_dim:
            raise ValueError(
                f"latent must have shape (n_samples, {self.latent_dim}), got {tuple(z.shape)}."
            )
        return z

    def _generate(self, inputs: Tensor, replica: int) -> NDArray[np.float64]:
        """Map the generator's inputs to rows in the data's units."""
        with torch.no_grad():
            rows = self.generator_.select([replica])(inputs[None])[0]
        return self.units_.leave(rows.reshape(len(inputs), *self.row_shape_))

    def _widths(self) -> tuple[int, int, int | None]:
        """Return the generator's inputs, the columns that are judged, the discriminator's outputs.

        None stands for one score, without an axis for it.
        """
        return self.latent_dim, int(np.prod(self.row_shape_)), None

    def _make_generator(self, streams: Streams) -> Any:
        if self.generator is not None:
            return Replicated(self.generator, streams=streams)
        return Perceptron(
            self._widths()[0],
            self.hidden_units,
            self.activation,
            streams=streams,
            n_outputs=int(np.prod(self.row_shape_)),
        )

    def _make_discriminator(self, streams: Streams) -> Any:
        is_spectral = self.constraint == "spectral"
        if self.discriminator is not None:
            return Replicated(self.discriminator, streams=streams, is_spectral=is_spectral)
        _, n_columns, n_outputs = self._widths()
        return Perceptron(
            n_columns * self.pac,
            self.hidden_units,
            self.activation,
            streams=streams,
            n_outputs=n_outputs,
            is_spectral=is_spectral,
        )

    def _tracked(self, game: Any) -> Callable[[], Tensor] | None:
        """Return what the history reports of a game beside its losses; nothing by default."""
        return None

    def _discriminating_player(
        self, discriminator: nn.Module, loss: Callable[[Tensor], Tensor], *, n_steps: int = 1
    ) -> Player:
        weights = [*discriminator.parameters()]
        return Player(
            "discriminator",
            make_optimizer(self, discriminator, index=1),
            loss,
            n_steps=n_steps,
            constrain=partial(clip, weights, self.constraint)
            if isinstance(self.constraint, Real)
            else None,
        )

    def _rows_a_step(self, n_samples: int) -> int:
        """Return the batch size, whole packs if there are fewer rows."""
        if n_samples >= self.batch_size:
            return self.batch_size
        if n_samples < self.pac:
            raise ValueError(f"X must have at least {self.pac} rows (pac), got {n_samples}.")
        return n_samples - n_samples % self.pac

    def _refuse_images(self) -> None:
        if len(self.row_shape_) > 1:
            raise ValueError(
                f"X must have rows of one axis for perceptrons, got {self.row_shape_}. Flatten "
                "them, or give a generator and a discriminator of images."
            )


# What a subclass with more parameters hands on.
GAN_PARAMETERS = frozenset(GAN().get_params(deep=False))
