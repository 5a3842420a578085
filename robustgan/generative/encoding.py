"""What autoencoders share: verbs of a transformer, robust weights, outlier scores.

Knows an encoder, a decoder and how rows are scored. The score itself is each model's own.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from torch import Tensor, nn

from robustgan._bridge import Streams, make_seeds, to_array, to_tensor
from robustgan._bridge.outliers import Contamination, OutlierScoresMixin
from robustgan._bridge.parameters import check_integer
from robustgan.engine import Player, one_thread
from robustgan.generative.base import Training
from robustgan.generative.encoding_networks import (
    build_coders,
    check_probabilities,
    check_shape,
    check_widths,
    input_shape,
)
from robustgan.generative.encoding_settings import Stages, check_encoding
from robustgan.generative.evidence import Coders, Learning
from robustgan.generative.game import CHUNK
from robustgan.generative.latent import LatentWalks
from robustgan.generative.settings import make_optimizer, make_schedule
from robustgan.generative.units import Units
from robustgan.networks import (
    LogVariance,
)
from robustgan.objectives import DensityPower, Trimming, Weighing, level_and_spread

# Distance below the median, in robust standard deviations, from which a row is no clean one;
# clean scores are skewed to the left, and a hard row that is left out is lost on all like it.
_CUT = 5.0
# Rows that are held out to say how fresh ones score, where none were asked for.
_HOLDOUT, _LEAST_ROWS = 0.1, 100


class EncodingModel(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    OutlierScoresMixin,
    LatentWalks,
):
    """Base of autoencoders; a subclass says how rows are scored, and what draws codes.

    Attributes
    ----------
    encoder_, decoder_ : torch.nn.Module
        The networks, of all replicas, on the CPU.
    latent_mean_ : ndarray of shape (latent_dim,)
    latent_covariance_ : ndarray of shape (latent_dim, latent_dim)
        The law of the codes, by which `sample` draws.
    support_ : ndarray of bool, of shape (n_samples,)
        Rows that are taken for clean; all, if not ``robust``.
    """

    encoder_: Any
    decoder_: Any
    support_: NDArray[np.bool_]

    encoder: nn.Module | None
    decoder: nn.Module | None
    architecture: str
    image_shape: tuple[int, int, int] | None
    hidden_units: Sequence[int]
    activation: str
    likelihood: str
    robust: str | None
    power: float
    trimming: float
    holdout: float | None
    contamination: Contamination
    optimizer: Any
    learning_rate: Any
    batch_size: int
    n_steps: int
    steps_per_epoch: int
    annealing: float
    _also_saved = ("_training_scores",)

    @property
    @abstractmethod
    def code_width(self) -> int:
        """Columns of what the encoder returns."""

    @abstractmethod
    def make_score(self, coders: Coders, streams: Streams, stages: Stages) -> Any:
        """Return what the training ascends, a function of flat rows (R, n, p)."""

    @abstractmethod
    def score_rows(self, rows: Tensor, replica: int) -> NDArray[np.float64]:
        """Score flat rows of shape (n, p) in the networks' units; shape (n,)."""

    @abstractmethod
    def encode_rows(self, coders: Coders, rows: Tensor) -> Tensor:
        """Return the codes of flat rows, (R, n, p) to (R, n, latent_dim)."""

    def check_parameters(self) -> None:
        """Raise unless the parameters are as described."""
        super().check_parameters()
        check_encoding(self)

    def take_data(self, X: object, y: object) -> Tensor:
        """Validate the data; return the rows to train on, in the networks' units."""
        rows = to_tensor(self, X, device=self.device, reset=True, min_samples=2, allow_nd=True)
        self.row_shape_ = tuple(rows.shape[1:])
        if self.likelihood == "bernoulli":
            check_probabilities(rows)
            self.units_ = Units.of_sample(rows, "none")
        elif self.robust is not None and self.scale == "standard":
            self.units_ = Units.of_majority(rows)
        else:
            self.units_ = Units.of_sample(rows, self.scale)
        check_shape(self)
        is_held_out = torch.from_numpy(self._is_held_out(len(rows))).to(rows.device)
        return self.units_.enter(rows[~is_held_out])

    def build_networks(self, streams: Streams) -> dict[str, Any]:
        """Return a fresh encoder and decoder, one replica a stream."""
        return build_coders(self, streams)

    def set_up(self, networks: dict[str, Any], data: Tensor, streams: Streams) -> Training:
        """Return the one player."""
        schedule = make_schedule(self)
        coders = self.make_coders(networks)
        check_widths(self, coders, data)
        self._set_latent_law(np.zeros(self.latent_dim), np.eye(self.latent_dim))
        weighing: Weighing | None = None
        if self.robust == "trimmed":
            weighing = Trimming(self.trimming, _CUT, streams.device)
        elif self.robust == "beta":
            weighing = DensityPower(self.power, _CUT, streams.device)
        warm_up, kl_weight = getattr(self, "warm_up", 0.0), getattr(self, "beta", 1.0)
        stages = Stages(schedule.max_iter, warm_up, kl_weight, weighing, streams.device)
        loss = Learning(self.make_score(coders, streams, stages), weighing)
        every = nn.ModuleList(networks.values())
        state = {f"network.{name}": buffer for name, buffer in every.named_buffers()}
        return Training(
            [Player("reconstruction", make_optimizer(self, every), loss)],
            schedule,
            batch_size=self.batch_size,
            steps_per_epoch=min(self.steps_per_epoch, self.n_steps),
            kept=networks,
            state=state | stages.state(),
            callbacks=[stages],
        )

    def fit(
        self, X: object, y: object = None, *, resume_from: str | os.PathLike[str] | None = None
    ) -> Self:
        """Train the networks, and rank the rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            At least 2 rows; NumPy, pandas, polars or torch, real and finite. Rows may be images.
        y : ignored
        resume_from : path-like, default=None
            A checkpoint of a fit of the same data by the same parameters, to be continued.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If ``X`` or a parameter is not as described, or the checkpoint was written by another
            configuration.
        TypeError
            If a parameter or ``X`` is of a wrong kind.
        DivergenceError
            If the loss is not finite.
        """
        super().fit(X, y, resume_from=resume_from)
        self._rank(self.enter(X).flatten(1))
        return self

    def transform(self, X: object, *, replica: int = 0) -> NDArray[np.float64]:
        """Encode rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            As in `fit`.
        replica : int, default=0
            Of which network.

        Returns
        -------
        codes : ndarray of shape (n_samples, latent_dim)
            For a variational autoencoder the means of their laws.
        """
        self.check_replica(replica)
        rows = self.enter(X).flatten(1)
        coders = self.coders(replica)
        with torch.no_grad(), one_thread():
            parts = [self.encode_rows(coders, part[None])[0] for part in torch.split(rows, CHUNK)]
        return to_array(torch.cat(parts).double())

    def inverse_transform(self, X: object, *, replica: int = 0) -> NDArray[np.float64]:
        """Decode codes.

        Parameters
        ----------
        X : array-like of shape (n_samples, latent_dim)
            Codes, as `transform` returns them.
        replica : int, default=0
            Of which network.

        Returns
        -------
        rows : ndarray of shape (n_samples, ...)
            Expected rows in the data's units: means, or probabilities.
        """
        self.check_replica(replica)
        codes = torch.as_tensor(np.array(X, dtype=np.float32))
        if codes.dim() != 2 or codes.shape[1] != self.latent_dim:
            raise ValueError(
                f"X must hold codes of shape (n_samples, {self.latent_dim}), got "
                f"{tuple(codes.shape)}."
            )
        with torch.no_grad(), one_thread():
            return self._leave(self._expect(codes, replica))

    def reconstruct(self, X: object, *, replica: int = 0) -> NDArray[np.float64]:
        """Encode rows and decode them again; see `transform` and `inverse_transform`."""
        codes = np.asarray(self.transform(X, replica=replica), dtype=np.float64)
        return self.inverse_transform(codes, replica=replica)

    def sample(
        self,
        n_samples: int = 1,
        *,
        random_state: object = None,
        replica: int = 0,
        with_noise: bool = True,
    ) -> NDArray[np.float64]:
        """Draw rows from the fitted model.

        Parameters
        ----------
        n_samples : int, default=1
            At least 1.
        random_state : None, int, numpy.random.RandomState or numpy.random.Generator
            Source of the draws; None takes fresh entropy.
        replica : int, default=0
            Of which network.
        with_noise : bool, default=True
            Whether rows are drawn given their codes, or are the expected ones.

        Returns
        -------
        X : ndarray of shape (n_samples, ...)
            In the data's units.
        """
        if with_noise:
            return super().sample(n_samples, random_state=random_state, replica=replica)
        self.check_replica(replica)
        check_integer("n_samples", n_samples, 1)
        streams = Streams(make_seeds(random_state, 1), "cpu")
        with torch.no_grad(), one_thread():
            return self._leave(self._expect(self._draw_codes(n_samples, streams), replica))

    def draw(self, n_samples: int, streams: Streams, replica: int) -> Tensor:
        """Draw rows of one replica in the networks' units."""
        rows = self._expect(self._draw_codes(n_samples, streams), replica)
        if self.likelihood == "bernoulli":
            rows = torch.bernoulli(rows, generator=streams.generators[0])
        else:
            deviation = (0.5 * self.coders(replica).log_variance(rows)[0]).exp()
            rows = rows + deviation * streams.normal(*rows.shape)[0]
        return rows.reshape(n_samples, *self.row_shape_)

    def score_samples(self, X: object, *, replica: int = 0) -> NDArray[np.float64]:
        """Score rows; higher is more normal.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
        replica : int, default=0
            Of which network.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
        """
        self.check_replica(replica)
        return self.score_rows(self.enter(X).flatten(1), replica)

    def make_coders(self, networks: dict[str, Any]) -> Coders:
        """Return encoder, decoder and noise of networks by name."""
        noise: LogVariance | float = networks.get("noise", 1.0)
        return Coders(
            networks["encoder"], networks["decoder"], self.likelihood, noise, input_shape(self)
        )

    def coders(self, replica: int) -> Coders:
        """Return the fitted encoder, decoder and noise of one replica."""
        names = ("encoder", "decoder", "noise")
        kept = {n: getattr(self, f"{n}_") for n in names if hasattr(self, f"{n}_")}
        return self.make_coders(kept).select(replica)

    @property
    def _n_features_out(self) -> int:
        return self.latent_dim

    def _rank(self, rows: Tensor) -> None:
        """Say which rows are clean, how clean ones score, and what law their codes have."""
        scores = self.score_rows(rows, 0)
        is_held_out = self._is_held_out(len(rows))
        self.support_ = np.ones(len(rows), dtype=bool)
        if self.robust is not None:
            level, spread = level_and_spread(torch.from_numpy(scores)[None])
            self.support_ = scores >= float(level - _CUT * spread)
        of_fresh = self.support_ & is_held_out if is_held_out.any() else self.support_
        self._calibrate(scores, scores[of_fresh])
        self._learn_latent_law(rows[torch.from_numpy(self.support_)])

    def _learn_latent_law(self, rows: Tensor) -> None:
        """Set the law of the codes, from clean rows."""

    def _set_latent_law(self, mean: NDArray[np.float64], covariance: NDArray[np.float64]) -> None:
        self.latent_mean_, self.latent_covariance_ = mean, covariance

    def _is_held_out(self, n_samples: int) -> NDArray[np.bool_]:
        """Say which rows are not trained on: every tenth, or so."""
        share = self.holdout
        if share is None:
            share = _HOLDOUT if self.robust is not None and n_samples >= _LEAST_ROWS else 0.0
        if not share:
            return np.zeros(n_samples, dtype=bool)
        every = round(1 / share)
        return np.equal(np.arange(n_samples) % every, every - 1)

    def _draw_codes(self, n_samples: int, streams: Streams) -> Tensor:
        """Draw codes, of shape (n_samples, latent_dim)."""
        noise = streams.normal(n_samples, self.latent_dim)[0].double()
        factor = torch.from_numpy(np.linalg.cholesky(self.latent_covariance_))
        codes: Tensor = noise @ factor.mT + torch.from_numpy(self.latent_mean_)
        return codes.float()

    def _expect(self, codes: Tensor, replica: int) -> Tensor:
        """Return expected rows of codes, flat, in the networks' units."""
        coders = self.coders(replica)
        rows = torch.cat([coders.decode(part[None])[0] for part in torch.split(codes, CHUNK)])
        return rows.sigmoid() if self.likelihood == "bernoulli" else rows

    def _leave(self, rows: Tensor) -> NDArray[np.float64]:
        return self.units_.leave(rows.reshape(len(rows), *self.row_shape_))
