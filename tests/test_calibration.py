"""From scores to probabilities, by ranks and by a tail beyond them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from robustgan._bridge.calibration import log_tail, rank_p_values

DRAWS = np.sort(-np.random.default_rng(0).exponential(size=20_000))


def test_ranks_count_the_row_itself():
    assert_allclose(
        rank_p_values(np.array([-1.0, 0.5, 9.0]), np.array([0.0, 1.0])), [1, 2, 3] / np.float64(3)
    )


def test_the_tail_is_that_of_the_law_also_beyond_the_draws():
    scores = -np.array([0.1, 1.0, 3.0, 6.0, 20.0])
    # P(score <= -x) = exp(-x); the slope beyond comes from 200 draws.
    assert_allclose(log_tail(scores, DRAWS), scores, rtol=0.2, atol=0.02)


@given(first=st.floats(-1e3, 10), gap=st.floats(1e-6, 1e3))
def test_a_lower_score_is_never_likelier(first, gap):
    lower, higher = log_tail(np.array([first - gap, first]), DRAWS)
    assert lower <= higher <= 0


def test_no_draw_need_reach_a_score_to_tell_it_from_another():
    far, farther = log_tail(np.array([-50.0, -60.0]), DRAWS)
    assert farther < far


@pytest.mark.parametrize("n_draws", [2, 5, 20])
def test_few_or_equal_draws_will_do(n_draws):
    tails = log_tail(np.array([-1.0, 0.0, 1.0]), np.zeros(n_draws))
    assert not np.isnan(tails).any()
