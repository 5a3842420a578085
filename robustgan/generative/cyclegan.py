"""CycleGAN: rows of one kind to rows of another and back, learned without pairs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from robustgan._bridge import Streams
from robustgan._bridge.parameters import check_integer, check_real
from robustgan.engine import Callback, Player
from robustgan.engine.optimizers import Optimizer
from robustgan.generative.base import Training
from robustgan.generative.cycle import CycleGame
from robustgan.generative.settings import (
    check_game,
    make_objective,
    make_optimizer,
    make_penalty,
    make_schedule,
)
from robustgan.generative.translation import TranslationModel, mean_score, with_channels
from robustgan.networks import Perceptron, Replicated, WeightAverage
from robustgan.networks.convolutional import channels_first
from robustgan.networks.translating import UNet, patch_discriminator
from robustgan.objectives import Objective, Penalty


class CycleGAN(TranslationModel):
    """Translation without pairs [1]_, by a cycle: there and back is where one came from.

    Two generators, from ``X`` to ``y`` and back, and a discriminator of each kind. Rows are images,
    translated by U-Nets and judged by patches, or vectors, by perceptrons. The history of draws of
    the paper's section 4 is left out.

    Parameters
    ----------
    n_channels : int, default=16
        Of the layers next to the image; twice as many where sides are half as long.
    n_patch_layers : int, default=2
        Layers of a discriminator of images that halve them.
    hidden_units : sequence of int, default=(64, 64)
        Widths of the perceptrons' hidden layers, if rows are vectors.
    generator_units : sequence of int or None, default=None
        Those of the generators, if others than the discriminators'. None of them, ``()``, makes
        linear maps, of which far fewer carry one law to another.
    activation : {'relu', 'leaky_relu', 'tanh', 'sigmoid'}, default='leaky_relu'
        Of the perceptrons' hidden layers.
    cycle_weight : float, default=10.0
        Of the mean absolute difference between rows and what comes back, in the networks' units.
    identity_weight : float, default=0.0
        Of the mean absolute difference between rows of the one kind and what the generator of
        that kind makes of them, for kinds that share what should stay, such as colours. Times
        ``cycle_weight``; the paper takes 0.5 for photographs of paintings.
    objective : str or Objective, default='least_squares'
        What the players descend; a name in ``robustgan.objectives.GAME_OBJECTIVES``.
    penalty : {'gradient', 'r1'}, Penalty or None, default=None
        Added to the discriminators' losses; see `GradientPenalty` and `ZeroGradientPenalty`.
    averaging : float, default=0.99
        Decay of the moving average of the generators' weights, which is what translates, in
        [0, 1); 0 keeps the last weights.
    optimizer : {'adam', 'rmsprop', 'sgd'} or callable, default='adam'
        A callable makes an optimizer, as ``torch.optim`` has them, of a list of tensors.
    learning_rate : float or tuple of two, default=1e-3
        Of all players, or of generators and discriminators.
    betas : tuple of float, default=(0.5, 0.999)
        Of Adam.
    batch_size : int, default=32
        Rows of each kind a step.
    n_steps : int, default=2000
        Steps of each player, rounded up to whole epochs.
    steps_per_epoch : int, default=100
        Rounds from one look at the losses to the next.
    annealing : float, default=0.5
        Share of the training, at its end, in which learning rates decay to a twentieth, in [0, 1].
    n_replicas : int, default=1
        Sets of networks that are trained at once, from different starts.
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
    generator_, inverse_generator_ : torch.nn.Module
        From ``X`` to ``y``, and back; of all replicas, on the CPU.
    discriminator_, inverse_discriminator_ : torch.nn.Module
        Of rows like ``y``, and of rows like ``X``.
    history_ : History
        Losses by epoch: ``'generators'``, ``'discriminator'``, ``'inverse_discriminator'``.
    units_, target_units_ : Units
        From the units of ``X`` and of ``y`` to the networks': [-1, 1] for all pixels of images
        together, mean zero and deviation one of every column of vectors.
    row_shape_, target_shape_ : tuple of int
        Shapes of a row of ``X`` and of ``y``.
    sources_ : ndarray of shape (n_sources, ...)
        Rows of ``X``, at most 1,000, which `sample` translates.
    n_features_in_ : int
        Length of a row's first axis.

    References
    ----------
    .. [1] Zhu, J.-Y., Park, T., Isola, P. and Efros, A. A. (2017). Unpaired image-to-image
       translation using cycle-consistent adversarial networks. ICCV. Equations 1 to 3; section 5.2
       for the identity. doi:10.1109/ICCV.2017.244

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan import CycleGAN
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.exponential(size=(500, 2)), 3 - rng.exponential(size=(400, 2))
    >>> model = CycleGAN(hidden_units=(16,), n_steps=50, random_state=0).fit(X, y)
    >>> model.transform(X[:5]).shape, model.inverse_transform(y[:5]).shape
    ((5, 2), (5, 2))
    """

    discriminator_: Any
    inverse_discriminator_: Any
    inverse_generator_: Any
    # What is left out of a game's parameters.
    constraint = None
    discriminator = None
    generator = None
    instance_noise = 0.0
    label_smoothing = 0.0
    latent_dim = 1
    n_critic_steps = 1
    pac = 1
    # Of vectors; images have their own.
    scale = "standard"

    def __init__(
        self,
        *,
        n_channels: int = 16,
        n_patch_layers: int = 2,
        hidden_units: Sequence[int] = (64, 64),
        generator_units: Sequence[int] | None = None,
        activation: str = "leaky_relu",
        cycle_weight: float = 10.0,
        identity_weight: float = 0.0,
        objective: str | Objective = "least_squares",
        penalty: str | Penalty | None = None,
        averaging: float = 0.99,
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
        self.hidden_units = hidden_units
        self.generator_units = generator_units
        self.activation = activation
        self.cycle_weight = cycle_weight
        self.identity_weight = identity_weight
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
        for width in self.generator_units or ():
            check_integer("generator_units", width, 1)
        for name in ("cycle_weight", "identity_weight"):
            check_real(name, getattr(self, name), least=0)

    def take_data(self, X: object, y: object) -> tuple[Tensor, Tensor]:
        """Validate rows of both kinds, whose numbers may differ."""
        rows, targets = self.take_two(X, y)
        if rows.dim() > 2:
            rows, targets = with_channels(rows), with_channels(targets, "y")
            if rows.shape[2:] != targets.shape[2:]:
                raise ValueError(
                    f"y must hold images of the size of X's, {tuple(rows.shape[2:])}, got "
                    f"{tuple(targets.shape[2:])}."
                )
        elif targets.dim() != 2:
            raise ValueError(f"y must hold vectors, as X does, got rows of {self.target_shape_}.")
        if self.identity_weight and rows.shape[1:] != targets.shape[1:]:
            raise ValueError(
                "identity_weight must be 0 where rows of X and y differ in shape, got "
                f"{self.identity_weight}."
            )
        return rows, targets

    def build_networks(self, streams: Streams) -> dict[str, Any]:
        """Return fresh generators and discriminators, one replica a stream."""
        make = self._perceptrons if len(self.row_shape_) == 1 else self._convolutions
        generator, discriminator = make(self.row_shape_, self.target_shape_, streams)
        inverse, inverse_discriminator = make(self.target_shape_, self.row_shape_, streams)
        return {
            "generator": generator,
            "inverse_generator": inverse,
            "discriminator": discriminator,
            "inverse_discriminator": inverse_discriminator,
        }

    def set_up(self, networks: dict[str, Any], data: Any, streams: Streams) -> Training:
        """Return three players: both generators as one, and each discriminator."""
        game = CycleGame(
            **networks,
            objective=make_objective(self),
            penalty=make_penalty(self),
            streams=streams,
            cycle_weight=self.cycle_weight,
            identity_weight=self.identity_weight,
        )
        both = nn.ModuleList([networks["generator"], networks["inverse_generator"]])
        average = WeightAverage(both, self.averaging) if self.averaging else None
        state = average.state() if average is not None else {}
        kept = both if average is None else average.average
        players = (
            Player(
                "generators",
                make_optimizer(self, both),
                game.generate,
                follow=None if average is None else average.follow,
            ),
            Player(
                "discriminator",
                make_optimizer(self, networks["discriminator"], index=1),
                game.discriminate,
                needs_rows=False,
            ),
            Player(
                "inverse_discriminator",
                make_optimizer(self, networks["inverse_discriminator"], index=1),
                game.discriminate_back,
                needs_rows=False,
            ),
        )
        return Training(
            players,
            make_schedule(self),
            batch_size=self.batch_size,
            steps_per_epoch=min(self.steps_per_epoch, self.n_steps),
            kept={**networks, "generator": kept[0], "inverse_generator": kept[1]},
            state={f"average.{name}": tensor for name, tensor in state.items()},
            is_paired=False,
        )

    def inverse_transform(self, y: object, *, replica: int = 0) -> NDArray[np.float64]:
        """Translate rows like ``y`` to rows like ``X``.

        Parameters
        ----------
        y : array-like of shape (n_samples, ...)
            Like those of the fit.
        replica : int, default=0
            Of which networks.

        Returns
        -------
        X : ndarray of shape (n_samples, ...)
            In the units of ``X``.
        """
        self.check_replica(replica)
        rows = self._through(self.inverse_generator_, self.enter_targets(y), replica)
        return self.units_.leave(rows.reshape(len(rows), *self.row_shape_))

    def cycle_error(self, X: object, *, inverse: bool = False, replica: int = 0) -> float:
        """Return how far from where they came from rows are when they have been there and back.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Rows like ``X``, or like ``y`` if ``inverse``.
        inverse : bool, default=False
            Whether to begin with the way back.
        replica : int, default=0
            Of which networks.

        Returns
        -------
        error : float
            Mean absolute difference, in units where grey levels span [-1, 1], or columns have
            standard deviation one.
        """
        self.check_replica(replica)
        ways = [self.generator_, self.inverse_generator_]
        rows = self.enter_targets(X) if inverse else self.enter(X)
        there = self._through(ways[inverse], rows, replica)
        back = self._through(ways[not inverse], there, replica)
        return float((back.reshape(rows.shape) - rows).abs().mean())

    def discriminate(
        self, X: object, *, inverse: bool = False, replica: int = 0
    ) -> NDArray[np.float64]:
        """Score rows like ``y`` by their discriminator; high means real.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Rows like ``y``, or like ``X`` if ``inverse``.
        inverse : bool, default=False
            Whether to ask the discriminator of rows like ``X``.
        replica : int, default=0
            Of which networks.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Before any sigmoid; of images the mean over patches.
        """
        self.check_replica(replica)
        rows = self.enter(X) if inverse else self.enter_targets(X)
        network = self.inverse_discriminator_ if inverse else self.discriminator_
        return mean_score(self._through(network, rows, replica))

    def _perceptrons(
        self, source: tuple[int, ...], target: tuple[int, ...], streams: Streams
    ) -> tuple[Any, Any]:
        """Return a generator to vectors of another shape, and a discriminator of them."""
        units = self.hidden_units if self.generator_units is None else self.generator_units
        return (
            Perceptron(source[0], units, self.activation, streams=streams, n_outputs=target[0]),
            Perceptron(target[0], self.hidden_units, self.activation, streams=streams),
        )

    def _convolutions(
        self, source: tuple[int, ...], target: tuple[int, ...], streams: Streams
    ) -> tuple[Any, Any]:
        """Return a generator to images of another kind, and a discriminator of them."""
        n_inputs, *size = channels_first(source)
        n_outputs = channels_first(target)[0]
        generator = UNet(n_inputs, n_outputs, size, self.n_channels)
        discriminator = patch_discriminator(n_outputs, size, self.n_channels, self.n_patch_layers)
        return Replicated(generator, streams=streams), Replicated(discriminator, streams=streams)
