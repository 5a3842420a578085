"""TukeyMedian: exact in few dimensions, near the deepest in many, bounded under contamination."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

from robustgan import CoordinateMedian, TukeyMedian, design


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


@pytest.mark.parametrize("name", ["shift1", "far", "cauchy.5", "none"])
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
    if name == "dkk":
        pytest.xfail(f"known miss: {np.median(ratios):.2f}; the deepest point is farther away")
    assert np.median(ratios) <= (0.6 if name == "shift.5" else 1.1)
