"""Outlier laws against closed forms; margins are in standard errors at the fixed seeds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from robustgan.contamination import (
    FarCluster,
    IndependentCauchy,
    MultivariateCauchy,
    PointMass,
    RandomDirection,
    ShiftedGaussian,
    SparseShift,
    TwoPart,
)

N = 20_000
# 4.5 standard errors of a coordinate with variance one.
MARGIN = 4.5 / np.sqrt(N)


def test_shifted_gaussian_has_its_shift_as_mean() -> None:
    mean = ShiftedGaussian(3, [1.0, 2.0, 3.0]).sample(N, 0).mean(0)
    np.testing.assert_allclose(mean, [1.0, 2.0, 3.0], atol=MARGIN)


def test_shifted_gaussian_takes_a_scale_factor() -> None:
    X = ShiftedGaussian(3, 5.0, 5.0).sample(N, 1)
    # A variance's standard error is variance * sqrt(2 / N).
    np.testing.assert_allclose(X.var(0), 5.0, rtol=MARGIN * np.sqrt(2))


def test_shifted_gaussian_takes_a_named_covariance() -> None:
    X = ShiftedGaussian(3, 0.5, "equicorrelated").sample(N, 2)
    # An off-diagonal entry's standard error is sqrt((1 + 0.25) / N), the diagonal's sqrt(2 / N).
    np.testing.assert_allclose(np.cov(X.T), 0.5 + 0.5 * np.eye(3), atol=MARGIN * np.sqrt(2))


def test_a_message_about_the_shift_says_shift() -> None:
    with pytest.raises(ValueError, match=r"shift must be a scalar or have shape \(3,\)"):
        ShiftedGaussian(3, [1.0, 2.0])


def test_sparse_shift_moves_the_first_coordinates_only() -> None:
    law = SparseShift(4, 3.0, 2)
    np.testing.assert_array_equal(law.location, [3.0, 3.0, 0.0, 0.0])
    np.testing.assert_allclose(law.sample(N, 3).mean(0), law.location, atol=MARGIN)


def test_sparse_shift_cannot_move_more_coordinates_than_there_are() -> None:
    with pytest.raises(ValueError, match="n_shifted must be at most 2, got 3"):
        SparseShift(2, 1.0, 3)


def test_multivariate_cauchy_shares_a_radius_between_coordinates() -> None:
    X = MultivariateCauchy(2, 0.5).sample(N, 4)
    # |x - location|^2 / 2 follows F(2, 1).
    assert stats.kstest(((X - 0.5) ** 2).sum(1) / 2, stats.f(2, 1).cdf).pvalue > 0.001


def test_independent_cauchy_has_independent_coordinates() -> None:
    X = IndependentCauchy(2, 0.5).sample(N, 5)
    assert stats.kstest(X[:, 0], stats.cauchy(0.5).cdf).pvalue > 0.001
    # The scores of extremeness are dependent in the elliptical law: there, 0.3 and more.
    extremeness = stats.spearmanr(np.abs(X[:, 0] - 0.5), np.abs(X[:, 1] - 0.5)).statistic
    assert abs(extremeness) < MARGIN


def test_point_mass_lies_in_its_location() -> None:
    X = PointMass(3, [1.0, 2.0, 3.0]).sample(5, 6)
    np.testing.assert_array_equal(X, np.tile([1.0, 2.0, 3.0], (5, 1)))


@pytest.mark.parametrize("n_features", [1, 7, 100])
def test_point_mass_lies_at_its_distance_whatever_the_dimension(n_features: int) -> None:
    location = PointMass(n_features, distance=2.0).location
    np.testing.assert_allclose(np.linalg.norm(location), 2.0, rtol=1e-14)
    assert np.ptp(location) == 0.0


@pytest.mark.parametrize(
    ("location", "distance", "given"), [(None, None, "neither"), (1.0, 1.0, "both")]
)
def test_point_mass_wants_a_location_or_a_distance(
    location: float | None, distance: float | None, given: str
) -> None:
    with pytest.raises(ValueError, match=f"got {given}. Give one of them"):
        PointMass(2, location, distance=distance)


def test_far_cluster_is_one_point_by_default() -> None:
    np.testing.assert_array_equal(FarCluster(3).sample(4, 7), np.full((4, 3), 100.0))


def test_far_cluster_spreads_around_its_point() -> None:
    X = FarCluster(3, 50.0, spread=0.1).sample(N, 8)
    np.testing.assert_allclose(X.mean(0), 50.0, atol=0.1 * MARGIN)
    np.testing.assert_allclose(X.std(0), 0.1, rtol=MARGIN)


def test_far_cluster_cannot_have_a_negative_spread() -> None:
    with pytest.raises(ValueError, match="spread must be at least 0, got -1"):
        FarCluster(2, spread=-1)


def test_two_part_rows_are_corners_of_the_cube_or_one_of_two_points() -> None:
    X = TwoPart(5).sample(500, 9)
    is_line = X[:, 0] == 12.0
    assert set(X[~is_line].ravel().tolist()) == {0.0, 1.0}
    assert {tuple(row) for row in X[is_line].tolist()} == {
        (12.0, 0.0, 0.0, 0.0, 0.0),
        (12.0, -2.0, 0.0, 0.0, 0.0),
    }


def test_two_part_splits_in_halves() -> None:
    X = TwoPart(5).sample(N, 10)
    is_line = X[:, 0] == 12.0
    # Proportions of one half have standard error 1 / (2 sqrt(n)).
    assert abs(is_line.mean() - 0.5) < MARGIN / 2
    assert abs((X[is_line, 1] == -2.0).mean() - 0.5) < MARGIN / np.sqrt(2)
    np.testing.assert_allclose(X[~is_line].mean(0), 0.5, atol=MARGIN / np.sqrt(2))


def test_two_part_zeros_have_no_sign() -> None:
    X = TwoPart(5).sample(200, 11)
    assert not np.signbit(X[X == 0.0]).any()


def test_two_part_needs_two_features() -> None:
    with pytest.raises(ValueError, match="n_features must be at least 2, got 1"):
        TwoPart(1)


def test_random_direction_moves_the_mean_by_its_distance() -> None:
    mean = RandomDirection(5, 3.0).sample(N, 12).mean(0)
    assert abs(np.linalg.norm(mean) - 3.0) < MARGIN


def test_random_direction_keeps_a_unit_covariance() -> None:
    X = RandomDirection(5, 3.0).sample(N, 13)
    np.testing.assert_allclose(np.cov(X.T), np.eye(5), atol=MARGIN * np.sqrt(2))


def test_random_direction_is_drawn_anew_in_every_sample() -> None:
    law, generator = RandomDirection(5, 100.0), np.random.default_rng(14)
    first, second = law.sample(10, generator).mean(0), law.sample(10, generator).mean(0)
    # Means have noise of 0.3 a coordinate, directions differ by the order of 100.
    assert np.linalg.norm(first - second) > 10


def test_a_seed_fixes_the_direction_and_not_the_rows() -> None:
    law, generator = RandomDirection(5, 3.0, seed=0), np.random.default_rng(15)
    first, second = law.sample(N, generator), law.sample(N, generator)
    assert law.direction is not None
    np.testing.assert_allclose(np.linalg.norm(law.direction), 1.0, rtol=1e-14)
    np.testing.assert_allclose(first.mean(0), 3 * law.direction, atol=MARGIN)
    np.testing.assert_allclose(second.mean(0), 3 * law.direction, atol=MARGIN)
    assert not np.array_equal(first, second)


def test_a_seed_must_be_a_non_negative_integer() -> None:
    with pytest.raises(ValueError, match="seed must be at least 0, got -1"):
        RandomDirection(2, 1.0, seed=-1)
