"""A generator and a discriminator as two players, and the weights that are kept."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from robustgan._bridge import Streams
from robustgan.engine import LearningRates, Player, Schedule, Snapshots, adversaries, train
from robustgan.networks import LocationGenerator, Perceptron, Squash
from robustgan.objectives import resolve_objective

P, R, B = 3, 2, 64


class Counted:
    """The fixed map of features, which remembers what it was asked to map."""

    def __init__(self):
        self.squash, self.mapped = Squash(P), []

    def __call__(self, x):
        self.mapped.append(x)
        return self.squash(x)


class Game:
    def __init__(self, objective="one_sided", **settings):
        streams = Streams([0, 1], "cpu")
        self.network = Perceptron(P + 1, (6,), "tanh", streams=streams)
        self.generator = LocationGenerator(torch.zeros(R, P), "diagonal", streams=streams)
        self.features, self.objective = Counted(), resolve_objective(objective)
        defaults = {"batch_size": B, "penalty": 0.0, "rates": LearningRates()}
        self.discriminator_player, self.generator_player = adversaries(
            self.generator,
            self.network,
            self.objective,
            features=self.features,
            **{**defaults, **settings},
        )
        noise = torch.randn(R, B, P, generator=torch.Generator().manual_seed(0))
        self.real = Squash(P)(noise + 1.0)


def copies(module):
    return [parameter.detach().clone() for parameter in module.parameters()]


def same(module, before):
    return [torch.equal(a, b) for a, b in zip(module.parameters(), before, strict=True)]


def test_the_discriminators_step_moves_the_discriminator_alone():
    game = Game()
    network, generator = copies(game.network), copies(game.generator)
    game.discriminator_player.step(game.real, torch.ones(R))
    assert not any(same(game.network, network))
    assert all(same(game.generator, generator))
    assert all(parameter.grad is None for parameter in game.generator.parameters())


def test_the_generators_step_moves_the_generator_alone():
    game = Game()
    network, generator = copies(game.network), copies(game.generator)
    game.generator_player.step(game.real, torch.ones(R))
    assert all(same(game.network, network))
    assert not any(same(game.generator, generator))
    assert all(parameter.grad is None for parameter in game.network.parameters())


def test_the_discriminator_descends_its_objective():
    game = Game()
    loss = game.discriminator_player.loss(game.real)
    fake = game.features.squash(game.features.mapped[0]).detach()
    expected = game.objective.discriminator_loss(game.network(game.real), game.network(fake))
    torch.testing.assert_close(loss, expected)


def test_the_generator_descends_its_objective_by_plain_gradient_descent():
    game = Game(rates=LearningRates(generator=0.5))
    game.discriminator_player.step(game.real, torch.ones(R))
    before = game.generator.location.detach().clone()
    drawn = game.features.mapped[0]
    noise = (drawn - before) / game.generator.log_scale.exp()
    fake = game.features.squash(game.generator.location + game.generator.spread(noise.detach()))
    loss = game.objective.generator_loss(game.network(fake)).sum()
    (gradient,) = torch.autograd.grad(loss, game.generator.location)
    game.generator_player.step(game.real, torch.ones(R))
    torch.testing.assert_close(game.generator.location.detach(), before - 0.5 * gradient)


def test_the_generator_moves_on_the_draws_that_were_just_judged():
    game = Game()
    for i in range(1, 4):
        game.discriminator_player.step(game.real, torch.ones(R))
        game.generator_player.step(game.real, torch.ones(R))
        assert len(game.features.mapped) == i


def test_a_second_step_of_the_generator_takes_fresh_draws():
    game = Game()
    game.discriminator_player.step(game.real, torch.ones(R))
    game.generator_player.step(game.real, torch.ones(R))
    game.generator_player.step(game.real, torch.ones(R))
    assert len(game.features.mapped) == 2


def test_the_generator_needs_no_rows():
    assert not Game().generator_player.needs_rows
    assert Game().discriminator_player.needs_rows


@pytest.mark.parametrize(("batch_size", "n_draws"), [(1, 32), (32, 32), (33, 64)])
def test_draws_fill_whole_vectors(batch_size, n_draws):
    game = Game(batch_size=batch_size)
    game.discriminator_player.loss(game.real)
    assert game.features.mapped[0].shape == (R, n_draws, P)


def test_the_settings_reach_the_optimizers():
    rates = LearningRates(discriminator=0.03, generator=0.2, betas=(0.1, 0.7))
    game = Game(penalty=0.5, rates=rates)
    for group in game.discriminator_player.optimizer.param_groups:
        assert group["lr"] == 0.03
        assert group["betas"] == (0.1, 0.7)
        # Times the number of inputs: P + 1 columns, then 6 hidden units; the rest is padding.
        decays = dict(
            zip(*np.unique(group["weight_decay"].numpy(), return_counts=True), strict=True)
        )
        assert decays[0.5 * (P + 1)] == 6 * (P + 1) + 6
        assert decays[0.5 * 6] == 6 + 1
    (group,) = game.generator_player.optimizer.param_groups
    assert group["lr"] == 0.2


def test_a_norm_of_the_last_layer_is_kept_in_every_step():
    game = Game(last_layer_norm=0.3)
    for _ in range(5):
        game.discriminator_player.step(game.real, torch.ones(R))
        sums = game.network.layers[-1][0].abs().sum(dim=(1, 2))
        assert (sums <= 0.3 * (1 + 2e-5)).all()


def test_the_noise_of_a_step_is_mirrored_at_the_location():
    game = Game()
    game.discriminator_player.loss(game.real)
    (drawn,) = game.features.mapped
    location = game.generator.location.detach()
    torch.testing.assert_close(drawn.mean(dim=1, keepdim=True), location, rtol=1e-5, atol=1e-6)


def test_every_weight_of_the_discriminator_is_its_players_once():
    game = Game()
    held = [id(parameter) for parameter in game.discriminator_player.parameters]
    assert sorted(held) == sorted(id(parameter) for parameter in game.network.parameters())


class Counter:
    """A perceptron whose every weight says how many epochs its replica has been trained."""

    def __init__(self, n_replicas):
        streams = Streams(list(range(n_replicas)), "cpu")
        self.network = Perceptron(2, (3,), "relu", streams=streams)
        with torch.no_grad():
            for parameter in self.network.parameters():
                parameter.zero_()
        optimizer = torch.optim.SGD(self.network.parameters(), lr=1.0)
        self.player = Player("count", optimizer, self.loss)
        self.epochs = []

    def loss(self, batch):
        return -sum(p.flatten(1).sum(dim=1) for p in self.network.parameters())

    def track(self):
        return self.network.layers[0][1].detach()[:, 0]

    def on_epoch_end(self, state):
        self.epochs.append(self.track()[:, 0].numpy().copy())

    def run(self, schedule, snapshots, n_replicas):
        return train(
            [self.player],
            torch.zeros(32, 2),
            track=self.track,
            streams=Streams(list(range(n_replicas)), "cpu"),
            schedule=schedule,
            batch_size=32,
            steps_per_epoch=1,
            callbacks=[snapshots, self],
        )


@pytest.mark.parametrize(("n_settle", "n_average"), [(1, 1), (4, 2), (7, 4)])
def test_the_last_epochs_are_kept_and_no_others(n_settle, n_average):
    counter = Counter(1)
    snapshots = Snapshots(counter.network, n_average)
    counter.run(Schedule(2, n_settle, 2 + n_settle), snapshots, 1)
    for kept in snapshots.replicas(0).parameters():
        assert len(kept) == n_average
        values = np.sort(kept.detach().numpy().reshape(n_average, -1)[:, 0])
        assert_array_equal(values, np.concatenate(counter.epochs)[-n_average:])


def test_a_replica_that_ends_early_keeps_its_own_last_epochs():
    counter = Counter(2)
    plain_track = counter.track

    def track():
        # Constant for the first replica, which settles; ever growing for the second.
        return plain_track() * torch.tensor([[0.0], [1.0]])

    counter.track = track
    counter.on_epoch_end = lambda state: counter.epochs.append(plain_track()[:, 0].clone())
    snapshots = Snapshots(counter.network, 2)
    history = counter.run(Schedule(4, 4, 14, tol=1e-9), snapshots, 2)
    assert_array_equal(history.n_iter, [8, 14])
    for replica, n_iter in enumerate(history.n_iter):
        biases = snapshots.replicas(replica).layers[0][1].detach()[:, 0, 0]
        last = [float(counter.epochs[i][replica]) for i in (n_iter - 2, n_iter - 1)]
        assert_array_equal(np.sort(biases.numpy()), last)


def test_snapshots_are_copies():
    counter = Counter(1)
    snapshots = Snapshots(counter.network, 1)
    with torch.no_grad():
        counter.network.layers[0][1].fill_(7.0)
    assert not (snapshots.replicas(0).layers[0][1] == 7.0).any()
