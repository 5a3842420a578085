"""Divergences against closed forms, each other, and what their definitions promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from scipy.stats import multivariate_normal, norm

from robustgan.distances import (
    MixtureDensity,
    hellinger,
    jensen_shannon,
    kullback_leibler,
    total_variation,
)

ALL = {
    "kl": kullback_leibler,
    "js": jensen_shannon,
    "tv": total_variation,
    "hellinger": hellinger,
}
every = pytest.mark.parametrize("divergence", ALL.values(), ids=ALL)
SQUARED_CLOSED = {
    "kl": lambda m, s, t: np.log(t / s) + (s**2 + m**2) / (2 * t**2) - 0.5,
    "hellinger": lambda m, s, t: np.sqrt(
        1 - np.sqrt(2 * s * t / (s**2 + t**2)) * np.exp(-(m**2) / (4 * (s**2 + t**2)))
    ),
}


def hidden(law):
    """The same law without its closed form."""
    return MixtureDensity([law])


@pytest.mark.parametrize("name", SQUARED_CLOSED)
@pytest.mark.parametrize(("mean", "scale", "other"), [(0.5, 1.0, 1.0), (3.0, 0.2, 2.0)])
def test_normal_laws_have_the_textbooks_divergence(name, mean, scale, other):
    p, q = norm(0, scale), norm(mean, other)
    expected = SQUARED_CLOSED[name](mean, scale, other)
    assert_allclose(ALL[name](p, q), expected, rtol=1e-12)
    assert_allclose(ALL[name](hidden(p), hidden(q)), expected, rtol=1e-9)


@pytest.mark.parametrize("shift", [0.1, 2.0, 9.0])
def test_total_variation_of_shifted_normals_by_quadrature_is_the_closed_form(shift):
    p, q = norm(0, 2), norm(shift, 2)
    assert_allclose(total_variation(p, q), 2 * norm.cdf(shift / 4) - 1, rtol=1e-12)
    assert_allclose(total_variation(hidden(p), hidden(q)), total_variation(p, q), rtol=1e-9)


def test_divergences_of_exponential_laws_are_the_closed_forms():
    p, q = stats.expon(), stats.expon(scale=2.0)
    # The densities cross at 2 log 2, where the survival functions are 1/4 and 1/2.
    assert_allclose(total_variation(p, q), 0.25, rtol=1e-9)
    assert_allclose(kullback_leibler(p, q), np.log(2) - 0.5, rtol=1e-9)
    assert_allclose(hellinger(p, q) ** 2, 1 - 2 * np.sqrt(2) / 3, rtol=1e-9)


@every
@pytest.mark.parametrize("shift", [0.3, 2.5])
def test_normals_of_several_dimensions_differ_as_their_projections_do(divergence, shift):
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(4, 4))
    direction = factor @ np.array([0.6, 0.8, 0.0, 0.0])
    p = multivariate_normal(np.ones(4), factor @ factor.T)
    q = multivariate_normal(np.ones(4) + shift * direction, factor @ factor.T)
    assert_allclose(divergence(p, q), divergence(norm(), norm(shift)), rtol=1e-8)


@pytest.mark.parametrize("name", ["kl", "hellinger"])
def test_independent_normals_add_up(name):
    scales, others, means = np.array([1.0, 2.0]), np.array([1.5, 0.5]), np.array([0.3, -1.0])
    whole = ALL[name](
        multivariate_normal([0, 0], np.diag(scales**2)),
        multivariate_normal(means, np.diag(others**2)),
    )
    pairs = zip(scales, means, others, strict=True)
    parts = [ALL[name](norm(0, s), norm(m, t)) for s, m, t in pairs]
    # Affinities multiply, relative entropies add.
    expected = sum(parts) if name == "kl" else np.sqrt(1 - np.prod(1 - np.square(parts)))
    assert_allclose(whole, expected, rtol=1e-12)


def test_laws_that_share_no_mass_are_as_far_apart_as_can_be():
    p, q = stats.uniform(0, 1), stats.uniform(2, 1)
    assert_allclose(jensen_shannon(p, q), np.log(2), rtol=1e-12)
    assert_allclose([total_variation(p, q), hellinger(p, q)], 1.0, rtol=1e-12)
    assert kullback_leibler(p, q) == np.inf
    assert kullback_leibler(stats.uniform(0, 2), stats.uniform(0, 1)) == np.inf


def test_a_narrow_peak_far_away_is_not_overlooked():
    assert_allclose(jensen_shannon(norm(0, 1), norm(1e4, 1e-3)), np.log(2), rtol=1e-9)


@every
def test_probabilities_and_their_refinement_agree(divergence):
    p, q = np.array([0.2, 0.5, 0.3]), np.array([0.1, 0.1, 0.8])
    split = np.repeat(p, 2) / 2, np.repeat(q, 2) / 2
    assert_allclose(divergence(*split), divergence(p, q), rtol=1e-12)


def test_discrete_divergences_are_those_of_the_definitions():
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.25, 0.5])
    assert_allclose(kullback_leibler(p, q), np.log(2))
    assert kullback_leibler(q, p) == np.inf
    assert_allclose(total_variation(p, q), 0.5)
    assert_allclose(hellinger(p, q) ** 2, 1 - np.sqrt(0.5))


probabilities = st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda p: sum(p) > 0.1)


@settings(max_examples=30, deadline=None)
@given(probabilities, probabilities, st.floats(0.05, 0.95))
def test_pinsker_and_the_bounds_of_jensen_shannon_hold(first, second, weight):
    p, q = np.array(first) / sum(first), np.array(second) / sum(second)
    distance = total_variation(p, q)
    assert 2 * distance**2 <= kullback_leibler(p, q) + 1e-12
    assert hellinger(p, q) ** 2 <= distance + 1e-9
    entropy = -weight * np.log(weight) - (1 - weight) * np.log(1 - weight)
    skewed = jensen_shannon(p, q, data_weight=weight)
    assert skewed <= entropy * distance + 1e-9
    assert_allclose(skewed, jensen_shannon(q, p, data_weight=1 - weight), atol=1e-12)


def test_skewed_jensen_shannon_goes_to_both_relative_entropies():
    p, q = norm(0, 1), norm(0.5, 1)
    weight = 1e-6
    first = jensen_shannon(p, q, data_weight=weight) / weight
    # The tails are light: of relative size weight.
    last = jensen_shannon(p, q, data_weight=1 - weight) / weight
    assert_allclose(first, kullback_leibler(p, q), rtol=1e-4)
    assert_allclose(last, kullback_leibler(q, p), rtol=1e-4)


@pytest.mark.parametrize(
    ("p", "q", "kind", "message"),
    [
        ([0.5, 0.6], [0.5, 0.5], ValueError, "p must sum to one"),
        ([0.5, 0.5], [1.5, -0.5], ValueError, "q must hold probabilities"),
        ([1.0], [0.5, 0.5], ValueError, "one shape"),
        (norm(), [1.0], TypeError, "share no mass"),
        (norm(), stats.poisson(3), TypeError, "share no mass"),
        (multivariate_normal([0, 0]), multivariate_normal([0, 0, 0]), ValueError, "one dimension"),
        (multivariate_normal([0, 0]), multivariate_normal([0, 0], 2), ValueError, "of one number"),
        (norm(np.nan), norm(), ValueError, "converge"),
    ],
)
def test_what_is_no_pair_of_laws_is_refused(p, q, kind, message):
    with pytest.raises(kind, match=message):
        total_variation(p, q)


def test_an_infinite_divergence_by_heavy_tails_is_refused_not_guessed():
    with pytest.raises(ValueError, match="tails of p may be too heavy"):
        kullback_leibler(stats.cauchy(), norm())


@pytest.mark.parametrize("weight", [0.0, 1.0, np.nan])
def test_a_weight_must_be_a_share(weight):
    with pytest.raises(ValueError, match=r"data_weight must lie in \(0, 1\)"):
        jensen_shannon([1.0], [1.0], data_weight=weight)
