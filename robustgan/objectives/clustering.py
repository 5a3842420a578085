"""What unlabelled rows say of a classifier: few doubts, all classes, and none that a move changes.

Knows a classifier as a function, wherever its network comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from robustgan._bridge import Streams
from robustgan.objectives.base import check_parameter


class Disturbance(Protocol):
    """A change of rows that leaves what they are as it is."""

    def __call__(self, rows: Tensor, streams: Streams) -> Tensor:
        """Change rows of shape (R, n, ...) at random, one stream a replica."""


@dataclass(frozen=True)
class Clustering:
    """The loss of a classifier of unlabelled rows: information maximisation and invariance [1]_.

    ``information (E H(y | x) - balance H(y)) + invariance E KL(q(y | x), q(y | x'))``, where ``q``
    is the classifier's law of the class of a row, ``H`` entropies in nats, and ``x'`` the row
    disturbed. The first term is least where rows are told apart without doubt and all classes are
    as frequent; the second wants rows that are disturbed to keep their class, whose law is
    not differentiated there.

    Parameters
    ----------
    disturb : Disturbance or None, default=None
        A callable ``(rows, streams)``, such as `ImageMoves`. None leaves the second term out.
    information : float, default=0.1
        At least 0.
    balance : float, default=4.0
        Weight of the classes' entropy, at least 0.
    invariance : float, default=1.0
        At least 0.

    References
    ----------
    .. [1] Hu, W. et al. (2017). Learning discrete representations via information maximizing
       self-augmented training. ICML. Equations 6 and 8. doi:10.48550/arXiv.1702.08720
    """

    disturb: Disturbance | None = None
    information: float = 0.1
    balance: float = 4.0
    invariance: float = 1.0

    def __post_init__(self) -> None:
        """Check the weights."""
        if self.disturb is not None and not callable(self.disturb):
            raise TypeError(f"disturb must be callable or None, got {self.disturb!r}.")
        for name in ("information", "balance", "invariance"):
            if getattr(self, name) != 0:
                check_parameter(name, getattr(self, name), 0, float("inf"))

    def __call__(
        self, classify: Callable[[Tensor], Sequence[Tensor]], rows: Tensor, streams: Streams
    ) -> Tensor:
        """Return the loss of each replica.

        Parameters
        ----------
        classify : callable
            Maps rows of shape (R, n, ...) to log-odds (R, n, n_classes) of one variable or several,
            whose losses are added.
        rows : Tensor of shape (R, n, ...)
        streams : Streams
            One random stream a replica.

        Returns
        -------
        loss : Tensor of shape (R,)
        """
        n = rows.shape[1]
        seen = [rows] if self.disturb is None else [rows, self.disturb(rows, streams)]
        loss = rows.new_zeros(len(rows))
        for odds in classify(torch.cat(seen, dim=1)):
            log_law = odds.log_softmax(dim=2)
            still = log_law[:, :n]
            share = still.exp().mean(dim=1)
            doubt = -(still.exp() * still).sum(dim=2).mean(dim=1)
            variety = -torch.special.xlogy(share, share).sum(dim=1)
            loss = loss + self.information * (doubt - self.balance * variety)
            if self.disturb is not None:
                kept = still.detach()
                change = (kept.exp() * (kept - log_law[:, n:])).sum(dim=2).mean(dim=1)
                loss = loss + self.invariance * change
        return loss


@dataclass(frozen=True)
class ImageMoves:
    """Small random rotations, shifts and changes of size of images.

    Parameters
    ----------
    rotation : float, default=0.25
        Largest angle, in radians, in [0, 3.2].
    shift : float, default=0.1
        Largest shift, in halves of the image's side, in [0, 1].
    zoom : float, default=0.1
        Largest relative change of size, in [0, 0.9].
    shape : tuple of (channels, height, width) or None, default=None
        Of images that are laid out in rows of one axis.
    """

    rotation: float = 0.25
    shift: float = 0.1
    zoom: float = 0.1
    shape: tuple[int, int, int] | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, most in (("rotation", 3.2), ("shift", 1.0), ("zoom", 0.9)):
            value = getattr(self, name)
            if not 0 <= value <= most:
                raise ValueError(f"{name} must lie in [0, {most}], got {value}.")

    def __call__(self, rows: Tensor, streams: Streams) -> Tensor:
        """Move images of shape (R, n, channels, height, width), or (R, n, k) if ``shape`` says."""
        images = rows if self.shape is None else rows.view(*rows.shape[:2], *self.shape)
        if images.dim() != 5:
            raise ValueError(
                "X must hold images of shape (channels, height, width) to be moved, got rows of "
                f"shape {tuple(rows.shape[2:])}. Set ImageMoves(shape=...)."
            )
        flat = images.flatten(0, 1)
        angle, across, down, zoom = streams.uniform(rows.shape[1], 4, bound=1.0).view(-1, 4).T
        size, angle = 1 + self.zoom * zoom, self.rotation * angle
        cosine, sine = size * angle.cos(), size * angle.sin()
        first = torch.stack([cosine, -sine, self.shift * across], dim=1)
        second = torch.stack([sine, cosine, self.shift * down], dim=1)
        grid = F.affine_grid(
            torch.stack([first, second], dim=1), [*flat.shape], align_corners=False
        )
        moved = F.grid_sample(flat, grid, padding_mode="border", align_corners=False)
        return moved.view_as(rows)
