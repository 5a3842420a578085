"""PixelCNN: what each pixel sees, likelihoods that sum to one, classes, levels, files."""

import itertools

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from robustgan import RBM, PixelCNN
from robustgan.networks import CausalNetwork

QUICK = {
    "n_channels": 4,
    "n_layers": 2,
    "kernel_size": 3,
    "n_steps": 10,
    "steps_per_epoch": 5,
    "batch_size": 16,
    "random_state": 0,
}


@pytest.fixture(name="X", scope="module")
def stripes():
    """Stripes that begin with zero or one, with a tenth of the pixels turned."""
    rng = np.random.default_rng(0)
    pattern = (np.indices((4, 4))[0] + rng.integers(0, 2, size=(60, 1, 1))) % 2
    return (pattern ^ (rng.random(pattern.shape) < 0.1)).astype(float)


def fit(X, y=None, **changes):
    return PixelCNN(**{**QUICK, **changes}).fit(X, y)


def sees(network, height, width):
    """Return which pixel's log-odds have a derivative in which pixel, by raster order."""
    rng = torch.Generator().manual_seed(0)
    # Several images: a rectified unit is silent in some.
    pixels = (torch.rand(16, height * width, generator=rng) * 2 - 1).double()
    jacobian = torch.autograd.functional.jacobian(lambda x: network(x).sum(dim=(0, 1)), pixels)
    return (jacobian != 0).any(dim=1).numpy()


@pytest.mark.parametrize(
    ("height", "width", "n_layers", "kernel_size"), [(8, 8, 4, 5), (5, 7, 6, 3), (6, 6, 2, 7)]
)
def test_every_pixel_sees_all_before_it_and_no_other(height, width, n_layers, kernel_size):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = CausalNetwork(
            height, width, n_levels=3, n_channels=8, n_layers=n_layers, kernel_size=kernel_size
        ).double()
    seen = sees(network, height, width)
    assert_array_equal(seen, np.tri(height * width, k=-1, dtype=bool))


def test_a_small_reach_has_no_blind_spot():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = CausalNetwork(9, 9, n_levels=2, n_channels=8, n_layers=2, kernel_size=3).double()
    seen = sees(network, 9, 9).reshape(9, 9, 9, 9)
    near = {(4 - i, 4 - j) for i, j in np.argwhere(seen[4, 4])}
    # Two rows and columns each way, one row more above by the step down, all of the past.
    square = set(itertools.product(range(1, 3), range(-2, 3))) | {(0, 1), (0, 2)}
    assert square <= near
    assert all(up > 0 or (up == 0 and left > 0) for up, left in near)


@pytest.mark.parametrize("n_levels", [2, 3])
def test_likelihoods_of_all_continuations_sum_to_one(X, n_levels):
    levels = np.minimum(X * (n_levels - 1), n_levels - 1)
    model = fit(levels, n_levels=n_levels)
    # All images that agree before the last six pixels: their shares of the law sum to that of
    # the beginning, which the next pixel's two halves give as well.
    tails = np.array(list(itertools.product(range(n_levels), repeat=6)), dtype=float)
    images = np.repeat(levels[:1].reshape(1, 16), len(tails), axis=0)
    images[:, -6:] = tails
    total = np.logaddexp.reduce(model.score_samples(images.reshape(-1, 4, 4)))
    beginning = log_likelihood_of_the_beginning(model, images[0], 10)
    assert_allclose(np.exp(total - beginning), 1, atol=1e-6)


def log_likelihood_of_the_beginning(model, image, n_pixels):
    """Add up the logs of the conditional laws by hand."""
    shown = torch.tensor(image, dtype=torch.float32) * (2 / (model.n_levels - 1)) - 1
    logits = model.pixels_(shown[None, None])[0, 0].double()
    log_laws = logits.log_softmax(dim=0).numpy()
    return sum(log_laws[int(image[i]), i] for i in range(n_pixels))


def test_likelihoods_of_all_images_sum_to_one():
    X = (np.random.default_rng(0).random((40, 3, 3)) < 0.3).astype(float)
    every = np.array(list(itertools.product([0.0, 1.0], repeat=9))).reshape(-1, 3, 3)
    assert_allclose(np.exp(fit(X).score_samples(every)).sum(), 1, atol=1e-6)


def test_draws_have_the_likelihoods_they_are_given():
    X = (np.random.default_rng(0).random((40, 2, 2)) < [[0.2, 0.7], [0.5, 0.9]]).astype(float)
    model = fit(X)
    every = np.array(list(itertools.product([0.0, 1.0], repeat=4))).reshape(-1, 2, 2)
    draws = model.sample(4000, random_state=0).reshape(-1, 4)
    shares = np.bincount((draws @ [8, 4, 2, 1]).astype(int), minlength=16) / len(draws)
    expected = np.exp(model.score_samples(every))
    assert (abs(shares - expected) < 5 * np.sqrt(expected * (1 - expected) / 4000)).all()


def test_it_learns_stripes(X):
    model = fit(X, n_steps=120, learning_rate=0.02, averaging=0.9)
    assert model.score(X) > -16 * np.log(2) + 3
    draws = model.sample(100, random_state=0)
    assert (draws[:, 0] != draws[:, 1]).mean() > 0.6


def test_classes_shift_the_law(X):
    y = X[:, 0].mean(axis=1) > 0.5
    model = fit(X, y, n_steps=120, learning_rate=0.02, averaging=0.9, input_dropout=0.0)
    right, wrong = model.score_samples(X, y).mean(), model.score_samples(X, ~y).mean()
    assert right > wrong + 1
    given = np.stack([model.score_samples(X, np.full(len(X), c)) for c in (False, True)])
    mixture = np.logaddexp.reduce(given + np.log(model.class_prior_)[:, None], axis=0)
    assert_allclose(model.score_samples(X), mixture)
    bright = model.sample(60, y=True, random_state=0)[:, 0].mean()
    assert bright > model.sample(60, y=False, random_state=0)[:, 0].mean() + 0.3
    assert model.sample(3).shape == (3, 4, 4)


def test_large_images_go_through():
    X = (np.random.default_rng(0).random((4, 28, 28)) < 0.3).astype(float)
    model = fit(X, n_steps=2, steps_per_epoch=2)
    assert model.score_samples(X).shape == (4,)
    assert np.isfinite(model.score_samples(X)).all()


@pytest.mark.slow
def test_large_images_are_drawn():
    X = (np.random.default_rng(0).random((8, 28, 28)) < 0.3).astype(float)
    draws = fit(X, n_steps=100, learning_rate=0.02, averaging=0.0).sample(2, random_state=0)
    assert draws.shape == (2, 28, 28)
    assert abs(draws.mean() - 0.3) < 0.1


class StopAfter:
    def __init__(self, n_epochs):
        self.n_epochs = n_epochs

    def on_epoch_end(self, state):
        return state.progress.epoch >= self.n_epochs


@pytest.mark.parametrize("n_replicas", [1, 2])
def test_interrupted_and_resumed_equals_uninterrupted(X, tmp_path, n_replicas):
    whole = fit(X, n_replicas=n_replicas)
    path = tmp_path / "half"
    fit(X, n_replicas=n_replicas, checkpoint=path, callbacks=[StopAfter(1)])
    resumed = PixelCNN(**QUICK, n_replicas=n_replicas).fit(X, resume_from=path)
    for ours, theirs in zip(
        whole.pixels_.state_dict().values(), resumed.pixels_.state_dict().values(), strict=True
    ):
        assert torch.equal(ours, theirs)


def test_the_first_replica_does_not_depend_on_the_others(X):
    alone, among = fit(X), fit(X, n_replicas=3)
    # Batched convolutions may round in another order.
    assert_allclose(among.score_samples(X), alone.score_samples(X), rtol=1e-3)
    assert not np.allclose(*(among.score_samples(X, replica=r) for r in (0, 1)))


@pytest.mark.parametrize("has_classes", [False, True])
def test_a_saved_model_is_the_same(X, tmp_path, has_classes):
    y = np.arange(len(X)) % 3 if has_classes else None
    model = fit(X, y)
    model.save(tmp_path / "model")
    loaded = PixelCNN.load(tmp_path / "model")
    assert_array_equal(loaded.score_samples(X), model.score_samples(X))
    assert_array_equal(loaded.sample(5, random_state=0), model.sample(5, random_state=0))


def test_it_is_quiet_unless_asked_also_when_sampling(X, capsys):
    fit(X).sample(2)
    assert capsys.readouterr() == ("", "")
    loud = fit(X, verbose=1)
    assert "PixelCNN" in capsys.readouterr().err
    loud.sample(2)
    assert "pixels" in capsys.readouterr().err


def test_the_global_generators_are_left_alone(X):
    np_state, torch_state = np.random.get_state()[1].copy(), torch.get_rng_state()
    fit(X).sample(2)
    assert_array_equal(np_state, np.random.get_state()[1])
    assert torch.equal(torch_state, torch.get_rng_state())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kernel_size": 4}, "kernel_size must be odd, got 4"),
        ({"input_dropout": 1.0}, r"input_dropout must lie in \[0, 1\), got 1.0"),
        ({"n_levels": 1}, "n_levels must be at least 2, got 1"),
    ],
)
def test_a_bad_parameter_is_named(X, changes, message):
    with pytest.raises(ValueError, match=message):
        fit(X, **changes)


def test_what_are_no_images_of_levels_is_refused(X):
    with pytest.raises(ValueError, match=r"shape \(n_samples, height, width\), got \(60, 16\)"):
        fit(X.reshape(60, 16))
    with pytest.raises(ValueError, match="integers from 0 to 1"):
        fit(2 * X)
    with pytest.raises(ValueError, match=r"y must have shape \(60,\)"):
        fit(X, [0, 1])
    with pytest.raises(ValueError, match="y must be None for a model without classes"):
        fit(X).sample(2, y=1)
    with pytest.raises(ValueError, match=r"y must hold one of \[0, 1\] for each row, got .*2"):
        fit(X, np.arange(60) % 2).sample(2, y=2)


@pytest.mark.slow
def test_digits_are_more_likely_than_under_a_boltzmann_machine():
    X = (load_digits().data > 8).astype(float)
    train, test = train_test_split(X, test_size=0.25, random_state=0)
    pixels = PixelCNN(random_state=1).fit(train.reshape(-1, 8, 8))
    machine = RBM(n_hidden=16, random_state=1).fit(train)
    assert pixels.score(test.reshape(-1, 8, 8)) > machine.score(test)
