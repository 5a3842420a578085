"""Finite games: known solutions, both linear programmes, and the theorem on small supports."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from scipy.optimize import linprog

from robustgan.diagnostics import exploitability, sampled_equilibrium, solve_matrix_game


def column_players_value(payoff):
    """SciPy on the programme of the player who is paid."""
    n_rows, n_columns = payoff.shape
    result = linprog(
        np.append(np.zeros(n_columns), -1.0),
        A_ub=np.hstack([-payoff, np.ones((n_rows, 1))]),
        b_ub=np.zeros(n_rows),
        A_eq=np.append(np.ones(n_columns), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * n_columns + [(None, None)],
    )
    return -result.fun


def test_a_two_by_two_game_has_the_textbooks_solution():
    a, b, c, d = 3.0, -1.0, -2.0, 4.0
    solution = solve_matrix_game([[a, b], [c, d]])
    total = a + d - b - c
    assert_allclose(solution.value, (a * d - b * c) / total, atol=1e-9)
    assert_allclose(solution.row, [(d - c) / total, (a - b) / total], atol=1e-9)
    assert_allclose(solution.column, [(d - b) / total, (a - c) / total], atol=1e-9)


def test_a_saddle_point_is_played_purely():
    payoff = np.array([[5.0, 1.0, 9.0], [3.0, 2.0, 2.5], [8.0, 0.0, 7.0]])
    solution = solve_matrix_game(payoff)
    assert_allclose(solution.row, [0, 1, 0], atol=1e-9)
    assert_allclose(solution.value, 3.0, atol=1e-9)


@pytest.mark.parametrize("n", [1, 3, 10])
def test_matching_among_n_is_played_evenly(n):
    solution = solve_matrix_game(np.eye(n))
    assert_allclose(solution.row, 1 / n, atol=1e-9)
    assert_allclose(solution.column, 1 / n, atol=1e-9)


@pytest.mark.parametrize(("n_rows", "n_columns"), [(1, 7), (30, 30), (12, 70), (150, 100)])
@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
def test_both_players_programmes_have_one_value(n_rows, n_columns, scale):
    payoff = np.random.default_rng(n_rows).normal(size=(n_rows, n_columns))
    solution = solve_matrix_game(scale * payoff + 3 * scale)
    assert_allclose(solution.value / scale - 3, column_players_value(payoff), atol=1e-9)
    assert abs(solution.exploitability) <= 1e-9 * scale


finite = st.floats(-10, 10).map(lambda x: round(x, 2))


@settings(max_examples=40, deadline=None)
@given(arrays(float, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=finite))
def test_no_answer_gains_anything(payoff):
    solution = solve_matrix_game(payoff)
    assert -1e-12 <= solution.exploitability <= 1e-9 * max(1.0, np.abs(payoff).max())
    assert_allclose([solution.row.sum(), solution.column.sum()], 1.0, rtol=1e-12)


@pytest.mark.parametrize("tol", [0.3, 0.5])
@pytest.mark.parametrize("kind", ["uniform", "signs", "identity"])
def test_few_draws_are_nearly_an_equilibrium_as_the_theorem_says(kind, tol):
    n, rng = 60, np.random.default_rng(0)
    payoff = {
        "uniform": rng.uniform(2, 7, size=(n, n)),
        "signs": rng.choice([-1.0, 1.0], size=(n, n)),
        "identity": np.eye(n),
    }[kind]
    exact = solve_matrix_game(payoff)
    within = 0
    for seed in range(200):
        found = sampled_equilibrium(payoff, tol=tol, equilibrium=exact, random_state=seed)
        gains = (
            (found.row @ payoff).max() - found.value,
            found.value - (payoff @ found.column).min(),
        )
        is_near = abs(found.value - exact.value) <= tol * np.ptp(payoff)
        within += max(gains) <= tol * np.ptp(payoff) and is_near
        assert_allclose(sum(gains), found.exploitability, atol=1e-9)
    assert within >= 190


def test_the_support_grows_with_the_logarithm_of_the_game():
    supports = []
    for n in (16, 256):
        few = sampled_equilibrium(np.eye(n), tol=0.9, random_state=0)
        n_draws = np.ceil(12 * np.log(n) / 0.81)
        assert_allclose(few.row * n_draws, np.round(few.row * n_draws), atol=1e-9)
        supports.append((few.row > 0).sum())
    assert supports[1] <= 83


def test_draws_are_the_random_states():
    payoff = np.random.default_rng(0).normal(size=(20, 20))
    rows = [sampled_equilibrium(payoff, random_state=seed, n_draws=9).row for seed in (0, 0, 1)]
    assert (rows[0] == rows[1]).all()
    assert (rows[0] != rows[2]).any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: solve_matrix_game([1.0, 2.0]), "payoff must be a finite matrix"),
        (lambda: solve_matrix_game([[np.nan]]), "payoff must be a finite matrix"),
        (lambda: solve_matrix_game(np.zeros((0, 3))), "payoff must be a finite matrix"),
        (lambda: sampled_equilibrium(np.eye(2), tol=0), "tol must lie"),
        (lambda: sampled_equilibrium(np.eye(2), n_draws=0), "n_draws must be at least 1"),
        (lambda: exploitability(np.eye(2), [1.0], [0.5, 0.5]), "row must hold 2 probabilities"),
        (lambda: exploitability(np.eye(2), [1, 0], [2.0, -1]), "column must hold 2"),
    ],
)
def test_what_is_no_game_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
