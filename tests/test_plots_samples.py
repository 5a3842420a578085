"""Draws in a picture: images in a grid, points over the data."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_array_equal

from robustgan import SampleDisplay
from robustgan.plots.samples import tile


class Sampler:
    def sample(self, n_samples, *, random_state):
        return np.random.default_rng(random_state).uniform(size=(n_samples, 12))


def test_a_tile_holds_every_image_once():
    images = np.arange(5 * 2 * 3, dtype=float).reshape(5, 2, 3, 1)
    picture = tile(images)
    assert picture.shape == (2 * 3 + 1, 3 * 4 + 1, 1)
    assert_array_equal(picture[1:3, 5:8, 0], images[1, ..., 0] / 29)
    assert (picture[4:, 9:] == 1).all()


@pytest.mark.parametrize("shape", [(7, 4, 4), (7, 1, 4, 4), (7, 3, 4, 4)])
def test_images_are_drawn_without_axes(shape):
    ax = SampleDisplay(np.zeros(shape)).plot(ax=Figure().subplots()).ax_
    assert not ax.axison
    assert ax.get_title() == "7 draws"


def test_points_are_drawn_over_the_data():
    points = np.random.default_rng(0).normal(size=(30, 2))
    display = SampleDisplay(points, data=points + 1).plot(ax=Figure().subplots())
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels == ["data", "draws"]
    assert display.ax_.get_xlabel() == "first feature"


def test_rows_become_images_of_a_shape():
    display = SampleDisplay.from_estimator(
        Sampler(), n_samples=9, image_shape=(3, 4), ax=Figure().subplots()
    )
    assert np.shape(display.samples) == (9, 3, 4)


def test_rows_that_are_neither_are_refused():
    with pytest.raises(ValueError, match="samples must be images"):
        SampleDisplay.from_estimator(Sampler(), n_samples=9, ax=Figure().subplots())
