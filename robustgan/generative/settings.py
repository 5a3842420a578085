"""Parameters of a game: checked, and made into what they name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from robustgan._bridge.parameters import check_choice, check_integer, check_real
from robustgan.engine import Schedule
from robustgan.engine.optimizers import Adam, GradientDescent, Optimizer, RMSprop
from robustgan.networks import ACTIVATIONS, check_template
from robustgan.objectives import (
    GAME_OBJECTIVES,
    GradientPenalty,
    LabelSmoothing,
    Objective,
    Penalty,
    ZeroGradientPenalty,
    resolve_objective,
)

PENALTIES = ("gradient", "r1")
OPTIMIZERS = ("adam", "rmsprop", "sgd")
# Share of the learning rates that annealing ends with.
FINAL_RATE = 0.05


def check_game(model: Any) -> None:
    """Raise unless the parameters of a model that plays a game are as described."""
    for name in ("latent_dim", "pac", "n_critic_steps", "n_steps", "steps_per_epoch"):
        check_integer(name, getattr(model, name), 1)
    for width in model.hidden_units:
        check_integer("hidden_units", width, 1)
    check_choice("activation", model.activation, tuple(ACTIVATIONS))
    check_integer("batch_size", model.batch_size, 2)
    if model.batch_size % model.pac:
        raise ValueError(
            f"batch_size must be a multiple of pac, {model.pac}, got {model.batch_size}."
        )
    rates = learning_rates(model)
    if len(rates) != 2:
        raise ValueError(f"learning_rate must be one number or two, got {model.learning_rate}.")
    for rate in rates:
        check_real("learning_rate", rate, above=0)
    for name in ("label_smoothing", "averaging", "instance_noise", "annealing"):
        check_real(name, getattr(model, name), least=0)
    for name in ("label_smoothing", "averaging"):
        if getattr(model, name) >= 1:
            raise ValueError(f"{name} must lie in [0, 1), got {getattr(model, name)}.")
    check_real("annealing", model.annealing, least=0, most=1)
    if isinstance(model.constraint, str):
        check_choice("constraint", model.constraint, ("spectral",))
    elif model.constraint is not None:
        check_real("constraint", model.constraint, above=0)
    if isinstance(model.penalty, str):
        check_choice("penalty", model.penalty, PENALTIES)
    if isinstance(model.optimizer, str):
        check_choice("optimizer", model.optimizer, OPTIMIZERS)
    for name in ("generator", "discriminator"):
        if getattr(model, name) is not None:
            check_template(getattr(model, name), name)
    resolve_objective(model.objective, GAME_OBJECTIVES)


def make_objective(model: Any) -> Objective:
    """Return the objective, with smoothed labels if they are wanted."""
    objective = resolve_objective(model.objective, GAME_OBJECTIVES)
    return LabelSmoothing(objective, model.label_smoothing) if model.label_smoothing else objective


def make_penalty(model: Any) -> Penalty | None:
    """Return the penalty that is named or given."""
    if isinstance(model.penalty, str):
        return GradientPenalty() if model.penalty == "gradient" else ZeroGradientPenalty()
    penalty: Penalty | None = model.penalty
    return penalty


def make_schedule(model: Any) -> Schedule:
    """Return a schedule of ``n_steps`` rounds in whole epochs, annealed at the end."""
    n_epochs = -(-model.n_steps // min(model.steps_per_epoch, model.n_steps))
    if not model.annealing:
        return Schedule.fixed(n_epochs)
    n_settle = max(1, round(model.annealing * n_epochs))
    return Schedule.fixed(n_epochs, n_settle=n_settle, final_rate=FINAL_RATE)


def learning_rates(model: Any) -> tuple[float, ...]:
    """Return the rates of generator and discriminator."""
    rates = model.learning_rate
    return tuple(rates) if isinstance(rates, Sequence) else (rates, rates)


def make_optimizer(model: Any, network: nn.Module, *, index: int = 0) -> Optimizer:
    """Return the optimizer of a network's parameters: the generator's, or 1 for the other's."""
    parameters: list[Tensor] = [*network.parameters()]
    rate = learning_rates(model)[index]
    if model.optimizer == "adam":
        return Adam(parameters, lr=rate, betas=model.betas)
    if model.optimizer == "rmsprop":
        return RMSprop(parameters, lr=rate)
    if model.optimizer == "sgd":
        return GradientDescent(parameters, lr=rate)
    made: Optimizer = model.optimizer(parameters)
    return made


@torch.no_grad()
def clip(parameters: Sequence[Tensor], most: float) -> None:
    """Clip weights to absolute values of at most ``most``."""
    for parameter in parameters:
        parameter.clamp_(-most, most)
