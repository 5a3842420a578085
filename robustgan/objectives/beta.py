"""The two-parameter beta family of proper scoring rules, exact for any pair of parameters.

With u for a score, both losses are tail integrals of ``sigmoid(u)^a sigmoid(-u)^b``. In
``exp(-|u|)`` the integrand is a power times a function analytic around [0, 1], which Gauss-Jacobi
nodes integrate to rounding; the derivative is the integrand itself and needs no quadrature.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import Any

import torch
from scipy.special import roots_jacobi
from torch import Tensor
from torch.nn.functional import logsigmoid

from robustgan.objectives.base import MAX_EXPONENT, Objective, check_parameter

# Error of order 5.8^(-2 n): below rounding in float64 for parameters up to about ten.
_N_NODES = 16
# Scores beyond continue along the tangent, as in `Boosting`, of which this is a generalisation.
_MAX_SCORE = 2 * MAX_EXPONENT


@dataclass(frozen=True)
class BetaScore(Objective):
    """Beta family of proper scoring rules (Buja, Stuetzle and Shen), by the minimax game.

    With ``D = sigmoid(score)`` and ``k = 2^(alpha + beta)`` a real row costs
    ``k * integral_D^1 c^(alpha - 1) (1 - c)^beta dc``, a generated row
    ``k * integral_0^D c^alpha (1 - c)^(beta - 1) dc``, and the generator minimises minus the
    latter. The factor k gives every member the slope of the log score at zero. The best score is
    ``log p / q``; `divergence` is the f-divergence of weight
    ``f''(t) = k t^(alpha - 1) / (2 (1 + t)^(alpha + beta + 1))``, and the step follows twice that.

    (0, 0) is the log score, `JensenShannon`; (1, 1) the quadratic score, half of `LeastSquares`'s
    divergence; (-1/2, -1/2) the boosting score, `Boosting`; both to infinity, zero-one.

    Parameters
    ----------
    alpha, beta : float, default=1.0
        Above -1. Equal ones treat data and model alike.

    Notes
    -----
    Derivatives are exact to rounding at every score. Values are exact to rounding in float64
    and to about 1e-6 in float32 for parameters up to 4; larger ones lose digits of the value,
    not of the derivative. Beyond ``|score| = 40`` losses continue as tangents.

    References
    ----------
    .. [1] Buja, A., Stuetzle, W. & Shen, Y. (2005). Loss functions for binary class probability
       estimation and classification: structure and applications. Technical report, University
       of Pennsylvania.
    .. [2] Gao, C., Yao, Y. & Zhu, W. (2020). Generative adversarial nets for robust scatter
       estimation: a proper scoring rule perspective. JMLR 21(160).
    """

    alpha: float = 1.0
    beta: float = 1.0

    def __post_init__(self) -> None:
        """Check both parameters."""
        check_parameter("alpha", self.alpha, -1, inf)
        check_parameter("beta", self.beta, -1, inf)

    @property
    def _scale(self) -> float:
        return float(2.0 ** (self.alpha + self.beta))

    def _real_loss(self, score: Tensor) -> Tensor:
        return self._scale * tail_integral(score, self.alpha, self.beta + 1)

    def _fake_loss(self, score: Tensor) -> Tensor:
        return self._scale * tail_integral(-score, self.beta, self.alpha + 1)

    def _draw_loss(self, score: Tensor) -> Tensor:
        return -self._fake_loss(score)

    @property
    def _baseline(self) -> float:
        return _baseline(self)


@lru_cache(maxsize=64)
def _baseline(objective: BetaScore) -> float:
    """Loss at a score of zero, kept because asking a device for it would wait for the device."""
    zero = torch.zeros(1, dtype=torch.float64)
    return float(objective.discriminator_loss(zero, zero))


def tail_integral(score: Tensor, a: float, b: float) -> Tensor:
    """Integrate ``sigmoid(u)^a sigmoid(-u)^b`` over u from the score to infinity.

    Parameters
    ----------
    score : Tensor of shape (...)
        Lower limits. Beyond ±40 the tangent continues the integral.
    a : float
        Above -1. The integral is bounded in the score only if positive.
    b : float
        Positive.

    Returns
    -------
    integral : Tensor of shape (...)
        Differentiable any number of times.
    """
    integral: Tensor = _TailIntegral.apply(score, a, b)  # type: ignore[no-untyped-call]
    return integral


class _TailIntegral(torch.autograd.Function):
    """The tail integral, with its integrand for a derivative."""

    generate_vmap_rule = True

    @staticmethod
    def forward(score: Tensor, a: float, b: float) -> Tensor:
        inside = score.clamp(-_MAX_SCORE, _MAX_SCORE)
        integral = torch.where(inside > 0, _upper(inside, a, b), _lower(inside, a, b))
        return integral - _integrand(inside, a, b) * (score - inside)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, float, float], output: Tensor) -> None:
        score, ctx.a, ctx.b = inputs
        ctx.save_for_backward(score)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (score,) = ctx.saved_tensors
        inside = score.clamp(-_MAX_SCORE, _MAX_SCORE)
        return -gradients[0] * _integrand(inside, ctx.a, ctx.b), None, None


def _integrand(score: Tensor, a: float, b: float) -> Tensor:
    return (a * logsigmoid(score) + b * logsigmoid(-score)).exp()


def _upper(score: Tensor, a: float, b: float) -> Tensor:
    """Tail integral above a positive score: of ``s^(b-1) (1+s)^-(a+b)`` over s to exp(-score)."""
    z = (-score.abs()).exp()
    nodes, weights = _jacobi(b - 1, score.dtype, score.device)
    return z**b * ((1 + z[..., None] * nodes) ** (-a - b) @ weights)


def _lower(score: Tensor, a: float, b: float) -> Tensor:
    """Tail integral above a negative score: up to zero, and the rest.

    The part up to zero is that of exp(-a u), which may grow and has a closed form, and a bounded
    remainder.
    """
    depth = score.abs()
    # At a = 0 the closed form is 0 / 0; its limit is the depth.
    growing = depth if a == 0 else -torch.expm1(-a * depth) / a
    zero = torch.zeros_like(depth)
    remainder = _remainder(zero, a, b) - _remainder(depth, a, b)
    return _upper(zero, a, b) + growing + remainder


def _remainder(depth: Tensor, a: float, b: float) -> Tensor:
    """Integrate ``s^(a-1) ((1+s)^-(a+b) - 1)`` over s from zero to exp(-depth)."""
    z = (-depth).exp()
    nodes, weights = _jacobi(a, depth.dtype, depth.device)
    s = z[..., None] * nodes
    return z ** (a + 1) * (torch.expm1((-a - b) * torch.log1p(s)) / s @ weights)


@lru_cache(maxsize=64)
def _jacobi(power: float, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """Nodes and weights that integrate ``s^power`` times a polynomial over [0, 1]."""
    nodes, weights = roots_jacobi(_N_NODES, 0.0, power)
    return (
        torch.as_tensor((1 + nodes) / 2, dtype=dtype, device=device),
        torch.as_tensor(weights / 2 ** (power + 1), dtype=dtype, device=device),
    )
