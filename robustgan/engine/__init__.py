"""The training room: players, the one training loop, its schedule, history and callbacks.

It knows how ``R`` replicas of a game are trained side by side. It does not know what is estimated.
"""

from robustgan.engine.adversaries import LearningRates, Snapshots, adversaries, critic
from robustgan.engine.batches import Batches
from robustgan.engine.callbacks import Callback, TrainingState
from robustgan.engine.checkpoint import Resumable
from robustgan.engine.dynamics import DYNAMICS
from robustgan.engine.history import History
from robustgan.engine.loop import DivergenceError, Player, one_thread, train
from robustgan.engine.schedule import Schedule

__all__ = [
    "DYNAMICS",
    "Batches",
    "Callback",
    "DivergenceError",
    "History",
    "LearningRates",
    "Player",
    "Resumable",
    "Schedule",
    "Snapshots",
    "TrainingState",
    "adversaries",
    "critic",
    "one_thread",
    "train",
]
