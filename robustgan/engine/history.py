"""What a run of the training loop leaves behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from robustgan._bridge import to_array
from robustgan.engine.schedule import Progress


@dataclass(frozen=True)
class History:
    """Losses, tracked values and convergence of ``R`` games trained side by side.

    Attributes
    ----------
    losses : dict of str to ndarray of shape (n_epochs, R)
        Mean loss of each player over each epoch, in the units of its objective.
    tracked : ndarray of shape (n_epochs, R, ...)
        Mean over each epoch of what ``track()`` returned; float64.
    rates : ndarray of shape (n_epochs, R)
        Share of the full learning rates at which each replica moved; 0 once it had finished.
    n_iter : ndarray of shape (R,)
        Epochs until each replica had finished.
    converged : ndarray of shape (R,)
        Whether the tracked value had settled before the schedule forced the end.
    n_average : int
        The last epochs of each replica, over which results are averaged.
    """

    losses: dict[str, NDArray[np.float64]]
    tracked: NDArray[np.float64]
    rates: NDArray[np.float64]
    n_iter: NDArray[np.int_]
    converged: NDArray[np.bool_]
    n_average: int

    def tail(self) -> NDArray[np.bool_]:
        """Mark the epochs that are averaged, of shape (n_epochs, R)."""
        epoch = np.arange(len(self.tracked))[:, None]
        return (epoch < self.n_iter) & (epoch >= self.n_iter - self.n_average)

    def tail_mean(self) -> NDArray[np.float64]:
        """Average what was tracked over each replica's last epochs, of shape (R, ...)."""
        tail = self.tail()
        weights = tail / tail.sum(axis=0)
        mean: NDArray[np.float64] = np.einsum("er,er...->r...", weights, self.tracked)
        return mean

    def select(self, replicas: list[int]) -> "History":
        """Return the history of some replicas, up to the last of them to finish."""
        n_epochs = int(self.n_iter[replicas].max())
        return History(
            losses={name: loss[:n_epochs, replicas] for name, loss in self.losses.items()},
            tracked=self.tracked[:n_epochs, replicas],
            rates=self.rates[:n_epochs, replicas],
            n_iter=self.n_iter[replicas],
            converged=self.converged[replicas],
            n_average=self.n_average,
        )


class Record:
    """Collects the epochs of a run on the host.

    Parameters
    ----------
    names : sequence of str
        Of the players.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        self.losses: list[NDArray[np.float64]] = []
        self.tracked: list[NDArray[np.float64]] = []
        self.rates: list[NDArray[np.float64]] = []

    def state(self) -> dict[str, Any]:
        """Return the epochs so far, as arrays; `restore` takes it."""
        return {
            "losses": list(self.losses),
            "tracked": list(self.tracked),
            "rates": list(self.rates),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue where `state` was taken."""
        self.losses = list(state["losses"])
        self.tracked = list(state["tracked"])
        self.rates = list(state["rates"])

    def add(self, losses: Tensor, tracked: Tensor, rates: NDArray[np.float64]) -> None:
        """Take an epoch's mean losses (n_players, R), what was tracked, and the rates."""
        # One transfer for both: the only wait of an epoch.
        flat = to_array(torch.cat([losses.reshape(-1), tracked.reshape(-1)]))
        self.losses.append(flat[: losses.numel()].reshape(losses.shape))
        self.tracked.append(flat[losses.numel() :].reshape(tracked.shape))
        self.rates.append(rates)

    def last_losses(self) -> dict[str, NDArray[np.float64]]:
        """Return the last epoch's losses by player."""
        return dict(zip(self.names, self.losses[-1], strict=True))

    def problem(self) -> str:
        """Say what is not finite in the last epoch; empty if all is."""
        finite = np.isfinite(self.losses[-1])
        value = self.tracked[-1]
        tracked = np.isfinite(value).all(axis=tuple(range(1, value.ndim)))
        if finite.all() and tracked.all():
            return ""
        players = [name for i, name in enumerate(self.names) if not finite[i].all()]
        replicas = np.flatnonzero(~(finite.all(axis=0) & tracked)).tolist()
        return (
            f"the loss must stay finite, got a loss of {' and '.join(players) or 'no player'} "
            f"that is not in epoch {len(self.losses)}, replicas {replicas}. Lower the "
            "learning rates, or scale the data."
        )

    def history(self, progress: Progress) -> History:
        """Return what was collected."""
        n_epochs = len(self.tracked)
        return History(
            losses={
                name: np.stack([epoch[i] for epoch in self.losses])
                for i, name in enumerate(self.names)
            },
            tracked=np.stack(self.tracked),
            rates=np.stack(self.rates),
            n_iter=np.minimum(progress.n_iter, n_epochs),
            converged=progress.converged.copy(),
            n_average=progress.schedule.n_average,
        )
