"""Laws of the radius: quantiles, moments, tails."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from robustgan.estimators.radial import GaussianRadialLaw, LearnedRadialLaw, StudentRadialLaw
from robustgan.networks import knots

P = 5
LEVELS = 1 / (1 + np.exp(-knots().numpy()))


def learned_from(quantile):
    return LearnedRadialLaw(np.log(quantile(LEVELS)))


LAWS = [
    GaussianRadialLaw(P),
    StudentRadialLaw(P, 1.0),
    StudentRadialLaw(P, 4.5),
    learned_from(GaussianRadialLaw(P).quantile),
    learned_from(StudentRadialLaw(P, 1.0).quantile),
]
every_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)


@every_law
@given(level=st.floats(1e-6, 1 - 1e-6))
def test_quantile_and_cdf_are_each_others_inverse(law, level):
    assert law.cdf(law.quantile(level)) == pytest.approx(level, rel=1e-6, abs=1e-9)


@every_law
def test_draws_follow_the_law(law):
    drawn = law.sample(20_000, np.random.default_rng(0))
    assert drawn.shape == (20_000,)
    # Exceeded once in 50,000 times.
    assert stats.kstest(drawn, law.cdf).statistic < 2.4 * 20_000**-0.5


@every_law
def test_no_row_is_within_nothing_and_all_are_within_everything(law):
    assert law.cdf(0.0) == 0
    assert law.cdf(1e100) == pytest.approx(1)


@pytest.mark.parametrize("law", [LAWS[0], LAWS[2]])
def test_a_learned_law_is_near_the_law_it_is_learned_from(law):
    learned = learned_from(law.quantile)
    levels = np.linspace(0.001, 0.999, 200)
    assert_allclose(learned.quantile(levels), law.quantile(levels), rtol=0.05)
    assert learned.mean_square == pytest.approx(law.mean_square, rel=0.05)


def test_moments_exist_where_they_exist():
    assert GaussianRadialLaw(P).mean_square == P
    assert StudentRadialLaw(P, 4.0).mean_square == 2 * P
    assert StudentRadialLaw(P, 2.0).mean_square == np.inf
    assert LAWS[4].mean_square == np.inf


@pytest.mark.parametrize("df", [1.0, 3.0])
def test_the_tail_index_is_the_degrees_of_freedom(df):
    learned = learned_from(StudentRadialLaw(P, df).quantile)
    assert learned.tail_index == pytest.approx(df, rel=0.05)
