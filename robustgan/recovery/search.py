"""The search of latent vectors: many images times many restarts, on the engine's replica axis."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from robustgan._bridge import Streams
from robustgan.engine import Player, Schedule, one_thread, train
from robustgan.engine.optimizers import Adam

Generator = Callable[[Tensor], Tensor]
_STEPS_PER_EPOCH = 25


@dataclass(frozen=True)
class Search:
    """How long a search is, and how it steps.

    Parameters
    ----------
    n_steps : int
        Of Adam; the rate decays to a hundredth over the second half.
    learning_rate : float
    """

    n_steps: int
    learning_rate: float

    @property
    def schedule(self) -> Schedule:
        """The search in epochs, at least two."""
        n_epochs = max(2, -(-self.n_steps // _STEPS_PER_EPOCH))
        n_settle = n_epochs // 2
        return Schedule(n_epochs - n_settle, n_settle, n_epochs, final_rate=0.01)


def descend(
    start: Tensor,
    loss: Callable[[Tensor], Tensor],
    search: Search,
    *,
    constrain: Callable[[Tensor], None] | None = None,
) -> Tensor:
    """Descend a loss of latent vectors, each replica on its own.

    Parameters
    ----------
    start : Tensor of shape (R, ...)
        Where to begin.
    loss : callable
        Maps vectors of that shape to losses of shape (R,).
    search : Search
        Its length and rate.
    constrain : callable, default=None
        Brings vectors back into their set, in place.

    Returns
    -------
    latent : Tensor of shape (R, ...)
        Where the search ends.
    """
    latent = start.detach().clone().requires_grad_()
    player = Player(
        "latent",
        Adam([latent], lr=search.learning_rate, betas=(0.9, 0.99)),
        lambda _: loss(latent),
        needs_rows=False,
        constrain=None if constrain is None else lambda: constrain(latent),
    )
    # There are no rows to draw: what is measured stays.
    nothing = latent.new_zeros(1, 1)
    with one_thread():
        train(
            [player],
            nothing,
            track=lambda: latent.new_zeros(len(latent), 1),
            streams=Streams(range(len(latent)), latent.device),
            schedule=search.schedule,
            batch_size=1,
            steps_per_epoch=_STEPS_PER_EPOCH,
            stage="recovery",
        )
    return latent.detach()


def draw_latent(seeds: list[int], n_latent: int, device: torch.device) -> Tensor:
    """Draw standard normal vectors, one a seed, of shape (R, n_latent)."""
    return Streams(seeds, device).normal(1, n_latent)[:, 0]


def generate(generator: Generator, latent: Tensor, n_pixels: int) -> Tensor:
    """Return generated signals as rows, of shape (R, n_pixels), or say what is wrong."""
    signal = generator(latent)
    if not isinstance(signal, Tensor) or signal.numel() != len(latent) * n_pixels:
        found = tuple(signal.shape) if isinstance(signal, Tensor) else type(signal).__name__
        raise ValueError(
            f"generator must map latent vectors of shape {tuple(latent.shape)} to as many signals "
            f"of {n_pixels} numbers, the columns of A, got {found}."
        )
    return signal.reshape(len(latent), n_pixels)


def robust_scale(residual: Tensor, n_fitted: int) -> Tensor:
    """Return the scale of each row of residuals, of shape (R, 1).

    The median of absolute residuals of a normal law, where as many as there were parameters may be
    next to zero because they were fitted: those are left out, up to half (Maronna, Martin, Yohai
    and Salibián-Barrera, 2019, Robust Statistics, section 4.4.2).
    """
    m = residual.shape[1]
    n_left_out = min(n_fitted, m // 2)
    largest = residual.abs().sort(dim=1).values[:, n_left_out:]
    scale = torch.quantile(largest, 0.5, dim=1, keepdim=True) / 0.6745
    # An exact fit has no scale; rounding has.
    return scale.clamp(min=float(np.finfo(np.float32).eps))
