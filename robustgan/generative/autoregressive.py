"""PixelCNN: an exact likelihood of images, one pixel after the other."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from torch import Tensor
from torch.nn import functional as F

from robustgan._bridge import Streams, make_seeds, to_array
from robustgan._bridge.parameters import check_integer, check_real
from robustgan.engine import Callback, Player, one_thread
from robustgan.engine.optimizers import Adam
from robustgan.generative.base import GenerativeModel, Training
from robustgan.generative.settings import make_schedule
from robustgan.networks import CausalNetwork, Replicated, WeightAverage

# Images that go through the network at once when nothing is learned.
CHUNK = 1024


class PixelCNN(GenerativeModel):
    """Gated PixelCNN [1]_: each pixel's law given those before it, in raster order.

    Parameters
    ----------
    n_levels : int, default=2
        Values of a pixel, the integers from 0 to ``n_levels - 1``.
    n_channels : int, default=16
        Of every layer.
    n_layers : int, default=4
        A pixel is seen as far away as ``n_layers * (kernel_size // 2)`` rows and columns.
    kernel_size : int, default=5
        Odd, at least 3.
    input_dropout : float, default=0.2
        Share of the pixels that are hidden from the network, not from its loss, in a training
        step; in [0, 1). It keeps small samples from being learned by heart.
    learning_rate : float, default=3e-3
        Of Adam.
    averaging : float, default=0.998
        Decay of the moving average of the weights, which is what is kept, in [0, 1); 0 keeps the
        last ones.
    batch_size : int, default=64
        Rows a step.
    n_steps : int, default=1000
        Steps, rounded up to whole epochs.
    steps_per_epoch : int, default=50
        Steps from one look at the loss to the next.
    annealing : float, default=0.5
        Share of the training, at its end, in which the learning rate decays to a twentieth, in
        [0, 1].
    n_replicas : int, default=1
        Networks that are trained at once, from different starts.
    checkpoint : path-like or None, default=None
        Where to write a checkpoint every ten epochs, and at the end; see `fit`.
    device : str or torch.device, default='auto'
        Where to train.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default=None
        All randomness.
    verbose : int, default=0
        Above 0, show a bar on standard error, when fitting and when sampling.
    callbacks : sequence of Callback or None, default=None
        Told of every epoch; one that returns True ends the training.

    Attributes
    ----------
    pixels_ : Replicated
        The networks, of all replicas, on the CPU.
    classes_ : ndarray of shape (n_classes,)
        The labels that ``fit`` was given; empty without.
    class_prior_ : ndarray of shape (n_classes,)
        Their shares.
    history_ : History
        Minus the mean log-likelihood of a row by epoch, in nats.
    row_shape_ : tuple of int
        Shape of a row.
    n_features_in_ : int
        Length of a row's first axis.

    References
    ----------
    .. [1] van den Oord, A. et al. (2016). Conditional image generation with PixelCNN decoders.
       NeurIPS 29. doi:10.48550/arXiv.1606.05328

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan import PixelCNN
    >>> stripes = np.indices((4, 4))[0] % 2
    >>> X = np.array([stripes, 1 - stripes] * 50)
    >>> model = PixelCNN(n_channels=4, n_layers=2, n_steps=200, random_state=0).fit(X)
    >>> bool(model.score(X) > -16 * np.log(2) / 2)
    True
    >>> model.sample(3, random_state=0).shape
    (3, 4, 4)
    """

    pixels_: Any
    classes_: NDArray[Any]
    class_prior_: NDArray[np.float64]
    scale = "none"

    def __init__(
        self,
        *,
        n_levels: int = 2,
        n_channels: int = 16,
        n_layers: int = 4,
        kernel_size: int = 5,
        input_dropout: float = 0.2,
        learning_rate: float = 3e-3,
        averaging: float = 0.998,
        batch_size: int = 64,
        n_steps: int = 1000,
        steps_per_epoch: int = 50,
        annealing: float = 0.5,
        n_replicas: int = 1,
        checkpoint: str | os.PathLike[str] | None = None,
        device: str | torch.device = "auto",
        random_state: object = None,
        verbose: int = 0,
        callbacks: Sequence[Callback] | None = None,
    ) -> None:
        self.n_levels = n_levels
        self.n_channels = n_channels
        self.n_layers = n_layers
        self.kernel_size = kernel_size
        self.input_dropout = input_dropout
        self.learning_rate = learning_rate
        self.averaging = averaging
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
        for name in ("n_channels", "n_layers", "n_steps", "steps_per_epoch"):
            check_integer(name, getattr(self, name), 1)
        for name in ("n_levels", "batch_size"):
            check_integer(name, getattr(self, name), 2)
        check_integer("kernel_size", self.kernel_size, 3)
        if self.kernel_size % 2 == 0:
            raise ValueError(f"kernel_size must be odd, got {self.kernel_size}.")
        check_real("learning_rate", self.learning_rate, above=0)
        check_real("annealing", self.annealing, least=0, most=1)
        for name in ("averaging", "input_dropout"):
            check_real(name, getattr(self, name), least=0)
            if getattr(self, name) >= 1:
                raise ValueError(f"{name} must lie in [0, 1), got {getattr(self, name)}.")

    def take_data(self, X: object, y: object) -> Tensor:
        """Validate images and labels; return pixels and, beside them, the classes' indicators."""
        rows: Tensor = super().take_data(X, y)
        self._check_images(rows)
        labels = np.array([]) if y is None else np.asarray(y)
        if y is not None and labels.shape != (len(rows),):
            raise ValueError(f"y must have shape ({len(rows)},), got {labels.shape}.")
        self.classes_, counts = np.unique(labels, return_counts=True)
        self.class_prior_ = counts / max(1, counts.sum())
        return self._with_classes(rows, None if y is None else labels)

    def build_networks(self, streams: Streams) -> dict[str, Any]:
        """Return fresh networks, one replica a stream."""
        height, width = self.row_shape_[-2:]
        with torch.random.fork_rng(devices=[]):
            # Its start is drawn again, from our own streams.
            template = CausalNetwork(
                height,
                width,
                n_levels=self.n_levels,
                n_channels=self.n_channels,
                n_layers=self.n_layers,
                kernel_size=self.kernel_size,
                n_classes=len(self.classes_),
            )
        return {"pixels": Replicated(template, streams=streams)}

    def set_up(self, networks: dict[str, Any], data: Tensor, streams: Streams) -> Training:
        """Return the only player, who ascends the likelihood."""
        network = networks["pixels"]
        average = WeightAverage(network, self.averaging) if self.averaging else None

        def loss(batch: Tensor) -> Tensor:
            return -self._log_likelihood(network, batch, streams).mean(dim=1)

        player = Player(
            "likelihood",
            Adam([*network.parameters()], lr=self.learning_rate, betas=(0.9, 0.999)),
            loss,
            follow=None if average is None else average.follow,
        )
        state = average.state() if average is not None else {}
        return Training(
            [player],
            make_schedule(self),
            batch_size=self.batch_size,
            steps_per_epoch=min(self.steps_per_epoch, self.n_steps),
            kept={"pixels": network if average is None else average.average},
            state={f"average.{name}": tensor for name, tensor in state.items()},
        )

    def score_samples(
        self, X: object, y: object = None, *, replica: int = 0
    ) -> NDArray[np.float64]:
        """Return the exact log-likelihood of images.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width)
        y : array-like of shape (n_samples,), default=None
            Their classes, if the model was fitted with classes. None takes the mixture of all
            classes by their shares.
        replica : int, default=0
            Of which network.

        Returns
        -------
        log_likelihood : ndarray of shape (n_samples,)
            In nats; given the class, if ``y`` is.
        """
        self.check_replica(replica)
        rows = self.enter(X)
        self._check_images(rows)
        if y is not None or not len(self.classes_):
            return self._score(rows, None if y is None else np.asarray(y), replica)
        given = [self._score(rows, np.full(len(rows), c), replica) for c in self.classes_]
        joint = np.stack(given) + np.log(self.class_prior_)[:, None]
        mixture: NDArray[np.float64] = np.logaddexp.reduce(joint, axis=0)
        return mixture

    def score(self, X: object, y: object = None) -> float:
        """Return the mean log-likelihood of images under the first replica, in nats."""
        return float(np.mean(self.score_samples(X, y)))

    def sample(
        self,
        n_samples: int = 1,
        *,
        y: object = None,
        random_state: object = None,
        replica: int = 0,
    ) -> NDArray[np.float64]:
        """Draw images, pixel after pixel.

        Parameters
        ----------
        n_samples : int, default=1
            At least 1.
        y : label, or array-like of shape (n_samples,), default=None
            Of which class, if the model was fitted with classes. None draws classes by their
            shares.
        random_state : None, int, numpy.random.RandomState or numpy.random.Generator
            Source of the draws; None takes fresh entropy.
        replica : int, default=0
            Of which network.

        Returns
        -------
        X : ndarray of shape (n_samples, height, width)
            Integers as floats.
        """
        self.check_replica(replica)
        check_integer("n_samples", n_samples, 1)
        streams = Streams(make_seeds(random_state, 1), "cpu")
        labels = None if y is None else np.broadcast_to(np.asarray(y), (n_samples,))
        with torch.no_grad(), one_thread():
            return self.units_.leave(self._draw(int(n_samples), streams, replica, labels))

    def draw(self, n_samples: int, streams: Streams, replica: int) -> Tensor:
        """Draw images of one replica, of all classes."""
        return self._draw(n_samples, streams, replica, None)

    def _draw(
        self, n_samples: int, streams: Streams, replica: int, labels: NDArray[Any] | None
    ) -> Tensor:
        network = self.pixels_.select([replica])
        (rng,) = streams.generators
        if labels is None and len(self.classes_):
            prior = torch.as_tensor(self.class_prior_)
            chosen = torch.multinomial(prior, n_samples, replacement=True, generator=rng)
            labels = self.classes_[chosen.numpy()]
        blank = torch.zeros(n_samples, *self.row_shape_)
        n_pixels, width = blank[0].numel(), self.row_shape_[-1]
        data = self._with_classes(blank, labels)
        for pixel in self._in_raster_order(n_pixels):
            # Rows further down are not looked at yet.
            n_seen = (pixel // width + 1) * width
            seen = torch.cat([data[:, :n_seen], data[:, n_pixels:]], dim=1)
            for part, rows in zip(torch.split(data, CHUNK), torch.split(seen, CHUNK), strict=True):
                logits = self._logits(network, rows[None], rows[None, :, :n_seen])[0, :, :, pixel]
                level = torch.multinomial(logits.double().softmax(dim=1), 1, generator=rng)
                part[:, pixel] = level[:, 0].float()
        return data[:, :n_pixels].reshape(n_samples, *self.row_shape_)

    def _in_raster_order(self, n_pixels: int) -> Iterable[int]:
        """Count the pixels, with a bar if it is wanted."""
        if not self.verbose:
            return range(n_pixels)
        return track(range(n_pixels), "pixels", console=Console(stderr=True))

    @torch.no_grad()
    def _score(
        self, rows: Tensor, labels: NDArray[Any] | None, replica: int
    ) -> NDArray[np.float64]:
        network = self.pixels_.select([replica])
        data = self._with_classes(rows, labels)
        with one_thread():
            parts = [
                self._log_likelihood(network, part[None])[0] for part in torch.split(data, CHUNK)
            ]
        return to_array(torch.cat(parts))

    def _log_likelihood(self, network: Any, data: Tensor, streams: Streams | None = None) -> Tensor:
        """Return log-likelihoods of shape (R, n), by hidden pixels where there are streams."""
        n_pixels = int(np.prod(self.row_shape_))
        pixels = data[:, :, :n_pixels]
        logits = self._logits(network, data, pixels, streams)
        # Summed in float64 where nothing is learned: 784 terms.
        logits = logits if streams is not None else logits.double()
        chosen = F.log_softmax(logits, dim=2).gather(2, pixels.long()[:, :, None])
        return chosen[:, :, 0].sum(dim=2)

    def _logits(
        self, network: Any, data: Tensor, pixels: Tensor, streams: Streams | None = None
    ) -> Tensor:
        """Return the network's output of shape (R, n, n_levels, n_pixels)."""
        n_pixels = pixels.shape[2]
        shown = pixels * (2 / (self.n_levels - 1)) - 1
        if streams is not None and self.input_dropout:
            uniform = streams.uniform(*shown.shape[1:], bound=0.5)
            shown = shown * (uniform >= self.input_dropout - 0.5)
        logits: Tensor = network(torch.cat([shown, data[:, :, n_pixels:]], dim=2))
        return logits

    def _with_classes(self, rows: Tensor, labels: NDArray[Any] | None) -> Tensor:
        """Return flat rows and, beside them, indicators of the classes."""
        flat = rows.flatten(1)
        if not len(self.classes_):
            if labels is not None:
                raise ValueError("y must be None for a model without classes. Fit it with y.")
            return flat
        found = np.asarray(labels)
        unknown = found[~np.isin(found, self.classes_)]
        if found.shape != (len(rows),) or len(unknown):
            wrong = f"{unknown[0]!r}" if len(unknown) else f"shape {found.shape}"
            raise ValueError(
                f"y must hold one of {self.classes_.tolist()} for each row, got {wrong}."
            )
        index = torch.as_tensor(np.searchsorted(self.classes_, found), device=rows.device)
        return torch.cat([flat, F.one_hot(index, len(self.classes_)).to(flat)], dim=1)

    def _check_images(self, rows: Tensor) -> None:
        if rows.dim() not in (3, 4) or (rows.dim() == 4 and rows.shape[1] != 1):
            raise ValueError(
                "X must have shape (n_samples, height, width), got "
                f"{tuple(rows.shape)}. Reshape flat rows to images."
            )
        other = rows[(rows != rows.round()) | (rows < 0) | (rows > self.n_levels - 1)]
        if len(other):
            raise ValueError(
                f"X must hold integers from 0 to {self.n_levels - 1} (n_levels - 1), got "
                f"{float(other[0]):g}. Round or cut it, or raise n_levels."
            )
