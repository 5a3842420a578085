"""The training loop: games with known solutions, replicas, minibatches, divergence."""

import ast
import inspect
import textwrap

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch.utils._python_dispatch import TorchDispatchMode

from robustgan._bridge import Streams, make_seeds
from robustgan.engine import (
    Batches,
    DivergenceError,
    LearningRates,
    Player,
    Schedule,
    adversaries,
    loop,
    train,
)
from robustgan.engine.adversaries import critic
from robustgan.engine.optimizers import Adam
from robustgan.networks import (
    LocationGenerator,
    Perceptron,
    RadialNetwork,
    Squash,
    StudentRadius,
)
from robustgan.networks.radii import interpolate
from robustgan.objectives import Objective, resolve_objective

SCHEDULE = Schedule(n_search=4, n_settle=8, max_iter=12)


@pytest.fixture(name="X")
def sample():
    return torch.randn(192, 3, generator=torch.Generator().manual_seed(0)) + 2.0


def parameter(n_replicas=1, p=3, value=0.0):
    return torch.full((n_replicas, 1, p), value, requires_grad=True)


def descent(name, moved, loss, rate=0.2, **settings):
    return Player(name, torch.optim.SGD([moved], lr=rate), loss, **settings)


def follower(name, moved, target, **settings):
    """Descend half the squared distance from the mean of a batch, or from another player."""

    def loss(batch):
        aim = batch.mean(dim=1, keepdim=True) if target is None else target.detach()
        return 0.5 * (moved - aim).square().sum(dim=(1, 2))

    return descent(name, moved, loss, **settings)


def play(players, X, track, seeds=(0,), schedule=SCHEDULE, **settings):
    defaults = {"batch_size": 64, "steps_per_epoch": 20}
    return train(
        players,
        X,
        track=track,
        streams=Streams(seeds, "cpu"),
        schedule=schedule,
        **{**defaults, **settings},
    )


def test_a_quadratic_game_ends_at_its_solution(X):
    first, second = parameter(), parameter(value=5.0)
    players = [follower("first", first, None), follower("second", second, first)]
    play(players, X, lambda: torch.cat([first, second], dim=1).detach())
    # Both ends at the mean of the rows, up to the noise of one batch in four at the last rate.
    for moved in (first, second):
        assert_allclose(moved.detach()[0, 0], X.mean(dim=0), atol=0.05)


def test_a_saddle_point_is_found(X):
    """Minimise over u, maximise over v: u^2 / 2 + u v - v^2 / 2 - u - 3 v, solved by (-1, -4)."""
    u, v = parameter(p=1), parameter(p=1)

    def payoff(u, v):
        return (0.5 * u**2 + u * v - 0.5 * v**2 - u - 3 * v).sum(dim=(1, 2))

    players = [
        descent("u", u, lambda _: payoff(u, v.detach())),
        descent("v", v, lambda _: -payoff(u.detach(), v)),
    ]
    play(players, X, lambda: u.detach())
    # u + v = 1 and u - v = 3.
    assert_allclose([float(u.detach()), float(v.detach())], [2.0, -1.0], atol=1e-4)


def test_the_average_of_the_last_epochs_is_the_mean_of_full_batches(X):
    moved = parameter()
    history = play([follower("only", moved, None)], X, moved.detach, batch_size=192)
    assert_allclose(history.tail_mean()[0, 0], X.mean(dim=0), rtol=1e-5)


def test_the_loss_is_the_mean_over_the_steps_of_an_epoch():
    moved = parameter(p=1, value=1.0)
    player = descent("only", moved, lambda _: moved.square().sum(dim=(1, 2)), rate=0.25)
    schedule = Schedule(1, 1, 2)
    history = play([player], torch.zeros(4, 1), moved.detach, schedule=schedule)
    # Each step halves the value and quarters its square: 1, 1/4, 1/16, ...
    assert_allclose(history.losses["only"][0, 0], (4 / 3) / 20, rtol=1e-5)


def test_a_round_counts_every_step_of_every_player(X):
    calls = []

    def counting(name, moved):
        def loss(batch):
            calls.append(name)
            return moved.square().sum(dim=(1, 2))

        return loss

    a, b = parameter(), parameter()
    players = [
        descent("a", a, counting("a", a), n_steps=2),
        descent("b", b, counting("b", b), n_steps=3),
    ]
    play(players, X, a.detach, schedule=Schedule(1, 1, 2), steps_per_epoch=2)
    assert calls == ["a", "a", "b", "b", "b"] * 4


def test_a_player_moves_nothing_but_its_own_parameters(X):
    own, other = parameter(value=1.0), parameter(value=1.0)
    player = descent("own", own, lambda batch: (own * other).sum(dim=(1, 2)))
    play([player], X, own.detach, schedule=Schedule(1, 1, 2))
    assert torch.equal(other.detach(), torch.ones(1, 1, 3))
    assert other.grad is None
    assert not torch.equal(own.detach(), torch.ones(1, 1, 3))


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW])
def test_a_step_at_the_full_rate_is_the_optimizers_own(optimizer):
    start = torch.randn(2, 1, 3, generator=torch.Generator().manual_seed(0))
    ours, plain = start.clone().requires_grad_(), start.clone().requires_grad_()
    player = Player("x", optimizer([ours], lr=0.1), lambda _: ours.square().sum(dim=(1, 2)))
    reference = optimizer([plain], lr=0.1)
    for _ in range(3):
        player.step(torch.empty(2, 1, 3), torch.ones(2))
        reference.zero_grad()
        plain.square().sum().backward()
        reference.step()
    assert torch.equal(ours, plain)


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam])
def test_a_rate_of_zero_leaves_a_replica_as_it_is_to_the_bit(optimizer):
    moved = torch.randn(3, 1, 37, generator=torch.Generator().manual_seed(0)).requires_grad_()
    before = moved.detach().clone()
    player = Player("x", optimizer([moved], lr=0.3), lambda _: moved.square().sum(dim=(1, 2)))
    for _ in range(5):
        player.step(torch.empty(3, 1, 37), torch.tensor([0.0, 1.0, 0.5]))
    assert torch.equal(moved.detach()[0], before[0])
    assert not torch.equal(moved.detach()[1], before[1])
    assert not torch.equal(moved.detach()[2], before[2])


def test_half_the_rate_is_half_the_step():
    moved = parameter(2, value=1.0)
    player = descent("x", moved, lambda _: moved.sum(dim=(1, 2)), rate=0.1)
    player.step(torch.empty(2, 1, 3), torch.tensor([1.0, 0.5]))
    assert_allclose(moved.detach()[:, 0, 0], [0.9, 0.95], rtol=1e-6)


def test_a_gradient_that_is_laid_out_otherwise_is_the_same_gradient():
    gradient = torch.arange(6.0).view(1, 2, 3) - 2.5
    steps = []
    for laid_out in (gradient, gradient.mT.contiguous().mT):
        weight = torch.zeros(1, 2, 3, requires_grad=True)
        adam = Adam([weight], lr=0.1, betas=(0.5, 0.99))
        Player("weight", adam, lambda rows: rows).descend([laid_out], None)
        steps.append(weight.detach())
    assert_array_equal(*steps)


def test_a_finished_replica_waits_for_the_others_unchanged(X):
    moved = parameter(2)

    def track():
        # The second replica never looks settled: its tracked value keeps growing.
        track.calls += 1
        return torch.stack([torch.zeros(50), torch.full((50,), float(track.calls))])

    track.calls = 0
    seen = []

    class Watch:
        def on_epoch_end(self, state):
            seen.append(moved.detach().clone())

    history = play(
        [follower("x", moved, None)],
        X,
        track,
        seeds=(0, 1),
        schedule=Schedule(4, 4, 20, tol=1e-6),
        callbacks=[Watch()],
    )
    assert_array_equal(history.n_iter, [8, 20])
    assert_array_equal(history.converged, [True, False])
    assert all(torch.equal(later[0], seen[7][0]) for later in seen[8:])
    assert not torch.equal(seen[-1][1], seen[7][1])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_stops_the_game_and_is_named(X, value):
    good, bad = parameter(3), parameter(3)
    calls = 0

    def loss(_):
        nonlocal calls
        calls += 1
        # Wrong from the second epoch of 20 rounds on, in the middle replica.
        offset = torch.tensor([0.0, value if calls > 20 else 0.0, 0.0])
        return bad.square().sum(dim=(1, 2)) + offset

    players = [
        descent("calm", good, lambda _: good.square().sum(dim=(1, 2))),
        descent("wild", bad, loss),
    ]
    message = r"got a loss of wild .* epoch 2, replicas \[1\]\. Lower the learning rates"
    with pytest.raises(DivergenceError, match=message):
        play(players, X, good.detach, seeds=(0, 1, 2))


def test_a_tracked_value_that_is_not_finite_stops_the_game_too(X):
    moved = parameter(2)
    broken = torch.tensor([[0.0], [float("nan")]])
    with pytest.raises(DivergenceError, match=r"replicas \[1\]"):
        play([follower("x", moved, None)], X, lambda: broken, seeds=(0, 1))


def test_a_divergence_is_a_runtime_error():
    assert issubclass(DivergenceError, RuntimeError)


def test_an_epoch_without_rounds_is_an_error(X):
    moved = parameter()
    with pytest.raises(ValueError, match="steps_per_epoch must be at least 1, got 0"):
        play([follower("x", moved, None)], X, moved.detach, steps_per_epoch=0)


@pytest.mark.parametrize("answer", [True, np.True_])
def test_a_callback_ends_the_game_and_the_others_still_hear_of_the_epoch(X, answer):
    heard = []

    class Stop:
        def on_epoch_end(self, state):
            return answer if state.progress.epoch == 3 else None

    class Listen:
        def on_epoch_end(self, state):
            heard.append(state.progress.epoch)

    moved = parameter()
    history = play([follower("x", moved, None)], X, moved.detach, callbacks=[Stop(), Listen()])
    assert heard == [1, 2, 3]
    assert_array_equal(history.n_iter, [3])
    assert len(history.tracked) == len(history.losses["x"]) == len(history.rates) == 3
    assert np.isfinite(history.tail_mean()).all()


def test_batches_go_through_all_rows_before_any_comes_again(X):
    batches = Batches(X, None, 64, Streams([0, 1], "cpu"))
    seen = torch.cat([batches.draw() for _ in range(3)], dim=1)
    for replica in seen:
        assert torch.equal(replica.sort(dim=0).values, X.sort(dim=0).values)
    assert not torch.equal(batches.draw(), seen[:, :64])


def test_a_batch_that_would_run_over_starts_a_new_shuffle():
    X = torch.arange(10.0)[:, None]
    batches = Batches(X, None, 4, Streams([0], "cpu"))
    for _ in range(20):
        pair = torch.cat([batches.draw(), batches.draw()], dim=1)
        assert len(pair.unique()) == 8


def test_batches_show_a_replica_its_own_rows_only():
    X = torch.arange(100.0)[:, None]
    mine = torch.stack([torch.arange(0, 10), torch.arange(50, 60)])
    batches = Batches(X, mine, 3, Streams([0, 1], "cpu"))
    seen = torch.cat([batches.draw() for _ in range(30)], dim=1)[..., 0]
    assert torch.equal(seen[0].unique(), X[0:10, 0])
    assert torch.equal(seen[1].unique(), X[50:60, 0])


def test_rows_that_are_repeated_come_as_often(X):
    resample = torch.tensor([[0, 0, 0, 1]])
    batches = Batches(X, resample, 4, Streams([0], "cpu"))
    assert torch.equal(batches.draw()[0].sort(dim=0).values, X[[0, 0, 0, 1]].sort(dim=0).values)


@pytest.mark.parametrize(
    ("n_rows", "batch_size", "got"),
    [(192, 10_000, 192), (150, 10_000, 128), (192, 100, 96), (192, 31, 31), (20, 64, 20)],
)
def test_a_batch_is_cut_to_the_rows_there_are_and_to_whole_vectors(X, n_rows, batch_size, got):
    batches = Batches(X[:n_rows], None, batch_size, Streams([0], "cpu"))
    assert batches.draw().shape == (1, got, 3)


def test_the_last_batch_can_be_had_again_without_a_draw(X):
    batches = Batches(X, None, 20, Streams([0], "cpu"))
    first = batches.draw(fresh=False)
    assert torch.equal(batches.draw(fresh=False), first)
    assert not torch.equal(batches.draw(), first)


def a_real_game(seeds, covariance="diagonal", p=3, hidden_units=(5,), batch_size=33):
    """Return players, track and streams of the estimators' own game."""
    streams = Streams(seeds, "cpu")
    discriminator = Perceptron(p + 1, hidden_units, "leaky_relu", streams=streams)
    start = torch.zeros(len(seeds), p)
    generator = LocationGenerator(start, covariance, streams=streams)
    players = adversaries(
        generator,
        discriminator,
        resolve_objective("one_sided"),
        features=Squash(p),
        batch_size=batch_size,
        penalty=0.01,
        rates=LearningRates(),
    )
    return players, generator.track, streams


@pytest.mark.parametrize(
    ("covariance", "hidden_units", "batch_size"),
    [
        ("identity", (5,), 33),
        ("diagonal", (16,), 64),
        ("diagonal", (7, 3), 100),
        ("full", (16,), 64),
    ],
)
def test_a_replica_does_not_depend_on_the_others_to_the_bit(
    X, covariance, hidden_units, batch_size
):
    seeds = make_seeds(0, 17)
    columns = Squash(3)(X)
    schedule = Schedule(2, 2, 8, tol=1e-3)

    def run(seeds):
        players, track, streams = a_real_game(
            seeds, covariance, hidden_units=hidden_units, batch_size=batch_size
        )
        settings = {"schedule": schedule, "batch_size": batch_size, "steps_per_epoch": 20}
        return train(players, columns, track=track, streams=streams, **settings)

    together = run(seeds)
    for replica, seed in [(0, seeds[0]), (2, seeds[2]), (16, seeds[16])]:
        alone, of_all = run([seed]), together.select([replica])
        assert_array_equal(alone.n_iter, of_all.n_iter)
        assert_array_equal(alone.tracked, of_all.tracked)
        for name, loss in alone.losses.items():
            assert_array_equal(loss, of_all.losses[name])


def test_the_same_seeds_give_the_same_bits(X):
    runs = []
    for _ in range(2):
        players, track, streams = a_real_game([0, 1])
        settings = {"schedule": Schedule(1, 2, 3), "batch_size": 33, "steps_per_epoch": 20}
        runs.append(train(players, Squash(3)(X), track=track, streams=streams, **settings))
    assert_array_equal(runs[0].tracked, runs[1].tracked)


class NoWaiting(TorchDispatchMode):
    """Fails where a number is read off a tensor: there the host waits for the device."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if "_local_scalar_dense" in str(func):
            pytest.fail("a step reads a number off a tensor")
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("covariance", ["identity", "diagonal", "full"])
def test_no_number_is_read_off_a_tensor_within_an_epoch(X, covariance):
    players, track, streams = a_real_game([0, 1], covariance)
    batches = Batches(Squash(3)(X), None, 33, streams)
    with NoWaiting():
        loop._epoch(players, batches, torch.ones(2), track, 10)


IN_A_STEP = [
    Player.step,
    Batches.draw,
    loop._epoch,
    adversaries,
    critic,
    Perceptron.forward,
    Perceptron.layers.fget,
    Squash.forward,
    LocationGenerator.sample,
    LocationGenerator.spread,
    LocationGenerator.covariance,
    LocationGenerator.track,
    RadialNetwork.forward,
    RadialNetwork.heights,
    StudentRadius.forward,
    interpolate,
    Streams.gamma,
    Streams.uniform,
    Streams.normal,
    Streams.permutation,
    Streams._fill,
    Objective.discriminator_loss,
    Objective.generator_loss,
]
FORBIDDEN = {"item", "cpu", "numpy", "tolist", "nonzero", "print", "to_array", "synchronize"}


@pytest.mark.parametrize("function", IN_A_STEP, ids=lambda function: function.__qualname__)
def test_what_runs_within_a_step_neither_prints_nor_goes_to_the_host(function):
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not used & FORBIDDEN


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_on_a_device_no_step_waits(X):
    streams = Streams([0, 1], "cuda")
    discriminator = Perceptron(4, (5,), "leaky_relu", streams=streams)
    generator = LocationGenerator(torch.zeros(2, 3, device="cuda"), "full", streams=streams)
    players = adversaries(
        generator,
        discriminator,
        resolve_objective("one_sided"),
        features=Squash(3),
        batch_size=32,
        penalty=0.01,
        rates=LearningRates(),
    )
    batches = Batches(Squash(3)(X.cuda()), None, 32, streams)
    rates = torch.ones(2, device="cuda")
    loop._epoch(players, batches, rates, generator.track, 20)
    torch.cuda.set_sync_debug_mode("error")
    try:
        loop._epoch(players, batches, rates, generator.track, 20)
    finally:
        torch.cuda.set_sync_debug_mode("default")
