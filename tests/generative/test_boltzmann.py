"""Boltzmann machines: their energies, log Z, likelihoods, chains, files, and what they refuse."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import BernoulliRBM

from robustgan import DBM, RBM
from robustgan._bridge import Streams
from robustgan.generative.boltzmann.energy import BoltzmannNetwork, Chains, LayeredEnergy
from robustgan.generative.boltzmann.game import BoltzmannGame
from robustgan.generative.boltzmann.partition import exact_log_partition, exact_log_weight

QUICK = {"n_steps": 40, "steps_per_epoch": 10, "batch_size": 32, "n_chains": 20, "random_state": 0}
SMALL = {"RBM": {"n_hidden": 3}, "DBM": {"hidden_units": (3, 2), "n_pretrain": 20}}
KINDS = {"RBM": RBM, "DBM": DBM}
both = pytest.mark.parametrize("kind", ["RBM", "DBM"])


@pytest.fixture(name="X", scope="module")
def noisy_copies():
    rng = np.random.default_rng(0)
    return ((rng.random((120, 1)) < 0.5) ^ (rng.random((120, 6)) < 0.1)).astype(float)


@pytest.fixture(name="digits", scope="module")
def binary_digits():
    X = (load_digits().data > 8).astype(float)
    return train_test_split(X, test_size=0.25, random_state=0)


def fit(kind, X, **changes):
    return KINDS[kind](**{**QUICK, **SMALL[kind], **changes}).fit(X)


def network(widths, seed=0, *, n_replicas=1, is_gaussian=False):
    streams = Streams(range(seed, seed + n_replicas), "cpu")
    made = BoltzmannNetwork(widths, streams=streams, is_gaussian=is_gaussian, spread=1.0)
    with torch.no_grad():
        for bias in made.biases:
            bias.copy_(streams.normal(1, bias.shape[1])[:, 0])
    return made.requires_grad_(False)


def energies_of_all_states(energy):
    """Return every joint state, and minus its energy, one sum after the other."""
    units = [np.array(list(itertools.product([0.0, 1.0], repeat=w))) for w in energy.widths]
    weights = [w[0].double().numpy() for w in energy.weights]
    biases = [b[0].double().numpy() for b in energy.biases]
    for layers in itertools.product(*units):
        own = sum(float(x @ b) for x, b in zip(layers, biases, strict=True))
        pairs = zip(layers, weights, layers[1:], strict=False)
        yield layers, own + sum(float(below @ w @ above) for below, w, above in pairs)


@settings(max_examples=10, deadline=None)
@given(widths=st.lists(st.integers(1, 3), min_size=2, max_size=4), seed=st.integers(0, 2**20))
def test_sums_over_states_equal_those_by_brute_force(widths, seed):
    energy = network(widths, seed).energy
    states = list(energies_of_all_states(energy))
    log_partition = logsumexp([value for _, value in states])
    assert_allclose(float(exact_log_partition(energy)), log_partition, rtol=1e-6)
    visible = states[-1][0][0]
    of_visible = [value for layers, value in states if (layers[0] == visible).all()]
    found = exact_log_weight(energy, torch.tensor(visible)[None, None])
    assert_allclose(float(found), logsumexp(of_visible), rtol=1e-6)


def test_a_gaussian_machine_is_a_mixture_of_gaussians():
    made = network([3, 2], is_gaussian=True)
    made.log_variance.copy_(torch.tensor([[0.3, -0.5, 0.1]]))
    energy = made.energy.double()
    x = np.array([0.3, -1.2, 0.7])
    W, b, c = energy.weights[0][0], energy.biases[0][0], energy.biases[1][0]
    variance = energy.log_variance[0].exp()
    log_shares, log_densities = [], []
    for h in itertools.product([0.0, 1.0], repeat=2):
        hidden = torch.tensor(h, dtype=torch.float64)
        mean = b + W @ hidden
        log_shares.append(float(c @ hidden + ((mean**2 - b**2) / (2 * variance)).sum()))
        law = multivariate_normal(mean.numpy(), np.diag(variance.numpy()))
        log_densities.append(law.logpdf(x))
    expected = logsumexp(np.array(log_shares) + log_densities) - logsumexp(log_shares)
    found = exact_log_weight(energy, torch.tensor(x)[None, None]) - exact_log_partition(energy)
    assert_allclose(float(found), expected, rtol=1e-6)


def test_the_free_energy_is_scikit_learns():
    energy = network([6, 4]).energy
    theirs = BernoulliRBM(n_components=4)
    theirs.components_ = energy.weights[0][0].T.numpy()
    theirs.intercept_visible_ = energy.biases[0][0].numpy()
    theirs.intercept_hidden_ = energy.biases[1][0].numpy()
    X = (np.random.default_rng(0).random((9, 6)) < 0.5).astype(np.float32)
    ours = -energy.log_weight({0: torch.tensor(X)[None]})[0]
    assert_allclose(ours.numpy(), theirs._free_energy(X), rtol=1e-4)


def test_gibbs_draws_have_the_models_law():
    energy = network([2, 2, 2]).energy
    streams = Streams([0], "cpu")
    start = {1: torch.zeros(1, 40_000, 2)}
    odd = energy.gibbs(start, 50, streams)[1][0]
    states = list(energies_of_all_states(energy))
    values = np.array([value for _, value in states])
    shares = np.exp(values - logsumexp(values))
    expected = sum(p * s[0][1] for p, s in zip(shares, states, strict=True))
    # Five standard errors of a mean of 40,000 draws.
    assert_allclose(odd.mean(dim=0).numpy(), expected, atol=5 * 0.5 / 200)


def test_the_loss_has_the_gradient_of_the_likelihood():
    made = network([4, 3]).requires_grad_(True)
    streams = Streams([0], "cpu")
    X = (torch.rand(1, 50, 4, generator=torch.Generator().manual_seed(0)) < 0.5).float()
    chains = Chains([4, 3], 40_000, streams=streams)
    BoltzmannGame(made, chains, streams, 30, 1, 0.0).loss(X)
    loss = BoltzmannGame(made, chains, streams, 1, 1, 0.0).loss(X)
    parameters = [*made.parameters()]
    found = torch.autograd.grad(loss.sum(), parameters)
    energy = made.energy
    # The sum over states has no gradient of its own where it is used.
    states = torch.tensor(list(itertools.product([0.0, 1.0], repeat=3)))[None]
    likelihood = energy.log_weight({0: X}).mean() - energy.log_weight({1: states}).logsumexp(1)
    expected = torch.autograd.grad(-likelihood.sum(), parameters)
    for ours, exact in zip(found, expected, strict=True):
        # Five standard errors of a mean of 40,000 draws.
        assert_allclose(ours.numpy(), exact.numpy(), atol=5 * 0.5 / 200)


def test_a_sweep_of_mean_fields_never_lowers_the_bound():
    energy = network([4, 3, 3, 2]).energy.double()
    means = energy.climb(torch.tensor([[[0.0, 1.0, 1.0, 0.0]]], dtype=torch.float64))
    bounds = []
    for _ in range(10):
        entropy = sum(
            float((torch.special.entr(m) + torch.special.entr(1 - m)).sum())
            for layer, m in means.items()
            if layer
        )
        # All layers are given: minus the mean energy.
        bounds.append(float(energy.log_weight(means)) + entropy)
        means = energy.sweep(means)
    assert (np.diff(bounds) >= -1e-9).all()
    assert bounds[-1] > bounds[0]


def test_annealing_agrees_with_the_sum_over_states(X):
    for kind in KINDS:
        model = fit(kind, X, n_steps=50, learning_rate=0.05)
        estimate = model.log_partition(method="annealed", n_temperatures=30, random_state=1)
        assert 0 < estimate.error < 0.1
        assert abs(estimate.value - model.log_partition_[0]) < 5 * estimate.error
        assert model.log_partition().error == model.log_partition_error_[0] == 0


@both
def test_likelihoods_of_all_rows_sum_to_one(X, kind):
    model = fit(kind, X)
    every = np.array(list(itertools.product([0.0, 1.0], repeat=6)))
    assert_allclose(np.exp(model.score_samples(every)).sum(), 1, rtol=1e-6)


@both
def test_it_learns_what_columns_have_in_common(X, kind):
    model = fit(kind, X, n_steps=300, learning_rate=0.05, n_replicas=2, averaging=0.99)
    p = X.mean(axis=0)
    independent = (X * np.log(p) + (1 - X) * np.log(1 - p)).sum(axis=1).mean()
    for replica in (0, 1):
        assert model.score_samples(X, replica=replica).mean() > independent + 1
    draws = model.sample(500, random_state=0)
    assert np.corrcoef(draws.T)[0, 1:].min() > 0.3
    assert np.abs(model.reconstruct(X) - X).mean() < 0.2


def test_a_gaussian_machine_follows_the_units_of_the_data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2)) + 4 * rng.integers(0, 2, size=(200, 1))
    still, moved = (
        RBM(n_hidden=3, visible="gaussian", **QUICK).fit(rows) for rows in (X, 8 * X + 1)
    )
    assert_allclose(
        moved.score_samples(8 * X + 1), still.score_samples(X) - 2 * np.log(8), rtol=1e-4
    )
    assert_allclose(
        moved.sample(5, random_state=0), 8 * still.sample(5, random_state=0) + 1, rtol=1e-4
    )
    grid = np.stack(np.meshgrid(*[np.linspace(-10, 14, 200)] * 2), axis=-1).reshape(-1, 2)
    assert_allclose(np.exp(still.score_samples(grid)).sum() * (24 / 199) ** 2, 1, rtol=1e-3)


def test_the_bound_is_below_the_likelihood(X):
    model = fit("DBM", X, n_steps=60, learning_rate=0.05)
    gap = model.score_samples(X) - model.lower_bound(X)
    assert gap.min() >= 0
    assert gap.max() < 1


def test_the_means_of_a_training_step_have_settled(X):
    model = fit("DBM", X, n_steps=60, learning_rate=0.05)
    energy = model.boltzmann_.energy
    means = energy.climb(torch.tensor(X, dtype=torch.float32)[None])
    for _ in range(model.n_mean_field):
        means = energy.sweep(means)
    hidden = torch.cat([means[1], means[2]], dim=2)[0].numpy()
    assert_allclose(hidden, model.transform(X), atol=1e-3)


def test_pretraining_changes_the_start(X):
    with_it, without = (fit("DBM", X, n_pretrain=n) for n in (20, 0))
    assert not np.allclose(with_it.score_samples(X), without.score_samples(X))


def test_log_z_of_many_units_is_estimated(X):
    model = fit("DBM", X, hidden_units=(21, 21), n_steps=5)
    assert model.log_partition_error_[0] > 0
    assert model.sample(4).shape == (4, 6)
    # The bound, which these likelihoods are.
    assert_array_equal(model.score_samples(X), model.lower_bound(X))
    with pytest.raises(ValueError, match="method must be 'annealed'"):
        model.log_partition(method="exact")


class StopAfter:
    def __init__(self, n_epochs):
        self.n_epochs = n_epochs

    def on_epoch_end(self, state):
        return state.progress.epoch >= self.n_epochs


def bits_of(model):
    modules = (model.boltzmann_, model.chains_)
    return [tensor for module in modules for tensor in module.state_dict().values()]


@both
@pytest.mark.parametrize("n_replicas", [1, 2])
def test_interrupted_and_resumed_equals_uninterrupted(X, tmp_path, kind, n_replicas):
    whole = fit(kind, X, n_replicas=n_replicas)
    path = tmp_path / "half"
    fit(kind, X, n_replicas=n_replicas, checkpoint=path, callbacks=[StopAfter(2)])
    resumed = KINDS[kind](**{**QUICK, **SMALL[kind], "n_replicas": n_replicas})
    resumed.fit(X, resume_from=path)
    for ours, theirs in zip(bits_of(whole), bits_of(resumed), strict=True):
        assert torch.equal(ours, theirs)


@both
def test_the_first_replica_does_not_depend_on_the_others(X, kind):
    alone, among = fit(kind, X), fit(kind, X, n_replicas=3)
    # Batched products may round in another order.
    assert_allclose(among.score_samples(X), alone.score_samples(X), rtol=1e-3)
    assert not np.allclose(*(among.score_samples(X, replica=r) for r in (0, 1)))


@both
def test_a_saved_model_is_the_same(X, tmp_path, kind):
    model = fit(kind, X, n_replicas=2)
    model.save(tmp_path / "model")
    loaded = KINDS[kind].load(tmp_path / "model")
    assert_array_equal(loaded.score_samples(X, replica=1), model.score_samples(X, replica=1))
    assert_array_equal(loaded.sample(5, random_state=0), model.sample(5, random_state=0))


@both
def test_it_is_quiet_unless_asked(X, capsys, kind):
    fit(kind, X)
    assert capsys.readouterr() == ("", "")
    fit(kind, X, verbose=1)
    assert type(KINDS[kind]()).__name__ in capsys.readouterr().err


def test_images_are_rows(X):
    model = fit("RBM", X.reshape(-1, 2, 3))
    assert model.sample(4).shape == (4, 2, 3)
    assert model.reconstruct(X.reshape(-1, 2, 3)).shape == (120, 2, 3)


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("RBM", {"visible": "poisson"}, "visible must be one of"),
        ("RBM", {"n_hidden": 0}, "hidden units must be at least 1, got 0"),
        ("RBM", {"averaging": 1.0}, r"averaging must lie in \[0, 1\)"),
        ("RBM", {"weight_decay": -1.0}, "weight_decay must be finite and at least 0"),
        ("DBM", {"hidden_units": (4,)}, "hidden_units must have at least two layers"),
        ("DBM", {"n_pretrain": -1}, "n_pretrain must be at least 0"),
    ],
)
def test_a_bad_parameter_is_named(X, kind, changes, message):
    with pytest.raises(ValueError, match=message):
        fit(kind, X, **changes)


@both
def test_grey_rows_are_refused(X, kind):
    with pytest.raises(ValueError, match=r"X must hold zeros and ones only, got 0\.5"):
        fit(kind, X / 2)
    with pytest.raises(ValueError, match="X must hold zeros and ones only, got 2"):
        fit(kind, X).score_samples(2 * X)


@pytest.mark.slow
@pytest.mark.representative
def test_the_likelihood_of_digits_is_that_of_better_machines(digits):
    train, test = digits
    model = RBM(n_hidden=16, n_steps=4000, random_state=1).fit(train)
    # Measured -18.7 to -18.8 over seeds; scikit-learn's machine has -19.4.
    assert model.score(test) > -19.2
    estimate = model.log_partition(method="annealed", random_state=0)
    assert abs(estimate.value - model.log_partition_[0]) < 0.1


@pytest.mark.slow
def test_two_layers_are_as_good_as_scikit_learns_one_with_as_many_parameters(digits):
    train, test = digits
    deep = DBM(hidden_units=(12, 12), random_state=1).fit(train)
    # 64 * 12 + 12 * 12 + 88 = 1,000 parameters, and 64 * 14 + 78 = 974.
    flat = BernoulliRBM(n_components=14, learning_rate=0.05, n_iter=60, random_state=0).fit(train)
    theirs = LayeredEnergy(
        [torch.tensor(flat.components_.T)[None]],
        [torch.tensor(b)[None] for b in (flat.intercept_visible_, flat.intercept_hidden_)],
    )
    flat_scores = exact_log_weight(theirs, torch.tensor(test)[None]) - exact_log_partition(theirs)
    assert deep.score(test) >= float(flat_scores.mean())
    gap = deep.score_samples(test) - deep.lower_bound(test)
    assert gap.min() >= 0
    assert gap.mean() < 1
    ours = RBM(n_hidden=14, n_steps=4000, random_state=1).fit(train)
    if deep.score(test) < ours.score(test):
        pytest.xfail("known miss: one layer with as many parameters is better")
