"""What listens to a training run: progress, logs and early stops, all by one small protocol.

The only module that knows scikit-learn's experimental ``sklearn.callback``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

if TYPE_CHECKING:
    from robustgan.engine import schedule

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn before 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands in where scikit-learn has no callbacks."""

    def with_callbacks(method: Any) -> Any:
        """Return the method as it is."""
        return method


__all__ = ["Callback", "CallbackSupportMixin", "TrainingState", "listeners", "with_callbacks"]


@dataclass(frozen=True)
class TrainingState:
    """What a callback is told at the end of an epoch.

    Attributes
    ----------
    stage : str
        What is being trained, for instance ``'game'``.
    progress : robustgan.engine.schedule.Progress
        Where each replica stands; ``progress.epoch`` epochs of this stage have been played.
    losses : dict of str to ndarray of shape (R,)
        Mean loss of each player over the epoch.
    tracked : ndarray of shape (R, ...)
        Mean over the epoch of what is tracked.
    rates : ndarray of shape (R,)
        Share of the full learning rates in this epoch; 0 for finished replicas.
    """

    stage: str
    progress: schedule.Progress
    losses: dict[str, NDArray[np.float64]]
    tracked: NDArray[np.float64]
    rates: NDArray[np.float64]


@runtime_checkable
class Callback(Protocol):
    """Anything that wants to hear of every epoch."""

    def on_epoch_end(self, state: TrainingState) -> bool | None:
        """Look at an epoch; return True to end this stage of the training."""


@contextmanager
def listeners(
    estimator: Any, X: object, callbacks: Sequence[Callback] | None, verbose: int
) -> Iterator[list[Callback]]:
    """Gather all that listens to a fit, and let it close when the fit ends or fails.

    Parameters
    ----------
    estimator : estimator
        Being fitted; scikit-learn's own callbacks are found on it.
    X : array-like
        What ``fit`` was given, handed on to scikit-learn's callbacks.
    callbacks : sequence of Callback or None
        The user's.
    verbose : int
        Above 0, show a live bar on standard error.

    Yields
    ------
    listening : list of Callback

    Raises
    ------
    TypeError
        If one of ``callbacks`` has no method ``on_epoch_end``.
    """
    for callback in callbacks or ():
        if isinstance(callback, type) or not isinstance(callback, Callback):
            raise TypeError(
                "callbacks must be objects with a method on_epoch_end(state), got "
                f"{callback!r}. scikit-learn's own callbacks go to set_callbacks."
            )
    listening = list(callbacks or ())
    bar = ProgressBar() if verbose else None
    bridge = _SklearnBridge(estimator, X) if getattr(estimator, "_skl_callbacks", None) else None
    listening += [listener for listener in (bar, bridge) if listener is not None]
    try:
        yield listening
    finally:
        if bar is not None:
            bar.close()
    if bridge is not None:
        bridge.close()


class ProgressBar:
    """A live bar on standard error: the stage, its epochs, the losses and the time left."""

    def __init__(self) -> None:
        columns = [
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[losses]}"),
            TimeRemainingColumn(),
        ]
        self._bar = Progress(*columns, console=Console(stderr=True))
        self._bar.start()
        self._task: TaskID | None = None

    def on_epoch_end(self, state: TrainingState) -> None:
        """Move the bar by one epoch."""
        progress = state.progress
        if progress.epoch == 1 or self._task is None:
            self._task = self._bar.add_task(state.stage, total=None, losses="")
        losses = "  ".join(f"{k} {np.mean(v):.4f}" for k, v in state.losses.items())
        self._bar.update(
            self._task, completed=progress.epoch, total=progress.expected_epochs, losses=losses
        )

    def close(self) -> None:
        """Leave the last state of the bar on the screen."""
        self._bar.stop()


class _SklearnBridge:
    """Tells scikit-learn's callbacks of every epoch, as a task of the fit."""

    def __init__(self, estimator: Any, X: object) -> None:
        self._estimator, self._X = estimator, X
        self._fit = estimator._init_callback_context(max_subtasks=None)
        self._fit.call_on_fit_task_begin(estimator=estimator, X=X)

    def on_epoch_end(self, state: TrainingState) -> bool:
        task = self._fit.subcontext(task_name=f"{state.stage}-epoch")
        task.call_on_fit_task_begin(estimator=self._estimator, X=self._X)
        return bool(task.call_on_fit_task_end(estimator=self._estimator, X=self._X))

    def close(self) -> None:
        self._fit.call_on_fit_task_end(estimator=self._estimator, X=self._X)
