"""What all generative models share: fit, sample, history, checkpoints, files.

Knows scikit-learn, the data's units and the engine. What is trained, by which losses, is each
model's own.
"""

from __future__ import annotations

import copy
import hashlib
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from robustgan._bridge import Streams, make_seeds, to_tensor
from robustgan._bridge.parameters import check_choice, check_integer
from robustgan.engine import Callback, History, Player, Resumable, Schedule, one_thread, train
from robustgan.engine.callbacks import CallbackSupportMixin, listeners, with_callbacks
from robustgan.generative import saving
from robustgan.generative.units import SCALES, Units

# Parameters that do not change what is learned.
_OF_NO_CONSEQUENCE = frozenset({"callbacks", "checkpoint", "device", "verbose"})


@dataclass(frozen=True)
class Training:
    """What a model hands to the engine.

    Attributes
    ----------
    players : sequence of Player
        In the order in which they move.
    schedule : Schedule
        How long, and when rates decay.
    batch_size : int
        Rows a step.
    steps_per_epoch : int
        Rounds from one look at the losses to the next.
    kept : mapping of str to torch.nn.Module
        The networks that are kept when the training is over, by the names that `build_networks`
        gives them; a moving average may stand for what it follows.
    state : mapping of str to Tensor
        What changes besides the players' parameters, for checkpoints.
    callbacks : sequence of Callback
        The model's own.
    track : callable or None
        Returns what the history reports beside the losses, of shape (R, ...).
    is_paired : bool
        Whether the rows of several tensors belong together.
    """

    players: Sequence[Player]
    schedule: Schedule
    batch_size: int
    steps_per_epoch: int
    kept: Mapping[str, nn.Module]
    state: Mapping[str, Tensor] = field(default_factory=dict)
    callbacks: Sequence[Callback] = ()
    track: Callable[[], Tensor] | None = None
    is_paired: bool = True


class GenerativeModel(CallbackSupportMixin, BaseEstimator, ABC):
    """Base of the models that sample: subclasses say what their networks and players are.

    A subclass has the parameters below, builds its networks in `build_networks`, its players in
    `set_up`, and draws in `draw`. Networks are kept in attributes of their names with an
    underscore, ``generator_`` for ``'generator'``, on the CPU and not in training mode.

    Attributes
    ----------
    history_ : History
        Losses by epoch, of all replicas.
    row_shape_ : tuple of int
        Shape of a row.
    units_ : Units
        From the data's units to the networks'.
    n_features_in_ : int
        Length of a row's first axis.
    """

    history_: History
    row_shape_: tuple[int, ...]
    units_: Units
    n_features_in_: int

    scale: str
    n_replicas: int
    checkpoint: str | os.PathLike[str] | None
    device: str | torch.device
    random_state: object
    verbose: int
    callbacks: Sequence[Callback] | None

    @abstractmethod
    def check_parameters(self) -> None:
        """Raise unless the parameters are as described; call this one, too."""
        check_choice("scale", self.scale, SCALES)
        check_integer("n_replicas", self.n_replicas, 1)

    @abstractmethod
    def build_networks(self, streams: Streams) -> dict[str, Any]:
        """Return fresh networks by name, for rows of ``row_shape_``, one replica a stream."""

    @abstractmethod
    def set_up(self, networks: dict[str, Any], data: Any, streams: Streams) -> Training:
        """Return the players that train the networks on data, as `take_data` returns them."""

    @abstractmethod
    def draw(self, n_samples: int, streams: Streams, replica: int) -> Tensor:
        """Draw rows of one replica in the networks' units, of shape (n_samples, ...)."""

    def take_data(self, X: object, y: object) -> Any:
        """Validate the data; return rows, or a tuple of rows and what goes with them."""
        rows = to_tensor(self, X, device=self.device, reset=True, min_samples=2, allow_nd=True)
        self.row_shape_ = tuple(rows.shape[1:])
        self.units_ = Units.of_sample(rows, self.scale)
        return self.units_.enter(rows)

    def finish(self, streams: Streams) -> None:
        """Learn what is learned of the kept networks, on the CPU; nothing, unless overridden."""

    @with_callbacks  # type: ignore[untyped-decorator]
    def fit(
        self, X: object, y: object = None, *, resume_from: str | os.PathLike[str] | None = None
    ) -> Self:
        """Train the networks.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            At least 2 rows; NumPy, pandas, polars or torch, real and finite. Rows may be images.
        y : ignored, unless the model says otherwise
        resume_from : path-like, default=None
            A checkpoint of a fit of the same data by the same parameters, to be continued: the
            result is that of an uninterrupted fit, bit for bit on the CPU.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If ``X`` or a parameter is not as described, or the checkpoint was written by another
            configuration; the message names the difference.
        TypeError
            If a parameter or ``X`` is of a wrong kind.
        DivergenceError
            If a loss is not finite.
        """
        self.check_parameters()
        data = self.take_data(X, y)
        parts = (data,) if isinstance(data, Tensor) else tuple(data)
        streams = Streams(make_seeds(self.random_state, self.n_replicas), parts[0].device)
        with listeners(self, X, self.callbacks, self.verbose) as listening, one_thread():
            networks = self.build_networks(streams)
            training = self.set_up(networks, data, streams)
            for listener in listening:
                # Those that want to look at draws while the training goes on.
                if callable(watch := getattr(listener, "watch", None)):
                    watch(partial(self._peek, training.kept))
            resumable = Resumable(
                configuration=self._configuration(parts, networks),
                path=None if self.checkpoint is None else Path(self.checkpoint),
                resume_from=None if resume_from is None else Path(resume_from),
                state=training.state,
            )
            self.history_ = train(
                training.players,
                data,
                streams=streams,
                schedule=training.schedule,
                batch_size=training.batch_size,
                steps_per_epoch=training.steps_per_epoch,
                track=training.track,
                callbacks=[*training.callbacks, *listening],
                stage=type(self).__name__,
                resumable=resumable,
                is_paired=training.is_paired,
            )
        self._keep(training.kept)
        self.finish(streams)
        return self

    def sample(
        self, n_samples: int = 1, *, random_state: object = None, replica: int = 0
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

        Returns
        -------
        X : ndarray of shape (n_samples, ...)
            In the data's units.
        """
        self.check_replica(replica)
        check_integer("n_samples", n_samples, 1)
        streams = Streams(make_seeds(random_state, 1), "cpu")
        with torch.no_grad(), one_thread():
            return self.leave(self.draw(int(n_samples), streams, replica))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to a file without pickle, whole or not at all.

        Parameters
        ----------
        path : path-like
            What is there is replaced. Networks of your own are saved by their weights: `load`
            wants their architecture again.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        """
        check_is_fitted(self, "history_")
        saving.write_model(self, Path(path))

    @classmethod
    def load(cls, path: str | os.PathLike[str], **parameters: object) -> Self:
        """Read a model that `save` has written.

        Parameters
        ----------
        path : path-like
            The file.
        **parameters
            Those that a file cannot hold, such as networks of your own; they may also replace
            others, such as ``callbacks``.

        Returns
        -------
        model : object
            Fitted; samples the same bits on the CPU.

        Raises
        ------
        ValueError
            If the file is something else or damaged, a parameter is missing, or the networks do
            not fit the saved weights.
        OSError
            If it cannot be read.
        """
        return saving.read_model(cls, Path(path), parameters)

    def enter(self, X: object) -> Tensor:
        """Validate rows like those of the fit and map them to the networks' units."""
        check_is_fitted(self, "history_")
        rows = to_tensor(self, X, device="cpu", reset=False, allow_nd=True)
        if tuple(rows.shape[1:]) != self.row_shape_:
            raise ValueError(
                f"X must have rows of shape {self.row_shape_}, got {tuple(rows.shape[1:])}."
            )
        return self.units_.enter(rows)

    def leave(self, rows: Tensor) -> NDArray[np.float64]:
        """Map draws back from the networks' units."""
        return self.units_.leave(rows)

    def check_replica(self, replica: object) -> None:
        """Raise unless the model is fitted and has this replica."""
        check_is_fitted(self, "history_")
        check_integer("replica", replica, 0)
        n_replicas = len(self.history_.n_iter)
        if not isinstance(replica, int | np.integer) or replica >= n_replicas:
            raise ValueError(f"replica must be below {n_replicas}, got {replica}.")

    def _peek(
        self, networks: Mapping[str, nn.Module], n_samples: int, random_state: object = None
    ) -> NDArray[np.float64]:
        """Draw from the first replica of networks that are still trained, and leave them alone."""
        now = copy.copy(self)
        now._keep(copy.deepcopy(dict(networks)))
        with torch.no_grad():
            rows = now.draw(n_samples, Streams(make_seeds(random_state, 1), "cpu"), 0)
        return self.leave(rows)

    def _keep(self, networks: Mapping[str, nn.Module]) -> None:
        """Keep networks on the CPU, at rest."""
        for name, network in networks.items():
            setattr(self, f"{name}_", network.requires_grad_(False).cpu().eval())

    def _configuration(
        self, parts: Sequence[Tensor], networks: Mapping[str, Any]
    ) -> dict[str, str]:
        """Say in words all that decides what is learned."""
        chosen = self.get_params(deep=False).items()
        words = {name: _words(v) for name, v in chosen if name not in _OF_NO_CONSEQUENCE}
        for name, network in networks.items():
            shapes = [tuple(parameter.shape) for parameter in network.parameters()]
            words[f"shapes of the {name}"] = str(shapes)
        words["class"] = type(self).__name__
        words["shape of the data"] = str([tuple(part.shape) for part in parts])
        digest = hashlib.sha256()
        for part in parts:
            digest.update(part.cpu().numpy().tobytes())
        words["data (checksum)"] = digest.hexdigest()[:16]
        return words


def _words(value: object) -> str:
    """Describe a parameter, the same in every process."""
    if isinstance(value, np.random.Generator | np.random.RandomState):
        return type(value).__name__
    return re.sub(r" at 0x[0-9a-f]+", "", " ".join(repr(value).split()))
