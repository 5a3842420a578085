"""The fixed map from rows to what a discriminator sees of them."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


class Squash(nn.Module):
    """Map space one to one into a ball and add the radius as one more feature.

    ``y = x c / sqrt(c^2 + |x|^2)`` with ``c = 2 sqrt(p)``, followed by twice the deviation of
    ``|y|`` from its value at the typical radius ``sqrt(p)``. Any function of ``x`` is a function
    of ``y``, so the class of discriminators loses nothing, and no outlier, however far, can
    saturate the first layer. The radius makes an error of scale visible to a thin layer.

    Parameters
    ----------
    n_features : int
        ``p``. Rows come centred and scaled.
    """

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.bound = 2 * math.sqrt(n_features)

    def forward(self, x: Tensor) -> Tensor:
        """Return features of shape (..., n, n_features + 1) of rows (..., n, n_features)."""
        features: Tensor = _SquashFunction.apply(x, self.bound)  # type: ignore[no-untyped-call]
        return features


class _SquashFunction(torch.autograd.Function):
    """`Squash` with its derivative in closed form: half the passes over the rows."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, bound: float) -> Tensor:
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        shrink = bound * torch.rsqrt(length.square() + bound**2)
        features = x.new_empty(*x.shape[:-1], x.shape[-1] + 1)
        torch.mul(x, shrink, out=features[..., :-1])
        features[..., -1:] = 2 * (length * shrink - bound / math.sqrt(5))
        ctx.save_for_backward(x, shrink, length)
        ctx.bound = bound
        return features

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        x, shrink, length = ctx.saved_tensors
        ball, radius = gradient[..., :-1], gradient[..., -1:]
        # With s = c / sqrt(|x|^2 + c^2): ds/dx = -s^3 x / c^2 and d(|x| s)/d|x| = s^3.
        outward = (x * ball).sum(dim=-1, keepdim=True)
        # At the centre the radius has a kink; its mean derivative there is zero.
        slope = 2 * radius / length.clamp(min=torch.finfo(x.dtype).tiny) - outward / ctx.bound**2
        # Not addcmul, which takes five times as long where it has to broadcast.
        return (ball * shrink).add_(x * (shrink**3 * slope)), None
