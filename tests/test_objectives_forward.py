"""Forward divergences, the Wasserstein distance, smoothed labels and penalties, in float64."""

import math

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy import stats

from robustgan._bridge import Streams
from robustgan.objectives import (
    GAME_OBJECTIVES,
    GradientPenalty,
    JensenShannon,
    KullbackLeibler,
    LabelSmoothing,
    LeastSquares,
    MaximumLikelihood,
    PearsonChiSquare,
    Wasserstein,
    ZeroGradientPenalty,
    resolve_objective,
)

# Mean and scale of q; p is standard Gaussian. Chi-square needs a scale above the root of 1/2.
GAUSSIANS = [(1.5, 1.0), (1.0, 1.5), (-0.4, 0.9)]


def kullback_leibler(mean, scale):
    return math.log(scale) + (1 + mean**2) / (2 * scale**2) - 0.5


def chi_square(mean, scale):
    # Complete the square in the exponent of p^2 / q.
    a, b = 2 - 1 / scale**2, -mean / scale**2
    return scale / math.sqrt(a) * math.exp((b**2 / a + mean**2 / scale**2) / 2) - 1


def jensen_shannon(mean, scale):
    x = np.linspace(-15, 15, 20_001)
    p, q = stats.norm.pdf(x), stats.norm.pdf(x, mean, scale)
    m = (p + q) / 2
    return np.trapezoid(p * np.log(p / m) + q * np.log(q / m), x) / 2


def divergence_at_the_best_score(objective, mean, scale):
    z = torch.linspace(-14, 14, 20_001, dtype=torch.float64)
    weights = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])

    def score(x):
        return objective.optimal_score(
            -x.square() / 2 + ((x - mean) / scale).square() / 2 + math.log(scale)
        )

    pairs = score(z)[:, None], score(mean + scale * z)[:, None]
    return float(weights @ objective.divergence(*pairs))


@pytest.mark.parametrize(("mean", "scale"), GAUSSIANS)
@pytest.mark.parametrize(
    ("objective", "truth"),
    [
        (MaximumLikelihood(), kullback_leibler),
        (KullbackLeibler(), kullback_leibler),
        (PearsonChiSquare(), chi_square),
        (LabelSmoothing(JensenShannon(), 0.1), jensen_shannon),
        (LabelSmoothing(JensenShannon(), 0.4), jensen_shannon),
    ],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
def test_divergence_at_the_true_ratio_is_the_closed_form(objective, truth, mean, scale):
    found = divergence_at_the_best_score(objective, mean, scale)
    assert found == pytest.approx(truth(mean, scale), abs=1e-6)


@pytest.mark.parametrize(("mean", "scale"), GAUSSIANS)
def test_the_wasserstein_distance_is_that_of_the_quantiles(mean, scale):
    x = np.linspace(-15, 15, 60_001)
    p, q = stats.norm.pdf(x), stats.norm.pdf(x, mean, scale)
    # The best potential rises where q's distribution function is above p's.
    slope = np.sign(stats.norm.cdf(x, mean, scale) - stats.norm.cdf(x))
    potential = torch.tensor(np.cumsum(slope) * (x[1] - x[0]))[:, None]
    value = Wasserstein().divergence(potential, torch.zeros_like(potential)).numpy()
    found = np.trapezoid(value * p, x) - np.trapezoid(value * q, x)
    u = (np.arange(200_000) + 0.5) / 200_000
    truth = np.abs(stats.norm.ppf(u) - mean - scale * stats.norm.ppf(u)).mean()
    assert found == pytest.approx(truth, abs=1e-3)


IDENTIFIED = [
    MaximumLikelihood(),
    KullbackLeibler(),
    PearsonChiSquare(),
    LabelSmoothing(JensenShannon(), 0.1),
    LabelSmoothing(LeastSquares(), 0.2),
]


@pytest.mark.parametrize("objective", IDENTIFIED, ids=repr)
def test_log_ratio_inverts_the_best_score(objective):
    ratios = torch.linspace(-6, 6, 49, dtype=torch.float64)
    back = objective.log_ratio(objective.optimal_score(ratios))
    torch.testing.assert_close(back, ratios, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("objective", IDENTIFIED, ids=repr)
def test_the_best_score_is_a_minimum(objective):
    ratios = torch.linspace(-4, 4, 33, dtype=torch.float64)
    score = objective.optimal_score(ratios).clone().requires_grad_()
    # q of one and p of the ratio at each point.
    loss = ratios.exp() * objective._real_loss(score) + objective._fake_loss(score)
    (slope,) = torch.autograd.grad(loss.sum(), score)
    assert_allclose(slope.numpy(), 0.0, atol=1e-9 * float(ratios.exp().max()))
    with torch.no_grad():
        for step in (-0.1, 0.1):
            moved = ratios.exp() * objective._real_loss(score + step)
            assert (moved + objective._fake_loss(score + step) > loss).all()


def test_smoothed_labels_bound_the_score():
    best = LabelSmoothing(JensenShannon(), 0.1).optimal_score(torch.tensor([50.0]))
    assert float(best) == pytest.approx(math.log(9), rel=1e-5)


def test_every_score_has_a_finite_ratio():
    scores = torch.tensor([-1e4, -1.0, 0.0, 1.0, 1e4])
    for objective in (LabelSmoothing(JensenShannon(), 0.1), PearsonChiSquare()):
        assert objective.log_ratio(scores).isfinite().all()


def test_wasserstein_has_no_ratio():
    assert not Wasserstein().identifies_ratio
    for read in (Wasserstein().log_ratio, Wasserstein().optimal_score):
        with pytest.raises(TypeError, match="got Wasserstein"):
            read(torch.zeros(3))


@pytest.mark.parametrize("name", ["minimax", "maximum_likelihood", "kl", "pearson", "wasserstein"])
def test_objectives_of_games_have_names_of_their_own(name):
    assert resolve_objective(name, GAME_OBJECTIVES) == GAME_OBJECTIVES[name]()
    with pytest.raises(ValueError, match="objective must be one of"):
        resolve_objective(name)


SLOPE = 3.0


def linear(rows):
    return SLOPE * rows[..., 0]


@pytest.mark.parametrize(
    ("penalty", "expected"),
    [
        (GradientPenalty(10.0), 10 * (SLOPE - 1) ** 2),
        (GradientPenalty(2.0, is_one_sided=True), 2 * (SLOPE - 1) ** 2),
        (ZeroGradientPenalty(4.0), 2 * SLOPE**2),
    ],
    ids=repr,
)
def test_a_penalty_of_a_linear_score_is_known(penalty, expected):
    rows = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))
    found = penalty(linear, rows, rows + 1, Streams([0, 1], "cpu"))
    assert_allclose(found.numpy(), [expected] * 2, rtol=1e-5)


def test_gentle_slopes_cost_nothing_on_one_side():
    rows = torch.zeros(1, 4, 2)
    penalty = GradientPenalty(is_one_sided=True)
    found = penalty(lambda x: 0.5 * x[..., 0], rows, rows + 1, Streams([0], "cpu"))
    assert float(found) == 0.0


def test_a_penalty_has_a_gradient_where_the_score_is_flat():
    weight = torch.zeros(1, 1, 2, requires_grad=True)
    rows = torch.ones(1, 4, 2)
    loss = GradientPenalty()(lambda x: (x * weight).sum(-1), rows, rows, Streams([0], "cpu"))
    (slope,) = torch.autograd.grad(loss.sum(), weight)
    assert slope.isfinite().all()


@pytest.mark.parametrize("make", [GradientPenalty, ZeroGradientPenalty])
def test_a_strength_is_positive(make):
    with pytest.raises(ValueError, match="strength must lie in"):
        make(0.0)
