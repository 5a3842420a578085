"""Minibatches of rows, whatever a row is, shuffled on the device by each replica's own stream."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor

from robustgan._bridge import Streams
from robustgan.networks import VECTOR

Batch: TypeAlias = Tensor | tuple[Tensor, ...]


class Batches:
    """Minibatches without replacement, reshuffled when the rows run out, on the device.

    Parameters
    ----------
    X : Tensor of shape (n_samples, ...), or sequence of them
        The rows of all replicas: vectors or images; or several tensors whose rows belong
        together, such as images and labels.
    rows : Tensor of shape (R, n_rows) or None
        Which of them each replica may see (its sample, fold or resample); None means all.
    batch_size : int
        Cut to the number of rows, and to whole vectors of the processor if it holds one.
    streams : Streams
        Shuffle, one stream a replica.
    """

    def __init__(
        self,
        X: Tensor | Sequence[Tensor],
        rows: Tensor | None,
        batch_size: int,
        streams: Streams,
    ) -> None:
        self._is_single = isinstance(X, Tensor)
        self._parts = (X,) if isinstance(X, Tensor) else tuple(X)
        lengths = [len(part) for part in self._parts]
        if len(set(lengths)) != 1:
            raise ValueError(f"X must hold tensors with as many rows each, got {lengths}.")
        self.device, self.dtype = self._parts[0].device, self._parts[0].dtype
        if rows is None:
            rows = torch.arange(lengths[0], device=self.device).expand(len(streams), -1)
        self._rows, self._streams = rows, streams
        self.batch_size = min(batch_size, rows.shape[1])
        if self.batch_size > VECTOR:
            self.batch_size -= self.batch_size % VECTOR
        self._order, self._used = rows, rows.shape[1]
        self._last: Any = None

    def draw(self, *, fresh: bool = True) -> Any:
        """Return the next batch, or the last one again.

        Returns
        -------
        batch : Tensor of shape (R, batch_size, ...), or tuple of them
            As ``X`` is one tensor or several.
        """
        if not fresh and self._last is not None:
            return self._last
        if self._used + self.batch_size > self._rows.shape[1]:
            shuffle = self._streams.permutation(self._rows.shape[1])
            self._order, self._used = self._rows.gather(1, shuffle), 0
        chosen = self._order[:, self._used : self._used + self.batch_size]
        self._used += self.batch_size
        self._last = self._take(chosen)
        return self._last

    def state(self) -> dict[str, Any]:
        """Return the order of the rows and the place in it, as arrays; `restore` takes it."""
        return {"order": self._order.cpu().numpy(), "used": self._used}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue where `state` was taken."""
        self._order = torch.from_numpy(state["order"]).to(self.device)
        self._used = int(state["used"])
        # The batch that players without need of rows are given again.
        if self._used >= self.batch_size and self._order.shape == self._rows.shape:
            self._last = self._take(self._order[:, self._used - self.batch_size : self._used])

    def _take(self, chosen: Tensor) -> Batch:
        flat = chosen.reshape(-1)
        taken = [
            part.index_select(0, flat).view(*chosen.shape, *part.shape[1:]) for part in self._parts
        ]
        return taken[0] if self._is_single else tuple(taken)
