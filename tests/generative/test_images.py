"""Models of images: the verbs they share, checkpoints, files, replicas, and what they refuse."""

from functools import cache

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from robustgan import DCGAN, CycleGAN, LaplacianPyramidGAN, Pix2Pix

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(size=(40, 8, 8))
VECTORS = RNG.normal(size=(40, 3)) * [1.0, 5.0, 0.1]
QUICK = {"n_steps": 4, "steps_per_epoch": 1, "batch_size": 16, "random_state": 0}
SMALL = {**QUICK, "n_channels": 2}
# Each model, and what it is fitted to.
CASES = {
    "DCGAN": (DCGAN(**SMALL, latent_dim=4, pac=2), (IMAGES,)),
    "LaplacianPyramidGAN": (LaplacianPyramidGAN(**SMALL, hidden_units=(8,)), (IMAGES,)),
    "Pix2Pix": (Pix2Pix(**SMALL), (IMAGES, 1 - IMAGES)),
    "CycleGAN": (CycleGAN(**SMALL), (IMAGES, 1 - IMAGES[:30])),
    "CycleGAN, vectors": (
        CycleGAN(**QUICK, hidden_units=(8,), penalty="r1"),
        (VECTORS, -VECTORS[:30, :2]),
    ),
}
every_model = pytest.mark.parametrize("name", CASES)


def make(name, **settings):
    model, data = CASES[name]
    return clone(model).set_params(**settings), data


def fit(name, **settings):
    model, data = make(name, **settings)
    return model.fit(*data)


@cache
def fitted(name):
    return fit(name)


def weights(model):
    return {
        f"{name}.{key}": tensor
        for name, network in vars(model).items()
        if isinstance(network, torch.nn.Module)
        for key, tensor in network.state_dict().items()
    }


def assert_same_bits(one, other):
    ours, theirs = weights(one), weights(other)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    for player, losses in one.history_.losses.items():
        assert_array_equal(losses, other.history_.losses[player])


class StopAfter:
    def __init__(self, n_epochs):
        self.n_epochs = n_epochs

    def on_epoch_end(self, state):
        return state.progress.epoch >= self.n_epochs


@every_model
def test_draws_are_like_the_data_in_shape_and_the_losses_finite(name):
    model = fitted(name)
    _, data = CASES[name]
    assert model.sample(7, random_state=0).shape == (7, *data[-1].shape[1:])
    assert all(np.isfinite(losses).all() for losses in model.history_.losses.values())


@every_model
def test_the_same_seed_gives_the_same_bits_and_another_does_not(name):
    one = fitted(name)
    assert_same_bits(one, fit(name))
    draws = [model.sample(5, random_state=0) for model in (one, fit(name, random_state=1))]
    assert not np.allclose(*draws)


@every_model
@pytest.mark.parametrize("n_replicas", [1, 2])
def test_interrupted_and_resumed_equals_uninterrupted(name, n_replicas, tmp_path):
    whole = fit(name, n_replicas=n_replicas) if n_replicas > 1 else fitted(name)
    path = tmp_path / "half"
    half = fit(name, n_replicas=n_replicas, checkpoint=path, callbacks=[StopAfter(2)])
    assert len(half.history_.rates) == 2
    model, data = make(name, n_replicas=n_replicas)
    assert_same_bits(whole, model.fit(*data, resume_from=path))


@every_model
def test_a_changed_configuration_or_other_data_are_refused(name, tmp_path):
    path = tmp_path / "half"
    fit(name, checkpoint=path, callbacks=[StopAfter(2)])
    model, data = make(name, learning_rate=0.01)
    with pytest.raises(ValueError, match=r"learning_rate 0\.\d+ then and 0\.01 now"):
        model.fit(*data, resume_from=path)
    model, data = make(name)
    with pytest.raises(ValueError, match=r"data \(checksum\)"):
        model.fit(*(part**2 for part in data), resume_from=path)


@every_model
def test_a_saved_model_samples_the_same_bits(name, tmp_path):
    model = fit(name, n_replicas=2)
    model.save(tmp_path / "model")
    loaded = type(model).load(tmp_path / "model")
    assert loaded.get_params() == model.get_params()
    for replica in (0, 1):
        draws = (m.sample(9, random_state=0, replica=replica) for m in (model, loaded))
        assert_array_equal(*draws)


@every_model
def test_the_first_replica_does_not_depend_on_the_others(name):
    # Adam moves by the signs of gradients, even those that are nothing but rounding.
    settings = {"optimizer": "sgd", "learning_rate": 0.05}
    alone, among = fit(name, **settings), fit(name, **settings, n_replicas=2)
    # Batched products may round in another order.
    assert_allclose(
        among.sample(5, random_state=0, replica=0),
        alone.sample(5, random_state=0),
        rtol=1e-2,
        atol=1e-3,
    )
    assert not np.allclose(*(among.sample(5, random_state=0, replica=r) for r in (0, 1)))


@every_model
def test_the_global_generators_are_left_alone(name):
    np_state, torch_state = np.random.get_state()[1].copy(), torch.get_rng_state()
    fit(name)
    assert_array_equal(np_state, np.random.get_state()[1])
    assert torch.equal(torch_state, torch.get_rng_state())


@every_model
@pytest.mark.parametrize("what", [np.nan, np.inf])
def test_missing_and_infinite_values_are_refused(name, what):
    model, (X, *rest) = make(name)
    spoilt = X.copy()
    spoilt[0, 0] = what
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        model.fit(spoilt, *rest)


@pytest.mark.parametrize("name", ["DCGAN", "LaplacianPyramidGAN", "Pix2Pix"])
def test_flat_rows_are_no_images(name):
    model, data = make(name)
    with pytest.raises(ValueError, match=r"X must have shape \(n_samples, height, width\)"):
        model.fit(*(part.reshape(len(part), -1) for part in data))


@every_model
def test_rows_of_another_shape_are_refused_later(name):
    model = fitted(name)
    call = model.transform if hasattr(model, "transform") else model.discriminate
    with pytest.raises(ValueError, match=r"features|rows of shape"):
        call(np.zeros((5, *(side + 2 for side in model.row_shape_))))


@pytest.mark.parametrize("name", ["DCGAN", "LaplacianPyramidGAN", "Pix2Pix", "CycleGAN"])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_channels": 0}, "n_channels must be"),
        ({"n_steps": 0}, "n_steps must be"),
        ({"averaging": 1.0}, r"averaging must lie in \[0, 1\), got 1.0"),
        ({"objective": "best"}, "objective must be one of"),
        ({"learning_rate": 0.0}, "learning_rate must be finite and above 0, got 0.0"),
    ],
)
def test_a_bad_parameter_is_named(name, settings, message):
    with pytest.raises(ValueError, match=message):
        fit(name, **settings)


@pytest.mark.gpu
@every_model
def test_a_fit_on_a_device_is_kept_on_the_host(name):
    model = fit(name, device="cuda")
    assert np.isfinite(model.sample(5, random_state=0)).all()
