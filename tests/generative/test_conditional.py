"""ConditionalGAN: draws are those of the class or the attributes that are asked for."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch import nn

from robustgan import ConditionalGAN

MEANS = {"east": [6.0, 0.0], "north": [0.0, 6.0], "west": [-6.0, 0.0]}
QUICK = {"n_steps": 20, "steps_per_epoch": 5, "hidden_units": (8,), "batch_size": 32}


def gaussians(n, seed):
    rng = np.random.default_rng(seed)
    y = rng.choice(list(MEANS), size=n, p=[0.5, 0.3, 0.2])
    return np.array([MEANS[label] for label in y]) + rng.normal(size=(n, 2)), y


@pytest.fixture(name="model", scope="module")
def fitted():
    X, y = gaussians(1500, 0)
    settings = {"hidden_units": (32,), "n_steps": 600, "annealing": 0.5, "penalty": "r1"}
    return ConditionalGAN(**settings, learning_rate=(2e-3, 4e-3), random_state=0).fit(X, y)


def test_each_class_is_drawn_around_its_mean(model):
    for label, mean in MEANS.items():
        draws = model.sample(2000, y=label, random_state=1)
        # A fit of 300 to 750 rows a class, whose deviation is 1.
        assert_allclose(draws.mean(axis=0), mean, atol=0.4)
        assert (draws.std(axis=0) > 0.3).all()


def test_a_classifier_of_the_data_labels_draws_right(model):
    X, y = gaussians(2000, 1)
    asked = np.repeat(model.classes_, 500)
    draws = model.sample(len(asked), y=asked, random_state=2)
    assert LinearDiscriminantAnalysis().fit(X, y).score(draws, asked) >= 0.95


def test_without_conditions_classes_come_by_their_shares(model):
    X, y = gaussians(2000, 1)
    found = LinearDiscriminantAnalysis().fit(X, y).predict(model.sample(4000, random_state=3))
    shares = [np.mean(found == label) for label in model.classes_]
    assert_allclose(shares, model.class_prior_, atol=0.05)


def test_the_discriminator_is_read_given_the_label():
    X, y = gaussians(1000, 0)
    # The generator hardly moves, and draws the same of all classes.
    still = {"hidden_units": (16,), "learning_rate": (1e-9, 1e-2), "n_steps": 100}
    gan = ConditionalGAN(**still, random_state=0).fit(X, y)
    model = gan.refit_discriminator(X, y, n_steps=200, random_state=0)
    assert (model.density_ratio(X, y) > 1).mean() > 0.9
    assert model.divergence(X, y, random_state=0) > 0.5
    assert not np.allclose(model.discriminate(X, y), model.discriminate(X, np.roll(y, 1)))


def test_attributes_move_what_is_drawn():
    rng = np.random.default_rng(0)
    attributes = rng.uniform(-50.0, 50.0, size=(1500, 2))
    X = attributes[:, ::-1] / 10 + rng.normal(scale=0.3, size=(1500, 2))
    settings = {"hidden_units": (32,), "n_steps": 600, "annealing": 0.5, "penalty": "r1"}
    gan = ConditionalGAN(**settings, learning_rate=(2e-3, 4e-3), random_state=0).fit(X, attributes)
    for asked in ([30.0, -20.0], [-30.0, 0.0]):
        drawn = gan.sample(500, y=asked, random_state=0).mean(axis=0)
        # Between rows that lie 10 units wide, and 0.3 in given attributes.
        assert_allclose(drawn, np.array(asked)[::-1] / 10, atol=0.5)
    assert gan.sample(3, y=attributes[:3]).shape == gan.sample(3).shape == (3, 2)


def test_images_have_conditions_as_channels():
    images, y = np.random.default_rng(0).normal(size=(64, 1, 4, 4)), np.arange(64) % 3
    generator = nn.Sequential(nn.Linear(2 + 3, 16), nn.Unflatten(1, (1, 4, 4)))
    discriminator = nn.Sequential(nn.Conv2d(4, 4, 3), nn.LeakyReLU(), nn.Conv2d(4, 1, 2))
    own = {"generator": generator, "discriminator": discriminator}
    gan = ConditionalGAN(**QUICK, **own, n_replicas=2, random_state=0).fit(images, y)
    assert gan.sample(5, y=2).shape == (5, 1, 4, 4)
    assert gan.discriminate(images, y).shape == (64,)
    assert gan.generate(np.zeros((3, 2)), [0, 1, 2]).shape == (3, 1, 4, 4)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.linspace(0.0, 1.0, 50) ** 2, r"class labels if it has one axis, got continuous .*resh"),
        (np.arange(40), "y must have shape"),
        (np.zeros((40, 2)), r"y must have shape \(50, 2\), got \(40, 2\)"),
        (np.full((50, 2), np.nan), "y contains NaN"),
    ],
)
def test_conditions_that_do_not_fit_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        ConditionalGAN(**QUICK).fit(np.random.default_rng(0).normal(size=(50, 2)), y)


def test_an_unknown_class_is_named(model):
    with pytest.raises(ValueError, match=r"y must hold only \['east', 'north', 'west'\], got .*up"):
        model.sample(3, y="up")
    with pytest.raises(ValueError, match=r"y must have shape \(3,\), got \(2,\)"):
        model.sample(3, y=["east", "west"])
    with pytest.raises(ValueError, match="y must be given"):
        model.discriminate(np.zeros((3, 2)))
