"""What models share that map rows of one kind to rows of another: two units, transform, sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from torch import Tensor

from robustgan._bridge import Streams, to_array, to_tensor
from robustgan.engine import one_thread
from robustgan.generative.base import GenerativeModel
from robustgan.generative.units import Units
from robustgan.networks.convolutional import channels_first

# Rows that are translated or judged at once.
CHUNK = 512
# Most rows of the fit that are kept for `sample` to translate.
MOST_SOURCES = 1000


class TranslationModel(TransformerMixin, GenerativeModel):
    """Base of the models that map rows ``X`` to rows like ``y``.

    Attributes
    ----------
    target_units_ : Units
        From the units of ``y`` to the networks'.
    target_shape_ : tuple of int
        Shape of a row of ``y``.
    sources_ : ndarray of shape (n_sources, ...)
        Rows of ``X``, in the networks' units: all of the fit or 1,000, evenly spaced. `sample`
        translates one of them at random.
    """

    generator_: Any
    target_units_: Units
    target_shape_: tuple[int, ...]
    sources_: NDArray[np.float32]

    def take_two(self, X: object, y: object) -> tuple[Tensor, Tensor]:
        """Validate rows and targets; return both in the networks' units."""
        if y is None:
            raise ValueError(
                "y must hold rows of the kind that X is translated to, got None. Call fit(X, y)."
            )
        rows: Tensor = to_tensor(
            self, X, device=self.device, reset=True, min_samples=2, allow_nd=True
        )
        targets = self._take_targets(y, device=rows.device, min_samples=2)
        self.row_shape_, self.target_shape_ = tuple(rows.shape[1:]), tuple(targets.shape[1:])
        scale = "range" if rows.dim() > 2 else self.scale
        self.units_ = Units.of_sample(rows, scale)
        self.target_units_ = Units.of_sample(targets, scale)
        entered = self.units_.enter(rows)
        kept = np.linspace(0, len(rows) - 1, min(len(rows), MOST_SOURCES)).round().astype(int)
        self.sources_ = entered[torch.from_numpy(kept).to(entered.device)].cpu().numpy()
        return entered, self.target_units_.enter(targets)

    def transform(self, X: object, *, replica: int = 0) -> NDArray[np.float64]:
        """Translate rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Like those of the fit.
        replica : int, default=0
            Of which network.

        Returns
        -------
        translated : ndarray of shape (n_samples, ...)
            Rows like ``y``, in its units.
        """
        self.check_replica(replica)
        return self.leave(self._through(self.generator_, self.enter(X), replica))

    def leave(self, rows: Tensor) -> NDArray[np.float64]:
        """Map translated rows to the units and the shape of ``y``."""
        return self.target_units_.leave(rows.reshape(len(rows), *self.target_shape_))

    def draw(self, n_samples: int, streams: Streams, replica: int) -> Tensor:
        """Translate rows of the fit, drawn at random with replacement."""
        (rng,) = streams.generators
        chosen = torch.randint(len(self.sources_), (n_samples,), generator=rng)
        return self._through(self.generator_, torch.from_numpy(self.sources_)[chosen], replica)

    def enter_targets(self, y: object) -> Tensor:
        """Validate rows like ``y`` and map them to the networks' units."""
        targets = self._take_targets(y, device="cpu", min_samples=1)
        if tuple(targets.shape[1:]) != self.target_shape_:
            raise ValueError(
                f"y must have rows of shape {self.target_shape_}, got {tuple(targets.shape[1:])}."
            )
        return self.target_units_.enter(targets)

    @torch.no_grad()
    def _through(self, network: Any, rows: Tensor, replica: int) -> Tensor:
        """Return one replica's output of rows, in chunks."""
        chosen = network.select([replica])
        shown = with_channels(rows) if rows.dim() > 2 else rows
        with one_thread():
            parts = [chosen(part) for part in torch.split(shown[None], CHUNK, dim=1)]
        return torch.cat(parts, dim=1)[0]

    def _take_targets(self, y: object, *, device: str | torch.device, min_samples: int) -> Tensor:
        try:
            return to_tensor(
                # Not this estimator: rows of y have features of their own.
                BaseEstimator(),
                y,
                device=device,
                reset=True,
                min_samples=min_samples,
                allow_nd=True,
            )
        except (ValueError, TypeError) as error:
            raise type(error)(f"y must be rows of numbers, got others: {error}") from error


def with_channels(images: Tensor, name: str = "X") -> Tensor:
    """Return images of shape (n, height, width), or with channels, as (n, channels, ...)."""
    return images.reshape(len(images), *channels_first(tuple(images.shape[1:]), name))


def mean_score(scores: Tensor) -> NDArray[np.float64]:
    """Return the mean over patches of scores of shape (n, ...)."""
    return to_array(scores.reshape(len(scores), -1).mean(dim=1))
