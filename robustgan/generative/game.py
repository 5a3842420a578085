"""The game of a generator and a discriminator, whatever networks they are.

Knows networks on the replica axis, an objective and a penalty. It does not know the data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from robustgan._bridge import Streams
from robustgan.engine import TrainingState
from robustgan.networks import Network
from robustgan.objectives import Objective, Penalty

# Rows that are drawn or judged at once, whatever is asked for.
CHUNK = 8192


class FadingNoise:
    """Gaussian noise on all that the discriminator sees, fading to nothing by the end [1]_.

    Parameters
    ----------
    start : float
        Standard deviation at the start, in the networks' units; 0 for none.
    n_epochs : int
        Until the end.
    streams : Streams
        One random stream a replica.

    References
    ----------
    .. [1] Sonderby, C. K. et al. (2017). Amortised MAP inference for image super-resolution. ICLR.
       doi:10.48550/arXiv.1610.04490
    """

    def __init__(self, start: float, n_epochs: int, streams: Streams) -> None:
        self._start, self._n_epochs, self._streams = start, n_epochs, streams
        self.level = torch.tensor(start, device=streams.device)

    def __call__(self, rows: Tensor) -> Tensor:
        """Return rows of shape (R, n, ...) with noise."""
        if self._start == 0:
            return rows
        noise = self._streams.normal(rows.shape[1], rows[0, 0].numel())
        return torch.addcmul(rows, noise.view_as(rows), self.level)

    def on_epoch_end(self, state: TrainingState) -> None:
        """Fade by one epoch."""
        self.level.fill_(self._start * max(0.0, 1 - state.progress.epoch / self._n_epochs))


@dataclass
class AdversarialGame:
    """The losses of a generator and a discriminator on minibatches.

    Parameters
    ----------
    generator : Network
        From noise of shape (R, n, latent_dim) to rows.
    discriminator : Network
        From packs of rows to scores; high means real. What else than the first two axes its
        output has is averaged as if it were further rows.
    objective : Objective
    streams : Streams
        Draws the noise, one stream a replica.
    latent_dim : int
        Width of the noise.
    pac : int, default=1
        Rows that are judged together, beside each other on their first axis [1]_.
    penalty : Penalty or None, default=None
        Added to the discriminator's loss.
    disguise : callable, default=None
        What is done to all rows before they are judged.
    reuses_draws : bool, default=True
        Whether the generator moves on the draws that the discriminator has just judged: fresh
        ones would cost a third of a step and say the same.

    References
    ----------
    .. [1] Lin, Z., Khetan, A., Fanti, G. and Oh, S. (2018). PacGAN: the power of two samples in
       generative adversarial networks. NeurIPS 31. doi:10.48550/arXiv.1712.04086
    """

    generator: Network
    discriminator: Network
    objective: Objective
    streams: Streams
    latent_dim: int
    pac: int = 1
    penalty: Penalty | None = None
    disguise: Callable[[Tensor], Tensor] | None = None
    reuses_draws: bool = True

    def __post_init__(self) -> None:
        """Begin without draws."""
        self._drawn: Tensor | None = None
        self._n_draws = 0
        # Batch norm would mix data and draws.
        self._is_apart = self.discriminator.mixes_rows

    def discriminate(self, real: Tensor) -> Tensor:
        """Return the discriminator's loss on a batch of shape (R, n, ...); shape (R,)."""
        self._n_draws = real.shape[1]
        with torch.set_grad_enabled(self.reuses_draws):
            drawn = self._draw()
        self._drawn = drawn if self.reuses_draws else None
        fake = drawn.detach()
        real = self._show(real)
        judge = self.discriminator
        if self._is_apart:
            loss = self._discriminator_loss(*(self._look(judge, rows) for rows in (real, fake)))
        else:
            # One pass for both halves, since dispatch is most of a small network's step.
            both = self._look(judge, torch.cat([real, fake], dim=1))
            n_real = both.shape[1] // 2
            loss = self._discriminator_loss(both[:, :n_real], both[:, n_real:])
        if self.penalty is not None:
            loss = loss + self.penalty(self._score, real, fake, self.streams)
        return loss

    def generate(self, _: Any) -> Tensor:
        """Return the generator's loss on its own draws; shape (R,)."""
        fake, self._drawn = (self._draw() if self._drawn is None else self._drawn), None
        return self._generator_loss(self._look(self.discriminator.frozen, fake))

    def state(self) -> dict[str, Tensor]:
        """Return what changes beside the networks, by name."""
        return {}

    def _look(self, judge: Callable[[Tensor], Any], rows: Tensor) -> Any:
        """Return what a discriminator says of rows."""
        return judge(rows)

    def _discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the discriminator's loss by its outputs for both."""
        return self.objective.discriminator_loss(flat_scores(real), flat_scores(fake))

    def _generator_loss(self, fake: Tensor) -> Tensor:
        return self.objective.generator_loss(flat_scores(fake))

    def _draw(self) -> Tensor:
        """Draw packs as the discriminator sees them."""
        return self._show(self.generator(self.streams.normal(self._n_draws, self.latent_dim)))

    def _show(self, rows: Tensor) -> Tensor:
        return pack(rows if self.disguise is None else self.disguise(rows), self.pac)

    def _score(self, rows: Tensor) -> Tensor:
        return flat_scores(self._look(self.discriminator, rows))


def pack(rows: Tensor, size: int) -> Tensor:
    """Put rows of shape (R, n, k, ...) together, ``size`` at a time, on their first axis."""
    if size == 1:
        return rows
    n_replicas, n, width, *rest = rows.shape
    return rows.reshape(n_replicas, n // size, size * width, *rest)


def flat_scores(scores: Tensor) -> Tensor:
    """Return scores of shape (R, n, ...) as (R, n')."""
    return scores if scores.dim() == 2 else scores.flatten(1)
