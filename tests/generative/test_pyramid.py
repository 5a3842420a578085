"""LaplacianPyramidGAN: the pyramid is exact, its levels agree, coarse means are the data's."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from robustgan import LaplacianPyramidGAN
from robustgan.contamination import load_images
from robustgan.networks.pyramid import (
    DetailGenerator,
    compose,
    count_levels,
    decompose,
    doubled,
    halved,
)
from robustgan.objectives import ZeroGradientPenalty

QUICK = {"n_steps": 4, "steps_per_epoch": 2, "n_channels": 2, "hidden_units": (4,)}


def blobs(n, side, rng):
    """Return images of one Gaussian bump each, in one of the four quarters."""
    centres = rng.integers(0, 2, size=(n, 2)) * side / 2 + side / 4 - 0.5
    row, column = np.indices((side, side))
    squared = (row - centres[:, :1, None]) ** 2 + (column - centres[:, 1:, None]) ** 2
    return np.exp(-squared / (2 * (side / 8) ** 2))


@given(
    n_levels=st.integers(1, 4),
    height=st.integers(1, 3),
    width=st.integers(1, 3),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=25, deadline=None)
def test_a_pyramid_is_put_together_exactly(n_levels, height, width, seed):
    shape = (2, 3, height * 2 ** (n_levels - 1), width * 2 ** (n_levels - 1))
    images = torch.from_numpy(np.random.default_rng(seed).normal(size=shape))
    levels = decompose(images, n_levels)
    assert len(levels) == n_levels
    assert levels[-1].shape == (2, 3, height, width)
    assert_allclose(compose(levels), images, rtol=1e-12, atol=1e-12)
    for detail in levels[:-1]:
        assert_allclose(halved(detail), 0.0, atol=1e-12)


def test_doubling_is_undone_by_halving():
    image = torch.arange(6.0).reshape(1, 2, 3)
    assert doubled(image)[0, :2, :2].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert torch.equal(halved(doubled(image)), image)


def test_what_is_drawn_keeps_its_coarse_half():
    images = torch.from_numpy(np.random.default_rng(0).normal(size=(5, 4, 8, 8))).float()
    network = DetailGenerator(3, 6)
    for parameter in network.parameters():
        torch.nn.init.constant_(parameter, 0.1)
    drawn = network(images).detach()
    assert_allclose(halved(drawn), halved(images[:, :3]), atol=1e-5)
    assert not np.allclose(drawn, images[:, :3], atol=0.1)


@pytest.mark.parametrize(
    ("size", "wanted", "n_levels"),
    [
        ((8, 8), None, 2),
        ((28, 28), None, 3),
        ((32, 32), None, 3),
        ((64, 32), None, 3),
        ((32, 32), 2, 2),
        ((32, 32), 5, 5),
    ],
)
def test_levels_follow_from_the_size(size, wanted, n_levels):
    assert count_levels(*size, wanted) == n_levels


def test_sides_that_cannot_be_halved_are_refused():
    X = np.random.default_rng(0).uniform(size=(20, 9, 8))
    with pytest.raises(ValueError, match="sides divisible by 2 for 2 levels, got 9 x 8"):
        LaplacianPyramidGAN(**QUICK).fit(X)
    with pytest.raises(ValueError, match="sides divisible by 8 for 4 levels, got 12 x 12"):
        LaplacianPyramidGAN(**QUICK, n_levels=4).fit(np.zeros((20, 12, 12)))


def test_the_fitted_model_takes_images_apart_and_puts_them_together():
    X = np.random.default_rng(0).uniform(3, 9, size=(20, 28, 28))
    model = LaplacianPyramidGAN(**QUICK, random_state=0).fit(X)
    levels = model.decompose(X)
    assert [level.shape[-1] for level in levels] == [28, 14, 7]
    # Rows enter as float32.
    assert_allclose(model.compose(levels), X, rtol=1e-6)
    with pytest.raises(ValueError, match="levels must be 3 arrays, got 2"):
        model.compose(levels[1:])
    assert sorted(model.history_.losses)[:3] == [f"discriminator_{k}" for k in range(3)]


def test_the_score_of_an_image_is_the_sum_of_its_levels():
    X = np.random.default_rng(0).uniform(size=(20, 3, 8, 8))
    model = LaplacianPyramidGAN(**QUICK, random_state=0).fit(X)
    parts = [model.discriminate(X, level=k) for k in range(2)]
    assert_allclose(model.discriminate(X), sum(parts), rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match=r"level must lie in \[0, 1\], got 2"):
        model.discriminate(X, level=2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_draws_have_the_quarters_and_the_means_of_blobs(seed):
    X = blobs(1000, 16, np.random.default_rng(seed))
    model = LaplacianPyramidGAN(n_channels=8, n_steps=800, random_state=seed).fit(X)
    draws = model.sample(1000, random_state=seed)
    quarters = [z.reshape(-1, 2, 8, 2, 8).mean(axis=(2, 4)) for z in (X, draws)]
    # An eighth of the spread of a quarter's mean, which is .11.
    assert_allclose(quarters[1].mean(axis=0), quarters[0].mean(axis=0), atol=0.015)
    nearest = np.square(draws[:, None] - np.unique(X, axis=0)).mean(axis=(2, 3)).min(axis=1)
    # A blank image is .036 away.
    assert np.median(nearest) < 0.01
    counts = np.bincount(quarters[1].reshape(-1, 4).argmax(axis=1), minlength=4) / len(draws)
    assert counts.min() > 0.1


@pytest.mark.slow
def test_draws_of_digits_have_the_coarse_means_of_digits():
    X = load_images("digits").images
    model = LaplacianPyramidGAN(
        n_channels=8,
        n_steps=1000,
        learning_rate=2e-3,
        penalty=ZeroGradientPenalty(0.1),
        averaging=0.99,
        random_state=0,
    ).fit(X)
    coarse = [
        z.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)) for z in (X, model.sample(1500, random_state=0))
    ]
    # Standard errors are .005; a blank image is .55 away where there is most ink.
    assert np.abs(coarse[1].mean(axis=0) - coarse[0].mean(axis=0)).max() < 0.06
