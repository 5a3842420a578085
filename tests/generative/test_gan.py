"""GAN: its verbs, any networks, any objective, checkpoints, files, and what it refuses."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from torch import nn

from robustgan import GAN
from robustgan.objectives import GAME_OBJECTIVES, GradientPenalty, Wasserstein

QUICK = {"n_steps": 20, "steps_per_epoch": 5, "hidden_units": (8,), "batch_size": 32}


@pytest.fixture(name="X", scope="module")
def sample():
    return np.random.default_rng(0).normal(size=(200, 2)) * [1.0, 50.0] + [3.0, 0.0]


def fit(X, **settings):
    return GAN(**{**QUICK, "random_state": 0, **settings}).fit(X)


def weights(model):
    networks = (model.generator_, model.discriminator_)
    return [tensor for network in networks for tensor in network.state_dict().values()]


def assert_same_bits(one, other):
    for ours, theirs in zip(weights(one), weights(other), strict=True):
        assert torch.equal(ours, theirs)
    assert_array_equal(one.history_.losses["generator"], other.history_.losses["generator"])


class StopAfter:
    def __init__(self, n_epochs):
        self.n_epochs = n_epochs

    def on_epoch_end(self, state):
        return state.progress.epoch >= self.n_epochs


def modules(n_inputs=2):
    generator = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
    discriminator = nn.Sequential(nn.Linear(n_inputs, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
    return {"generator": generator, "discriminator": discriminator, "latent_dim": 3}


@pytest.mark.parametrize("objective", sorted(GAME_OBJECTIVES))
def test_every_objective_trains(X, objective):
    history = fit(X, objective=objective).history_
    assert all(np.isfinite(loss).all() for loss in history.losses.values())


def test_the_model_moves_with_the_data(X):
    still, moved = fit(X), fit(X * [1024.0, 0.5])
    assert_allclose(
        moved.sample(9, random_state=1), still.sample(9, random_state=1) * [1024.0, 0.5], rtol=1e-5
    )


def test_the_same_seed_gives_the_same_bits_and_another_does_not(X):
    assert_same_bits(fit(X), fit(X))
    one, other = (fit(X, random_state=s).sample(5, random_state=0) for s in (0, 1))
    assert not np.allclose(one, other)


@pytest.mark.parametrize("has_modules", [False, True])
def test_the_first_replica_does_not_depend_on_the_others(X, has_modules):
    own = modules() if has_modules else {}
    alone, among = fit(X, **own), fit(X, **own, n_replicas=3)
    # Batched products may round in another order, which batch norm amplifies.
    assert_allclose(
        among.sample(50, random_state=0, replica=0),
        alone.sample(50, random_state=0),
        rtol=1e-3,
        atol=0.1 if has_modules else 0.0,
    )
    assert not np.allclose(*(among.sample(50, random_state=0, replica=r) for r in (0, 1)))


@pytest.mark.parametrize("n_replicas", [1, 2])
@pytest.mark.parametrize(
    "settings",
    [
        {"pac": 2, "instance_noise": 0.3, "annealing": 0.5},
        {"constraint": "spectral", "penalty": "r1"},
        {"objective": "wasserstein", "constraint": 0.01, "optimizer": "rmsprop"},
        {"optimizer": torch.optim.Adam, "n_critic_steps": 2, "averaging": 0.0},
        {**modules(), "label_smoothing": 0.1},
    ],
    ids=["perceptrons", "spectral", "wasserstein", "torch.optim", "modules"],
)
def test_interrupted_and_resumed_equals_uninterrupted(X, tmp_path, settings, n_replicas):
    settings = {**settings, "n_replicas": n_replicas}
    whole = fit(X, **settings)
    path = tmp_path / "half"
    half = fit(X, **settings, checkpoint=path, callbacks=[StopAfter(2)])
    assert len(half.history_.rates) == 2
    resumed = GAN(**{**QUICK, "random_state": 0, **settings}).fit(X, resume_from=path)
    assert_same_bits(whole, resumed)


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"learning_rate": 0.01}, "learning_rate 0.001 then and 0.01 now"),
        ({"random_state": 1}, "random_state 0 then and 1 now"),
        ({"pac": 2}, "pac 1 then and 2 now"),
    ],
)
def test_a_changed_configuration_is_refused_by_name(X, tmp_path, changes, difference):
    path = tmp_path / "half"
    fit(X, checkpoint=path, callbacks=[StopAfter(2)])
    with pytest.raises(ValueError, match=difference):
        GAN(**{**QUICK, "random_state": 0, **changes}).fit(X, resume_from=path)


def test_changed_data_are_refused(X, tmp_path):
    path = tmp_path / "half"
    fit(X, checkpoint=path, callbacks=[StopAfter(2)])
    with pytest.raises(ValueError, match=r"data \(checksum\)"):
        GAN(**QUICK, random_state=0).fit(X + np.eye(len(X), 2), resume_from=path)


def test_a_checkpoint_that_is_none_is_refused(X, tmp_path):
    path = tmp_path / "other"
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match="must be a checkpoint of robustgan"):
        GAN(**QUICK).fit(X, resume_from=path)


def test_a_saved_model_samples_the_same_bits(X, tmp_path):
    model = fit(X, objective=Wasserstein(), penalty=GradientPenalty(2.0), n_replicas=2)
    model.save(tmp_path / "model")
    loaded = GAN.load(tmp_path / "model")
    assert loaded.get_params() == model.get_params()
    for replica in (0, 1):
        draws = (m.sample(9, random_state=0, replica=replica) for m in (model, loaded))
        assert_array_equal(*draws)
    assert_array_equal(model.discriminate(X), loaded.discriminate(X))


def test_networks_of_ones_own_are_asked_for_when_loading(X, tmp_path):
    model = fit(X, **modules())
    model.save(tmp_path / "model")
    with pytest.raises(ValueError, match=r"GAN.load\(path, discriminator=..., generator=...\)"):
        GAN.load(tmp_path / "model")
    own = modules()
    loaded = GAN.load(
        tmp_path / "model", generator=own["generator"], discriminator=own["discriminator"]
    )
    assert_array_equal(loaded.sample(9, random_state=0), model.sample(9, random_state=0))
    with pytest.raises(ValueError, match="saved architecture"):
        GAN.load(tmp_path / "model", generator=own["generator"], discriminator=nn.Linear(2, 1))


def test_images_go_through_modules_of_images(X):
    images = np.random.default_rng(0).normal(size=(64, 1, 4, 4))
    generator = nn.Sequential(nn.Linear(3, 16), nn.Unflatten(1, (1, 4, 4)))
    discriminator = nn.Sequential(nn.Conv2d(2, 4, 3), nn.LeakyReLU(), nn.Conv2d(4, 1, 1))
    model = fit(
        images,
        generator=generator,
        discriminator=discriminator,
        latent_dim=3,
        pac=2,
        scale="range",
        n_replicas=2,
    )
    assert model.sample(5).shape == (5, 1, 4, 4)
    with pytest.raises(ValueError, match="rows of one axis for perceptrons"):
        fit(images)


def test_the_users_modules_are_left_as_they_were(X):
    own = modules()
    before = [p.clone() for p in own["generator"].parameters()]
    fit(X, **own)
    assert all(
        torch.equal(a, b) for a, b in zip(before, own["generator"].parameters(), strict=True)
    )


def test_the_global_generators_are_left_alone(X):
    # Making modules draws from it.
    own = modules()
    np_state, torch_state = np.random.get_state()[1].copy(), torch.get_rng_state()
    fit(X, **own, n_replicas=2)
    assert_array_equal(np_state, np.random.get_state()[1])
    assert torch.equal(torch_state, torch.get_rng_state())


def test_a_clone_is_unfitted_and_equal(X):
    model = fit(X)
    assert clone(model).get_params() == model.get_params()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pac": 3}, "batch_size must be a multiple of pac"),
        ({"averaging": 1.0}, r"averaging must lie in \[0, 1\), got 1.0"),
        ({"objective": "best"}, "objective must be one of"),
        ({"penalty": "l2"}, "penalty must be one of 'gradient', 'r1', got 'l2'"),
        ({"constraint": "clip"}, "constraint must be one of 'spectral', got 'clip'"),
        ({"scale": "log"}, "scale must be one of"),
        ({"generator": nn.Sequential(nn.Linear(2, 2), nn.Dropout())}, "a layer Dropout"),
        ({"learning_rate": 0.0}, "learning_rate must be finite and above 0, got 0.0"),
    ],
)
def test_a_bad_parameter_is_named(X, settings, message):
    with pytest.raises(ValueError, match=message):
        fit(X, **settings)


def test_an_unknown_replica_is_named(X):
    with pytest.raises(ValueError, match="replica must be below 1, got 1"):
        fit(X).sample(3, replica=1)


def test_rows_of_another_shape_are_refused(X):
    with pytest.raises(ValueError, match="3 features"):
        fit(X).discriminate(np.zeros((5, 3)))


def test_no_ratio_is_read_where_there_is_none(X):
    with pytest.raises(TypeError, match="identifies_ratio"):
        fit(X, objective="wasserstein").density_ratio(X)
    with pytest.raises(ValueError, match="pac must be 1 for the density ratio"):
        fit(X, pac=2).density_ratio(X)


def test_weights_are_clipped():
    X = np.random.default_rng(0).normal(size=(64, 2))
    model = GAN.wasserstein(n_steps=5, steps_per_epoch=5, random_state=0).fit(X)
    assert float(model.discriminator_.weights.abs().max()) <= 0.01
    assert model.get_params()["n_critic_steps"] == 5


def test_spectral_weights_have_norm_one(X):
    layers = fit(X, constraint="spectral", n_steps=200).discriminator_.layers
    for weight, _ in layers:
        # One iteration a step follows weights that move.
        assert_allclose(torch.linalg.matrix_norm(weight, ord=2), 1.0, rtol=0.02)
