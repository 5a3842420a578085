"""The only training loop: players descend their losses on minibatches, ``R`` games at once."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from robustgan._bridge import Streams, to_array
from robustgan.engine.callbacks import Callback, TrainingState
from robustgan.engine.dynamics import Dynamics, alternate, start_dynamics
from robustgan.engine.history import History
from robustgan.engine.optimizers import Optimizer
from robustgan.engine.schedule import Progress, Schedule
from robustgan.networks import VECTOR


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
        no others; each of shape (R, ...).
    loss : callable
        Maps a batch of rows, of shape (R, B, n_columns), to losses of shape (R,).
    n_steps : int, default=1
        Steps of this player in each round of the game.
    needs_rows : bool, default=True
        Whether the loss looks at the batch. If not, it is given the last one and none is drawn.
    constrain : callable, optional
        Brings the parameters back into their set after each step, each replica on its own and
        nothing where they are in it.
    """

    name: str
    optimizer: Optimizer
    loss: Callable[[Tensor], Tensor]
    n_steps: int = 1
    needs_rows: bool = True
    constrain: Callable[[], None] | None = None

    @property
    def parameters(self) -> list[Tensor]:
        """The tensors this player moves."""
        return [p for group in self.optimizer.param_groups for p in group["params"]]

    def step(self, batch: Tensor, rates: Tensor) -> Tensor:
        """Descend once, each replica at its share ``rates`` of the full rate; return (R,)."""
        loss, gradients = self.look(batch)
        self.descend(gradients, rates)
        return loss

    def look(self, batch: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return losses (R,) and the gradient of each of the parameters."""
        loss = self.loss(batch)
        gradients = torch.autograd.grad(loss, self.parameters, torch.ones_like(loss))
        return loss.detach(), list(gradients)

    @torch.no_grad()
    def descend(
        self,
        gradients: Sequence[Tensor],
        rates: Tensor,
        *,
        correct: Callable[["Player", Sequence[Tensor]], None] | None = None,
    ) -> None:
        """Move by these gradients; ``correct`` may change the step, given where it began."""
        parameters = self.parameters
        before = [parameter.clone() for parameter in parameters]
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        self.optimizer.step()
        if correct is not None:
            correct(self, before)
        # Works for any optimizer; a rate of zero leaves a finished replica as it is, bit for bit.
        for parameter, old in zip(parameters, before, strict=True):
            weight = rates.view(-1, *[1] * (parameter.dim() - 1))
            torch.lerp(old, parameter, weight, out=parameter)
        if self.constrain is not None:
            self.constrain()


class Batches:
    """Minibatches without replacement, reshuffled when the rows run out, on the device.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_columns)
        The rows of all replicas.
    rows : Tensor of shape (R, n_rows) or None
        Which of them each replica may see (its sample, fold or resample); None means all.
    batch_size : int
        Cut to the number of rows, and to whole vectors of the processor if it holds one.
    streams : Streams
        Shuffle, one stream a replica.
    """

    def __init__(self, X: Tensor, rows: Tensor | None, batch_size: int, streams: Streams) -> None:
        if rows is None:
            rows = torch.arange(len(X), device=X.device).expand(len(streams), -1)
        self._X, self._rows, self._streams = X, rows, streams
        self.batch_size = min(batch_size, rows.shape[1])
        if self.batch_size > VECTOR:
            self.batch_size -= self.batch_size % VECTOR
        self._order, self._used = rows, rows.shape[1]
        self._last: Tensor | None = None

    def draw(self, *, fresh: bool = True) -> Tensor:
        """Return the next batch, or the last one again, of shape (R, batch_size, n_columns)."""
        if not fresh and self._last is not None:
            return self._last
        if self._used + self.batch_size > self._rows.shape[1]:
            shuffle = self._streams.permutation(self._rows.shape[1])
            self._order, self._used = self._rows.gather(1, shuffle), 0
        chosen = self._order[:, self._used : self._used + self.batch_size]
        self._used += self.batch_size
        self._last = self._X.index_select(0, chosen.reshape(-1)).view(*chosen.shape, -1)
        return self._last


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
    X: Tensor,
    *,
    track: Callable[[], Tensor],
    streams: Streams,
    schedule: Schedule,
    batch_size: int,
    rows: Tensor | None = None,
    steps_per_epoch: int = 100,
    scale: float = 1.0,
    callbacks: Sequence[Callback] = (),
    stage: str = "game",
    dynamics: str = "alternating",
) -> History:
    """Play a game until every replica has settled.

    Parameters
    ----------
    players : sequence of Player
        Move in this order, each ``n_steps`` times in a round, on a fresh batch each time, unless
        ``dynamics`` says otherwise.
    X : Tensor of shape (n_samples, n_columns)
        The rows of all replicas, on the device of the parameters.
    track : callable
        Returns what is averaged, of shape (R, ...): a location, or a covariance, never its
        factor.
    streams : Streams
        One random stream a replica.
    schedule : Schedule
        When a replica stops searching, and when it stops.
    batch_size : int
        Rows in a minibatch.
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

    Returns
    -------
    history : History

    Raises
    ------
    DivergenceError
        If a loss is not finite.
    ValueError
        If the dynamics are unknown or do not fit the players.
    """
    play = start_dynamics(dynamics, players)
    batches = Batches(X, rows, batch_size, streams)
    progress = schedule.start(len(streams))
    record = _Record(players)
    while not progress.finished.all():
        rates = progress.rates()
        device_rates = torch.tensor(rates, dtype=X.dtype, device=X.device)
        losses, tracked = _epoch(players, batches, device_rates, track, steps_per_epoch, play)
        record.add(losses, tracked, rates)
        record.check_finite()
        progress.advance(record.tracked, scale)
        tracked_now = record.tracked[-1]
        state = TrainingState(stage, progress, record.last_losses(), tracked_now, rates)
        # Every callback hears of every epoch, also after one has asked to stop.
        if any([callback.on_epoch_end(state) for callback in callbacks]):
            break
    return record.history(progress)


def _epoch(
    players: Sequence[Player],
    batches: Batches,
    rates: Tensor,
    track: Callable[[], Tensor],
    n_rounds: int,
    play: Dynamics = alternate,
    track_every: int = 5,
) -> tuple[Tensor, Tensor]:
    """Play the rounds of one epoch; return mean losses (n_players, R) and mean tracked value."""
    totals = torch.zeros(len(players), len(rates), device=rates.device)
    tracked: Tensor | None = None
    for i in range(n_rounds):
        play(players, batches, rates, totals)
        if i % track_every == 0:
            value = track()
            tracked = value.clone() if tracked is None else tracked.add_(value)
    if tracked is None:
        raise ValueError(f"steps_per_epoch must be at least 1, got {n_rounds}.")
    steps = torch.tensor([n_rounds * player.n_steps for player in players], device=rates.device)
    return totals / steps[:, None], tracked / -(-n_rounds // track_every)


class _Record:
    """Collects the epochs of a run on the host."""

    def __init__(self, players: Sequence[Player]) -> None:
        self.names = [player.name for player in players]
        self.losses: list[NDArray[np.float64]] = []
        self.tracked: list[NDArray[np.float64]] = []
        self.rates: list[NDArray[np.float64]] = []

    def add(self, losses: Tensor, tracked: Tensor, rates: NDArray[np.float64]) -> None:
        # One transfer for both: the only wait of an epoch.
        flat = to_array(torch.cat([losses.reshape(-1), tracked.reshape(-1)]))
        self.losses.append(flat[: losses.numel()].reshape(losses.shape))
        self.tracked.append(flat[losses.numel() :].reshape(tracked.shape))
        self.rates.append(rates)

    def last_losses(self) -> dict[str, NDArray[np.float64]]:
        return dict(zip(self.names, self.losses[-1], strict=True))

    def check_finite(self) -> None:
        """Raise unless every replica's losses and tracked values are finite."""
        finite = np.isfinite(self.losses[-1])
        tracked = np.isfinite(self.tracked[-1]).reshape(len(self.tracked[-1]), -1).all(axis=1)
        if finite.all() and tracked.all():
            return
        players = [name for i, name in enumerate(self.names) if not finite[i].all()]
        replicas = np.flatnonzero(~(finite.all(axis=0) & tracked)).tolist()
        raise DivergenceError(
            f"the loss must stay finite, got a loss of {' and '.join(players) or 'no player'} "
            f"that is not in epoch {len(self.losses)}, replicas {replicas}. Lower the "
            "learning rates, or scale the data."
        )

    def history(self, progress: Progress) -> History:
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
