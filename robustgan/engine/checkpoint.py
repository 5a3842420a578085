"""Training that can be interrupted: all that a run has changed so far, in a file without pickle.

A run that is resumed from a checkpoint does what it would have done, bit for bit on the CPU:
parameters, what optimizers remember, random streams, the order of the rows and the history are all
there. This module knows those parts; it does not know what is trained.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from robustgan._bridge import Streams
from robustgan._bridge.files import read_values, write_values
from robustgan.engine.batches import Batches
from robustgan.engine.history import Record
from robustgan.engine.schedule import Progress

if TYPE_CHECKING:
    from robustgan.engine.loop import Player


@dataclass(frozen=True)
class Parts:
    """What a run changes while it trains."""

    players: Sequence["Player"]
    streams: Streams
    batches: Batches
    progress: Progress
    record: Record
    # Of the dynamics: each player's last step.
    memory: dict[str, list[Tensor]]


@dataclass(frozen=True)
class Resumable:
    """Where a run keeps its checkpoints, and where it continues.

    Parameters
    ----------
    configuration : mapping of str to str
        Everything that decides the course of the run, in words. A checkpoint with another one is
        refused.
    path : Path or None, default=None
        Where to write; None writes nothing.
    every : int, default=10
        Epochs from one checkpoint to the next. One more is written at the end.
    resume_from : Path or None, default=None
        A checkpoint to continue from; None begins anew.
    state : mapping of str to Tensor
        What changes besides the players' parameters: buffers, moving averages.
    """

    configuration: Mapping[str, str]
    path: Path | None = None
    every: int = 10
    resume_from: Path | None = None
    state: Mapping[str, Tensor] = field(default_factory=dict)

    def save(self, parts: Parts, *, is_over: bool) -> None:
        """Write a checkpoint if one is due."""
        is_due = parts.progress.epoch % self.every == 0 or parts.progress.finished.all() or is_over
        if self.path is not None and is_due:
            values = {
                "configuration": dict(self.configuration),
                "training": self._state_of(parts),
            }
            write_values(self.path, "checkpoint", values)

    def resume(self, parts: Parts) -> None:
        """Put the parts where the checkpoint was taken, if there is one to continue from.

        Raises
        ------
        ValueError
            If its configuration is another one, or the file is no checkpoint.
        """
        if self.resume_from is None:
            return
        saved = read_values(self.resume_from, "checkpoint")
        if differences := difference(saved["configuration"], self.configuration):
            raise ValueError(
                f"{self.resume_from} must have been written by the same configuration, got "
                f"{'; '.join(differences)}. Resume with what it was begun with, or fit anew."
            )
        self._put_back(parts, saved["training"])

    def _state_of(self, parts: Parts) -> dict[str, Any]:
        return {
            "players": {player.name: _player_state(player) for player in parts.players},
            "state": {name: _to_numpy(tensor) for name, tensor in self.state.items()},
            "streams": parts.streams.state(),
            "batches": parts.batches.state(),
            "progress": parts.progress.state(),
            "record": parts.record.state(),
            "memory": {name: [*map(_to_numpy, step)] for name, step in parts.memory.items()},
        }

    def _put_back(self, parts: Parts, state: dict[str, Any]) -> None:
        for player in parts.players:
            _restore_player(player, state["players"][player.name])
        _copy_into(self.state, state["state"])
        parts.streams.restore(state["streams"])
        parts.batches.restore(state["batches"])
        parts.progress.restore(state["progress"])
        parts.record.restore(state["record"])
        for player in parts.players:
            if step := state["memory"].get(player.name):
                pairs = zip(step, player.parameters, strict=True)
                parts.memory[player.name] = [torch.from_numpy(s).to(p) for s, p in pairs]


def difference(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Name what differs between two configurations, a phrase each."""
    return [
        f"{key} {then.get(key, 'not set')} then and {now.get(key, 'not set')} now"
        for key in sorted({*then, *now})
        if then.get(key) != now.get(key)
    ]


def _player_state(player: "Player") -> dict[str, Any]:
    """Return a player's parameters, and what its optimizer remembers of each."""
    remembered = [player.optimizer.state.get(p, {}) for p in player.parameters]
    return {
        "parameters": [_to_numpy(parameter) for parameter in player.parameters],
        "optimizer": [
            {name: _to_numpy(torch.as_tensor(value)) for name, value in entry.items()}
            for entry in remembered
        ],
    }


def _restore_player(player: "Player", state: dict[str, Any]) -> None:
    with torch.no_grad():
        for parameter, saved in zip(player.parameters, state["parameters"], strict=True):
            parameter.copy_(torch.from_numpy(saved))
        for parameter, entry in zip(player.parameters, state["optimizer"], strict=True):
            known = player.optimizer.state.get(parameter)
            if known:
                _copy_into(known, entry)
            elif entry:
                # torch.optim makes its state at the first step, the count on the CPU.
                player.optimizer.state[parameter] = {
                    name: torch.from_numpy(saved).to(
                        parameter.device if saved.ndim else torch.device("cpu")
                    )
                    for name, saved in entry.items()
                }


@torch.no_grad()
def _copy_into(tensors: Mapping[str, Tensor], saved: Mapping[str, Any]) -> None:
    if set(tensors) != set(saved):
        raise ValueError(f"state must have {sorted(tensors)}, got {sorted(saved)}.")
    for name, tensor in tensors.items():
        tensor.copy_(torch.from_numpy(np.asarray(saved[name])))


def _to_numpy(tensor: Tensor) -> Any:
    """Copy a tensor to the host as it is: a checkpoint rounds nothing."""
    return tensor.detach().to("cpu", copy=True).numpy()
