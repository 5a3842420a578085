"""LaplacianPyramidGAN: images drawn coarse to fine, by one conditional game a level."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from robustgan._bridge import Streams, to_array
from robustgan._bridge.parameters import check_integer
from robustgan.engine import Callback, Player
from robustgan.engine.optimizers import Optimizer
from robustgan.generative.base import GenerativeModel, Training
from robustgan.generative.conditioned import ConditionedGame, joined, with_noise
from robustgan.generative.game import AdversarialGame, flat_scores
from robustgan.generative.settings import (
    check_game,
    make_objective,
    make_optimizer,
    make_penalty,
    make_schedule,
)
from robustgan.networks import Replicated, WeightAverage
from robustgan.networks.convolutional import channels_first, dcgan_discriminator
from robustgan.networks.pyramid import (
    DetailGenerator,
    compose,
    count_levels,
    decompose,
    dense_discriminator,
    dense_generator,
    doubled,
    halved,
    shrunk,
)
from robustgan.objectives import Objective, Penalty

# Images that are drawn or judged at once.
CHUNK = 512


class LaplacianPyramidGAN(GenerativeModel):
    """Pyramid of conditional GANs [1]_: a small image, then the details of each doubling.

    The levels are numbered as in the paper: 0 is the image as it is, the last one the smallest.
    That one is drawn from noise by a perceptron; every other from noise and the doubled image of
    the next level, by convolutions. All are trained at once, each on the data's own pyramid, and
    are independent until they are drawn from.

    Parameters
    ----------
    n_levels : int or None, default=None
        At least 2; sides of images must be divisible by ``2 ** (n_levels - 1)``. None halves
        images while sides are even and above 8, at least once.
    latent_dim : int, default=32
        Width of the smallest level's Gaussian noise; the others have a plane of it.
    n_channels : int, default=16
        Of the convolutions.
    hidden_units : sequence of int, default=(128, 128)
        Widths of the smallest level's perceptrons.
    objective : str or Objective, default='non_saturating'
        What the players descend; a name in ``robustgan.objectives.GAME_OBJECTIVES``.
    penalty : {'gradient', 'r1'}, Penalty or None, default='r1'
        Added to the discriminators' losses; see `GradientPenalty` and `ZeroGradientPenalty`.
    averaging : float, default=0.999
        Decay of the moving average of the generators' weights, which is what samples, in [0, 1);
        0 samples the last weights.
    optimizer : {'adam', 'rmsprop', 'sgd'} or callable, default='adam'
        A callable makes an optimizer, as ``torch.optim`` has them, of a list of tensors.
    learning_rate : float or tuple of two, default=1e-3
        Of all players, or of generators and discriminators.
    betas : tuple of float, default=(0.5, 0.99)
        Of Adam.
    batch_size : int, default=64
        Rows a step.
    n_steps : int, default=3000
        Steps of each player, rounded up to whole epochs.
    steps_per_epoch : int, default=100
        Rounds from one look at the losses to the next.
    annealing : float, default=0.0
        Share of the training, at its end, in which learning rates decay to a twentieth, in [0, 1].
    n_replicas : int, default=1
        Pyramids that are trained at once, from different starts.
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
    n_levels_ : int
        Levels of the pyramid.
    generator_0_, discriminator_0_, ... : Replicated
        The networks of each level, of all replicas, on the CPU.
    history_ : History
        Losses of all players by epoch, ``'generator_0'`` and so on.
    units_ : Units
        From grey levels to [-1, 1].
    row_shape_ : tuple of int
        Shape of an image.
    n_features_in_ : int
        Length of an image's first axis.

    References
    ----------
    .. [1] Denton, E., Chintala, S., Szlam, A. and Fergus, R. (2015). Deep generative image models
       using a Laplacian pyramid of adversarial networks. NeurIPS 28.
       doi:10.48550/arXiv.1506.05751

    Examples
    --------
    >>> from robustgan import LaplacianPyramidGAN
    >>> from robustgan.contamination import load_images
    >>> X = load_images("digits").images
    >>> model = LaplacianPyramidGAN(n_channels=4, n_steps=20, random_state=0).fit(X)
    >>> model.sample(5, random_state=0).shape
    (5, 1, 8, 8)
    >>> [level.shape for level in model.decompose(X)]
    [(1797, 1, 8, 8), (1797, 1, 4, 4)]
    """

    n_levels_: int
    # What the pyramid leaves out of a game's parameters.
    activation = "relu"
    constraint = None
    discriminator = None
    generator = None
    instance_noise = 0.0
    label_smoothing = 0.0
    n_critic_steps = 1
    pac = 1
    scale = "range"

    def __init__(
        self,
        *,
        n_levels: int | None = None,
        latent_dim: int = 32,
        n_channels: int = 16,
        hidden_units: Sequence[int] = (128, 128),
        objective: str | Objective = "non_saturating",
        penalty: str | Penalty | None = "r1",
        averaging: float = 0.999,
        optimizer: str | Callable[[list[Tensor]], Optimizer] = "adam",
        learning_rate: float | tuple[float, float] = 1e-3,
        betas: tuple[float, float] = (0.5, 0.99),
        batch_size: int = 64,
        n_steps: int = 3000,
        steps_per_epoch: int = 100,
        annealing: float = 0.0,
        n_replicas: int = 1,
        checkpoint: str | os.PathLike[str] | None = None,
        device: str | torch.device = "auto",
        random_state: object = None,
        verbose: int = 0,
        callbacks: Sequence[Callback] | None = None,
    ) -> None:
        self.n_levels = n_levels
        self.latent_dim = latent_dim
        self.n_channels = n_channels
        self.hidden_units = hidden_units
        self.objective = objective
        self.penalty = penalty
        self.averaging = averaging
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.betas = betas
        self.batch_size = batch_size
        self.n_steps = n_steps
        self.steps_per_epoch = steps_per_epoch
        self.annealing = annealing
        self.n_replicas = n_replicas
        self.checkpoint = checkpoint
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.callbacks = callbacks

    def check_parameters(self) -> None:
        """Raise unless the parameters are as described."""
        super().check_parameters()
        check_game(self)
        check_integer("n_channels", self.n_channels, 1)
        if self.n_levels is not None:
            check_integer("n_levels", self.n_levels, 2)

    def take_data(self, X: object, y: object) -> Tensor:
        """Validate images; return them with an axis of channels."""
        rows: Tensor = super().take_data(X, y)
        shape = channels_first(self.row_shape_)
        self.n_levels_ = count_levels(*shape[1:], self.n_levels)
        return rows.reshape(len(rows), *shape)

    def build_networks(self, streams: Streams) -> dict[str, Any]:
        """Return fresh networks of all levels, one replica a stream."""
        n_colours, height, width = channels_first(self.row_shape_)
        last = self.n_levels_ - 1
        small = (n_colours, height >> last, width >> last)
        templates: dict[str, nn.Module] = {}
        for k in range(last):
            templates[f"generator_{k}"] = DetailGenerator(n_colours, self.n_channels)
            # Of an image beside its doubled half.
            pair = (2 * n_colours, height >> k, width >> k)
            templates[f"discriminator_{k}"] = dcgan_discriminator(
                pair, self.n_channels, has_norm=False
            )
        templates[f"generator_{last}"] = dense_generator(small, self.latent_dim, self.hidden_units)
        templates[f"discriminator_{last}"] = dense_discriminator(small, self.hidden_units)
        return {name: Replicated(template, streams=streams) for name, template in templates.items()}

    def set_up(self, networks: dict[str, Any], data: Tensor, streams: Streams) -> Training:
        """Return two players a level, the smallest level first."""
        players: list[Player] = []
        kept: dict[str, Any] = {}
        state: dict[str, Tensor] = {}
        for k in reversed(range(self.n_levels_)):
            generator, discriminator = networks[f"generator_{k}"], networks[f"discriminator_{k}"]
            discriminate, generate = self._game(k, generator, discriminator, streams)
            average = WeightAverage(generator, self.averaging) if self.averaging else None
            players += [
                Player(
                    f"discriminator_{k}",
                    make_optimizer(self, discriminator, index=1),
                    discriminate,
                    # All levels see the pyramids of the same images.
                    needs_rows=k == self.n_levels_ - 1,
                ),
                Player(
                    f"generator_{k}",
                    make_optimizer(self, generator),
                    generate,
                    needs_rows=False,
                    follow=None if average is None else average.follow,
                ),
            ]
            kept[f"generator_{k}"] = generator if average is None else average.average
            kept[f"discriminator_{k}"] = discriminator
            if average is not None:
                state |= {f"average_{k}.{name}": t for name, t in average.state().items()}
        return Training(
            players,
            make_schedule(self),
            batch_size=self.batch_size,
            steps_per_epoch=min(self.steps_per_epoch, self.n_steps),
            kept=kept,
            state=state,
        )

    def draw(self, n_samples: int, streams: Streams, replica: int) -> Tensor:
        """Draw images of one replica, coarse to fine."""
        chunks = [min(CHUNK, n_samples - done) for done in range(0, n_samples, CHUNK)]
        rows = [
            self._refine(self._draw_smallest(n, streams, replica), streams, replica) for n in chunks
        ]
        return torch.cat(rows).reshape(n_samples, *self.row_shape_)

    def decompose(self, X: object) -> list[NDArray[np.float64]]:
        """Return the Laplacian pyramid of images.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Images like those of the fit.

        Returns
        -------
        levels : list of ndarray of shape (n_samples, channels, height, width)
            Details, the finest first, in the networks' units, where grey levels span [-1, 1]; last
            the smallest image.
        """
        return [to_array(level) for level in decompose(self._images(X), self.n_levels_)]

    def compose(self, levels: Sequence[object]) -> NDArray[np.float64]:
        """Put together what `decompose` has split.

        Parameters
        ----------
        levels : sequence of array-like of shape (n_samples, channels, height, width)

        Returns
        -------
        X : ndarray of shape (n_samples, ...)
            In the data's units.
        """
        tensors = [torch.as_tensor(np.asarray(level, dtype=np.float64)) for level in levels]
        if len(tensors) != self.n_levels_:
            raise ValueError(f"levels must be {self.n_levels_} arrays, got {len(tensors)}.")
        images = compose(tensors)
        return self.units_.leave(images.reshape(len(images), *self.row_shape_))

    @torch.no_grad()
    def discriminate(
        self, X: object, *, level: int | None = None, replica: int = 0
    ) -> NDArray[np.float64]:
        """Score images by the discriminators; high means real.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Images like those of the fit.
        level : int, default=None
            Of which level alone. None adds up all: if scores are log density ratios, given the
            coarser image, their sum is that of the whole image.
        replica : int, default=0
            Of which pyramid.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Before any sigmoid.
        """
        self.check_replica(replica)
        images = self._images(X)
        levels = range(self.n_levels_) if level is None else [level]
        if level is not None and level not in range(self.n_levels_):
            raise ValueError(f"level must lie in [0, {self.n_levels_ - 1}], got {level}.")
        total = torch.zeros(len(images))
        for k in levels:
            network = getattr(self, f"discriminator_{k}_").select([replica])
            seen = self._seen(images, k)
            parts = torch.split(seen[None], CHUNK, dim=1)
            total += torch.cat([flat_scores(network(part))[0] for part in parts])
        return to_array(total)

    def _game(
        self, k: int, generator: Any, discriminator: Any, streams: Streams
    ) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
        """Return the losses of a level's discriminator and generator on batches of images."""
        objective, penalty = make_objective(self), make_penalty(self)
        if k < self.n_levels_ - 1:
            game = ConditionedGame(
                generator,
                discriminator,
                objective,
                streams=streams,
                split=lambda images: _condition_and_image(shrunk(images, k)),
                n_noise=1,
                penalty=penalty,
            )
            return game.discriminate, game.generate
        smallest = AdversarialGame(
            generator,
            discriminator,
            objective,
            streams=streams,
            latent_dim=self.latent_dim,
            penalty=penalty,
        )
        return lambda images: smallest.discriminate(shrunk(images, k)), smallest.generate

    def _draw_smallest(self, n_samples: int, streams: Streams, replica: int) -> Tensor:
        network = getattr(self, f"generator_{self.n_levels_ - 1}_").select([replica])
        images: Tensor = network(streams.normal(n_samples, self.latent_dim))
        return images

    def _refine(self, images: Tensor, streams: Streams, replica: int) -> Tensor:
        """Draw the finer levels of images of shape (1, n, channels, height, width)."""
        for k in reversed(range(self.n_levels_ - 1)):
            network = getattr(self, f"generator_{k}_").select([replica])
            images = network(with_noise(doubled(images), 1, streams))
        return images[0]

    def _seen(self, images: Tensor, k: int) -> Tensor:
        """Return what the discriminator of a level sees of images."""
        if k == self.n_levels_ - 1:
            return shrunk(images, k)
        return joined(*(part[None] for part in _condition_and_image(shrunk(images, k))))[0]

    def _images(self, X: object) -> Tensor:
        rows = self.enter(X)
        return rows.reshape(len(rows), *channels_first(self.row_shape_))


def _condition_and_image(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the doubled halves of images, and the images."""
    return doubled(halved(images)), images
