"""TukeyMedian: exact in few dimensions, near the deepest in many, bounded under contamination."""

import warnings

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

from robustgan import CoordinateMedian, TukeyMedian, design
from robustgan.depth import halfspace_depth
from robustgan.depth.central import climb_to_depth


@parametrize_with_checks([TukeyMedian(random_state=0)])
def test_scikit_learn_finds_nothing_to_complain_about(estimator, check):
    check(estimator)


def test_on_the_line_it_is_the_median():
    x = np.random.default_rng(0).normal(size=(101, 1))
    fitted = TukeyMedian().fit(x)
    assert_allclose(fitted.location_, np.median(x, axis=0))
    assert fitted.depth_ == pytest.approx(51 / 101)


def test_in_the_plane_no_row_is_deeper():
    X = np.random.default_rng(0).normal(size=(60, 2))
    fitted = TukeyMedian().fit(X)
    assert fitted.depth_ >= fitted.depth(X).max()
    assert fitted.depth(fitted.location_[None])[0] == pytest.approx(fitted.depth_)
    assert fitted.n_iter_ == 1


def test_in_the_plane_a_third_of_far_rows_does_not_carry_it_away():
    X = np.random.default_rng(0).normal(size=(100, 2))
    X[:30] = 1e6
    assert np.linalg.norm(TukeyMedian().fit(X).location_) < 2


@pytest.mark.parametrize(
    "name",
    ["shift1", "cauchy.5", *(pytest.param(n, marks=pytest.mark.slow) for n in ("far", "none"))],
)
def test_in_many_dimensions_its_bias_is_bounded(name):
    X, _ = design(name, 40).sample(4_000, rng=0)
    tukey = np.linalg.norm(TukeyMedian(random_state=0).fit(X).location_)
    coordinate = np.linalg.norm(CoordinateMedian().fit(X).location_)
    # The bias of Tukey's median at a fifth of outliers is at most about .6; noise adds .1.
    assert tukey < 0.75
    assert tukey < (0.6 if name in ("shift1", "far") else 1.1) * coordinate


def test_the_depth_above_the_plane_is_an_upper_bound_that_the_search_believes():
    X = np.random.default_rng(0).normal(size=(1_000, 10))
    fitted = TukeyMedian(random_state=0).fit(X)
    at_the_mean = fitted.depth(X.mean(axis=0, keepdims=True))[0]
    assert fitted.depth_ <= 0.5
    assert fitted.depth_ > at_the_mean - 0.03


@pytest.mark.parametrize("p", [2, 7])
def test_it_follows_the_units_of_every_column(p):
    X = np.random.default_rng(0).normal(size=(300, p))
    scales, shift = np.logspace(-3, 3, p), np.arange(p)
    fitted = TukeyMedian(random_state=0).fit(X)
    moved = TukeyMedian(random_state=0).fit(X * scales + shift)
    assert_allclose(moved.location_, fitted.location_ * scales + shift, rtol=1e-3, atol=1e-4)


def test_the_same_seed_gives_the_same_bits_and_leaves_the_global_generators_alone():
    X = np.random.default_rng(0).normal(size=(500, 5))
    before = torch.get_rng_state()
    first, second = (TukeyMedian(random_state=3).fit(X).location_ for _ in range(2))
    assert_array_equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_search_that_is_cut_short_says_so():
    X = np.random.default_rng(0).normal(size=(500, 5))
    with pytest.warns(ConvergenceWarning, match="Increase max_iter"):
        fitted = TukeyMedian(max_iter=2, random_state=0).fit(X)
    assert not fitted.converged_
    assert fitted.n_iter_ == 2


def test_copies_of_one_point_are_no_less_outlying_for_their_number():
    X = np.random.default_rng(0).normal(size=(300, 3))
    X[:60] = 8.0
    fitted = TukeyMedian(random_state=0).fit(X)
    assert (fitted.predict(X[:60]) == -1).all()


def draw_correlated(n, p, seed):
    rng = np.random.default_rng(seed)
    mapping = rng.normal(size=(p, p))
    return (rng.normal(size=(size, p)) @ mapping + 5.0 for size in (n, 4_000))


@pytest.mark.parametrize(("n", "p"), [(500, 2), (400, 4)])
def test_p_values_of_correlated_normal_rows_are_right(n, p):
    X, fresh = draw_correlated(n, p, seed=0)
    fitted = TukeyMedian(random_state=0).fit(X)
    assert fitted.fallback_ is None
    # One fit: the covariance errs, which moves the share by half of itself at most.
    assert 0.025 < (fitted.p_values(fresh) < 0.05).mean() < 0.1


@pytest.mark.slow
@pytest.mark.parametrize(("n", "p"), [(100, 2), (60, 5), (500, 5), (1_000, 10), (5_000, 50)])
def test_p_values_of_correlated_normal_rows_are_right_on_average(n, p):
    shares = []
    for seed in range(3 if p == 50 else 12):
        X, fresh = draw_correlated(n, p, seed)
        shares.append((TukeyMedian(random_state=0).fit(X).p_values(fresh) < 0.05).mean())
    assert 0.035 < np.mean(shares) < 0.065


def test_distances_are_those_of_the_covariance_and_contributions_add_up_to_them():
    X, _ = draw_correlated(200, 3, seed=1)
    fitted = TukeyMedian(random_state=0).fit(X)
    offsets = X - fitted.location_
    expected = (offsets @ np.linalg.inv(fitted.covariance_) * offsets).sum(axis=1)
    assert_allclose(fitted.mahalanobis(X), expected)
    assert_allclose(fitted.feature_contributions(X).sum(axis=1), expected)


def test_outliers_across_the_correlation_are_found():
    rng = np.random.default_rng(0)
    X = rng.multivariate_normal([0, 0, 0], 0.95 + 0.05 * np.eye(3), size=400)
    X[:20, :2] = [1.5, -1.5]
    fitted = TukeyMedian(random_state=0).fit(X)
    assert (fitted.predict(X[:20]) == -1).all()
    assert (CoordinateMedian().fit(X).predict(X[:20]) == 1).mean() > 0.8


@pytest.mark.parametrize("kind", ["few", "constant", "repeated", "equal"])
def test_where_no_scatter_is_to_be_found_the_columns_scales_stand_in(kind):
    X = np.random.default_rng(0).normal(size=(10, 12) if kind == "few" else (100, 3))
    if kind == "constant":
        X[:, 1] = 7.0
    elif kind == "repeated":
        X[:, 1] = X[:, 0]
    elif kind == "equal":
        X[:] = [1.0, 2.0, 3.0]
    with warnings.catch_warnings():
        # Of constant columns.
        warnings.simplefilter("ignore", UserWarning)
        fitted = TukeyMedian(random_state=0).fit(X)
    assert fitted.fallback_ == "coordinate scale"
    assert_array_equal(fitted.covariance_, np.diag(fitted.scale_**2))
    assert np.isfinite(fitted.score_samples(X)).all()
    assert np.isfinite(fitted.location_).all()
    if kind in ("constant", "equal"):
        assert fitted.location_[1] == X[0, 1]
        assert fitted.score_samples(fitted.location_[None])[0] == 0
        other = fitted.location_ + np.array([0.0, 1e-3, 0.0])
        assert fitted.score_samples(other[None])[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["none", "shift1", "cauchy.5"])
def test_its_error_is_near_that_of_the_best_of_twenty_long_searches(name):
    X, _ = design(name, 10).sample(5_000, rng=0)
    Z = torch.from_numpy(X).float()
    start = Z.median(dim=0).values
    seeded = [torch.Generator().manual_seed(seed) for seed in range(23)]
    long = [climb_to_depth(Z, start, max_iter=1_000, rng=rng).location for rng in seeded[:20]]
    depth = halfspace_depth(torch.stack(long), Z, n_directions=20_000, rng=0)
    best = float(long[int(depth.argmax())].norm())
    usual = [climb_to_depth(Z, start, max_iter=200, rng=rng).location for rng in seeded[20:]]
    assert max(float(point.norm()) for point in usual) <= 1.1 * best


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"max_iter": 0}, "max_iter must be at least 1, got 0"),
        ({"alpha": 2.0}, "alpha must be finite"),
        ({"device": "abacus"}, "device must be"),
    ],
)
def test_bad_parameters_are_named(parameters, match):
    with pytest.raises(ValueError, match=match):
        TukeyMedian(**parameters).fit(np.random.default_rng(0).normal(size=(50, 2)))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "none",
        "shift.1",
        "shift.2",
        "shift.5",
        "shift1",
        "shift5",
        "cov",
        "cauchy.5",
        "cauchy1d",
        "point",
        "far",
        "dkk",
    ],
)
def test_fifty_thousand_rows_of_a_hundred_features(name):
    ratios = []
    for seed in range(3):
        X, _ = design(name, 100).sample(50_000, rng=seed)
        tukey = np.linalg.norm(TukeyMedian(random_state=0).fit(X).location_)
        ratios.append(tukey / np.linalg.norm(np.median(X, axis=0)))
    assert np.median(ratios) <= (0.6 if name == "shift.5" else 1.1)


def test_the_two_part_adversary_draws_the_deepest_point_away_from_the_truth():
    """Of the law itself: it is not for want of a better search that the median is no nearer."""
    directions = np.random.default_rng(0).normal(size=(20_000, 3))
    # In the span of (1, ..., 1) and the first two axes, where all outliers are off.
    basis = np.linalg.qr(np.c_[np.ones(100), np.eye(100)[:, :2]])[0].T
    u = directions / np.linalg.norm(directions, axis=1, keepdims=True) @ basis

    def depth(point):
        reach = u @ point
        cube = norm.sf((reach - u.sum(axis=1) / 2) / 0.5)
        rest = sum(12 * u[:, 0] + second * u[:, 1] >= reach for second in (0, -2)) / 2
        return (0.8 * norm.sf(reach) + 0.1 * cube + 0.1 * rest).min()

    away = np.r_[0.3054, -0.0007, np.full(98, 0.0231)]
    assert np.linalg.norm(away) == pytest.approx(0.38, abs=0.01)
    coordinate_median = np.full(100, 0.0156)
    assert depth(away) > depth(coordinate_median) + 0.005
