"""Optimizers of small games: PyTorch's kernels without what its classes do around them.

A step on a network of twenty units is mostly calls, and the first optimizer that a process makes
of ``torch.optim``'s classes imports PyTorch's compiler, which takes longer than many a fit. The
engine takes those classes as well.
"""

from collections.abc import Iterable
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.rmsprop import rmsprop
from torch.optim.sgd import sgd


class Optimizer(Protocol):
    """What the engine asks of an optimizer; every one of ``torch.optim`` does it.

    Attributes
    ----------
    param_groups : list of dict
        With the key ``'params'``: the tensors to move, whose ``grad`` is set before a step.
    state : dict
        What it remembers of each of these tensors: tensors by name.
    """

    param_groups: list[dict[str, Any]]
    state: Any

    def step(self) -> Any:
        """Move the parameters by their gradients."""


class GradientDescent:
    """Plain gradient descent.

    Parameters
    ----------
    parameters : iterable of Tensor
    lr : float
        Learning rate.
    """

    def __init__(self, parameters: Iterable[Tensor], *, lr: float) -> None:
        self.param_groups: list[dict[str, Any]] = [{"params": list(parameters), "lr": lr}]
        self.state: dict[Tensor, dict[str, Tensor]] = {}

    @torch.no_grad()
    def step(self) -> None:
        """Move the parameters by their gradients."""
        for group in self.param_groups:
            sgd(
                group["params"],
                [parameter.grad for parameter in group["params"]],
                [None] * len(group["params"]),
                foreach=False,
                fused=False,
                weight_decay=0.0,
                momentum=0.0,
                lr=group["lr"],
                dampening=0.0,
                nesterov=False,
                maximize=False,
            )


class Adam:
    """Adam [1]_ by PyTorch's fused kernel.

    Parameters
    ----------
    parameters : iterable of Tensor
    lr : float
        Learning rate.
    betas : tuple of float
        Decay of the mean gradient and of the mean squared gradient, in [0, 1).
    weight_decay : float or Tensor, default=0
        Times the parameter, added to its gradient; a tensor has one for each weight.
    eps : float, default=1e-8
        Added to the root of the mean squared gradient.

    References
    ----------
    .. [1] Kingma, D. P. and Ba, J. (2015). Adam: a method for stochastic optimization. ICLR.
       doi:10.48550/arXiv.1412.6980
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        *,
        lr: float,
        betas: tuple[float, float],
        weight_decay: float | Tensor = 0.0,
        eps: float = 1e-8,
    ) -> None:
        moved = list(parameters)
        self.param_groups: list[dict[str, Any]] = [
            {"params": moved, "lr": lr, "betas": betas, "weight_decay": weight_decay, "eps": eps}
        ]
        self._first = [torch.zeros_like(parameter) for parameter in moved]
        self._second = [torch.zeros_like(parameter) for parameter in moved]
        self._steps = [torch.zeros((), device=parameter.device) for parameter in moved]
        # The tensors themselves, under the names that torch.optim has for them.
        kept = zip(moved, self._steps, self._first, self._second, strict=True)
        self.state = {
            p: {"step": step, "exp_avg": first, "exp_avg_sq": second}
            for p, step, first, second in kept
        }

    @torch.no_grad()
    def step(self) -> None:
        """Move the parameters by their gradients."""
        (group,) = self.param_groups
        beta1, beta2 = group["betas"]
        decay = group["weight_decay"]
        has_decay = isinstance(decay, Tensor) or decay != 0
        adam(
            group["params"],
            # Skipped where there is none: it would cost as much as the step of a small network.
            [
                parameter.grad if not has_decay else parameter.grad + decay * parameter
                for parameter in group["params"]
            ],
            self._first,
            self._second,
            [],
            self._steps,
            fused=True,
            amsgrad=False,
            beta1=beta1,
            beta2=beta2,
            lr=group["lr"],
            # The kernel knows one number for all weights.
            weight_decay=0.0,
            eps=group["eps"],
            maximize=False,
        )


class RMSprop:
    """Gradient descent in units of the root of the mean squared gradient [1]_.

    Parameters
    ----------
    parameters : iterable of Tensor
    lr : float
        Learning rate.
    decay : float, default=0.99
        Of the mean squared gradient, in [0, 1).
    eps : float, default=1e-8
        Added to the root.

    References
    ----------
    .. [1] Tieleman, T. and Hinton, G. (2012). Lecture 6.5, RMSprop. Neural networks for machine
       learning.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        *,
        lr: float,
        decay: float = 0.99,
        eps: float = 1e-8,
    ) -> None:
        moved = list(parameters)
        self.param_groups: list[dict[str, Any]] = [
            {"params": moved, "lr": lr, "decay": decay, "eps": eps}
        ]
        self._squares = [torch.zeros_like(parameter) for parameter in moved]
        self._steps = [torch.zeros(()) for _ in moved]
        kept = zip(moved, self._steps, self._squares, strict=True)
        self.state = {p: {"step": step, "square_avg": square} for p, step, square in kept}

    @torch.no_grad()
    def step(self) -> None:
        """Move the parameters by their gradients."""
        (group,) = self.param_groups
        rmsprop(
            group["params"],
            [parameter.grad for parameter in group["params"]],
            self._squares,
            [],
            [],
            self._steps,
            foreach=False,
            lr=group["lr"],
            alpha=group["decay"],
            eps=group["eps"],
            weight_decay=0.0,
            momentum=0.0,
            centered=False,
        )
