"""DCGAN: a GAN of images, whose networks are convolutions."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from robustgan._bridge import Streams
from robustgan._bridge.parameters import check_integer
from robustgan.engine import Callback
from robustgan.engine.optimizers import Optimizer
from robustgan.generative.gan import GAN
from robustgan.networks import Replicated
from robustgan.networks.convolutional import (
    channels_first,
    dcgan_discriminator,
    dcgan_generator,
    initialise_narrow,
    measure_norms,
)
from robustgan.objectives import Objective, Penalty

# Draws by which batch norms are set in the end, and how many batches of them.
N_SETTLING, N_SETTLING_BATCHES = 256, 8


class DCGAN(GAN):
    """Deep convolutional generative adversarial network [1]_, of images of any size from 4 x 4.

    The networks follow from the shape of an image: strided convolutions halve it until a side is
    at most 4, at least twice, and transposed ones double it; batch norm, ReLU in the generator and
    LeakyReLU in the discriminator, tanh at the end, weights that begin with standard deviation
    0.02.

    Parameters
    ----------
    latent_dim : int, default=32
        Width of the generator's Gaussian noise.
    n_channels : int, default=32
        Of the layers next to the image; twice as many where sides are half as long.
    normalise_discriminator : bool, default=True
        Whether the discriminator, too, has batch norm. It must not under a ``penalty``, which is
        on each row's own slope, and better not where density ratios are read off it: in training
        it sees batches of data and batches of draws, afterwards single rows by the running means
        of both.
    objective, penalty, constraint, pac, label_smoothing, instance_noise, averaging
        See `GAN`.
    optimizer : {'adam', 'rmsprop', 'sgd'} or callable, default='adam'
        See `GAN`.
    learning_rate : float or tuple of two, default=5e-4
        Of both players, or of generator and discriminator.
    betas : tuple of float, default=(0.5, 0.999)
        Of Adam.
    n_critic_steps : int, default=1
        Steps of the discriminator for one of the generator.
    batch_size : int, default=64
        Rows a step, a multiple of ``pac``.
    n_steps : int, default=6000
        Steps of the generator, rounded up to whole epochs.
    steps_per_epoch, annealing, n_replicas, checkpoint, device, random_state, verbose, callbacks
        See `GAN`.

    Attributes
    ----------
    generator_, discriminator_ : Replicated
        The networks, of all replicas, on the CPU. Batch norms of the generator that samples have
        the statistics of its own weights.
    history_ : History
        Losses of both by epoch.
    units_ : Units
        From grey levels to [-1, 1].
    row_shape_ : tuple of int
        Shape of an image.
    n_features_in_ : int
        Length of an image's first axis.

    References
    ----------
    .. [1] Radford, A., Metz, L. and Chintala, S. (2016). Unsupervised representation learning with
       deep convolutional generative adversarial networks. ICLR. doi:10.48550/arXiv.1511.06434

    Examples
    --------
    >>> from robustgan import DCGAN
    >>> from robustgan.contamination import load_images
    >>> X = load_images("digits").images
    >>> model = DCGAN(n_channels=4, n_steps=20, random_state=0).fit(X)
    >>> draws = model.sample(5, random_state=0)
    >>> draws.shape, bool((draws >= 0).all() and (draws <= 1).all())
    ((5, 1, 8, 8), True)
    """

    # What the images' networks leave open of a GAN.
    generator = None
    discriminator = None
    hidden_units: Sequence[int] = ()
    activation = "relu"
    scale = "range"
    rows_at_once = 512

    def __init__(
        self,
        *,
        latent_dim: int = 32,
        n_channels: int = 32,
        normalise_discriminator: bool = True,
        objective: str | Objective = "non_saturating",
        penalty: str | Penalty | None = None,
        constraint: str | float | None = None,
        pac: int = 1,
        label_smoothing: float = 0.0,
        instance_noise: float = 0.0,
        averaging: float = 0.999,
        optimizer: str | Callable[[list[Tensor]], Optimizer] = "adam",
        learning_rate: float | tuple[float, float] = 5e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        n_critic_steps: int = 1,
        batch_size: int = 64,
        n_steps: int = 6000,
        steps_per_epoch: int = 100,
        annealing: float = 0.0,
        n_replicas: int = 1,
        checkpoint: str | os.PathLike[str] | None = None,
        device: str | torch.device = "auto",
        random_state: object = None,
        verbose: int = 0,
        callbacks: Sequence[Callback] | None = None,
    ) -> None:
        self.latent_dim = latent_dim
        self.n_channels = n_channels
        self.normalise_discriminator = normalise_discriminator
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
        self.n_replicas = n_replicas
        self.checkpoint = checkpoint
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.callbacks = callbacks

    def check_parameters(self) -> None:
        """Raise unless the parameters are as described."""
        super().check_parameters()
        check_integer("n_channels", self.n_channels, 1)
        if self.penalty is not None and self.normalise_discriminator:
            raise ValueError(
                "normalise_discriminator must be False under a penalty on each row's own slope, "
                "which batch norm mixes, got True."
            )

    def take_data(self, X: object, y: object) -> Tensor:
        """Validate images."""
        rows: Tensor = super().take_data(X, y)
        channels_first(self.row_shape_)
        return rows

    def build_networks(self, streams: Streams) -> dict[str, Any]:
        """Return a fresh generator and discriminator, one replica a stream."""
        discriminator = dcgan_discriminator(
            self.row_shape_,
            self.n_channels,
            pac=self.pac,
            has_norm=self.normalise_discriminator,
        )
        return {
            "generator": Replicated(
                dcgan_generator(self.row_shape_, self.latent_dim, self.n_channels),
                streams=streams,
                initialise=initialise_narrow,
            ),
            "discriminator": Replicated(
                discriminator,
                streams=streams,
                initialise=initialise_narrow,
                is_spectral=self.constraint == "spectral",
            ),
        }

    @torch.no_grad()
    def finish(self, streams: Streams) -> None:
        """Give the batch norms of the generator the statistics of the weights that are kept."""
        measure_norms(
            self.generator_,
            (streams.normal(N_SETTLING, self.latent_dim).cpu() for _ in range(N_SETTLING_BATCHES)),
        )
