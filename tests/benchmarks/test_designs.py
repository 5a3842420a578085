"""The adversaries and the scatter paper's laws: distance, spread, right angles."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks import suites
from benchmarks.designs import Adversary, draw, family_of, model_of
from benchmarks.harness.suite import Cell


@pytest.mark.parametrize("direction", ["axis", "all", "random"])
@pytest.mark.parametrize("n_clusters", [1, 3])
def test_clusters_lie_at_one_distance_and_at_right_angles(direction, n_clusters):
    points = Adversary(6, 5.0, 0.0, direction, n_clusters).sample(200, np.random.default_rng(0))
    centres = np.unique(points.round(9), axis=0)
    assert_allclose(centres @ centres.T, 25 * np.eye(n_clusters), atol=1e-6)


def test_the_first_of_all_coordinates_alike_points_there():
    points = Adversary(4, 2.0, 0.0, "all", 1).sample(3, np.random.default_rng(0))
    assert_allclose(points, np.ones((3, 4)))


def test_the_spread_is_that_of_every_direction():
    points = Adversary(3, 10.0, 2.0, "axis", 1).sample(20_000, np.random.default_rng(0))
    assert_allclose(points.std(axis=0), 2.0, rtol=0.03)
    assert_allclose(points.mean(axis=0), [10, 0, 0], atol=0.06)


# Other measures make rows of their own, such as images.
DRAWN = {"fitting", "location", "scatter", "scores", "halfspaces", "throughput"}


def is_drawn(name):
    """Tell whether a suite's rows are those of a design."""
    return suites.load(name).measure.__module__.rpartition(".")[2] in DRAWN


@pytest.mark.parametrize("name", list(filter(is_drawn, suites.names())))
def test_every_planned_cell_can_be_drawn(name):
    suite = suites.load(name)
    for cell in dict.fromkeys(cell for block in suite.blocks for cell in block.cells):
        model = model_of(cell)
        assert model is None or model.n_features == cell.n_features
        assert family_of(cell.design) in {"gaussian", "student", "elliptical"}


def test_real_data_are_centred_by_their_medians():
    X, is_outlier = draw(Cell("hbk", 75, 3), seed=0)
    assert_allclose(np.median(X, axis=0), 0, atol=1e-12)
    assert is_outlier.sum() == 14


def test_an_unknown_design_is_refused():
    with pytest.raises(ValueError, match="name must be one of"):
        model_of(Cell("no such / law", 10, 2))
