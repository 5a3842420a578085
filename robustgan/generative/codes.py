"""Codes of draws: independent categories and numbers in [-1, 1], and what is recognised of them.

Knows their laws and a bound on their mutual information. It does not know networks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from robustgan._bridge import Streams

# A number's law given a row is no narrower: its information would grow without end.
_LEAST_LOG_SPREAD = math.log(0.1)


@dataclass(frozen=True)
class Codes:
    """The layout of codes: indicators of categories, variable after variable, then numbers.

    Parameters
    ----------
    n_categories : tuple of int
        Of each categorical variable, all equally likely.
    n_continuous : int
        Numbers, uniform on [-1, 1].
    """

    n_categories: tuple[int, ...]
    n_continuous: int

    @property
    def width(self) -> int:
        """Columns of a code."""
        return sum(self.n_categories) + self.n_continuous

    @property
    def n_recognised(self) -> int:
        """Columns of a law of codes: log-odds of categories, then means and log spreads."""
        return sum(self.n_categories) + 2 * self.n_continuous

    @property
    def entropy(self) -> float:
        """Of a code, in nats: an upper bound of its information, but for numbers."""
        return sum(map(math.log, self.n_categories)) + self.n_continuous * math.log(2)

    def draw(self, n_samples: int, streams: Streams) -> Tensor:
        """Draw codes of shape (R, n_samples, width)."""
        parts = []
        if self.n_categories:
            uniform = streams.uniform(n_samples, len(self.n_categories), bound=0.5) + 0.5
            sizes = torch.tensor(self.n_categories, device=uniform.device)
            parts.append(self.indicators((uniform * sizes).long().minimum(sizes - 1)))
        if self.n_continuous:
            parts.append(streams.uniform(n_samples, self.n_continuous, bound=1.0))
        return torch.cat(parts, dim=-1)

    def indicators(self, index: Tensor) -> Tensor:
        """Return categories (..., n_variables) as indicators."""
        each = zip(index.unbind(-1), self.n_categories, strict=True)
        return torch.cat([F.one_hot(i, n).float() for i, n in each], dim=-1)

    def bound(self, recognised: Tensor, codes: Tensor) -> Tensor:
        """Bound the mutual information of codes and rows from below: ``E log Q(c | x) + H(c)``.

        Parameters
        ----------
        recognised : Tensor of shape (R, n, n_recognised)
            Laws of the codes given the rows that were drawn of them.
        codes : Tensor of shape (R, n, width)
            Those codes.

        Returns
        -------
        information : Tensor of shape (R,)
            In nats.
        """
        laws, told = self.split(recognised), self.split(codes)
        log_density = codes.new_zeros(codes.shape[:2])
        for odds, indicators in zip(laws[:-1], told[:-1], strict=True):
            log_density = log_density + (odds.log_softmax(dim=-1) * indicators).sum(dim=-1)
        mean, log_spread = laws[-1].chunk(2, dim=-1)
        log_spread = log_spread.clamp(min=_LEAST_LOG_SPREAD)
        error = (told[-1] - mean) * torch.exp(-log_spread)
        gaussian = -0.5 * error.square() - log_spread - 0.5 * math.log(2 * math.pi)
        return (log_density + gaussian.sum(dim=-1)).mean(dim=-1) + self.entropy

    def split(self, columns: Tensor) -> Sequence[Tensor]:
        """Return the columns of each categorical variable, and those of all numbers."""
        n_left = columns.shape[-1] - sum(self.n_categories)
        return torch.split(columns, [*self.n_categories, n_left], dim=-1)

    def read(self, recognised: Tensor) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the likeliest category of each variable (n, n_variables), and means of numbers."""
        *odds, numbers = self.split(recognised)
        index = [each.argmax(dim=-1).numpy() for each in odds]
        means = numbers.chunk(2, dim=-1)[0].double().numpy()
        return np.stack(index, axis=-1) if index else np.empty((len(means), 0), np.intp), means

    def compose(
        self, categories: object, continuous: object, n_samples: int, drawn: Tensor
    ) -> Tensor:
        """Put given parts in the place of drawn ones, of shape (n_samples, width).

        Raises
        ------
        ValueError
            If what is given is not of the shape or in the range of the codes.
        """
        n_columns = sum(self.n_categories)
        parts = [drawn[:, :n_columns], drawn[:, n_columns:]]
        if categories is not None:
            index = _rows_of(
                "categories", categories, n_samples, len(self.n_categories), np.integer
            )
            most = np.array(self.n_categories)
            if ((index < 0) | (index >= most)).any():
                raise ValueError(
                    f"categories must lie in [0, {list(self.n_categories)}), got {categories!r}."
                )
            parts[0] = self.indicators(torch.from_numpy(index.astype(np.int64)))
        if continuous is not None:
            numbers = _rows_of("continuous", continuous, n_samples, self.n_continuous, np.number)
            if not (np.abs(numbers) <= 1).all():
                raise ValueError(f"continuous must lie in [-1, 1], got {continuous!r}.")
            parts[1] = torch.from_numpy(numbers.astype(np.float32))
        return torch.cat(parts, dim=1)


def _rows_of(name: str, given: object, n_samples: int, n_columns: int, kind: Any) -> NDArray[Any]:
    """Return one row for all or one for each as ``n_samples`` rows."""
    array = np.asarray(given)
    if array.ndim == 1 and n_columns == 1 and len(array) == n_samples:
        array = array[:, None]
    ok = np.issubdtype(array.dtype, kind) and array.ndim <= 2
    try:
        rows = np.broadcast_to(array, (n_samples, n_columns))
    except ValueError:
        ok = False
    if not ok or not n_columns or (array.ndim and array.shape[-1] != n_columns):
        raise ValueError(
            f"{name} must be {n_columns} {'integers' if kind is np.integer else 'numbers'} for all "
            f"rows or for each of {n_samples}, got {given!r}."
        )
    return rows
