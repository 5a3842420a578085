"""Radii of generators: their laws, what is learned of them, and replicas."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from robustgan._bridge import Streams
from robustgan.networks import LocationGenerator, RadialNetwork, StudentRadius, knots

P, N = 4, 20_000
# The Kolmogorov-Smirnov distance of N draws exceeds this once in 50,000 times.
LARGEST = 2.4 * N**-0.5


def student(df, seeds=(0,)):
    return StudentRadius(len(seeds), df, streams=Streams(list(seeds), "cpu"))


def network(seeds=(0,), heights=None):
    made = RadialNetwork(len(seeds), P, streams=Streams(list(seeds), "cpu"))
    if heights is not None:
        made.set_state(heights.expand(len(seeds), -1))
    return made


def cauchy_heights():
    radius = np.sqrt(P * stats.f.ppf(torch.sigmoid(knots()).numpy(), P, 1))
    heights = torch.from_numpy(np.log(radius / np.median(radius))).float()
    return heights + 0.5 * math.log(stats.chi2.median(P))


def noise(n_replicas=1, n=N, seed=7):
    return torch.randn(n_replicas, n, P, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("df", [1.0, 3.0, 50.0])
def test_known_degrees_of_freedom_give_students_radius(df):
    squared = student(df)(noise())[0].square().sum(dim=1) / P
    assert stats.kstest(squared.detach().numpy(), stats.f(P, df).cdf).statistic < LARGEST


def test_a_network_set_to_a_law_draws_from_it():
    drawn = network(heights=cauchy_heights())(noise())[0].norm(dim=1).detach().numpy()
    at_knots = torch.sigmoid(knots()).numpy()
    radii = np.exp(cauchy_heights().double().numpy())
    share = (drawn[:, None] <= radii).mean(axis=0)
    assert abs(share - at_knots).max() < LARGEST


@pytest.mark.parametrize("radius", [student(3.0), network(heights=cauchy_heights())])
def test_the_direction_of_the_noise_stays(radius):
    z = noise(n=100)
    torch.testing.assert_close(
        torch.nn.functional.normalize(radius(z), dim=-1), torch.nn.functional.normalize(z, dim=-1)
    )


def test_a_state_that_is_set_is_the_state_that_is_read():
    heights = cauchy_heights()
    torch.testing.assert_close(network(heights=heights).state()[0], heights, rtol=0, atol=1e-3)
    learned = student(None, (0, 1))
    learned.set_state(torch.tensor([[0.5], [2.0]]))
    torch.testing.assert_close(learned.state(), torch.tensor([[0.5], [2.0]]))
    assert student(3.0).state().shape == (1, 0)


def test_the_heights_increase_and_their_median_is_a_gaussians():
    made = network()
    torch.nn.init.normal_(made.raw_increments, std=5.0, generator=torch.Generator().manual_seed(0))
    heights = made.state()[0]
    assert (heights.diff() > 0).all()
    middle = float(heights[len(heights) // 2])
    assert middle == pytest.approx(0.5 * math.log(stats.chi2.median(P)), abs=1e-4)


def test_heights_that_fall_are_made_to_rise():
    made = network(heights=torch.zeros(len(knots())))
    assert torch.isfinite(made.state()).all()
    assert (made.state().diff(dim=1) > 0).all()


def test_the_derivative_in_the_degrees_of_freedom_is_that_of_the_mean_radius():
    """E[log |x|] falls in df as the digamma function says."""
    radius = student(None, (0,))
    radius.set_state(torch.tensor([[math.log(3.0)]]))
    radius(noise())[0].norm(dim=1).log().mean().backward()
    # log |x| = log |z| - log(chi2 / df) / 2 and E log chi2(df) = digamma(df / 2) + log 2.
    expected = 0.5 - 0.25 * 3.0 * float(torch.polygamma(1, torch.tensor(1.5)))
    assert float(radius.log_df.grad) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("kind", ["student", "network"])
@pytest.mark.parametrize("n_replicas", [3, 17])
def test_a_replica_does_not_depend_on_the_others_to_the_bit(kind, n_replicas):
    def trained(seeds):
        streams = Streams(seeds, "cpu")
        radius = (
            StudentRadius(len(seeds), None, streams=streams)
            if kind == "student"
            else RadialNetwork(len(seeds), P, streams=streams)
        )
        generator = LocationGenerator(
            torch.zeros(len(seeds), P), "full", streams=streams, radius=radius
        )
        descent = torch.optim.SGD(generator.parameters(), lr=0.1, foreach=False)
        for _ in range(5):
            descent.zero_grad()
            torch.tanh(generator.sample(32, mirrored=True)).square().sum().backward()
            descent.step()
        return generator.track(), generator.radius_state()

    seeds = list(range(n_replicas))
    for together, alone in zip(trained(seeds), trained([seeds[-1]]), strict=True):
        assert torch.equal(together[-1], alone[0])


def test_a_gaussian_generator_has_learned_nothing_of_its_radius():
    generator = LocationGenerator(torch.zeros(2, P), "full", streams=Streams([0, 1], "cpu"))
    assert generator.radius_state().shape == (2, 0)
