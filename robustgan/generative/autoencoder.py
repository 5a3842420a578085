"""Autoencoder: rows through a narrow code and back, with the codes' law found afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from robustgan._bridge import Streams, to_array
from robustgan._bridge.outliers import Contamination
from robustgan.engine import Callback, one_thread
from robustgan.engine.optimizers import Optimizer
from robustgan.generative.encoding import EncodingModel
from robustgan.generative.encoding_settings import Stages
from robustgan.generative.evidence import Coders
from robustgan.generative.game import CHUNK
from robustgan.objectives import bernoulli_log_density

# Added to the variances of codes, so that a coordinate that stands still has a law.
_LEAST_VARIANCE = 1e-6


class Autoencoder(EncodingModel):
    """Autoencoder [1]_: nonlinear principal components, robust if asked.

    An encoder maps rows to codes, a decoder back, and both descend the error of the way there and
    back. With no hidden units it learns the space of the first principal components. A Gaussian
    that is fitted to the codes afterwards makes it a sampler [2]_; for a likelihood take `VAE`.

    Parameters
    ----------
    latent_dim : int, default=2
        Width of a code.
    architecture : {'perceptron', 'convolutional'}, default='perceptron'
        Of encoder and decoder, where they are not given. Layers of the second halve an image.
    hidden_units : sequence of int, default=(128,)
        Widths of the encoder's hidden layers, or channels; the decoder has them in reverse.
    activation : {'relu', 'leaky_relu', 'tanh', 'sigmoid'}, default='relu'
        Of the hidden layers.
    image_shape : tuple of (channels, height, width) or None, default=None
        Of rows that are images laid out in one axis; for ``'convolutional'`` or your own networks.
    encoder : torch.nn.Module or None, default=None
        From rows to codes. Its weights are drawn anew.
    decoder : torch.nn.Module or None, default=None
        From codes to rows, or to logits.
    likelihood : {'gaussian', 'bernoulli'}, default='gaussian'
        What is lost: squared errors, or cross-entropies of rows in [0, 1], whose units stay.
    robust : {'beta', 'trimmed'} or None, default=None
        How rows are weighted that the model explains badly; see Notes.
    power : float, default=0.5
        Of ``'beta'``; see `robustgan.objectives.DensityPower`.
    trimming : float, default=0.25
        Of ``'trimmed'``: most share of outliers, in [0, 0.5).
    holdout : float or None, default=None
        Share of the rows that are not trained on and say how fresh rows score, for p-values and
        the cut-off: every tenth, say. None holds out a tenth if ``robust``, of 100 rows or more,
        and none otherwise: then the p-values of fresh rows are too small where the model overfits.
    contamination : 'auto' or float, default='auto'
        Share of the training rows that `predict` flags; ``'auto'`` goes by ``alpha``.
    alpha : float, default=0.025
        Share of clean rows that may be flagged, in (0, 0.5].
    adjust : {'bh'} or None, default=None
        Control the false discovery rate at ``alpha`` instead.
    optimizer : {'adam', 'rmsprop', 'sgd'} or callable, default='adam'
        A callable makes an optimizer, as ``torch.optim`` has them, of a list of tensors.
    learning_rate : float, default=1e-3
    betas : tuple of float, default=(0.9, 0.999)
        Of Adam.
    batch_size : int, default=128
        Rows a step.
    n_steps : int, default=3000
        Rounded up to whole epochs.
    steps_per_epoch : int, default=100
        Steps from one look at the loss to the next.
    annealing : float, default=0.5
        Share of the training, at its end, in which the learning rate decays to a twentieth.
    scale : {'standard', 'range', 'none'}, default='standard'
        Units the networks are trained in; see `GAN`. With ``robust``, ``'standard'`` goes by
        medians.
    n_replicas : int, default=1
        Networks that are trained at once, from different starts.
    checkpoint : path-like or None, default=None
        Where to write a checkpoint every ten epochs, and at the end; see `fit`.
    device : str or torch.device, default='auto'
        Where to train.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default=None
        All randomness of a fit.
    verbose : int, default=0
        Above 0, show a bar on standard error.
    callbacks : sequence of Callback or None, default=None
        Told of every epoch; one that returns True ends the training.

    Attributes
    ----------
    encoder_, decoder_ : torch.nn.Module
        The networks, of all replicas, on the CPU.
    support_ : ndarray of bool, of shape (n_samples,)
        Rows that are taken for clean; all, if not ``robust``.
    offset_ : float
        The cut-off of `predict`.
    reference_scores_ : ndarray
        Sorted scores of clean rows, held out if there are such.
    latent_mean_, latent_covariance_ : ndarray
        Of the clean rows' codes, of the first replica.
    history_ : History
        The loss by epoch.
    units_ : Units
        From the data's units to the networks'.
    row_shape_ : tuple of int
        Shape of a row.
    n_features_in_ : int
        Length of a row's first axis.

    Notes
    -----
    Minus the loss of a row is its score. ``robust='trimmed'`` leaves out the ``trimming`` worst of
    each batch in the first quarter of the training, then only rows more than five robust standard
    deviations below the median. ``robust='beta'`` weighs rows by a power of the likelihood of
    their reconstruction, which is halved then, and leaves out the same rows; rows that a wide code
    reconstructs well, whatever they are, it does not tell apart.

    References
    ----------
    .. [1] Hinton, G. E. and Salakhutdinov, R. R. (2006). Reducing the dimensionality of data with
       neural networks. Science 313, 504-507. doi:10.1126/science.1127647
    .. [2] Ghosh, P. et al. (2020). From variational to deterministic autoencoders. ICLR.
       doi:10.48550/arXiv.1903.12436

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan import Autoencoder
    >>> X = np.random.default_rng(0).normal(size=(200, 5))
    >>> model = Autoencoder(latent_dim=2, n_steps=100, random_state=0).fit(X)
    >>> model.transform(X).shape
    (200, 2)
    >>> model.sample(3, random_state=0).shape
    (3, 5)
    """

    def __init__(
        self,
        *,
        latent_dim: int = 2,
        architecture: str = "perceptron",
        hidden_units: Sequence[int] = (128,),
        activation: str = "relu",
        image_shape: tuple[int, int, int] | None = None,
        encoder: nn.Module | None = None,
        decoder: nn.Module | None = None,
        likelihood: str = "gaussian",
        robust: str | None = None,
        power: float = 0.5,
        trimming: float = 0.25,
        holdout: float | None = None,
        contamination: Contamination = "auto",
        alpha: float = 0.025,
        adjust: str | None = None,
        optimizer: str | Callable[[list[Tensor]], Optimizer] = "adam",
        learning_rate: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        batch_size: int = 128,
        n_steps: int = 3000,
        steps_per_epoch: int = 100,
        annealing: float = 0.5,
        scale: str = "standard",
        n_replicas: int = 1,
        checkpoint: str | os.PathLike[str] | None = None,
        device: str | torch.device = "auto",
        random_state: object = None,
        verbose: int = 0,
        callbacks: Sequence[Callback] | None = None,
    ) -> None:
        """Keep the parameters."""
        self.latent_dim = latent_dim
        self.architecture = architecture
        self.hidden_units = hidden_units
        self.activation = activation
        self.image_shape = image_shape
        self.encoder = encoder
        self.decoder = decoder
        self.likelihood = likelihood
        self.robust = robust
        self.power = power
        self.trimming = trimming
        self.holdout = holdout
        self.contamination = contamination
        self.alpha = alpha
        self.adjust = adjust
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.betas = betas
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

    @property
    def code_width(self) -> int:
        """The codes themselves."""
        return self.latent_dim

    def make_score(
        self, coders: Coders, streams: Streams, stages: Stages
    ) -> Callable[[Tensor], Tensor]:
        """Return minus the loss of rows."""
        return lambda rows: _minus_loss(coders, rows)

    def encode_rows(self, coders: Coders, rows: Tensor) -> Tensor:
        """Return the codes."""
        return coders.encode(rows)

    @torch.no_grad()
    def score_rows(self, rows: Tensor, replica: int) -> NDArray[np.float64]:
        """Return minus the losses of flat rows."""
        coders = self.coders(replica)
        with one_thread():
            scores = [_minus_loss(coders, part[None])[0] for part in torch.split(rows, CHUNK)]
        return to_array(torch.cat(scores).double())

    @torch.no_grad()
    def _learn_latent_law(self, rows: Tensor) -> None:
        """Fit a Gaussian to the codes of clean rows."""
        codes = to_array(self.encode_rows(self.coders(0), rows[None])[0].double())
        covariance = np.cov(codes, rowvar=False, bias=True).reshape(self.latent_dim, -1)
        ridge = _LEAST_VARIANCE * max(1.0, float(np.trace(covariance)))
        self._set_latent_law(codes.mean(axis=0), covariance + ridge * np.eye(self.latent_dim))


def _minus_loss(coders: Coders, rows: Tensor) -> Tensor:
    """Return minus squared errors or cross-entropies of rows (R, n, p), summed; shape (R, n)."""
    decoded = coders.decode(coders.encode(rows))
    if coders.likelihood == "bernoulli":
        return bernoulli_log_density(rows, decoded)
    return -(rows - decoded).square().sum(dim=-1)
