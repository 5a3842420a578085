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
        together, such as images and labels, unless they are not paired.
    rows : Tensor of shape (R, n_rows) or None
        Which of them each replica may see (its sample, fold or resample); None means all.
    batch_size : int
        Cut to the number of rows, and to whole vectors of the processor if it holds one.
    streams : Streams
        Shuffle, one stream a replica.
    is_paired : bool, default=True
        Whether the tensors' rows belong together. If not, each is shuffled by itself, and their
        lengths may differ.
    """

    def __init__(
        self,
        X: Tensor | Sequence[Tensor],
        rows: Tensor | None,
        batch_size: int,
        streams: Streams,
        *,
        is_paired: bool = True,
    ) -> None:
        self._is_single = isinstance(X, Tensor)
        parts = (X,) if isinstance(X, Tensor) else tuple(X)
        lengths = [len(part) for part in parts]
        if is_paired and len(set(lengths)) != 1:
            raise ValueError(f"X must hold tensors with as many rows each, got {lengths}.")
        if not is_paired and rows is not None:
            raise ValueError("rows must be None where tensors are not paired, got indices.")
        self.device, self.dtype = parts[0].device, parts[0].dtype
        if rows is None:
            rows = torch.arange(min(lengths), device=self.device).expand(len(streams), -1)
        self.batch_size = min(batch_size, rows.shape[1])
        if self.batch_size > VECTOR:
            self.batch_size -= self.batch_size % VECTOR
        if is_paired:
            self._decks = [_Deck(parts, rows, self.batch_size, streams)]
        else:
            each = [torch.arange(n, device=self.device).expand(len(streams), -1) for n in lengths]
            self._decks = [
                _Deck((part,), order, self.batch_size, streams)
                for part, order in zip(parts, each, strict=True)
            ]
        self._last: Any = None

    def draw(self, *, fresh: bool = True) -> Any:
        """Return the next batch, or the last one again.

        Returns
        -------
        batch : Tensor of shape (R, batch_size, ...), or tuple of them
            As ``X`` is one tensor or several.
        """
        if fresh or self._last is None:
            self._last = self._joined([deck.draw() for deck in self._decks])
        return self._last

    def state(self) -> dict[str, Any]:
        """Return the order of the rows and the place in it, as arrays; `restore` takes it."""
        return {"decks": [deck.state() for deck in self._decks]}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue where `state` was taken."""
        for deck, saved in zip(self._decks, state["decks"], strict=True):
            deck.restore(saved)
        # The batch that players without need of rows are given again.
        last = [deck.last() for deck in self._decks]
        self._last = None if any(taken is None for taken in last) else self._joined(last)

    def _joined(self, taken: Sequence[Any]) -> Batch:
        parts = [part for each in taken for part in each]
        return parts[0] if self._is_single else tuple(parts)


class _Deck:
    """Tensors that are shuffled together, dealt without replacement."""

    def __init__(
        self, parts: Sequence[Tensor], rows: Tensor, batch_size: int, streams: Streams
    ) -> None:
        self._parts, self._rows, self._streams = parts, rows, streams
        self._batch_size = batch_size
        self._order, self._used = rows, rows.shape[1]

    def draw(self) -> list[Tensor]:
        """Deal the next rows, reshuffled if there are too few."""
        if self._used + self._batch_size > self._rows.shape[1]:
            shuffle = self._streams.permutation(self._rows.shape[1])
            self._order, self._used = self._rows.gather(1, shuffle), 0
        chosen = self._order[:, self._used : self._used + self._batch_size]
        self._used += self._batch_size
        return self._take(chosen)

    def last(self) -> list[Tensor] | None:
        """Return the rows that were dealt last, if it can be told."""
        if self._used < self._batch_size or self._order.shape != self._rows.shape:
            return None
        return self._take(self._order[:, self._used - self._batch_size : self._used])

    def state(self) -> dict[str, Any]:
        return {"order": self._order.cpu().numpy(), "used": self._used}

    def restore(self, state: dict[str, Any]) -> None:
        self._order = torch.from_numpy(state["order"]).to(self._rows.device)
        self._used = int(state["used"])

    def _take(self, chosen: Tensor) -> list[Tensor]:
        flat = chosen.reshape(-1)
        return [
            part.index_select(0, flat).view(*chosen.shape, *part.shape[1:]) for part in self._parts
        ]
