"""Who moves when: closed forms of ``min max x y``, and games of networks."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from robustgan._bridge import Streams
from robustgan.engine import DYNAMICS, LearningRates, Player, Schedule, adversaries, train
from robustgan.engine.optimizers import Adam, GradientDescent
from robustgan.networks import LocationGenerator, Perceptron, Squash
from robustgan.objectives import resolve_objective

N_ROUNDS = 200
START = (1.0, -0.5)


def play_bilinear(dynamics, rate, *, n_rounds=N_ROUNDS, starts=(START,), make=None, **settings):
    """Play ``min_x max_y x y``; return the path of (x, y), of shape (n_rounds, R, 2)."""
    x, y = (
        torch.tensor([start[i] for start in starts], dtype=torch.float64)
        .view(-1, 1, 1)
        .requires_grad_()
        for i in range(2)
    )
    make = make or (lambda moved: GradientDescent(moved, lr=rate))
    players = [
        Player("x", make([x]), lambda _: (x * y.detach()).sum(dim=(1, 2)), needs_rows=False),
        Player("y", make([y]), lambda _: -(x.detach() * y).sum(dim=(1, 2)), needs_rows=False),
    ]
    history = train(
        players,
        torch.zeros(1, 1, dtype=torch.float64),
        track=lambda: torch.cat([x, y], dim=2).detach()[:, 0],
        streams=Streams(range(len(starts)), "cpu"),
        # The full rate to the end, and one round an epoch: the tracked values are the path.
        schedule=Schedule(n_search=1, n_settle=n_rounds - 1, max_iter=n_rounds, final_rate=1.0),
        batch_size=1,
        steps_per_epoch=1,
        dynamics=dynamics,
        **settings,
    )
    return history.tracked


def norms(path):
    return np.linalg.norm(path[:, 0], axis=1)


def steps():
    return np.arange(1, N_ROUNDS + 1)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5])
def test_simultaneous_steps_grow_by_the_root_of_one_plus_the_rate_squared(rate):
    expected = np.hypot(*START) * (1 + rate**2) ** (steps() / 2)
    assert_allclose(norms(play_bilinear("simultaneous", rate)), expected, rtol=1e-12)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5])
def test_extragradient_steps_shrink_as_they_must(rate):
    factor = np.sqrt((1 - rate**2) ** 2 + rate**2)
    expected = np.hypot(*START) * factor ** steps()
    assert factor < 1
    assert_allclose(norms(play_bilinear("extragradient", rate)), expected, rtol=1e-12)


# At 0.5 both powers are one, and the sum another.
@pytest.mark.parametrize("rate", [0.01, 0.1, 0.4])
def test_optimistic_steps_follow_their_recursion(rate):
    # With z = x + iy: z' = z + i rate (2 z - last z), so z is a sum of two powers.
    path = play_bilinear("optimistic", rate)
    start = complex(*START)
    first = start * (1 + 1j * rate)
    root = np.sqrt(1 - 4 * rate**2 + 0j)
    powers = (1 + 2j * rate + np.array([root, -root])) / 2
    shares = np.linalg.solve(np.array([np.ones(2), powers]), [start, first])
    expected = np.abs((shares * powers ** steps()[:, None]).sum(axis=1))
    assert np.abs(powers).max() < 1
    assert_allclose(norms(path), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5])
def test_alternating_steps_stay_on_an_ellipse(rate):
    # The step is the matrix below, of determinant one, which keeps x^2 + y^2 - rate x y.
    path = play_bilinear("alternating", rate)[:, 0]
    x, y = path.T
    kept = START[0] ** 2 + START[1] ** 2 - rate * START[0] * START[1]
    assert_allclose(x**2 + y**2 - rate * x * y, kept, rtol=1e-12)
    step = np.array([[1.0, -rate], [rate, 1 - rate**2]])
    powers, axes = np.linalg.eig(step)
    shares = np.linalg.solve(axes, np.array(START))
    expected = ((axes * (powers ** steps()[:, None])[:, None]) @ shares).real
    assert_allclose(path, expected, atol=1e-12)


@pytest.mark.parametrize("dynamics", ["extragradient", "optimistic"])
def test_extragradient_and_optimistic_steps_reach_the_solution(dynamics):
    path = play_bilinear(dynamics, 0.5, n_rounds=200)
    assert norms(path)[-1] < 1e-6


@pytest.mark.parametrize("dynamics", DYNAMICS)
def test_a_replica_plays_as_it_would_alone(dynamics):
    starts = [START, (3.0, 2.0), (0.1, 0.2)]
    together = play_bilinear(dynamics, 0.2, n_rounds=30, starts=starts)
    for i, start in enumerate(starts):
        alone = play_bilinear(dynamics, 0.2, n_rounds=30, starts=[start])
        assert_array_equal(together[:, i], alone[:, 0])


def test_optimistic_adam_is_the_papers():
    """Daskalakis et al. 2018, Algorithm 1: minus twice Adam's step plus the last one."""
    rate, betas, eps = 0.05, (0.5, 0.9), 1e-8
    path = play_bilinear(
        "optimistic", rate, n_rounds=20, make=lambda moved: Adam(moved, lr=rate, betas=betas)
    )
    point, mean, square = np.array(START), np.zeros(2), np.zeros(2)
    last = None
    for t, found in enumerate(path[:, 0], start=1):
        gradient = np.array([point[1], -point[0]])
        mean = betas[0] * mean + (1 - betas[0]) * gradient
        square = betas[1] * square + (1 - betas[1]) * gradient**2
        step = rate * mean / (1 - betas[0] ** t)
        step /= np.sqrt(square / (1 - betas[1] ** t)) + eps
        point = point - 2 * step + (step if last is None else last)
        last = step
        assert_allclose(found, point, rtol=1e-6)


@pytest.mark.parametrize("dynamics", ["simultaneous", "extragradient", "optimistic"])
def test_several_steps_of_one_player_need_alternation(dynamics):
    x = torch.zeros(1, 1, 1, requires_grad=True)
    player = Player("x", GradientDescent([x], lr=0.1), lambda _: x.sum(dim=(1, 2)), n_steps=5)
    settings = {
        "track": lambda: x.detach(),
        "streams": Streams([0], "cpu"),
        "schedule": Schedule(1, 1, 2),
        "batch_size": 1,
    }
    with pytest.raises(ValueError, match="n_steps of the player 'x' must be 1"):
        train([player], torch.zeros(1, 1), dynamics=dynamics, **settings)


def test_unknown_dynamics_are_named():
    with pytest.raises(ValueError, match="dynamics must be one of 'alternating'"):
        play_bilinear("consensus", 0.1)


@pytest.mark.parametrize("dynamics", DYNAMICS)
def test_a_finished_replica_waits_unchanged(dynamics):
    """One replica settles at once, the other is made to search on."""
    x = torch.tensor([0.0, 5.0], dtype=torch.float64).view(2, 1, 1).requires_grad_()
    player = Player("x", GradientDescent([x], lr=0.01), lambda _: x.square().sum(dim=(1, 2)) / 2)
    seen = []

    class Watch:
        def on_epoch_end(self, state):
            seen.append((state.rates.copy(), x.detach()[:, 0, 0].clone()))

    # Off its solution, so that a step would be seen; the first has no distance left to go.
    schedule = Schedule(n_search=4, n_settle=2, max_iter=60, tol=1e-3, window=2)
    train(
        [player],
        torch.zeros(1, 1, dtype=torch.float64),
        track=lambda: x.detach()[:, 0],
        streams=Streams([0, 1], "cpu"),
        schedule=schedule,
        batch_size=1,
        steps_per_epoch=20,
        dynamics=dynamics,
        callbacks=[Watch()],
    )
    rested = [i for i, (rates, _) in enumerate(seen) if rates[0] == 0 and rates[1] > 0]
    assert rested
    for i in rested:
        assert seen[i][1][0] == seen[i - 1][1][0]


@pytest.mark.slow
@pytest.mark.parametrize("dynamics", DYNAMICS)
def test_networks_find_the_location_under_all_dynamics(dynamics):
    X = torch.randn(512, 2, generator=torch.Generator().manual_seed(0))
    streams, features = Streams([3], "cpu"), Squash(2)
    generator = LocationGenerator(torch.full((1, 2), 0.8), "identity", streams=streams)
    players = adversaries(
        generator,
        Perceptron(3, (8,), "leaky_relu", streams=streams),
        resolve_objective("js"),
        features=features,
        batch_size=256,
        penalty=1e-3,
        rates=LearningRates(),
    )
    history = train(
        players,
        features(X),
        track=generator.track,
        streams=streams,
        schedule=Schedule(n_search=6, n_settle=4, max_iter=10),
        batch_size=256,
        steps_per_epoch=40,
        dynamics=dynamics,
    )
    # It starts at .8 in both; sampling alone errs by .06.
    assert_allclose(history.tail_mean()[0, 0], X.mean(dim=0), atol=0.2)
