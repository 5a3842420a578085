"""The only training loop: players descend their losses on minibatches, ``R`` games at once."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from robustgan._bridge import Streams
from robustgan.engine.batches import Batch, Batches
from robustgan.engine.callbacks import Callback, TrainingState
from robustgan.engine.checkpoint import Parts, Resumable
from robustgan.engine.dynamics import Dynamics, alternate, start_dynamics
from robustgan.engine.history import History, Record
from robustgan.engine.optimizers import Optimizer
from robustgan.engine.schedule import Schedule


class DivergenceError(RuntimeError):
    """Raised when a player's loss is no longer finite."""


@dataclass(frozen=True)
class Player:
    """One side of a game: a loss and the optimizer of the parameters that descend it.

    Parameters
    ----------
    name : str
        Key of its loss in `History`.
    optimizer : Optimizer
        From ``torch.optim`` or `robustgan.engine.optimizers`. Holds the player's parameters, and
        no others; each of shape (R, ...), or (R * k, ...) where a replica has k side by side.
    loss : callable
        Maps a batch of rows, of shape (R, B, ...), to losses of shape (R,); several such batches,
        in a tuple, if `train` was given several tensors.
    n_steps : int, default=1
        Steps of this player in each round of the game.
    needs_rows : bool, default=True
        Whether the loss looks at the batch. If not, it is given the last one and none is drawn.
    constrain : callable, optional
        Brings the parameters back into their set after each step, each replica on its own and
        nothing where they are in it.
    follow : callable, optional
        Called after each step, for what follows the parameters, such as their moving average.
    """

    name: str
    optimizer: Optimizer
    loss: Callable[[Any], Tensor]
    n_steps: int = 1
    needs_rows: bool = True
    constrain: Callable[[], None] | None = None
    follow: Callable[[], None] | None = None

    @property
    def parameters(self) -> list[Tensor]:
        """The tensors this player moves."""
        return [p for group in self.optimizer.param_groups for p in group["params"]]

    def step(self, batch: Batch, rates: Tensor | None) -> Tensor:
        """Descend once, each replica at its share ``rates`` of the full rate; return (R,).

        ``rates`` of None are full ones.
        """
        loss, gradients = self.look(batch)
        self.descend(gradients, rates)
        return loss

    def look(self, batch: Batch) -> tuple[Tensor, Sequence[Tensor]]:
        """Return losses (R,) and the gradient of each of the parameters."""
        loss = self.loss(batch)
        gradients = torch.autograd.grad(loss, self.parameters, torch.ones_like(loss))
        return loss.detach(), gradients

    @torch.no_grad()
    def descend(
        self,
        gradients: Sequence[Tensor],
        rates: Tensor | None,
        *,
        correct: Callable[["Player", Sequence[Tensor]], None] | None = None,
    ) -> None:
        """Move by these gradients; ``correct`` may change the step, given where it began."""
        parameters = self.parameters
        # Steps at the full rate need no way back.
        has_way_back = rates is not None or correct is not None
        before = [parameter.clone() for parameter in parameters] if has_way_back else []
        for parameter, gradient in zip(parameters, gradients, strict=True):
            # Fused kernels go through memory, and vmap returns transposed gradients.
            is_alike = gradient.stride() == parameter.stride()
            parameter.grad = gradient if is_alike else torch.empty_like(parameter).copy_(gradient)
        self.optimizer.step()
        if correct is not None:
            correct(self, before)
        if rates is not None:
            # Works for any optimizer; a rate of zero leaves a finished replica as it is, bit for
            # bit.
            for parameter, old in zip(parameters, before, strict=True):
                each = rates.repeat_interleave(len(parameter) // len(rates))
                weight = each.to(parameter.dtype).view(-1, *[1] * (parameter.dim() - 1))
                torch.lerp(old, parameter, weight, out=parameter)
        if self.constrain is not None:
            self.constrain()
        if self.follow is not None:
            self.follow()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread of the processor, and give it back its others at the end.

    The tensors of a step are too small to share: waiting for each other costs threads more than
    they gain, and many times more on a machine that has other work.
    """
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


def train(
    players: Sequence[Player],
    X: Tensor | Sequence[Tensor],
    *,
    streams: Streams,
    schedule: Schedule,
    batch_size: int,
    track: Callable[[], Tensor] | None = None,
    rows: Tensor | None = None,
    steps_per_epoch: int = 100,
    scale: float = 1.0,
    callbacks: Sequence[Callback] = (),
    stage: str = "game",
    dynamics: str = "alternating",
    resumable: Resumable | None = None,
    is_paired: bool = True,
) -> History:
    """Play a game until every replica has settled.

    Parameters
    ----------
    players : sequence of Player
        Move in this order, each ``n_steps`` times in a round, on a fresh batch each time, unless
        ``dynamics`` says otherwise.
    X : Tensor of shape (n_samples, ...), or sequence of them
        The rows of all replicas, on the device of the parameters: vectors, images, or rows and
        what goes with them, such as labels.
    streams : Streams
        One random stream a replica.
    schedule : Schedule
        When a replica stops searching, and when it stops.
    batch_size : int
        Rows in a minibatch.
    track : callable, default=None
        Returns what is averaged, of shape (R, ...): a location, or a covariance, never its
        factor. None tracks nothing.
    rows : Tensor of shape (R, n_rows), default=None
        Indices of the rows that each replica may see: its sample, fold or resample. All by
        default.
    steps_per_epoch : int, default=100
        Rounds between two looks at the tracked value, the only times the host waits for the
        device. Rounds count, not passes over the data: a small sample is passed many times.
    scale : float, default=1.0
        Unit of ``schedule.tol``, for instance the sampling error of what is tracked.
    callbacks : sequence of Callback
        Told of every epoch; one that returns True ends the training.
    stage : str, default='game'
        What callbacks are told is being trained.
    dynamics : {'alternating', 'simultaneous', 'extragradient', 'optimistic'}
        Who moves when: each player after those before it, all from the same point, all by the
        gradients of one step ahead, or all by twice their step less the last one. All but the
        first need ``n_steps=1``; extragradient takes two gradients a round.
    resumable : Resumable, default=None
        Where checkpoints are written, and the one to continue from.
    is_paired : bool, default=True
        Whether the rows of several tensors belong together. If not, each is shuffled by itself,
        and their lengths may differ.

    Returns
    -------
    history : History

    Raises
    ------
    DivergenceError
        If a loss is not finite.
    ValueError
        If the dynamics are unknown or do not fit the players, or a checkpoint is of another
        configuration.
    """
    play = start_dynamics(dynamics, players)
    batches = Batches(X, rows, batch_size, streams, is_paired=is_paired)
    progress = schedule.start(len(streams))
    record = Record([player.name for player in players])
    memory = getattr(play, "memory", {})
    parts = Parts(players, streams, batches, progress, record, memory)
    if resumable is not None:
        resumable.resume(parts)
    while not progress.finished.all():
        rates = progress.rates()
        device_rates = torch.tensor(rates, dtype=torch.float32, device=batches.device)
        losses, tracked = _epoch(
            players,
            batches,
            device_rates,
            track,
            steps_per_epoch,
            play,
            at_full_rate=bool((rates == 1).all()),
        )
        record.add(losses, tracked, rates)
        if problem := record.problem():
            raise DivergenceError(problem)
        progress.advance(record.tracked, scale)
        tracked_now = record.tracked[-1]
        state = TrainingState(stage, progress, record.last_losses(), tracked_now, rates)
        # Every callback hears of every epoch, also after one has asked to stop.
        is_over = any([callback.on_epoch_end(state) for callback in callbacks])
        if resumable is not None:
            resumable.save(parts, is_over=is_over)
        if is_over:
            break
    return record.history(progress)


def _epoch(
    players: Sequence[Player],
    batches: Batches,
    rates: Tensor,
    track: Callable[[], Tensor] | None,
    n_rounds: int,
    play: Dynamics = alternate,
    track_every: int = 5,
    *,
    at_full_rate: bool = False,
) -> tuple[Tensor, Tensor]:
    """Play the rounds of one epoch; return mean losses (n_players, R) and mean tracked value."""
    totals = torch.zeros(len(players), len(rates), device=rates.device)
    tracked: Tensor | None = None if track is not None else rates.new_zeros(len(rates), 0)
    shares = None if at_full_rate else rates
    for i in range(n_rounds):
        play(players, batches, shares, totals)
        if track is not None and i % track_every == 0:
            value = track()
            tracked = value.clone() if tracked is None else tracked.add_(value)
    if tracked is None or n_rounds < 1:
        raise ValueError(f"steps_per_epoch must be at least 1, got {n_rounds}.")
    steps = torch.tensor([n_rounds * player.n_steps for player in players], device=rates.device)
    return totals / steps[:, None], tracked / -(-n_rounds // track_every)
