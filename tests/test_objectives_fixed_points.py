"""The one-sided step: its fixed points as printed, and what docs/one_sided.md claims of it.

All for .8 N(0, 1) + .2 N(s, 1), by quadrature.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.optimize import brentq, minimize, root
from torch import Tensor

from robustgan.objectives import (
    BetaScore,
    Boosting,
    JensenShannon,
    LeastSquares,
    NonSaturating,
    Objective,
    OneSided,
    ReverseKL,
    SkewedJensenShannon,
    SquaredHellinger,
    TotalVariation,
)

GRID = torch.linspace(-11, 15, 13_001, dtype=torch.float64)
STEP = (GRID[1] - GRID[0]).item()
LOG_TWO_PI = math.log(2 * math.pi)


def log_data(separation: float) -> Tensor:
    clean = math.log(0.8) - GRID.square() / 2
    added = math.log(0.2) - (GRID - separation).square() / 2
    return torch.logaddexp(clean, added) - LOG_TWO_PI / 2


def estimating_equations(
    objective: Objective, separation: float, location: float, variance: float = 1.0
) -> tuple[float, float]:
    """Gradient of the generator's loss through its draws, in location and log variance.

    ``E_q[psi(score) d log q]``: the scores are those of the best discriminator, and do not follow.
    """
    z = (GRID - location) / math.sqrt(variance)
    log_model = -z.square() / 2 - (LOG_TWO_PI + math.log(variance)) / 2
    scores = objective.optimal_score(log_data(separation) - log_model)
    weighted = objective.generator_loss(scores[:, None]) * log_model.exp() * STEP
    return (weighted @ z).item(), (weighted @ (z.square() - 1)).item()


def fixed_point(objective: Objective, separation: float) -> float:
    """The one on the side of the bulk; far contamination has another of its own."""

    def equation(location: float) -> float:
        return estimating_equations(objective, separation, location)[0]

    return float(brentq(equation, -0.05, min(0.5, 1.5 / separation), xtol=1e-6))


LOCATIONS = [
    # separation 1, 2, 3, 5, as printed in FACTS.md and docs/one_sided.md
    (JensenShannon(), (0.197, 0.321, 0.249, 0.035)),
    (ReverseKL(), (0.194, 0.291, 0.194, 0.025)),
    (TotalVariation(), (0.168, 0.188, 0.142, 0.088)),
    (SquaredHellinger(), (0.197, 0.336, 0.306, 0.059)),
    (NonSaturating(), (0.192, 0.255, 0.142, 0.016)),
    (OneSided(8.0), (0.177, 0.169, 0.076, 0.008)),
    (OneSided(16.0), (0.170, 0.150, 0.068, 0.008)),
]


@pytest.mark.parametrize(("objective", "printed"), LOCATIONS, ids=repr)
def test_location_fixed_points_are_the_printed_ones(
    objective: Objective, printed: tuple[float, ...]
) -> None:
    found = [fixed_point(objective, separation) for separation in (1, 2, 3, 5)]
    # Half of the last printed digit, and a little for total variation's jump between nodes.
    np.testing.assert_allclose(found, printed, rtol=0, atol=6e-4)


@pytest.mark.parametrize(
    ("sharpness", "printed"), [(1.0, 0.089), (8.0, 0.046), (16.0, 0.042)], ids=str
)
def test_fixed_points_at_three_and_a_half_are_the_printed_ones(
    sharpness: float, printed: float
) -> None:
    assert fixed_point(OneSided(sharpness), 3.5) == pytest.approx(printed, abs=6e-4)


SHAPES = [
    # separation 2, 3, 3.5, 5
    (JensenShannon(), ((0.40, 1.61), (0.58, 2.29), (0.65, 2.69), (0.05, 1.16))),
    (ReverseKL(), ((0.40, 1.56), (0.52, 2.00), (0.43, 1.93), (0.03, 1.09))),
    (NonSaturating(), ((0.39, 1.53), (0.36, 1.63), (0.19, 1.35), (0.02, 1.05))),
    (OneSided(8.0), ((0.30, 1.34), (0.14, 1.21), (0.08, 1.13), (0.01, 1.02))),
    (OneSided(16.0), ((0.26, 1.29), (0.12, 1.18), (0.07, 1.11), (0.01, 1.02))),
]


@pytest.mark.parametrize(("objective", "printed"), SHAPES, ids=repr)
def test_fixed_points_with_a_free_variance_are_the_printed_ones(
    objective: Objective, printed: tuple[tuple[float, float], ...]
) -> None:
    for separation, (location, variance) in zip((2, 3, 3.5, 5), printed, strict=True):

        def equations(x: np.ndarray, separation: float = separation) -> tuple[float, float]:
            return estimating_equations(objective, separation, x[0], math.exp(x[1]))

        solution = root(equations, (location, math.log(variance)))
        assert solution.success
        found = (solution.x[0], math.exp(solution.x[1]))
        # Two digits are printed, and not all of them are rounded to the nearest.
        np.testing.assert_allclose(found, (location, variance), rtol=0, atol=0.01)


def test_total_variation_with_a_free_variance_is_least_where_printed() -> None:
    def distance(x: np.ndarray) -> float:
        log_model = -(GRID - x[0]).square() / (2 * math.exp(x[1])) - (LOG_TWO_PI + x[1]) / 2
        return float((log_data(3.0).exp() - log_model.exp()).abs().sum()) * STEP / 2

    best = minimize(distance, (0.2, 0.4), method="Nelder-Mead", options={"xatol": 1e-3})
    np.testing.assert_allclose((best.x[0], math.exp(best.x[1])), (0.20, 1.52), rtol=0, atol=0.01)


WEIGHTS: list[tuple[Objective, Callable[[Tensor], Tensor]]] = [
    (JensenShannon(), lambda t: 1 / (t * (1 + t))),
    (NonSaturating(), lambda t: 1 / (t**2 * (1 + t))),
    (ReverseKL(), lambda t: t**-2),
    (SkewedJensenShannon(0.9), lambda t: 1 / (t * (t + 1 / 9))),
    (OneSided(8.0), lambda t: 1 / (t**2 * (1 + t**8))),
    (LeastSquares(), lambda t: 4 / (t * (1 + t) ** 3)),
    (Boosting(), lambda t: t**-1.5 / 2),
    (SquaredHellinger(), lambda t: t**-1.5 / 2),
    (BetaScore(2.0, 0.5), lambda t: 2**2.5 * t / (1 + t) ** 3.5),
]


@pytest.mark.parametrize(("objective", "weight"), WEIGHTS, ids=lambda value: repr(value)[:20])
def test_generator_step_has_the_documented_weight(
    objective: Objective, weight: Callable[[Tensor], Tensor]
) -> None:
    ratios = torch.linspace(0.05, 5, 100, dtype=torch.float64)

    ratios.requires_grad_()
    losses = objective.generator_loss(objective.optimal_score(ratios.log())[:, None])
    (slope,) = torch.autograd.grad(losses.sum(), ratios)
    torch.testing.assert_close(-slope / ratios, weight(ratios), rtol=1e-7, atol=0)


def one_sided_divergence(sharpness: float, separation: float, location: float) -> float:
    """Integrate hockey-stick divergences over their level, with the weight of the docs."""
    data, model = log_data(separation).exp(), torch.exp(-(GRID - location).square() / 2)
    model = model / math.sqrt(2 * math.pi)
    # Gauss-Legendre in the level below one, and in its inverse above.
    nodes, weights = np.polynomial.legendre.leggauss(200)
    total = 0.0
    for level, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        below = float((level * model - data).relu().sum()) * STEP
        above = float((data - model / level).relu().sum()) * STEP
        total += weight * below / (level**2 * (1 + level**sharpness))
        # With level 1/u: f''(1/u) du / u^2 = u^b / (1 + u^b) du.
        total += weight * above * level**sharpness / (1 + level**sharpness)
    return total


@pytest.mark.parametrize("sharpness", [1.0, 8.0])
def test_one_sided_step_is_the_gradient_of_its_mixture_of_hockey_sticks(sharpness: float) -> None:
    separation, location, width = 2.0, 0.1, 0.002
    rise = one_sided_divergence(sharpness, separation, location + width)
    rise -= one_sided_divergence(sharpness, separation, location - width)
    step = estimating_equations(OneSided(sharpness), separation, location)[0]
    assert rise / (2 * width) == pytest.approx(step, rel=1e-3)


@pytest.mark.parametrize("separation", [1.0, 3.0, 8.0])
@pytest.mark.parametrize("sharpness", [1.0, 8.0, 64.0])
def test_one_sided_divergence_at_the_truth_is_bounded_whatever_the_contamination(
    sharpness: float, separation: float
) -> None:
    bound = -math.log(0.8) - 0.2 + 0.2 * math.log(2) / sharpness
    assert one_sided_divergence(sharpness, separation, 0.0) <= bound


def test_hockey_stick_at_the_clean_proportion_vanishes_at_the_truth() -> None:
    model = torch.exp(-GRID.square() / 2) / math.sqrt(2 * math.pi)
    for separation in (1.0, 2.0, 5.0):
        assert (0.8 * model - log_data(separation).exp()).relu().max() < 1e-15


def test_small_contamination_leaves_a_smaller_share_than_any_smooth_divergence() -> None:
    x, share, separation = GRID, 0.002, 2.0
    added = (separation * x - separation**2 / 2).exp() - 1
    clean = torch.exp(-x.square() / 2) / math.sqrt(2 * math.pi)

    def pull(slope: float) -> float:
        return float((x * (added - slope * x).clamp(max=0) * clean).sum())

    # Smooth divergences move by share * separation, as the mean does; the limit by 0.26 of it.
    limit = brentq(pull, 0.0, separation)
    assert limit / separation == pytest.approx(0.263, abs=1e-3)

    def equation(location: float) -> float:
        ratio = (1 - share) + share * (added + 1)
        score = ratio.log() - x.square() / 2 + (x - location).square() / 2
        model = torch.exp(-(x - location).square() / 2)
        return float(((x - location) * OneSided(1e5).generator_loss(score[:, None]) * model).sum())

    assert brentq(equation, 0.0, 0.01, xtol=1e-9) / share == pytest.approx(limit, rel=0.01)
