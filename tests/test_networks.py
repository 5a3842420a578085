"""Generators and discriminators: closed forms, replicas, derivatives."""

import math
from types import SimpleNamespace

import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from robustgan._bridge import Streams, make_seeds
from robustgan.networks import (
    ACTIVATIONS,
    COVARIANCES,
    VECTOR,
    AveragedDiscriminator,
    LocationGenerator,
    Perceptron,
    Squash,
)

TORCH_ACTIVATIONS = {
    "leaky_relu": nn.LeakyReLU(0.1),
    "relu": nn.ReLU(),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
}
SEEDS = make_seeds(0, 3)


def rows(*shape, seed=0, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


def perceptron(n_inputs=4, hidden_units=(5, 3), activation="leaky_relu", seeds=SEEDS):
    return Perceptron(n_inputs, hidden_units, activation, streams=Streams(seeds, "cpu"))


def torch_twin(network, replica):
    """Build the same perceptron of torch's own layers."""
    layers = []
    for weight, bias in network.layers:
        linear = nn.utils.skip_init(nn.Linear, *weight.shape[1:], dtype=weight.dtype)
        with torch.no_grad():
            linear.weight.copy_(weight[replica].T)
            linear.bias.copy_(bias[replica, 0])
        layers += [linear, TORCH_ACTIVATIONS[network.activation]]
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden_units", [(), (5,), (5, 3)])
def test_a_perceptron_is_that_of_torchs_own_layers(activation, hidden_units):
    network = perceptron(4, hidden_units, activation).double()
    x = rows(3, 20, 4, dtype=torch.float64)
    for replica, score in enumerate(network(x)):
        expected = torch_twin(network, replica)(x[replica])[:, 0]
        torch.testing.assert_close(score, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_derivative_of_a_perceptron_is_right(activation):
    network = perceptron(3, (4,), activation).double()
    x = rows(3, 2, 3, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(network, x)


@pytest.mark.parametrize("hidden_units", [(), (5,), (16,), (7, 3)])
@pytest.mark.parametrize("n_rows", [1, 3, 37])
def test_a_replicas_scores_and_gradients_do_not_depend_on_the_others(hidden_units, n_rows):
    x = rows(3, n_rows, 4)
    together = perceptron(4, hidden_units)
    scores = together(x)
    gradients = torch.autograd.grad(scores.square().sum(), list(together.parameters()))
    for replica, seed in enumerate(SEEDS):
        alone = perceptron(4, hidden_units, seeds=[seed])
        score = alone(x[replica : replica + 1])
        assert torch.equal(score[0], scores[replica])
        of_one = torch.autograd.grad(score.square().sum(), list(alone.parameters()))
        for own, shared in zip(of_one, gradients, strict=True):
            assert torch.equal(own[0], shared[replica])


def test_a_perceptron_starts_as_torchs_linear_layers_do():
    network = perceptron(400, (100,), seeds=SEEDS[:1])
    for (weight, bias), fan_in in zip(network.layers, (400, 100), strict=True):
        bound = 1 / math.sqrt(fan_in)
        assert max(weight.abs().max(), bias.abs().max()) <= bound
    first_weight = network.layers[0][0]
    # The standard deviation of the uniform law; 40,000 draws tell it to 0.2 %, five times that.
    assert_allclose(float(first_weight.detach().std()), 1 / math.sqrt(3 * 400), rtol=0.01)


def test_other_weights_make_another_network_of_the_same_kind():
    network = perceptron()
    twice = network.with_weights(torch.cat([network.weights, network.weights]))
    x = rows(3, 6, 4)
    assert torch.equal(twice(torch.cat([x, x])), torch.cat([network(x), network(x)]))


def test_the_layers_are_views_of_the_weights():
    network = perceptron()
    with torch.no_grad():
        network.weights.fill_(2.0)
    for weight, bias in network.layers:
        assert bool((weight == 2.0).all())
        assert bool((bias == 2.0).all())


def test_the_last_layer_is_shrunk_to_its_norm_once_and_where_it_is_too_large():
    network = perceptron()
    with torch.no_grad():
        network.layers[-1][0][0].mul_(0.01)
    before = network.weights.detach().clone()
    network.shrink_last_layer(0.5)
    sums = network.layers[-1][0].abs().sum(dim=(1, 2)).detach()
    assert torch.equal(network.weights[0], before[0])
    torch.testing.assert_close(sums[1:], torch.full((2,), 0.5))
    once = network.weights.detach().clone()
    network.shrink_last_layer(0.5)
    assert torch.equal(network.weights, once)


def test_each_replicas_weights_fill_whole_vectors():
    assert perceptron().weights.shape[1] % VECTOR == 0


def test_weights_are_copied_not_shared():
    network = perceptron()
    copy = network.with_weights(network.weights)
    before = copy(rows(3, 6, 4))
    with torch.no_grad():
        network.layers[0][0].add_(1.0)
    assert torch.equal(copy(rows(3, 6, 4)), before)


@pytest.mark.parametrize("p", [1, 2, 7])
def test_squashing_can_be_undone(p):
    x = rows(50, p, dtype=torch.float64) * 3
    squashed = Squash(p)(x)[:, :p]
    c = 2 * math.sqrt(p)
    # y = x c / sqrt(c^2 + |x|^2)  <=>  x = y c / sqrt(c^2 - |y|^2).
    undone = squashed * c / (c**2 - squashed.square().sum(dim=1, keepdim=True)).sqrt()
    torch.testing.assert_close(undone, x, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("p", [1, 2, 7])
def test_squashed_rows_lie_in_a_ball_however_far_they_are(p):
    directions = nn.functional.normalize(rows(60, p, dtype=torch.float64), dim=1)
    x = directions * torch.logspace(-3, 15, 60, dtype=torch.float64)[:, None]
    radii = Squash(p)(x)[:, :p].norm(dim=1)
    # Rounding may put the farthest on the sphere itself.
    assert radii.max() <= 2 * math.sqrt(p) * (1 + 1e-12)
    assert (radii.diff() >= -1e-12).all()


def test_the_last_feature_is_twice_the_excess_radius():
    p = 5
    x = rows(10, p, dtype=torch.float64)
    features = Squash(p)(x)
    typical = Squash(p)(torch.full((1, p), 1.0, dtype=torch.float64))
    excess = features[:, :p].norm(dim=1) - typical[0, :p].norm()
    torch.testing.assert_close(features[:, p], 2 * excess, rtol=1e-10, atol=1e-10)
    assert_allclose(float(typical[0, p]), 0.0, atol=1e-12)


def test_the_derivative_of_squashing_is_right():
    x = rows(4, 3, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(Squash(3), x)


@pytest.mark.parametrize("value", [0.0, 1e15, -1e15])
def test_squashing_is_finite_in_float32_at_the_ends_of_the_range(value):
    features = Squash(100)(torch.full((1, 100), value))
    assert torch.isfinite(features).all()


@pytest.mark.parametrize("value", [1e-20, 1.0, 1e15])
def test_the_gradient_of_squashing_is_finite_but_at_zero_radius(value):
    x = torch.full((1, 100), value, requires_grad=True)
    (gradient,) = torch.autograd.grad(Squash(100)(x).sum(), x)
    assert torch.isfinite(gradient).all()


def test_the_mean_of_the_perceptrons_is_the_score():
    network, features = perceptron(4, (6,)), Squash(3)
    x = rows(9, 3)
    expected = network(features(x).expand(3, -1, -1)).mean(dim=0)
    assert torch.equal(AveragedDiscriminator(features, network)(x), expected)


def test_scoring_in_chunks_changes_nothing_but_rounding():
    # 64 replicas of 8 units: chunks of 8,192 rows.
    network, features = perceptron(3, (8,), seeds=make_seeds(0, 64)), Squash(2)
    x = rows(20_000, 2)
    whole = network(features(x).expand(64, -1, -1)).mean(dim=0)
    torch.testing.assert_close(AveragedDiscriminator(features, network)(x), whole)


def test_no_rows_have_no_scores():
    assert AveragedDiscriminator(Squash(3), perceptron(4))(torch.empty(0, 3)).shape == (0,)


def test_an_averaged_discriminator_works_in_float64():
    network, x = AveragedDiscriminator(Squash(3), perceptron(4)), rows(9, 3)
    narrow = network(x)
    wide = network.double()(x.double())
    assert wide.dtype == torch.float64
    torch.testing.assert_close(wide.float(), narrow)


def test_scoring_leaves_no_graph_behind():
    assert not AveragedDiscriminator(Squash(3), perceptron(4))(rows(2, 3)).requires_grad


def some_laws(covariance, p=3):
    """Two laws as a generator tracks them, and their full covariances."""
    locations = rows(2, 1, p, seed=1)
    square = rows(2, p, p, seed=2)
    full = square @ square.mT + torch.eye(p)
    variances = full.diagonal(dim1=1, dim2=2)
    if covariance == "identity":
        return locations, torch.eye(p).expand(2, -1, -1)
    if covariance == "diagonal":
        return torch.cat([locations, variances[:, None]], dim=1), torch.diag_embed(variances)
    return torch.cat([locations, full], dim=1), full


def generator_of(laws, covariance):
    start = torch.zeros(2, laws.shape[-1])
    made = LocationGenerator(start, covariance, streams=Streams(SEEDS[:2], "cpu"))
    made.set_law(laws)
    return made


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_a_law_that_is_set_is_the_law_that_is_tracked(covariance):
    laws, _ = some_laws(covariance)
    torch.testing.assert_close(generator_of(laws, covariance).track(), laws, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_draws_have_the_location_and_the_covariance_of_the_law(covariance):
    laws, covariances = some_laws(covariance)
    n = 40_000
    draws = generator_of(laws, covariance).sample(n).detach().double()
    for replica in range(2):
        # Five standard errors each; that of a covariance is at most sqrt(2 / n) times the
        # product of the deviations.
        scale = covariances[replica].diagonal().double().sqrt()
        error = draws[replica].mean(dim=0) - laws[replica, 0]
        assert (error.abs() < 5 * scale * n**-0.5).all()
        error = draws[replica].T.cov() - covariances[replica]
        assert (error.abs() < 5 * scale.outer(scale) * (2 / n) ** 0.5).all()


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_a_generator_starts_at_its_location_with_unit_scatter(covariance):
    start = rows(2, 3)
    made = LocationGenerator(start, covariance, streams=Streams(SEEDS[:2], "cpu"))
    noise = rows(2, 5, 3, seed=4)
    torch.testing.assert_close(made.spread(noise), noise)
    torch.testing.assert_close(made.location.detach(), start[:, None])


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_the_draws_of_a_replica_do_not_depend_on_the_others(covariance):
    laws, _ = some_laws(covariance)
    together = generator_of(laws, covariance).sample(13)
    for replica in range(2):
        alone = LocationGenerator(
            torch.zeros(1, 3), covariance, streams=Streams([SEEDS[replica]], "cpu")
        )
        alone.set_law(laws[replica : replica + 1])
        assert torch.equal(alone.sample(13)[0], together[replica])


def test_the_derivative_of_a_draw_is_right():
    noise = rows(1, 2, 3, dtype=torch.float64)
    start = torch.zeros(1, 3, dtype=torch.float64)
    for covariance in COVARIANCES:
        made = LocationGenerator(start, covariance, streams=Streams([0], "cpu"))
        names = [name for name, _ in made.named_parameters()]

        def draw(*values, made=made, names=names):
            parameters = dict(zip(names, values, strict=True))
            return torch.func.functional_call(made, parameters, (2,))

        made.forward = made.sample
        made.streams = SimpleNamespace(normal=lambda *_: noise)
        assert torch.autograd.gradcheck(draw, tuple(made.parameters()))


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_mirrored_draws_are_the_plain_ones_and_their_mirror_images(covariance):
    laws, _ = some_laws(covariance)
    plain = generator_of(laws, covariance).sample(6)
    made = generator_of(laws, covariance)
    both = made.sample(12, mirrored=True)
    torch.testing.assert_close(both[:, :6], plain)
    torch.testing.assert_close(both[:, 6:], 2 * made.location - plain)


def test_a_known_location_is_not_learned():
    made = LocationGenerator(
        torch.zeros(1, 3), "diagonal", streams=Streams([0], "cpu"), learn_location=False
    )
    learned = [name for name, p in made.named_parameters() if p.requires_grad]
    assert learned == ["log_scale"]


def test_the_start_is_copied_not_shared():
    start = torch.zeros(1, 3)
    made = LocationGenerator(start, "identity", streams=Streams([0], "cpu"))
    made.set_law(torch.ones(1, 1, 3))
    assert torch.equal(start, torch.zeros(1, 3))


@pytest.mark.parametrize("covariance", ["diagonal", "full"])
def test_rows_that_do_not_vary_still_make_a_law(covariance):
    """Rounded or repeated data once stopped a fit with a division by zero."""
    flat = torch.zeros(2, 3, 3) if covariance == "full" else torch.zeros(2, 1, 3)
    made = generator_of(torch.cat([torch.zeros(2, 1, 3), flat], dim=1), covariance)
    law = made.track()
    assert torch.isfinite(law).all()
    variances = law[:, 1:] if covariance == "diagonal" else torch.linalg.eigvalsh(law[:, 1:])
    assert (variances > 0.9e-4).all()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_a_network_on_the_gpu_scores_as_on_the_cpu():
    network, x = perceptron(4, (6,)), rows(3, 50, 4)
    here = network(x)
    torch.testing.assert_close(network.cuda()(x.cuda()).cpu(), here, rtol=1e-4, atol=1e-5)
