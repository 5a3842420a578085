"""VAE: an autoencoder with a law of the codes, fitted by a bound of the likelihood."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from robustgan._bridge import Streams, make_seeds, to_array
from robustgan._bridge.outliers import Contamination
from robustgan._bridge.parameters import check_integer, check_real
from robustgan.engine import Callback, one_thread
from robustgan.engine.optimizers import Optimizer
from robustgan.generative.encoding import EncodingModel
from robustgan.generative.encoding_settings import Stages, check_variance
from robustgan.generative.evidence import (
    Coders,
    EvidenceScore,
    importance_bound,
    log_weights,
    split_posterior,
)
from robustgan.generative.game import CHUNK
from robustgan.networks import LogVariance


class VAE(EncodingModel):
    """Variational autoencoder [1]_: codes with a law, rows with a likelihood; robust if asked.

    A decoder maps standard Gaussian codes to the law of a row, an encoder guesses which codes a row
    may come from, and both ascend a lower bound of the rows' log likelihood. A transformer, a
    sampler and, by `score_samples`, a density.

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
        From rows to codes' means and log variances, side by side: 2 * latent_dim columns. Its
        weights are drawn anew.
    decoder : torch.nn.Module or None, default=None
        From codes to rows: means, or logits.
    likelihood : {'gaussian', 'bernoulli'}, default='gaussian'
        Of a row given its code; ``'bernoulli'`` is for rows of zeros and ones and leaves their
        units alone.
    variance : float, 'common' or 'diagonal', default='common'
        Of Gaussian noise, in the networks' units: known, or learned for all columns or each.
    beta : float, default=1.0
        Weight of the codes' divergence from the prior [2]_. The scores are always those of 1.
    warm_up : float, default=0.0
        Share of the training in which that weight rises from zero, in [0, 1].
    n_importance : int, default=1
        Draws of a code for each row; above 1 the bound is the importance-weighted one [3]_, which
        is tighter.
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
    noise_variance_ : ndarray of shape () or row_shape
        Of Gaussian noise, in squared units of the data; of the first replica.
    support_ : ndarray of bool, of shape (n_samples,)
        Rows that are taken for clean; all, if not ``robust``.
    offset_ : float
        The cut-off of `predict`.
    reference_scores_ : ndarray
        Sorted scores of clean rows, held out if there are such.
    latent_mean_, latent_covariance_ : ndarray
        Of the prior: zero and the identity.
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
    The bound of a row is its score while training. ``robust='trimmed'`` leaves out the
    ``trimming`` worst of each batch in the first quarter of the training, then only rows more than
    five robust standard deviations below the median. ``robust='beta'`` weighs rows by a power of
    their likelihood, which is halved then, and leaves out the same rows. Both forgive only what the
    majority does not resemble; a quarter of the rows that are alike is a part of the data to them.

    References
    ----------
    .. [1] Kingma, D. P. and Welling, M. (2014). Auto-encoding variational Bayes. ICLR.
       doi:10.48550/arXiv.1312.6114
    .. [2] Higgins, I. et al. (2017). beta-VAE: learning basic visual concepts with a constrained
       variational framework. ICLR.
    .. [3] Burda, Y., Grosse, R. and Salakhutdinov, R. (2016). Importance weighted autoencoders.
       ICLR. doi:10.48550/arXiv.1509.00519

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan import VAE
    >>> X = np.random.default_rng(0).normal(size=(200, 5)) * [1, 1, 1, 1, 9]
    >>> vae = VAE(latent_dim=2, hidden_units=(16,), n_steps=100, random_state=0).fit(X)
    >>> vae.transform(X).shape
    (200, 2)
    >>> vae.inverse_transform(np.zeros((1, 2))).shape
    (1, 5)
    >>> vae.score_samples(X, n_importance=20).shape
    (200,)
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
        variance: float | str = "common",
        beta: float = 1.0,
        warm_up: float = 0.0,
        n_importance: int = 1,
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
        self.variance = variance
        self.beta = beta
        self.warm_up = warm_up
        self.n_importance = n_importance
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
        """Means and log variances."""
        return 2 * self.latent_dim

    def check_parameters(self) -> None:
        """Raise unless the parameters are as described."""
        super().check_parameters()
        check_variance(self.variance)
        check_real("beta", self.beta, least=0)
        check_real("warm_up", self.warm_up, least=0, most=1)
        check_integer("n_importance", self.n_importance, 1)

    def build_networks(self, streams: Streams) -> dict[str, Any]:
        """Return a fresh encoder, a decoder and the noise if it is learned."""
        networks = super().build_networks(streams)
        if self.likelihood == "gaussian" and isinstance(self.variance, str):
            n_columns = int(np.prod(self.row_shape_)) if self.variance == "diagonal" else 1
            networks["noise"] = LogVariance(n_columns, streams)
        return networks

    def make_coders(self, networks: dict[str, Any]) -> Coders:
        """Return encoder, decoder and noise of networks by name."""
        known = 1.0 if isinstance(self.variance, str) else float(self.variance)
        return super().make_coders({"noise": known, **networks})

    def make_score(self, coders: Coders, streams: Streams, stages: Stages) -> EvidenceScore:
        """Return the bound that is ascended."""
        return EvidenceScore(coders, streams, self.latent_dim, self.n_importance, stages.kl_weight)

    def encode_rows(self, coders: Coders, rows: Tensor) -> Tensor:
        """Return the means of the codes' laws."""
        return split_posterior(coders.encode(rows))[0]

    def score_samples(
        self,
        X: object,
        *,
        n_importance: int = 16,
        random_state: object = 0,
        replica: int = 0,
    ) -> NDArray[np.float64]:
        """Estimate the log density of rows by importance sampling from the encoder.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
        n_importance : int, default=16
            Draws of a code; the estimate is a lower bound in expectation, which rises with them to
            the log density.
        random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default=0
            Of the draws, together with the row itself: its score does not depend on the others.
        replica : int, default=0
            Of which network.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Nats, of a density in the data's units, or of a probability; higher is more normal.
        """
        self.check_replica(replica)
        check_integer("n_importance", n_importance, 1)
        rows = self.enter(X).flatten(1)
        return self._estimate(rows, replica, int(n_importance), random_state)

    def score_rows(self, rows: Tensor, replica: int) -> NDArray[np.float64]:
        """Score flat rows in the networks' units, as `score_samples` does by default."""
        return self._estimate(rows, replica, 16, 0)

    @torch.no_grad()
    def _estimate(
        self, rows: Tensor, replica: int, n_importance: int, random_state: object
    ) -> NDArray[np.float64]:
        (seed,) = make_seeds(random_state, 1)
        coders, scores = self.coders(replica), []
        # So that rows times draws are never many at once.
        n_rows, n_draws = max(1, CHUNK // n_importance), min(n_importance, CHUNK)
        with one_thread():
            for part in torch.split(rows, n_rows):
                noise = _noise_of_rows(part, seed, n_importance, self.latent_dim)
                draws = torch.split(noise, n_draws, dim=1)
                weights = [log_weights(coders, part[None], drawn) for drawn in draws]
                scores.append(importance_bound(torch.cat(weights, dim=1))[0])
        spread = np.broadcast_to(self.units_.spread, self.row_shape_)
        return to_array(torch.cat(scores).double()) - float(np.log(spread).sum())

    @property
    def noise_variance_(self) -> NDArray[np.float64]:
        """Variance of Gaussian noise in squared units of the data."""
        self.check_replica(0)
        if self.likelihood != "gaussian":
            raise AttributeError("noise_variance_ is there for likelihood='gaussian' only.")
        value = self.coders(0).log_variance(torch.zeros(1)).detach().exp()
        variance = to_array(value.double())[0, 0]
        columns = variance.reshape(self.row_shape_) if len(variance) > 1 else variance[0]
        return np.asarray(columns * np.square(self.units_.spread))


def _noise_of_rows(rows: Tensor, seed: int, n_draws: int, latent_dim: int) -> Tensor:
    """Draw noise of shape (1, n_draws, n, latent_dim), each row's by its own values."""
    drawn = [
        np.random.Generator(np.random.Philox(key=[seed, crc32(row.tobytes())])).standard_normal(
            (n_draws, latent_dim), dtype=np.float32
        )
        for row in rows.numpy()
    ]
    return torch.from_numpy(np.stack(drawn, axis=1))[None]
