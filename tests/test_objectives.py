"""Objectives against closed forms, quadrature and derivatives, all in float64 without sampling."""

from __future__ import annotations

import itertools
import math
import pickle
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats
from torch import Tensor

from robustgan.objectives import (
    OBJECTIVES,
    BetaScore,
    Boosting,
    Hinge,
    JensenShannon,
    LeastSquares,
    NonSaturating,
    Objective,
    OneSided,
    ReverseKL,
    SkewedJensenShannon,
    SquaredHellinger,
    TotalVariation,
    resolve_objective,
)
from robustgan.objectives.beta import tail_integral

Array = np.ndarray

ALL: list[Objective] = [
    JensenShannon(),
    NonSaturating(),
    ReverseKL(),
    SkewedJensenShannon(0.9),
    SkewedJensenShannon(0.2),
    OneSided(),
    OneSided(0.5),
    Hinge(),
    TotalVariation(),
    LeastSquares(),
    Boosting(),
    SquaredHellinger(),
    BetaScore(),
    BetaScore(0.0, 0.0),
    BetaScore(-0.5, 0.3),
    BetaScore(2.0, 0.5),
]
IDENTIFIED = [objective for objective in ALL if objective.identifies_ratio]
SMOOTH = [objective for objective in ALL if not isinstance(objective, Hinge)]

each = pytest.mark.parametrize("objective", ALL, ids=repr)
each_identified = pytest.mark.parametrize("objective", IDENTIFIED, ids=repr)
each_smooth = pytest.mark.parametrize("objective", SMOOTH, ids=repr)


def slopes(loss: Callable[[Tensor], Tensor], score: Tensor) -> Tensor:
    """Differentiate an elementwise loss."""
    score = score.detach().requires_grad_()
    (slope,) = torch.autograd.grad(loss(score).sum(), score)
    return slope


def elementwise(loss: Callable[..., Tensor], *scores: Tensor) -> Tensor:
    """Evaluate a loss row by row: every row is a replica with one score."""
    return loss(*(score[..., None] for score in scores))


GAUSSIANS = [(1.5, 1.0), (1.0, 1.5), (-0.4, 0.7)]


def integrate_densities(
    function: Callable[[Array, Array], Array], mean: float, scale: float
) -> float:
    """Integrate a function of the densities of N(0, 1) and N(mean, scale^2)."""
    x = np.linspace(-12, 14, 8001)
    return float(np.trapezoid(function(stats.norm.pdf(x), stats.norm.pdf(x, mean, scale)), x))


def jensen_shannon(mean: float, scale: float, weight: float = 0.5) -> float:
    def function(p: Array, q: Array) -> Array:
        m = weight * p + (1 - weight) * q
        return weight * special.rel_entr(p, m) + (1 - weight) * special.rel_entr(q, m)

    return integrate_densities(function, mean, scale)


def reverse_kl(mean: float, scale: float) -> float:
    return (scale**2 + mean**2 - 1) / 2 - math.log(scale)


def total_variation(mean: float, scale: float) -> float:
    """Difference of the probabilities of the set where the first density is the larger."""
    if scale == 1:
        return float(2 * stats.norm.cdf(abs(mean) / 2) - 1)
    a, b, c = 1 / scale**2 - 1, -2 * mean / scale**2, (mean / scale) ** 2 + 2 * math.log(scale)
    ends = np.sort(np.roots([a, b, c]).real)
    masses = np.diff(stats.norm.cdf(ends)), np.diff(stats.norm.cdf(ends, mean, scale))
    return float(abs(masses[0] - masses[1])[0])


def squared_hellinger(mean: float, scale: float) -> float:
    total = 1 + scale**2
    return 1 - math.sqrt(2 * scale / total) * math.exp(-(mean**2) / (4 * total))


def triangular(mean: float, scale: float) -> float:
    return integrate_densities(lambda p, q: 0.5 * (p - q) ** 2 / (p + q), mean, scale)


def beta_divergence(mean: float, scale: float, a: float, b: float) -> float:
    """By the regularised incomplete beta function at the posterior; positive parameters."""
    factor = 2.0 ** (a + b)

    def half_loss(p: Array, q: Array) -> Array:
        d = p / (p + q)
        real = special.beta(a, b + 1) * special.betainc(b + 1, a, 1 - d)
        fake = special.beta(a + 1, b) * special.betainc(a + 1, b, d)
        loss: Array = 0.5 * factor * (p * real + q * fake)
        return loss

    return float(half_loss(np.ones(1), np.ones(1))[0]) - integrate_densities(half_loss, mean, scale)


@pytest.mark.parametrize(("mean", "scale"), GAUSSIANS)
@pytest.mark.parametrize(
    ("objective", "truth"),
    [
        (JensenShannon(), jensen_shannon),
        (NonSaturating(), jensen_shannon),
        (OneSided(), jensen_shannon),
        (SkewedJensenShannon(0.9), lambda m, s: jensen_shannon(m, s, 0.9)),
        (SkewedJensenShannon(0.2), lambda m, s: jensen_shannon(m, s, 0.2)),
        (ReverseKL(), reverse_kl),
        (Hinge(), total_variation),
        (TotalVariation(), total_variation),
        (LeastSquares(), triangular),
        (Boosting(), squared_hellinger),
        (SquaredHellinger(), squared_hellinger),
        (BetaScore(0, 0), jensen_shannon),
        (BetaScore(1, 1), lambda m, s: triangular(m, s) / 2),
        (BetaScore(-0.5, -0.5), squared_hellinger),
        (BetaScore(2.0, 0.5), lambda m, s: beta_divergence(m, s, 2.0, 0.5)),
    ],
    ids=lambda value: repr(value) if isinstance(value, Objective) else "",
)
def test_divergence_at_the_true_ratio_is_the_closed_form(
    objective: Objective, truth: Callable[[float, float], float], mean: float, scale: float
) -> None:
    # A jump between two nodes costs a step times the density: total variation needs many.
    n_nodes = 4001 if objective.identifies_ratio else 200_001
    z = torch.linspace(-9, 9, n_nodes, dtype=torch.float64)
    weights = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])

    def score(x: Tensor) -> Tensor:
        return objective.optimal_score(
            -x.square() / 2 + ((x - mean) / scale).square() / 2 + math.log(scale)
        )

    divergence = weights @ elementwise(objective.divergence, score(z), score(mean + scale * z))
    tolerance = 1e-7 if objective.identifies_ratio else 4e-5
    assert divergence.item() == pytest.approx(truth(mean, scale), abs=tolerance)


@each
def test_divergence_of_an_ignorant_discriminator_is_zero(objective: Objective) -> None:
    zero = torch.zeros(3, 5, dtype=torch.float64)
    torch.testing.assert_close(objective.divergence(zero, zero), zero[:, 0])


@each_identified
def test_log_ratio_inverts_the_optimal_score(objective: Objective) -> None:
    ratios = torch.linspace(-12, 12, 97, dtype=torch.float64)
    # tanh(6) leaves five digits fewer.
    torch.testing.assert_close(
        objective.log_ratio(objective.optimal_score(ratios)), ratios, rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("objective", [Hinge(), TotalVariation()], ids=repr)
def test_log_ratio_is_refused_where_only_its_sign_is_identified(objective: Objective) -> None:
    assert not objective.identifies_ratio
    with pytest.raises(TypeError, match="identifies_ratio"):
        objective.log_ratio(torch.zeros(3))


def test_log_ratio_of_least_squares_is_finite_beyond_its_targets() -> None:
    ratios = LeastSquares().log_ratio(torch.tensor([-1e4, -1.0, 1.0, 1e4]))
    assert ratios.isfinite().all()
    assert (ratios.abs() > 10).all()


@each_identified
def test_discriminator_loss_is_stationary_at_the_optimal_score(objective: Objective) -> None:
    ratios = torch.linspace(-8, 8, 65, dtype=torch.float64)
    best = objective.optimal_score(ratios)
    fixed = torch.zeros_like(best)
    real = slopes(lambda s: elementwise(objective.discriminator_loss, s, fixed), best)
    fake = slopes(lambda s: elementwise(objective.discriminator_loss, fixed, s), best)
    torch.testing.assert_close(ratios.exp() * real, -fake, rtol=1e-9, atol=1e-14)


@each
def test_no_score_beats_the_optimal_score(objective: Objective) -> None:
    ratios = torch.linspace(-5, 5, 41, dtype=torch.float64)
    probability = ratios.sigmoid()

    def expected(score: Tensor) -> Tensor:
        zero = torch.zeros_like(score)
        real = elementwise(objective.discriminator_loss, score, zero)
        fake = elementwise(objective.discriminator_loss, zero, score)
        return probability * real + (1 - probability) * fake

    best = objective.optimal_score(ratios)
    for other in torch.linspace(-6, 6, 49, dtype=torch.float64):
        # Away from the best by rounding at most: its loss is flat there.
        assert (expected(best) <= expected(other.expand_as(best)) + 1e-14).all()


# No kink of the hinge and no seam of a formula among them, but both sides of each.
SCORES = torch.tensor([[-30.0, -4.0, -1.3], [-0.2, 0.1, 0.7], [2.5, 9.0, 27.0]]).double()


@each
def test_losses_have_the_right_derivative(objective: Objective) -> None:
    real = (SCORES / 5).requires_grad_()
    fake = (SCORES.flip(0, 1) / 5).requires_grad_()
    assert torch.autograd.gradcheck(objective.discriminator_loss, (real, fake))
    assert torch.autograd.gradcheck(objective.generator_loss, (fake,))


@each_smooth
def test_losses_have_the_right_second_derivative(objective: Objective) -> None:
    score = (SCORES / 5).requires_grad_()
    if not isinstance(objective, ReverseKL):
        assert torch.autograd.gradgradcheck(objective.generator_loss, (score,))
    assert torch.autograd.gradgradcheck(objective.discriminator_loss, (score, score.detach()))


@each
@pytest.mark.parametrize("size", [50.0, 1e4])
def test_extreme_scores_keep_losses_and_slopes_finite(objective: Objective, size: float) -> None:
    for real, fake in itertools.product((-size, size), repeat=2):
        scores = torch.tensor([[real], [fake]], requires_grad=True)
        losses = objective.discriminator_loss(*scores) + objective.generator_loss(scores[1])
        (slope,) = torch.autograd.grad(losses, scores)
        assert losses.isfinite()
        assert slope.isfinite().all()


@pytest.mark.parametrize("objective", [Boosting(), BetaScore(-0.5, 0.3), OneSided()], ids=repr)
def test_a_wrong_discriminator_is_corrected_however_sure_it_is(objective: Objective) -> None:
    zero = torch.zeros(1)
    slope = slopes(lambda s: objective.discriminator_loss(s, zero), torch.tensor([-1e4]))
    assert slope.item() < -0.1


@each
def test_float32_agrees_with_float64(objective: Objective) -> None:
    real = torch.linspace(-8, 8, 101)
    fake = real.flip(0)
    single = elementwise(objective.discriminator_loss, real, fake)
    double = elementwise(objective.discriminator_loss, real.double(), fake.double())
    torch.testing.assert_close(single.double(), double, rtol=2e-6, atol=1e-6)


@each
def test_losses_average_over_the_last_axis_only(objective: Objective) -> None:
    rng = torch.Generator().manual_seed(0)
    real = torch.randn(2, 3, 7, generator=rng, dtype=torch.float64)
    fake = torch.randn(2, 3, 5, generator=rng, dtype=torch.float64)
    for loss, scores in (
        (objective.discriminator_loss, (real, fake)),
        (objective.divergence, (real, fake)),
        (objective.generator_loss, (fake,)),
    ):
        together = loss(*scores)
        assert together.shape == (2, 3)
        for i, j in itertools.product(range(2), range(3)):
            torch.testing.assert_close(together[i, j], loss(*(score[i, j] for score in scores)))


def test_beta_score_vectorises() -> None:
    score = torch.linspace(-3, 3, 12, dtype=torch.float64).reshape(3, 4)
    gradients = torch.func.vmap(torch.func.grad(BetaScore(-0.5, 0.3).generator_loss))(score)
    torch.testing.assert_close(gradients, slopes(BetaScore(-0.5, 0.3).generator_loss, score))


@pytest.mark.parametrize(
    ("member", "known"),
    [
        (OneSided(1.0), NonSaturating()),
        (SkewedJensenShannon(0.5), JensenShannon()),
        (BetaScore(0, 0), JensenShannon()),
        (BetaScore(1e-9, -1e-9), JensenShannon()),
        (BetaScore(-0.5, -0.5), Boosting()),
    ],
    ids=repr,
)
def test_families_contain_the_known_objectives(member: Objective, known: Objective) -> None:
    real = torch.linspace(-35, 35, 281, dtype=torch.float64)
    fake = real.flip(0) + 0.1
    for loss in ("discriminator_loss", "divergence"):
        torch.testing.assert_close(
            elementwise(getattr(member, loss), real, fake),
            elementwise(getattr(known, loss), real, fake),
            # The third pair differs from the log score by 1e-9 times a score.
            rtol=1e-7,
            atol=2e-8,
        )
    torch.testing.assert_close(
        slopes(member.generator_loss, real),
        slopes(known.generator_loss, real),
        rtol=1e-7,
        atol=1e-9,
    )


def test_beta_score_at_one_is_quadratic_in_the_probability() -> None:
    real = torch.linspace(-30, 30, 61, dtype=torch.float64)
    fake = real.flip(0)
    quadratic = 2 * (-real).sigmoid().square() + 2 * fake.sigmoid().square()
    loss = elementwise(BetaScore(1.0, 1.0).discriminator_loss, real, fake)
    torch.testing.assert_close(loss, quadratic, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(("a", "b"), [(-0.9, 0.4), (-0.3, 1.7), (0.0, 1.0), (0.6, 2.2), (4, 5)])
def test_tail_integral_agrees_with_adaptive_quadrature(a: float, b: float) -> None:
    def integrand(u: float) -> float:
        return math.exp(a * special.log_expit(u) + b * special.log_expit(-u))

    for lower in (-25.0, -2.0, -1e-3, 0.0, 0.8, 12.0):
        cuts = (cut for cut in (0.0, 10.0) if cut > lower)
        points = [lower, *cuts, max(lower, 10.0) + 120 / b]
        expected = sum(
            integrate.quad(integrand, *ends, epsabs=0, epsrel=1e-12, limit=200)[0]
            for ends in itertools.pairwise(points)
        )
        integral = tail_integral(torch.tensor([lower], dtype=torch.float64), a, b)
        assert integral.item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_name_resolves_to_its_default(name: str) -> None:
    objective = resolve_objective(name)
    assert isinstance(objective, Objective)
    assert objective == OBJECTIVES[name]()
    assert resolve_objective(objective) is objective


def test_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'jensen_shannon'.*'one_sided', got 'wgan'"):
        resolve_objective("wgan")
    with pytest.raises(TypeError, match="Objective, got 3"):
        resolve_objective(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_sharpness_must_be_positive(value: float) -> None:
    with pytest.raises(ValueError, match="sharpness must lie in"):
        OneSided(value)


def test_parameters_outside_their_range_are_named() -> None:
    with pytest.raises(ValueError, match=r"data_weight must lie in \(0, 1\), got 1"):
        SkewedJensenShannon(1.0)
    with pytest.raises(ValueError, match="alpha must lie in"):
        BetaScore(-1.0, 0.0)
    with pytest.raises(ValueError, match="beta must lie in"):
        BetaScore(0.0, math.nan)
    with pytest.raises(TypeError, match="sharpness must be a number, got 'sharp'"):
        OneSided("sharp")  # type: ignore[arg-type]


def test_objectives_are_values() -> None:
    assert OneSided(3.0) == OneSided(3.0) != OneSided(4.0)
    assert resolve_objective("non_saturating") != resolve_objective("js")
    assert len({BetaScore(0, 0), BetaScore(0, 0), BetaScore(0, 1)}) == 2
    assert repr(OneSided()) == "OneSided(sharpness=8.0)"
    assert pickle.loads(pickle.dumps(BetaScore(2.0, 0.5))) == BetaScore(2.0, 0.5)
