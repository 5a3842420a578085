"""Pix2Pix and CycleGAN: pairs and no pairs, units of both kinds, known maps recovered."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from robustgan import CycleGAN, Pix2Pix
from robustgan._bridge import Streams
from robustgan.contamination import load_images
from robustgan.networks import Replicated
from robustgan.networks.translating import UNet, patch_discriminator

QUICK = {"n_steps": 4, "steps_per_epoch": 2, "batch_size": 16, "random_state": 0}
SMALL = {**QUICK, "n_channels": 2}
RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(size=(30, 8, 8))


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (9, 14), (64, 32)])
def test_a_u_net_keeps_the_size_of_an_image(size):
    network = Replicated(UNet(2, 3, size, 2), streams=Streams([0], "cpu"))
    outputs = network(torch.zeros(1, 4, 2, *size))
    assert outputs.shape == (1, 4, 3, *size)
    assert float(outputs.detach().abs().max()) <= 1


def test_a_u_net_treats_each_image_by_itself():
    network = Replicated(UNet(1, 1, (8, 8), 2), streams=Streams([0], "cpu"))
    images = Streams([1], "cpu").normal(6, 64).view(1, 6, 1, 8, 8)
    assert_allclose(
        network(images)[:, :2].detach(), network(images[:, :2]).detach(), rtol=1e-4, atol=1e-6
    )


def test_a_score_sees_its_patch_only():
    network = Replicated(patch_discriminator(1, (32, 32), 4, 2), streams=Streams([0], "cpu"))
    images = torch.zeros(1, 1, 1, 32, 32, requires_grad=True)
    scores = network(images)
    assert scores.shape == (1, 1, 1, 8, 8)
    (slope,) = torch.autograd.grad(scores[0, 0, 0, 4, 4], images)
    rows, columns = torch.nonzero(slope[0, 0, 0], as_tuple=True)
    assert rows.max() - rows.min() + 1 == columns.max() - columns.min() + 1 == 18


def test_colours_may_differ_and_each_kind_keeps_its_units():
    X, y = RNG.uniform(0, 255, size=(20, 3, 8, 8)), RNG.uniform(-2, -1, size=(20, 8, 8))
    model = Pix2Pix(**SMALL).fit(X, y)
    drawn = model.transform(X[:5])
    assert drawn.shape == (5, 8, 8)
    assert y.min() - 1e-9 <= drawn.min() <= drawn.max() <= y.max() + 1e-9
    assert_array_equal(model.predict(X[:5]), drawn)
    assert_allclose(model.score(X, y), -np.abs(model.transform(X) - y).mean(), rtol=1e-5)
    assert model.discriminate(X, y).shape == (20,)


def test_a_cycle_goes_back_to_the_units_it_came_from():
    X, y = RNG.normal(100, 5, size=(40, 3)), RNG.normal(-1, 0.1, size=(30, 2))
    model = CycleGAN(**QUICK, hidden_units=(8,)).fit(X, y)
    assert model.transform(X).shape == (40, 2)
    assert model.inverse_transform(y).shape == (30, 3)
    assert np.abs(model.inverse_transform(y).mean(axis=0) - 100).max() < 20
    assert np.isfinite([model.cycle_error(X), model.cycle_error(y, inverse=True)]).all()
    assert model.discriminate(y).shape == (30,)
    assert model.discriminate(X, inverse=True).shape == (40,)


def test_draws_are_translations_of_the_fits_rows():
    model = Pix2Pix(**SMALL).fit(IMAGES, 1 - IMAGES)
    draws, known = model.sample(50, random_state=0), model.transform(IMAGES)
    nearest = np.abs(draws[:, None] - known).max(axis=(2, 3)).min(axis=1)
    assert nearest.max() < 1e-5


def test_only_so_many_rows_of_the_fit_are_kept():
    X = RNG.normal(size=(1500, 2))
    model = CycleGAN(**QUICK, hidden_units=(4,)).fit(X, X)
    assert model.sources_.shape == (1000, 2)


@pytest.mark.parametrize(
    ("model", "X", "y", "message"),
    [
        (Pix2Pix(**SMALL), IMAGES, None, "y must hold rows of the kind that X is translated to"),
        (Pix2Pix(**SMALL), IMAGES, IMAGES[:20], "an image of the size of X's for each of them"),
        (Pix2Pix(**SMALL), IMAGES, IMAGES[:, :6], "30 of 8 x 8, got 30 of 6 x 8"),
        (Pix2Pix(**SMALL), IMAGES, IMAGES * np.nan, "y must be rows of numbers"),
        (Pix2Pix(**SMALL), IMAGES, IMAGES[:, 0], r"y must have shape \(n_samples, height"),
        (CycleGAN(**SMALL), IMAGES, IMAGES[:, 0], r"y must have shape \(n_samples, height"),
        (CycleGAN(**SMALL), IMAGES, IMAGES[:, :6], "images of the size of X's"),
        (CycleGAN(**SMALL), IMAGES[:, 0], IMAGES, "y must hold vectors, as X does"),
        (
            CycleGAN(**QUICK, identity_weight=0.5),
            IMAGES[:, 0],
            IMAGES[:, 0, :2],
            "identity_weight must be 0 where rows of X and y differ in shape, got 0.5",
        ),
        (
            Pix2Pix(**SMALL, adversarial_weight=0, reconstruction_weight=0),
            IMAGES,
            IMAGES,
            "adversarial_weight must be above 0",
        ),
        (CycleGAN(**SMALL, cycle_weight=-1.0), IMAGES, IMAGES, "cycle_weight must be"),
    ],
)
def test_what_does_not_fit_is_named(model, X, y, message):
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)


def test_pairs_are_asked_for_and_given():
    model = Pix2Pix(**SMALL).fit(IMAGES, IMAGES)
    with pytest.raises(ValueError, match="y must have 30 rows, as X, got 29"):
        model.discriminate(IMAGES, IMAGES[1:])
    with pytest.raises(ValueError, match=r"y must have rows of shape \(8, 8\), got \(6, 8\)"):
        model.score(IMAGES, IMAGES[:, :6])


def halves(n_train=1500):
    """Return digits without their right half, whole ones, and which are held out."""
    y = load_images("digits").images
    X = y.copy()
    X[..., 4:] = 0
    return X[:n_train], y[:n_train], X[n_train:], y[n_train:]


def contrast(images):
    """Return the mean absolute difference of neighbours in the right half."""
    right = images[..., 4:]
    return np.abs(np.diff(right, axis=-1)).mean() + np.abs(np.diff(right, axis=-2)).mean()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_the_game_draws_sharper_halves_for_little_more_error(seed):
    X, y, X_held_out, y_held_out = halves()
    settings = {"n_steps": 1000, "random_state": seed}
    game = Pix2Pix(**settings).fit(X, y)
    regression = Pix2Pix(**settings, adversarial_weight=0.0).fit(X, y)
    truth, blank = contrast(y_held_out), np.abs(y_held_out - X_held_out).mean()
    sharp, blurred = (contrast(m.transform(X_held_out)) for m in (game, regression))
    assert truth - sharp < 0.8 * (truth - blurred)
    errors = [-m.score(X_held_out, y_held_out) for m in (game, regression)]
    assert errors[1] < errors[0] < 1.1 * errors[1]
    assert errors[0] < 0.6 * blank


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_inverted_digits_are_recognised_without_pairs(seed):
    X = load_images("digits").images
    order = np.random.default_rng(seed).permutation(len(X))
    X, y, held_out = X[order[:800]], 1 - X[order[800:1600]], X[order[1600:]]
    model = CycleGAN(n_channels=8, batch_size=16, n_steps=600, random_state=seed).fit(X, y)
    # Grey levels span 2 in the networks' units, a digit is .47 from the mean one.
    assert model.cycle_error(held_out) < 0.1
    assert np.abs(model.transform(held_out) - (1 - held_out)).mean() < 0.1
    assert np.abs(model.inverse_transform(1 - held_out) - held_out).mean() < 0.1


def skewed(n, rng):
    """Return rows of an exponential column and one of two bumps."""
    bumps = 2.0 * (rng.uniform(size=n) < 0.25) + rng.normal(0, 0.2, size=n)
    return np.column_stack([rng.exponential(size=n), bumps])


@pytest.mark.slow
@pytest.mark.representative
@pytest.mark.parametrize("seed", [0, 1])
def test_among_maps_between_two_laws_the_one_that_changes_least_is_found(seed):
    rng = np.random.default_rng(seed)
    scale, shift = np.array([2.0, 0.5]), np.array([3.0, -1.0])
    X, y = skewed(1000, rng), skewed(800, rng) * scale + shift
    model = CycleGAN(identity_weight=0.5, n_steps=500, random_state=seed).fit(X, y)
    held_out = skewed(1000, rng)
    truth = held_out * scale + shift
    errors = np.abs(model.transform(held_out) - truth).mean(axis=0) / truth.std(axis=0)
    assert errors.max() < 0.2
    assert model.cycle_error(held_out) < 0.1
