"""Modules on the replica axis against plain torch; averages and spectral norms of their weights."""

import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from robustgan._bridge import Streams
from robustgan.networks import (
    Perceptron,
    Replicated,
    SpectralNorm,
    WeightAverage,
    initialise_layers,
)


def streams(*seeds):
    return Streams(seeds, "cpu")


def template():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(16, 2),
    )


def images(n_replicas, seed=0):
    return torch.randn(n_replicas, 8, 1, 4, 4, generator=torch.Generator().manual_seed(seed))


def plain(networks, index):
    """The module of one replica, with its parameters and buffers."""
    module = template()
    names = [name for name, _ in module.named_parameters()]
    stacks = zip(names, networks.stacked, strict=True)
    module.load_state_dict({name: stack[index] for name, stack in stacks}, strict=False)
    return module


@pytest.mark.parametrize("n_replicas", [1, 3])
def test_each_replica_is_the_plain_module(n_replicas):
    networks, rows = Replicated(template(), streams=streams(*range(n_replicas))), images(n_replicas)
    modules = [plain(networks, i) for i in range(n_replicas)]
    for _ in range(3):
        found = networks(rows)
        expected = torch.stack([m(x) for m, x in zip(modules, rows, strict=True)])
        assert_allclose(found.detach(), expected.detach(), rtol=1e-4, atol=1e-6)
    # Batch norm has learned the same.
    networks.eval()
    expected = torch.stack([m.eval()(x) for m, x in zip(modules, rows, strict=True)])
    assert_allclose(networks(rows).detach(), expected.detach(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("n_replicas", [1, 3])
def test_gradients_are_the_plain_modules(n_replicas):
    networks, rows = Replicated(template(), streams=streams(*range(n_replicas))), images(n_replicas)
    found = torch.autograd.grad(networks(rows).square().sum(), [*networks.parameters()])
    for i in range(n_replicas):
        module = plain(networks, i)
        expected = torch.autograd.grad(module(rows[i]).square().sum(), [*module.parameters()])
        for ours, theirs in zip(found, expected, strict=True):
            assert_allclose(ours[i], theirs, rtol=1e-3, atol=1e-4)


def test_a_replicas_start_does_not_depend_on_the_others():
    alone = Replicated(template(), streams=streams(7))
    among = Replicated(template(), streams=streams(5, 6, 7))
    for one, three in zip(alone.parameters(), among.parameters(), strict=True):
        assert torch.equal(one[0], three[2])
        assert not torch.equal(three[0], three[1]) or torch.equal(three, three.round())


def test_layers_start_as_torch_starts_them():
    layer = nn.ConvTranspose2d(6, 5, 3)
    initialise_layers(layer, torch.Generator().manual_seed(0))
    # torch takes the second axis for the inputs of a transposed convolution as well.
    bound = (5 * 9) ** -0.5
    assert 0.9 * bound < float(layer.weight.detach().abs().max()) <= bound


def test_a_module_may_initialise_itself():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.shift = nn.Parameter(torch.zeros(3))

        def initialise(self, rng):
            self.shift.normal_(generator=rng)

        def forward(self, x):
            return x + self.shift

    networks = Replicated(Own(), streams=streams(0, 1))
    (shift,) = networks.parameters()
    assert not torch.equal(shift[0], shift[1])


def test_frozen_networks_have_no_gradient_in_their_weights():
    networks, rows = Replicated(template(), streams=streams(0, 1)), images(2).requires_grad_()
    out = networks.frozen(rows).sum()
    (slope,) = torch.autograd.grad(out, rows, retain_graph=True)
    assert slope.abs().sum() > 0
    with pytest.raises(RuntimeError, match="not have been used"):
        torch.autograd.grad(out, [*networks.parameters()])


@pytest.mark.parametrize("kind", ["module", "perceptron"])
def test_selected_replicas_are_copies(kind):
    rows = images(3)
    if kind == "module":
        networks = Replicated(template(), streams=streams(0, 1, 2))
    else:
        rows = rows.flatten(2)
        networks = Perceptron(16, (8,), "relu", streams=streams(0, 1, 2), n_outputs=2)
    chosen = networks.eval().select([2])
    assert_allclose(chosen(rows[2:]).detach(), networks(rows)[2:].detach(), rtol=1e-4, atol=1e-6)
    before = networks(rows).detach()
    with torch.no_grad():
        for parameter in chosen.parameters():
            parameter.zero_()
    assert torch.equal(networks(rows).detach(), before)


def test_several_outputs_keep_the_replica_axis():
    class Heads(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 3)

        def forward(self, x):
            out = self.layer(x)
            return out[:, :1], out[:, 1:]

    for seeds in ([0], [0, 1]):
        first, second = Replicated(Heads(), streams=streams(*seeds))(torch.zeros(len(seeds), 5, 2))
        assert first.shape == (len(seeds), 5, 1)
        assert second.shape == (len(seeds), 5, 2)


def test_a_perceptron_of_several_outputs_is_torchs():
    network = Perceptron(3, (5,), "relu", streams=streams(0, 1), n_outputs=4)
    rows = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(0))
    for i, x in enumerate(rows):
        (first, b1), (last, b2) = ((w[i], b[i]) for w, b in network.layers)
        expected = torch.relu(x @ first + b1) @ last + b2
        assert_allclose(network(rows)[i].detach(), expected.detach(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shape", [(2, 5, 3), (2, 4, 3, 2, 2)])
def test_a_spectral_norm_ends_at_one(shape):
    weights = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    norm = SpectralNorm([shape[1]], streams(0, 1))
    for _ in range(200):
        (scaled,) = norm([weights])
    found = torch.linalg.matrix_norm(scaled.flatten(2), ord=2)
    assert_allclose(found, 1.0, rtol=1e-4)


def test_a_spectral_module_stretches_nothing():
    layers = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
    networks = Replicated(layers, streams=streams(0), is_spectral=True)
    rows = torch.randn(1, 100, 4, generator=torch.Generator().manual_seed(0))
    for _ in range(100):
        networks(rows)
    networks.eval()
    near = rows + 1e-2
    change = (networks(near) - networks(rows)).abs()[0, :, 0]
    assert (change <= 1.001 * (near - rows).norm(dim=2)[0]).all()


def test_the_average_of_weights_that_stand_still_is_theirs():
    network = Perceptron(2, (3,), "relu", streams=streams(0))
    average = WeightAverage(network, 0.99)
    for _ in range(5):
        average.follow()
    assert_allclose(average.average.weights, network.weights.detach(), rtol=1e-6)


def test_the_average_forgets_the_start_at_its_rate():
    network = nn.Linear(1, 1)
    average = WeightAverage(network, 0.5)
    start = average.average.weight.clone()
    with torch.no_grad():
        network.weight += 1.0
    average.follow()
    # Two of eleven: the average is shorter while it is young.
    assert_allclose(average.average.weight, start + 1 - 2 / 11, rtol=1e-5)


@pytest.mark.parametrize(
    ("module", "kind", "message"),
    [
        (nn.Sequential(nn.Linear(2, 2), nn.Dropout()), ValueError, "a layer Dropout"),
        (nn.ReLU(), ValueError, "must have parameters"),
        (lambda x: x, TypeError, "must be a torch.nn.Module, got function"),
    ],
)
def test_what_cannot_be_replicated_is_named(module, kind, message):
    with pytest.raises(kind, match=message):
        Replicated(module, streams=streams(0))
