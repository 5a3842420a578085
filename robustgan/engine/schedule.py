"""When a replica searches, when it settles, and when it has finished.

Every replica first searches at the full learning rates until what is tracked has stopped moving,
then settles: its rates decay geometrically and its iterates are averaged. A replica decides for
itself, so its result does not depend on the others.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Schedule:
    """Epochs of search and of settling.

    Parameters
    ----------
    n_search : int
        Fewest epochs at the full rates. A loss is flat long before a game has found what
        contaminates the data, so stopping earlier on a flat loss would be wrong.
    n_settle : int
        Epochs over which the rates decay to ``final_rate``; at least 1.
    max_iter : int
        Most epochs in all, at least ``n_search + n_settle``.
    tol : float or None
        The search is over when the tracked value changes from one window of epochs to the next
        by no more than the epochs' own noise explains, or, in root mean square and in units of
        ``scale`` of `train`, by no more than ``tol``. None ends it after ``n_search`` epochs.
    window : int
        Epochs in a window, at least 2.
    final_rate : float
        Share of the full rates at the end, in (0, 1].
    """

    n_search: int
    n_settle: int
    max_iter: int
    tol: float | None = None
    window: int = 2
    final_rate: float = 0.05

    @classmethod
    def fixed(cls, n_epochs: int, *, n_settle: int = 1, final_rate: float = 1.0) -> "Schedule":
        """Return a schedule of so many epochs, whatever happens.

        Parameters
        ----------
        n_epochs : int
            At least 1.
        n_settle : int, default=1
            Of these, the last ones over which the rates decay; in [1, n_epochs].
        final_rate : float, default=1.0
            Share of the full rates at the end, in (0, 1]; 1 leaves them as they are.
        """
        if n_epochs < 1:
            raise ValueError(f"n_epochs must be at least 1, got {n_epochs}.")
        if not 1 <= n_settle <= n_epochs:
            raise ValueError(f"n_settle must lie in [1, {n_epochs}], got {n_settle}.")
        return cls(n_epochs - n_settle, n_settle, n_epochs, tol=None, final_rate=final_rate)

    @property
    def n_average(self) -> int:
        """Number of last epochs that are averaged."""
        return (self.n_settle + 1) // 2

    def start(self, n_replicas: int) -> "Progress":
        """Return the progress of ``n_replicas`` that all begin to search."""
        return Progress(self, n_replicas)


class Progress:
    """Where each of ``R`` replicas stands in a schedule.

    Attributes
    ----------
    settles_from : ndarray of shape (R,)
        First epoch of settling; ``max_iter`` while that is open.
    converged : ndarray of shape (R,)
    """

    def __init__(self, schedule: Schedule, n_replicas: int) -> None:
        self.schedule = schedule
        self.epoch = 0
        self.settles_from = np.full(n_replicas, schedule.max_iter)
        self.converged = np.zeros(n_replicas, dtype=bool)
        self._end_search(np.full(n_replicas, schedule.tol is None))

    @property
    def n_iter(self) -> NDArray[np.int_]:
        """Epochs until each replica has finished, of shape (R,)."""
        return self.settles_from + self.schedule.n_settle

    @property
    def finished(self) -> NDArray[np.bool_]:
        """Which replicas have nothing left to do, of shape (R,)."""
        return self.epoch >= self.n_iter

    @property
    def expected_epochs(self) -> int:
        """Epochs in all, if replicas that still search settled at the next chance."""
        searching = self.settles_from == self.schedule.max_iter
        soonest = max(self.epoch + 1, self.schedule.n_search) + self.schedule.n_settle
        return int(np.where(searching, soonest, self.n_iter).max())

    def rates(self) -> NDArray[np.float64]:
        """Return the share of the full rates for the coming epoch, of shape (R,)."""
        elapsed = np.maximum(self.epoch - self.settles_from, 0) / self.schedule.n_settle
        return np.where(self.finished, 0.0, self.schedule.final_rate**elapsed)

    def state(self) -> dict[str, Any]:
        """Return where the replicas stand, as plain values; `restore` takes it."""
        return {
            "epoch": self.epoch,
            "settles_from": self.settles_from.copy(),
            "converged": self.converged.copy(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue where `state` was taken."""
        self.epoch = int(state["epoch"])
        self.settles_from[:] = state["settles_from"]
        self.converged[:] = state["converged"]

    def advance(self, tracked: list[NDArray[np.float64]], scale: float) -> None:
        """Count one epoch and let replicas whose tracked value has stopped moving settle."""
        self.epoch += 1
        if self.schedule.tol is not None:
            self._end_search(self._has_settled(tracked, self.schedule.tol * scale))

    def _end_search(self, settled: NDArray[np.bool_]) -> None:
        schedule = self.schedule
        if schedule.tol is not None and self.epoch < schedule.n_search:
            return
        searching = self.settles_from == schedule.max_iter
        forced = self.epoch >= schedule.max_iter - schedule.n_settle
        self.converged |= searching & settled
        self.settles_from[searching & (settled | forced)] = max(self.epoch, schedule.n_search)

    def _has_settled(self, tracked: list[NDArray[np.float64]], least: float) -> NDArray[np.bool_]:
        """Compare the last two windows of each replica, of shape (R,)."""
        window = self.schedule.window
        if len(tracked) < 2 * window:
            return np.zeros(len(self.converged), dtype=bool)
        recent = np.stack(tracked[-2 * window :]).reshape(2 * window, len(self.converged), -1)
        before, last = recent[:window], recent[window:]
        change = np.mean((last.mean(axis=0) - before.mean(axis=0)) ** 2, axis=1)
        # Of the change between two windows of white noise, whose mean square this is. A steady
        # drift has 8 times as much at two epochs a window.
        noise = np.mean(last.var(axis=0, ddof=1), axis=1) * 2 / window
        settled: NDArray[np.bool_] = change <= np.maximum(3 * noise, least**2)
        return settled
