"""What a run of the training loop leaves behind."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
