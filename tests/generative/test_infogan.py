"""InfoGAN: the bound in closed form, codes that are recognised, and what is refused."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import linear_sum_assignment

from robustgan import InfoGAN
from robustgan._bridge import Streams
from robustgan.generative.codes import Codes
from robustgan.objectives import Clustering, ImageMoves

QUICK = {"n_steps": 20, "steps_per_epoch": 5, "hidden_units": (8,), "batch_size": 32}


def clusters(n, seed):
    rng = np.random.default_rng(seed)
    index = rng.integers(3, size=n)
    return 8.0 * np.eye(3)[index] + rng.normal(size=(n, 3)), index


def agreement(found, truth):
    """Share of rows that agree after the best matching of categories."""
    table = np.zeros((10, 10))
    np.add.at(table, (found, truth), 1)
    return table[linear_sum_assignment(-table)].sum() / len(truth)


@pytest.fixture(name="model", scope="module")
def fitted():
    X, _ = clusters(1000, 0)
    settings = {"hidden_units": (32,), "n_steps": 400, "annealing": 0.5, "penalty": "r1"}
    return InfoGAN(n_categories=3, latent_dim=3, **settings, random_state=0).fit(X)


@pytest.mark.parametrize(
    ("sureness", "expected"), [(50.0, np.log(3) + np.log(2)), (0.0, 0.0)], ids=["sure", "unsure"]
)
def test_the_bound_of_categories_is_the_information_that_is_told(sureness, expected):
    codes = Codes((3, 2), 0)
    drawn = codes.draw(500, Streams([0], "cpu"))
    assert_allclose(codes.bound(sureness * drawn, drawn), [expected], atol=1e-5)


def test_the_bound_of_a_number_is_that_of_a_gaussian_channel():
    codes = Codes((), 1)
    drawn = codes.draw(200_000, Streams([0], "cpu"))
    noise = 0.2 * torch.randn(drawn.shape, generator=torch.Generator().manual_seed(0))
    law = torch.cat([drawn + noise, torch.full_like(drawn, np.log(0.2))], dim=-1)
    # H(c) + E log N(c; c + noise, 0.2^2).
    expected = np.log(2) - 0.5 - np.log(0.2) - 0.5 * np.log(2 * np.pi)
    assert_allclose(codes.bound(law, drawn), [expected], atol=0.01)


def test_the_categories_are_the_clusters(model):
    X, index = clusters(500, 1)
    categories, numbers = model.encode(X)
    assert agreement(categories[:, 0], index) > 0.98
    assert numbers.shape == (500, 0)
    assert_array_equal(model.transform(X).argmax(axis=1), categories[:, 0])


def test_a_category_that_is_drawn_is_recognised(model):
    for category in range(3):
        draws = model.sample(300, categories=category, random_state=category)
        assert (model.encode(draws)[0] == category).mean() > 0.95


def test_the_information_is_reported_by_epoch_and_in_the_end(model):
    assert model.history_.tracked.shape == (4, 1)
    assert model.history_.tracked[-1] > model.history_.tracked[0]
    assert np.log(3) - 0.1 < model.mutual_information_[0] <= np.log(3)


def test_numbers_say_where_a_row_lies():
    position = np.random.default_rng(0).uniform(-1.0, 1.0, size=1000)
    X = np.outer(position, [3.0, 4.0]) + np.random.default_rng(1).normal(0, 0.1, size=(1000, 2))
    settings = {"hidden_units": (32,), "n_steps": 400, "annealing": 0.5, "penalty": "r1"}
    gan = InfoGAN(n_categories=(), n_continuous=1, latent_dim=1, **settings, random_state=0).fit(X)
    found = gan.encode(X)[1][:, 0]
    assert abs(np.corrcoef(found, position)[0, 1]) > 0.95
    told = np.linspace(-0.9, 0.9, 400)
    recognised = gan.encode(gan.sample(400, continuous=told, random_state=0))[1][:, 0]
    assert np.corrcoef(recognised, told)[0, 1] > 0.9


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"categories": 3}, r"categories must lie in \[0, \[3\]\), got 3"),
        ({"categories": 0.5}, "categories must be 1 integers for all rows"),
        ({"categories": [0, 1]}, "for each of 4, got"),
        ({"continuous": 0.5}, "continuous must be 0 numbers"),
    ],
)
def test_codes_that_the_model_has_not_are_refused(model, told, message):
    with pytest.raises(ValueError, match=message):
        model.sample(4, **told)


def test_clustering_prefers_sure_balanced_and_steady_classes():
    rows, streams = torch.arange(6.0).view(1, 6, 1), Streams([0], "cpu")
    loss = Clustering(information=1.0, balance=2.0)
    sure, unsure, one = (
        float(loss(lambda x, f=f: [f(x)], rows, streams))
        for f in (
            lambda x: 50 * torch.cat([x - 2.5, 2.5 - x], dim=2),
            lambda x: torch.zeros(1, 6, 2),
            lambda x: torch.cat([x + 50, x], dim=2),
        )
    )
    assert_allclose([sure, unsure, one], [-2 * np.log(2), np.log(2) - 2 * np.log(2), 0], atol=1e-5)
    moving = Clustering(lambda x, _: 5 - x, information=0.0)
    changed = moving(lambda x: [torch.cat([x - 2.5, 2.5 - x], dim=2)], rows, streams)
    assert float(changed) > 1.0


def test_images_are_moved_a_little_and_by_their_own_stream():
    images = torch.rand(2, 5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    still = ImageMoves(0.0, 0.0, 0.0)(images, Streams([0, 1], "cpu"))
    assert_allclose(still, images, atol=1e-5)
    moved = ImageMoves()(images, Streams([0, 1], "cpu"))
    alone = ImageMoves()(images[:1], Streams([0], "cpu"))
    assert torch.equal(moved[:1], alone)
    flat = ImageMoves(shape=(1, 8, 8))(images.flatten(2), Streams([0, 1], "cpu"))
    assert torch.equal(flat, moved.flatten(2))
    with pytest.raises(ValueError, match="must hold images"):
        ImageMoves()(images.flatten(2), Streams([0, 1], "cpu"))


def test_clustering_is_saved_with_the_model(tmp_path):
    X = np.random.default_rng(0).normal(size=(64, 16))
    clustering = Clustering(ImageMoves(shape=(1, 4, 4)))
    model = InfoGAN(**QUICK, clustering=clustering, n_replicas=2, random_state=0).fit(X)
    model.save(tmp_path / "model")
    assert InfoGAN.load(tmp_path / "model").clustering == clustering
    with pytest.raises(TypeError, match="clustering must be a Clustering or None, got 1"):
        InfoGAN(**QUICK, clustering=1).fit(X)
