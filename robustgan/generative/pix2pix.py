"""Pix2Pix: images to images, learned from pairs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from robustgan._bridge import Streams
from robustgan._bridge.parameters import check_integer, check_real
from robustgan.engine import Callback, Player
from robustgan.engine.optimizers import Optimizer
from robustgan.generative.base import Training
from robustgan.generative.conditioned import ConditionedGame, joined
from robustgan.generative.settings import (
    check_game,
    make_objective,
    make_optimizer,
    make_penalty,
    make_schedule,
)
from robustgan.generative.translation import TranslationModel, mean_score, with_channels
from robustgan.networks import Replicated, WeightAverage
from robustgan.networks.convolutional import channels_first
from robustgan.networks.translating import UNet, patch_discriminator
from robustgan.objectives import Objective, Penalty


class Pix2Pix(TranslationModel):
    """Image-to-image translation by a conditional game [1]_, from pairs of images.

    A U-Net draws an image given another one. It is paid for being near the true one, and for
    patches that a discriminator, who sees both images, takes for true ones: the first alone makes
    images blurred where the data leave a choice. The translation has no noise of its own, which
    this game learns to ignore (section 2.1 of the paper).

    Parameters
    ----------
    n_channels : int, default=16
        Of the layers next to the image; twice as many where sides are half as long.
    n_patch_layers : int, default=2
        Layers of the discriminator that halve the image: the more, the larger the patches that are
        judged.
    reconstruction_weight : float, default=100.0
        Of the mean absolute error in the generator's loss, in units where grey levels span
        [-1, 1]; 0 leaves it out.
    adversarial_weight : float, default=1.0
        Of the game; 0 makes it a regression by absolute errors.
    objective : str or Objective, default='non_saturating'
        What the players descend; a name in ``robustgan.objectives.GAME_OBJECTIVES``.
    penalty : {'gradient', 'r1'}, Penalty or None, default=None
        Added to the discriminator's loss; see `GradientPenalty` and `ZeroGradientPenalty`.
    averaging : float, default=0.999
        Decay of the moving average of the generator's weights, which is what translates, in
        [0, 1); 0 keeps the last weights.
    optimizer : {'adam', 'rmsprop', 'sgd'} or callable, default='adam'
        A callable makes an optimizer, as ``torch.optim`` has them, of a list of tensors.
    learning_rate : float or tuple of two, default=1e-3
        Of both players, or of generator and discriminator.
    betas : tuple of float, default=(0.5, 0.999)
        Of Adam.
    batch_size : int, default=32
        Rows a step.
    n_steps : int, default=2000
        Steps of each player, rounded up to whole epochs.
    steps_per_epoch : int, default=100
        Rounds from one look at the losses to the next.
    annealing : float, default=0.5
        Share of the training, at its end, in which learning rates decay to a twentieth, in [0, 1].
    n_replicas : int, default=1
        Pairs of networks that are trained at once, from different starts.
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
    generator_, discriminator_ : Replicated
        The networks, of all replicas, on the CPU.
    history_ : History
        Losses of both by epoch.
    units_, target_units_ : Units
        From grey levels of ``X`` and of ``y`` to [-1, 1].
    row_shape_, target_shape_ : tuple of int
        Shapes of an image of ``X`` and of ``y``.
    sources_ : ndarray of shape (n_sources, ...)
        Images of ``X``, at most 1,000, which `sample` translates.
    n_features_in_ : int
        Length of an image's first axis.

    References
    ----------
    .. [1] Isola, P., Zhu, J.-Y., Zhou, T. and Efros, A. A. (2017). Image-to-image translation with
       conditional adversarial networks. CVPR. Equations 1 to 4. doi:10.1109/CVPR.2017.632

    Examples
    --------
    >>> from robustgan import Pix2Pix
    >>> from robustgan.contamination import load_images
    >>> y = load_images("digits").images
    >>> X = y.copy()
    >>> X[..., 4:] = 0
    >>> model = Pix2Pix(n_channels=4, n_steps=20, random_state=0).fit(X, y)
    >>> model.transform(X[:5]).shape
    (5, 1, 8, 8)
    >>> sorted(model.history_.losses)
    ['discriminator', 'generator']
    """

    discriminator_: Any
    # What is left out of a game's parameters.
    activation = "relu"
    constraint = None
    discriminator = None
    generator = None
    hidden_units: Sequence[int] = ()
    instance_noise = 0.0
    label_smoothing = 0.0
    latent_dim = 1
    n_critic_steps = 1
    pac = 1
    scale = "range"

    def __init__(
        self,
        *,
        n_channels: int = 16,
        n_patch_layers: int = 2,
        reconstruction_weight: float = 100.0,
        adversarial_weight: float = 1.0,
        objective: str | Objective = "non_saturating",
        penalty: str | Penalty | None = None,
        averaging: float = 0.999,
        optimizer: str | Callable[[list[Tensor]], Optimizer] = "adam",
        learning_rate: float | tuple[float, float] = 1e-3,
        betas: tuple[float, float] = (0.5, 0.999),
        batch_size: int = 32,
        n_steps: int = 2000,
        steps_per_epoch: int = 100,
        annealing: float = 0.5,
        n_replicas: int = 1,
        checkpoint: str | os.PathLike[str] | None = None,
        device: str | torch.device = "auto",
        random_state: object = None,
        verbose: int = 0,
        callbacks: Sequence[Callback] | None = None,
    ) -> None:
        self.n_channels = n_channels
        self.n_patch_layers = n_patch_layers
        self.reconstruction_weight = reconstruction_weight
        self.adversarial_weight = adversarial_weight
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
        for name in ("n_channels", "n_patch_layers"):
            check_integer(name, getattr(self, name), 1)
        for name in ("reconstruction_weight", "adversarial_weight"):
            check_real(name, getattr(self, name), least=0)
        if not self.reconstruction_weight and not self.adversarial_weight:
            raise ValueError(
                "adversarial_weight must be above 0 where reconstruction_weight is 0, got 0."
            )

    def take_data(self, X: object, y: object) -> tuple[Tensor, Tensor]:
        """Validate pairs of images; return both with an axis of channels."""
        rows, targets = self.take_two(X, y)
        sizes = channels_first(self.row_shape_)[1:], channels_first(self.target_shape_, "y")[1:]
        if len(rows) != len(targets) or sizes[0] != sizes[1]:
            raise ValueError(
                f"y must hold an image of the size of X's for each of them, {len(rows)} of "
                f"{sizes[0][0]} x {sizes[0][1]}, got {len(targets)} of {sizes[1][0]} x "
                f"{sizes[1][1]}."
            )
        return with_channels(rows), with_channels(targets)

    def build_networks(self, streams: Streams) -> dict[str, Any]:
        """Return a fresh generator and discriminator, one replica a stream."""
        n_inputs, *size = channels_first(self.row_shape_)
        n_outputs = channels_first(self.target_shape_)[0]
        generator = UNet(n_inputs, n_outputs, size, self.n_channels)
        discriminator = patch_discriminator(
            n_inputs + n_outputs, size, self.n_channels, self.n_patch_layers
        )
        return {
            "generator": Replicated(generator, streams=streams),
            "discriminator": Replicated(discriminator, streams=streams),
        }

    def set_up(self, networks: dict[str, Any], data: Any, streams: Streams) -> Training:
        """Return the two players."""
        generator, discriminator = networks["generator"], networks["discriminator"]
        game = ConditionedGame(
            generator,
            discriminator,
            make_objective(self),
            streams=streams,
            split=lambda pairs: pairs,
            n_noise=0,
            penalty=make_penalty(self),
            weight=self.adversarial_weight,
            fidelity=self._fidelity,
        )
        average = WeightAverage(generator, self.averaging) if self.averaging else None
        state = average.state() if average is not None else {}
        players = (
            Player(
                "discriminator",
                make_optimizer(self, discriminator, index=1),
                game.discriminate,
            ),
            Player(
                "generator",
                make_optimizer(self, generator),
                game.generate,
                needs_rows=False,
                follow=None if average is None else average.follow,
            ),
        )
        return Training(
            players,
            make_schedule(self),
            batch_size=self.batch_size,
            steps_per_epoch=min(self.steps_per_epoch, self.n_steps),
            kept={
                "generator": generator if average is None else average.average,
                "discriminator": discriminator,
            },
            state={f"average.{name}": tensor for name, tensor in state.items()},
        )

    def predict(self, X: object, *, replica: int = 0) -> NDArray[np.float64]:
        """Translate images, as `transform`."""
        return self.transform(X, replica=replica)

    def discriminate(self, X: object, y: object, *, replica: int = 0) -> NDArray[np.float64]:
        """Score pairs of images by the discriminator; high means real.

        Parameters
        ----------
        X, y : array-like of shape (n_samples, ...)
            Images like those of the fit, as many of each.
        replica : int, default=0
            Of which network.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Before any sigmoid, the mean over patches.
        """
        self.check_replica(replica)
        pair = self._pairs(X, y)
        return mean_score(self._through(self.discriminator_, joined(*pair)[0], replica))

    def score(self, X: object, y: object) -> float:
        """Return minus the mean absolute error of the first replica, in the units of ``y``."""
        self.check_replica(0)
        _, targets = self._pairs(X, y)
        truth = self.leave(targets[0])
        return -float(np.abs(self.transform(X) - truth).mean())

    def _pairs(self, X: object, y: object) -> tuple[Tensor, Tensor]:
        """Return images and their targets of shape (1, n, channels, height, width)."""
        rows, targets = with_channels(self.enter(X)), with_channels(self.enter_targets(y))
        if len(rows) != len(targets):
            raise ValueError(f"y must have {len(rows)} rows, as X, got {len(targets)}.")
        return rows[None], targets[None]

    def _fidelity(self, drawn: Tensor, image: Tensor) -> Tensor:
        """Return the weighted mean absolute error of each replica."""
        return self.reconstruction_weight * (drawn - image).abs().flatten(1).mean(dim=1)
