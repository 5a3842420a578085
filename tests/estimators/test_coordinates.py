"""The coordinates of a game: there and back, and free of the data's units."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from statsmodels.robust.scale import mad

from robustgan.estimators.coordinates import Coordinates, snap

COVARIANCES = ["identity", "diagonal", "full"]
every_covariance = pytest.mark.parametrize("covariance", COVARIANCES)
# Columns far apart in their units, and far from zero in them.
UNITS, SHIFTS = np.array([1e-9, 3.0, 1e9]), np.array([2e-8, -7.0, 5e9])


@pytest.fixture(name="X")
def sample():
    rng = np.random.default_rng(0)
    factor = np.array([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [-0.5, 0.5, 0.7]])
    return rng.normal(size=(4000, 3)) @ factor.T * [1.0, 5.0, 0.1] + [3.0, -40.0, 0.5]


def coordinates_of(X, covariance):
    return Coordinates.from_sample(torch.tensor(X), covariance, None)


def standardized(X, covariance):
    return coordinates_of(X, covariance).standardize(torch.tensor(X)).numpy()


def test_identity_centres_at_the_median_and_leaves_the_scale(X):
    assert_allclose(standardized(X, "identity"), X - np.median(X, axis=0), rtol=1e-12)


def test_diagonal_divides_by_the_median_absolute_deviation_too(X):
    expected = (X - np.median(X, axis=0)) / mad(X, axis=0)
    assert_allclose(standardized(X, "diagonal"), expected, rtol=1e-9, atol=1e-12)


def test_full_coordinates_are_white(X):
    # Five standard errors, sqrt(2 / 4,000), and half as much again for those of the start.
    assert_allclose(np.cov(standardized(X, "full").T), np.eye(3), atol=0.17)


@every_covariance
def test_a_location_finds_its_way_back(X, covariance):
    coordinates = coordinates_of(X, covariance)
    Z = coordinates.standardize(torch.tensor(X[:20])).numpy()
    for row, z in zip(X, Z, strict=False):
        assert_allclose(coordinates.location(z), row, rtol=1e-10)


def test_a_covariance_finds_its_way_back(X):
    coordinates = coordinates_of(X, "full")
    Z = coordinates.standardize(torch.tensor(X)).numpy()
    assert_allclose(coordinates.covariance(np.cov(Z.T)), np.cov(X.T), rtol=1e-9)


def test_variances_find_their_way_back_to_a_diagonal_matrix(X):
    coordinates = coordinates_of(X, "diagonal")
    Z = coordinates.standardize(torch.tensor(X)).numpy()
    matrix = coordinates.covariance(Z.var(axis=0)[None])
    assert_allclose(matrix, np.diag(X.var(axis=0)), rtol=1e-10)


def test_nothing_fitted_is_the_identity(X):
    coordinates = coordinates_of(X, "identity")
    assert_array_equal(coordinates.covariance(np.empty((0, 3))), np.eye(3))


@pytest.mark.parametrize("covariance", ["diagonal", "full"])
def test_the_unit_of_measurement_leaves_no_trace_on_the_grid(X, covariance):
    grids = [snap(torch.tensor(standardized(rows, covariance))) for rows in (X, UNITS * X + SHIFTS)]
    assert torch.equal(*grids)


def test_a_shift_leaves_no_trace_on_the_grid_of_the_identity(X):
    grids = [snap(torch.tensor(standardized(rows, "identity"))) for rows in (X, X + 12.5)]
    assert torch.equal(*grids)


def test_snapping_twice_is_snapping_once(X):
    once = snap(torch.tensor(standardized(X, "diagonal")))
    assert once.dtype == torch.float32
    assert torch.equal(snap(once.double()), once)


def test_snapping_moves_no_row_by_more_than_half_a_step(X):
    Z = torch.tensor(standardized(X, "diagonal"))
    assert (snap(Z).double() - Z).abs().max() <= 2.0**-13


def test_snapping_leaves_the_rows_it_is_given(X):
    Z = torch.tensor(standardized(X, "diagonal"))
    before = Z.clone()
    snap(Z)
    assert torch.equal(Z, before)


@every_covariance
def test_standardizing_leaves_the_rows_it_is_given(X, covariance):
    rows = torch.tensor(X)
    coordinates_of(X, covariance).standardize(rows)
    assert_array_equal(rows.numpy(), X)


@every_covariance
def test_a_row_out_of_all_proportion_stays_finite(X, covariance):
    X[0], X[1] = 1e300, -1e300
    Z = torch.tensor(standardized(X, covariance))
    assert torch.isfinite(snap(Z).square().sum(dim=1)).all()


@every_covariance
def test_a_constant_column_is_left_out_and_comes_back(X, covariance):
    X[:, 1] = 4.0
    with pytest.warns(UserWarning, match="column 1"):
        coordinates = coordinates_of(X, covariance)
    Z = coordinates.standardize(torch.tensor(X)).numpy()
    assert Z.shape == (len(X), X.shape[1] - 1)
    assert_allclose(coordinates.location(Z[0]), X[0], rtol=1e-9)
    assert not coordinates.covariance(np.eye(Z.shape[1]))[1].any()


def test_a_column_that_repeats_another_can_be_whitened(X):
    twin = np.c_[X, 2.0 * X[:, 0]]
    coordinates = coordinates_of(twin, "full")
    Z = coordinates.standardize(torch.tensor(twin)).numpy()
    assert np.isfinite(Z).all()
    assert_allclose(coordinates.location(Z[0]), twin[0], rtol=1e-9)
