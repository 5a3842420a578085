"""Which rows are kept: ranks among reference draws, and local false discovery rates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from robustgan.estimators.reweighting import (
    keep_majority,
    keep_nearest_half,
    local_false_discovery_rate,
    tail_p_values,
)

quickly = settings(deadline=None, derandomize=True, max_examples=60)
# A grid makes ties common; the ends of the interval included.
p_value = st.one_of(st.floats(0, 1), st.integers(0, 20).map(lambda i: i / 20), st.just(1e-300))
some_p_values = arrays(float, st.integers(1, 60), elements=p_value)


def test_a_p_value_is_the_share_of_draws_that_score_as_high():
    reference = np.array([3.0, 1.0, 2.0, 2.0])
    # Each row counts itself: (1 + number of draws at or above) / 5.
    p_values = tail_p_values(np.array([0.0, 1.0, 2.0, 2.5, 3.0, 9.0]), reference)
    assert_allclose(p_values, [1.0, 1.0, 0.8, 0.4, 0.4, 0.2])


def test_clean_rows_have_uniform_p_values():
    rng = np.random.default_rng(0)
    p_values = np.sort(tail_p_values(rng.normal(size=5000), rng.normal(size=5000)))
    # Kolmogorov's distance between two samples of 5,000; 1.95 is its 0.1 % point.
    assert np.abs(p_values - np.arange(1, 5001) / 5000).max() < 1.95 * (2 / 5000) ** 0.5


@quickly
@given(p_values=some_p_values)
def test_rates_are_probabilities(p_values):
    rate = local_false_discovery_rate(p_values)
    assert rate.shape == p_values.shape
    assert ((rate >= 0) & (rate <= 1)).all()


@quickly
@given(p_values=some_p_values)
def test_rates_increase_with_the_p_value_and_tie_where_it_ties(p_values):
    rate = local_false_discovery_rate(p_values)
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(rate[order]) >= 0).all()
    for value in np.unique(p_values):
        assert len(np.unique(rate[p_values == value])) == 1


@quickly
@given(p_values=some_p_values, seed=st.integers(0, 100))
def test_the_order_of_the_rows_does_not_matter(p_values, seed):
    order = np.random.default_rng(seed).permutation(len(p_values))
    rate = local_false_discovery_rate(p_values)
    assert_array_equal(local_false_discovery_rate(p_values[order]), rate[order])


def test_rates_are_those_of_the_least_concave_majorant():
    # Half of the mass on [0, 0.1], the rest spread over (0.1, 1]: densities 5 and 5 / 9, and a
    # clean share of 2 x 3 / 10, as three p-values of ten exceed one half.
    p_values = np.array([0.1] * 5 + [0.28, 0.46, 0.64, 0.82, 1.0])
    expected = np.r_[np.full(5, 0.6 / 5), np.ones(5)]
    assert_allclose(local_false_discovery_rate(p_values), expected, rtol=1e-12)


def test_clean_data_keep_nearly_every_row():
    rng = np.random.default_rng(1)
    kept = [(local_false_discovery_rate(rng.random(2000)) >= 0.5).mean() for _ in range(50)]
    # By Daniels' theorem an empirical distribution starts twice too steep in half of all
    # samples, but for a few points only.
    assert np.mean(kept) > 0.995
    assert np.min(kept) > 0.95


@pytest.mark.parametrize("share", [0.05, 0.2, 0.4])
def test_a_mixture_gives_its_share_of_outliers_back(share):
    rng = np.random.default_rng(2)
    n = 20_000
    is_outlier = rng.random(n) < share
    p_values = np.where(is_outlier, 1e-3 * rng.random(n), rng.random(n))
    rate = local_false_discovery_rate(p_values)
    # Five standard errors of the share of p-values above one half, doubled.
    assert abs((1 - rate).mean() - share) < 5 * 2 * (0.25 / n) ** 0.5
    assert (rate[is_outlier] < 0.5).all()
    # One clean row in a thousand hides among them.
    assert (rate[~is_outlier] >= 0.5).mean() > 0.995


@pytest.mark.parametrize("p_value", [0.0, 1e-300, 1e-9])
def test_one_gross_outlier_is_rejected_and_nothing_else(p_value):
    clean = np.arange(1, 1000) / 999
    rate = local_false_discovery_rate(np.r_[p_value, clean])
    assert rate[0] < 1e-3
    assert (rate[1:] >= 0.5).all()


def test_a_majority_that_is_kept_is_left_as_it_is():
    rate = np.array([0.1, 0.5, 0.9, 0.2])
    assert keep_majority(rate, np.arange(4.0)) is rate


def test_the_better_half_is_kept_where_most_rows_look_foreign():
    """Coarse or heavy-tailed data once left no row at all, and the fit failed."""
    rate = np.array([0.0, 0.3, 0.0, 0.9, 0.0])
    lifted = keep_majority(rate, np.array([3.0, 0.0, 1.0, 0.0, 2.0]))
    assert_array_equal(lifted, [0.5, 0.5, 0.0, 0.9, 0.0])


@quickly
@given(rate=some_p_values)
def test_half_of_the_rows_are_always_kept(rate):
    lifted = keep_majority(rate, -np.arange(len(rate), dtype=float))
    assert 2 * np.count_nonzero(lifted >= 0.5) >= len(rate)
    assert (lifted >= rate).all()


def test_the_nearest_half_is_kept_where_most_rows_look_foreign():
    rate, distance = np.array([0.9, 0.1, 0.0, 0.2, 0.8]), np.array([9.0, 1.0, 2.0, 3.0, 8.0])
    assert_array_equal(keep_nearest_half(rate, distance) >= 0.5, distance < 5)


@quickly
@given(rate=some_p_values)
def test_exactly_half_of_the_rows_are_nearest(rate):
    kept = keep_nearest_half(rate, np.zeros(len(rate))) >= 0.5
    n_likely, least = np.count_nonzero(rate >= 0.5), -(-len(rate) // 2)
    assert np.count_nonzero(kept) == max(n_likely, least)
