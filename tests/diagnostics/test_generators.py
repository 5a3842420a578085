"""Coverage, neighbours, walks through the noise and two-sample tests, on known samples."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression

from robustgan import GAN
from robustgan.contamination import GaussianGrid, GaussianRing
from robustgan.diagnostics import (
    HeldOutTest,
    interpolate,
    latent_arithmetic,
    mode_coverage,
    nearest_neighbours,
    two_sample_test,
)


@pytest.mark.parametrize(("law", "n_modes"), [(GaussianRing(), 8), (GaussianGrid(), 25)])
def test_the_law_itself_covers_its_modes(law, n_modes):
    found = mode_coverage(law.sample(20_000, rng=0), law.centres, law.scale)
    assert found.n_modes == n_modes
    # A Rayleigh radius within 3: 1 - exp(-4.5).
    assert found.high_quality == pytest.approx(1 - np.exp(-4.5), abs=0.003)


def test_rows_far_from_all_modes_count_for_none():
    law = GaussianRing()
    found = mode_coverage(np.vstack([law.centres[:3], np.zeros((3, 2))]), law.centres, law.scale)
    assert (found.n_modes, found.high_quality) == (3, 0.5)
    assert_array_equal(found.counts, [1, 1, 1, 0, 0, 0, 0, 0])


def test_copies_have_neighbours_at_no_distance():
    images = np.random.default_rng(0).normal(size=(20, 1, 4, 4))
    distances, indices = nearest_neighbours(images[[3, 7]], images, n_neighbours=2)
    assert_array_equal(indices[:, 0], [3, 7])
    assert_allclose(distances[:, 0], 0.0, atol=1e-6)
    assert (distances[:, 1] > 0.1).all()


@pytest.mark.parametrize("path", ["linear", "spherical"])
def test_a_path_begins_and_ends_where_it_should(path):
    start, end = np.random.default_rng(0).normal(size=(2, 5))
    points = interpolate(start, end, 7, path=path)
    assert_allclose(points[[0, -1]], [start, end], rtol=1e-12)


def test_an_arc_turns_evenly_and_keeps_a_common_length():
    start, end = np.random.default_rng(0).normal(size=(2, 50))
    end *= np.linalg.norm(start) / np.linalg.norm(end)
    points = interpolate(start, end, 9)
    assert_allclose(np.linalg.norm(points, axis=1), np.linalg.norm(start), rtol=1e-12)
    turns = (points[1:] * points[:-1]).sum(axis=1)
    assert_allclose(turns, turns[0], rtol=1e-12)


def test_an_arc_between_nearly_the_same_points_is_exact():
    start = np.array([1.0, 2.0, 3.0])
    assert_allclose(interpolate(start, start, 3), np.tile(start, (3, 1)), rtol=1e-12)


def test_no_arc_leads_to_the_opposite_side():
    with pytest.raises(ValueError, match="must not be opposite"):
        interpolate([1.0, 0.0], [-1.0, 0.0])
    with pytest.raises(ValueError, match="must not be zero"):
        interpolate([0.0, 0.0], [1.0, 0.0])


def test_a_trait_is_added():
    moved = latent_arithmetic(np.full((3, 4), 2.0), np.ones((2, 4)), np.zeros((5, 4)))
    assert_array_equal(moved, np.ones((5, 4)))
    with pytest.raises(ValueError, match="points of one width"):
        latent_arithmetic(np.ones((3, 4)), np.ones((2, 3)), np.zeros(4))


def test_p_values_of_one_law_are_not_small():
    rng = np.random.default_rng(0)
    classifier = LogisticRegression()
    p_values = [
        two_sample_test(
            *rng.normal(size=(2, 200, 2)), classifier=classifier, random_state=0
        ).p_value
        for _ in range(100)
    ]
    # At most 5 of 100 in expectation; 12 has a probability of 4 in 1000.
    assert np.mean(np.array(p_values) <= 0.05) <= 0.11


def test_two_laws_are_told_apart_with_the_best_accuracy():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(4000, 1)), rng.normal(size=(3000, 1)) + 2.0
    test = two_sample_test(X, Y, classifier=LogisticRegression(), random_state=0)
    # The best rule is right with probability Phi(1).
    assert test.accuracy == pytest.approx(0.841, abs=0.03)
    assert test.n_held_out == 3000
    assert test.p_value < 1e-10


def test_rows_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="rows like X, of 2 numbers, got 3"):
        two_sample_test(np.zeros((9, 2)), np.zeros((9, 3)))


def test_a_held_out_test_ends_a_training_that_no_longer_improves():
    X = np.random.default_rng(0).normal(size=(400, 2))
    watcher = HeldOutTest(X[200:], every=1, patience=2, classifier=LogisticRegression())
    settings = {"n_steps": 60, "steps_per_epoch": 2, "hidden_units": (8,), "random_state": 0}
    watched = GAN(**settings, callbacks=[watcher]).fit(X[:200])
    assert 3 <= len(watcher.tests) < 30
    accuracies = [test.accuracy for test in watcher.tests]
    assert int(np.argmin(accuracies)) == len(accuracies) - 3
    # Looking changes nothing: the same game up to the end.
    alone = GAN(**settings).fit(X[:200])
    n_epochs = len(watcher.tests)
    assert_array_equal(
        watched.history_.losses["generator"], alone.history_.losses["generator"][:n_epochs]
    )


def test_a_held_out_test_needs_a_model_that_samples():
    with pytest.raises(TypeError, match="must be a callback of a model that samples"):
        HeldOutTest(np.zeros((9, 2))).on_epoch_end(None)
