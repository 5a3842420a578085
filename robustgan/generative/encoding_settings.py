"""Parameters of autoencoders: checked, and followed through the training."""

from __future__ import annotations

from numbers import Real
from typing import Any

import torch
from torch import Tensor

from robustgan._bridge.calibration import check_calibration
from robustgan._bridge.outliers import check_contamination
from robustgan._bridge.parameters import check_choice, check_integer, check_real
from robustgan.engine import TrainingState
from robustgan.generative.settings import OPTIMIZERS
from robustgan.networks import ACTIVATIONS, check_template
from robustgan.objectives import Weighing

ARCHITECTURES = ("perceptron", "convolutional")
LIKELIHOODS = ("gaussian", "bernoulli")
ROBUST = ("beta", "trimmed")


def check_encoding(model: Any) -> None:
    """Raise unless the parameters of a model that encodes are as described."""
    check_choice("architecture", model.architecture, ARCHITECTURES)
    check_choice("likelihood", model.likelihood, LIKELIHOODS)
    check_choice("activation", model.activation, tuple(ACTIVATIONS))
    if model.robust is not None:
        check_choice("robust", model.robust, ROBUST)
    for name in ("latent_dim", "n_steps", "steps_per_epoch"):
        check_integer(name, getattr(model, name), 1)
    check_integer("batch_size", model.batch_size, 2)
    for width in model.hidden_units:
        check_integer("hidden_units", width, 1)
    check_real("learning_rate", model.learning_rate, above=0)
    check_real("power", model.power, above=0)
    check_real("annealing", model.annealing, least=0, most=1)
    for name in ("trimming", "holdout"):
        value = getattr(model, name)
        if value is not None:
            check_real(name, value, least=0)
            if value >= 0.5:
                raise ValueError(f"{name} must lie in [0, 0.5), got {value}.")
    if isinstance(model.optimizer, str):
        check_choice("optimizer", model.optimizer, OPTIMIZERS)
    for name in ("encoder", "decoder"):
        if getattr(model, name) is not None:
            check_template(getattr(model, name), name)
    check_calibration(model.alpha, model.adjust)
    check_contamination(model.contamination)


def check_variance(variance: object) -> None:
    """Raise unless it is a positive number, ``'common'`` or ``'diagonal'``."""
    if isinstance(variance, Real):
        check_real("variance", variance, above=0)
    else:
        check_choice("variance", variance, ("common", "diagonal"))


# Share of the training in which outliers are to be told apart.
_WARY = 0.25


class Stages:
    """What changes in the course of the training: the weight of a divergence, and of rows.

    Parameters
    ----------
    n_epochs : int
        Of the training.
    warm_up : float
        Share of it in which the divergence's weight rises from zero.
    kl_weight : float
        Where it rises to.
    weighing : Weighing or None
        Becomes sparing after a quarter of it.
    device : torch.device
    """

    def __init__(
        self,
        n_epochs: int,
        warm_up: float,
        kl_weight: float,
        weighing: Weighing | None,
        device: torch.device,
    ) -> None:
        self._n_epochs, self._weighing = n_epochs, weighing
        self._n_warm, self._full = warm_up * n_epochs, kl_weight
        self.kl_weight = torch.tensor(kl_weight / (1 + self._n_warm), device=device)

    def on_epoch_end(self, state: TrainingState) -> None:
        """Set what the next epoch takes."""
        epoch = state.progress.epoch
        self.kl_weight.fill_(self._full * min(1.0, (1 + epoch) / (1 + self._n_warm)))
        if self._weighing is not None and epoch >= _WARY * self._n_epochs:
            self._weighing.is_sparing.fill_(1.0)

    def state(self) -> dict[str, Tensor]:
        """Return what changes, for checkpoints."""
        named = {"kl_weight": self.kl_weight}
        if self._weighing is not None:
            named["is_sparing"] = self._weighing.is_sparing
        return named
