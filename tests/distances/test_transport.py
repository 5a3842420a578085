"""Transport: primal against dual, solvers against each other, closed forms."""

import time
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.stats import norm, wasserstein_distance

from robustgan.distances import (
    earth_mover,
    gaussian_wasserstein,
    maximum_mean_discrepancy,
    sliced_wasserstein,
)
from robustgan.distances.programmes import SOLVERS

needs_pot = pytest.mark.skipif(find_spec("ot") is None, reason="POT is not installed")
with_pot = pytest.param("pot", marks=needs_pot)


def samples(n, m, p, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, p)), 0.3 + 1.5 * rng.normal(size=(m, p))


def weights(n, seed):
    return np.random.default_rng(seed).dirichlet(np.ones(n))


def check(transport, X, Y, a, b, power):
    """Margins, feasibility, complementary slackness and no gap."""
    cost = cdist(X, Y) ** power
    plan = transport.plan.toarray()
    u, v = transport.source_potential, transport.target_potential
    assert plan.min() >= 0
    assert_allclose(plan.sum(axis=1), a, atol=1e-12)
    assert_allclose(plan.sum(axis=0), b, atol=1e-12)
    assert (cost - u[:, None] - v).min() >= -1e-9 * cost.max()
    assert_allclose((plan * cost).sum(), transport.cost, rtol=1e-12)
    assert abs(transport.gap) <= 1e-9 * cost.max()


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("solver", ["highs", "columns", with_pot])
def test_every_solver_proves_its_plan(solver, power):
    X, Y = samples(40, 55, 3)
    a, b = weights(40, 1), weights(55, 2)
    transport = earth_mover(X, Y, X_weights=a, Y_weights=b, power=power, solver=solver)
    check(transport, X, Y, a, b, power)
    other = earth_mover(X, Y, X_weights=a, Y_weights=b, power=power, solver="highs")
    assert_allclose(transport.cost, other.cost, rtol=1e-9)


@pytest.mark.parametrize("power", [1.0, 2.0, 3.0])
def test_primal_dual_and_assignment_agree(power):
    X, Y = samples(60, 60, 4)
    a = np.full(60, 1 / 60)
    found = {s: earth_mover(X, Y, power=power, solver=s) for s in ("assignment", "highs")}
    for transport in found.values():
        check(transport, X, Y, a, a, power)
    cost = cdist(X, Y) ** power
    matched = cost[linear_sum_assignment(cost)].mean()
    assert_allclose([t.cost for t in found.values()], matched, rtol=1e-9)
    assert_allclose([t.dual for t in found.values()], matched, rtol=1e-9)


@needs_pot
@pytest.mark.parametrize("power", [1.0, 2.0])
def test_the_cost_is_pots(power):
    import ot

    X, Y = samples(80, 50, 3)
    expected = ot.emd2(np.full(80, 1 / 80), np.full(50, 1 / 50), cdist(X, Y) ** power)
    assert_allclose(earth_mover(X, Y, power=power).cost, expected, rtol=1e-9)
    assert_allclose(earth_mover(X, Y, power=power, solver="columns").cost, expected, rtol=1e-9)


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0])
@pytest.mark.parametrize(("n", "m"), [(30, 30), (30, 47)])
@pytest.mark.parametrize("has_weights", [False, True])
def test_sorting_solves_the_programme_on_the_line(n, m, power, has_weights):
    X, Y = samples(n, m, 1)
    a = weights(n, 1) if has_weights else np.full(n, 1 / n)
    b = weights(m, 2) if has_weights else np.full(m, 1 / m)
    transport = earth_mover(X, Y, X_weights=a, Y_weights=b, power=power)
    assert transport.solver == "sort"
    check(transport, X, Y, a, b, power)
    whole = earth_mover(X, Y, X_weights=a, Y_weights=b, power=power, solver="highs")
    assert_allclose(transport.cost, whole.cost, rtol=1e-9)


whole_numbers = st.lists(st.integers(-5, 5), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(whole_numbers, whole_numbers)
def test_on_the_line_ties_and_zero_weights_do_no_harm(x, y):
    X, Y = np.array(x, dtype=float)[:, None], np.array(y, dtype=float)[:, None]
    a, b = np.arange(len(x)) + (len(x) == 1), np.ones(len(y))
    a = a / a.sum()
    transport = earth_mover(X, Y, X_weights=a)
    check(transport, X, Y, a, b / b.sum(), 1.0)
    assert_allclose(transport.cost, wasserstein_distance(x, y, a), atol=1e-12)


def test_the_quantiles_of_a_law_are_as_far_as_its_shift_and_scale_say():
    # W_2 between location-scale copies of one sample is the root of the mean squared change.
    x = norm.ppf((np.arange(200) + 0.5) / 200)
    transport = earth_mover(x[:, None], 3 + 2 * x[:, None], power=2)
    assert_allclose(transport.distance, np.sqrt(9 + np.mean(x**2)), rtol=1e-12)


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_a_shift_is_as_far_as_it_is_long(power):
    X, _ = samples(50, 1, 3)
    transport = earth_mover(X, X + np.array([2.0, 3.0, 6.0]), power=power)
    assert_allclose([transport.distance, transport.dual ** (1 / power)], 7.0, rtol=1e-9)


def test_the_distance_is_the_units_and_knows_no_order():
    X, Y = samples(20, 31, 2)
    there, back = earth_mover(X, Y), earth_mover(Y, X)
    assert_allclose(there.cost, back.cost, rtol=1e-9)
    assert_allclose(earth_mover(10 * X, 10 * Y).cost, 10 * there.cost, rtol=1e-9)
    assert_allclose(earth_mover(X[::-1], Y).cost, there.cost, rtol=1e-9)


def test_tensors_are_samples_too():
    X, Y = samples(10, 12, 2)
    assert earth_mover(torch.tensor(X), torch.tensor(Y)).cost == earth_mover(X, Y).cost


def test_without_pot_columns_stand_in(monkeypatch):
    X, Y = samples(200, 150, 2)
    monkeypatch.setattr("robustgan.distances.transport.find_spec", lambda _: None)
    transport = earth_mover(X, Y)
    assert transport.solver == "columns"
    check(transport, X, Y, np.full(200, 1 / 200), np.full(150, 1 / 150), 1.0)


def test_a_missing_pot_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ot", None)
    with pytest.raises(ImportError, match=r"pip install 'robustgan\[transport\]'"):
        earth_mover(*samples(3, 4, 2), solver="pot")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"solver": "simplex"}, "solver must be one of"),
        ({"solver": "sort"}, "solver must not be 'sort'"),
        ({"solver": "assignment"}, "solver must not be 'assignment'"),
        ({"power": 0}, "power must lie"),
        ({"X_weights": [1.0, 2.0]}, r"X_weights must have shape \(3,\)"),
        ({"Y_weights": [1.0, -2.0, 1.0, 1.0]}, "Y_weights must be finite, not negative"),
        ({"Y_weights": [0.0] * 4}, "not all zero"),
    ],
)
def test_bad_parameters_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        earth_mover(*samples(3, 4, 2), **settings)


def test_samples_must_share_their_features():
    with pytest.raises(ValueError, match="Y must have the features of X, 2 columns, got 3"):
        earth_mover(np.zeros((4, 2)), np.zeros((4, 3)))


@pytest.mark.slow
@pytest.mark.parametrize("solver", ["assignment", "columns", with_pot])
def test_two_thousand_rows_a_sample_take_a_minute_at_most(solver):
    X, Y = samples(2000, 2000, 5)
    a, b = weights(2000, 1), weights(2000, 2)
    if solver == "assignment":
        a = b = np.full(2000, 1 / 2000)
    start = time.process_time()
    transport = earth_mover(X, Y, X_weights=a, Y_weights=b, solver=solver)
    assert time.process_time() - start < 60
    check(transport, X, Y, a, b, 1.0)
    assert solver in SOLVERS


def test_gaussians_are_as_far_apart_as_their_samples():
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(2, 3, 3))
    mean = np.array([1.0, -2.0, 0.5])
    # A sample with exact moments and its optimal linear image: the plan is known.
    X = rng.normal(size=(60, 3))
    X = np.linalg.solve(np.linalg.cholesky(np.cov(X.T, ddof=0)), (X - X.mean(axis=0)).T).T
    distance = gaussian_wasserstein(np.zeros(3), np.eye(3), mean, B @ B.T)
    values, axes = np.linalg.eigh(B @ B.T)
    image = X @ (axes * np.sqrt(values)) @ axes.T + mean
    assert_allclose(earth_mover(X, image, power=2).distance, distance, rtol=1e-9)
    assert_allclose(gaussian_wasserstein(mean, A @ A.T, mean, A @ A.T), 0, atol=1e-6)


def test_a_covariance_must_be_one():
    with pytest.raises(ValueError, match="eigenvalue of other_covariance"):
        gaussian_wasserstein([0, 0], np.eye(2), [0, 0], [[1, 2], [2, 1]])


@pytest.mark.parametrize("p", [1, 2, 10])
def test_the_sliced_distance_of_a_shift_is_its_length_over_root_p(p):
    X, _ = samples(30, 1, p)
    shift = np.arange(1.0, p + 1)
    sliced = sliced_wasserstein(X, X + shift, tol=0.005, random_state=0)
    expected = np.linalg.norm(shift) / np.sqrt(p)
    assert sliced.standard_error <= 0.005 * sliced.distance
    assert abs(sliced.distance - expected) <= 4 * sliced.standard_error + 1e-12 * expected


def test_on_the_line_slices_are_the_distance():
    X, Y = samples(30, 43, 1)
    sliced = sliced_wasserstein(X, Y, power=1.5, random_state=0)
    assert_allclose(sliced.distance, earth_mover(X, Y, power=1.5).distance, rtol=1e-12)
    assert sliced.n_directions == 64


def test_the_stated_error_is_the_true_one():
    # 60 runs; the mean square of the standardised errors lies in (.5, 1.7) with chance .998.
    X, _ = samples(10, 1, 4)
    runs = [sliced_wasserstein(X, X + 1, tol=0.03, random_state=seed) for seed in range(60)]
    scores = [(run.distance - 1) / run.standard_error for run in runs]
    assert 0.5 < np.mean(np.square(scores)) < 1.7


def test_too_few_directions_warn():
    X, Y = samples(30, 43, 5)
    with pytest.warns(UserWarning, match="Raise max_directions"):
        sliced_wasserstein(X, Y, tol=1e-9, max_directions=128, random_state=0)


def test_equal_samples_are_no_distance_apart():
    X, _ = samples(30, 1, 3)
    assert sliced_wasserstein(X, X, random_state=0).distance == 0
    assert earth_mover(X, X).cost == 0
    assert_allclose(maximum_mean_discrepancy(X, X, unbiased=False).squared, 0, atol=1e-12)


def test_the_discrepancy_is_its_definition():
    X, Y = samples(7, 5, 2)
    found = maximum_mean_discrepancy(X, Y, bandwidth=1.3)
    biased = maximum_mean_discrepancy(X, Y, bandwidth=1.3, unbiased=False)
    k = lambda x, y: np.exp(-((x - y) ** 2).sum() / (2 * 1.3**2))  # noqa: E731
    within = [k(x, y) for i, x in enumerate(X) for j, y in enumerate(X) if i != j]
    others = [k(x, y) for i, x in enumerate(Y) for j, y in enumerate(Y) if i != j]
    between = np.mean([k(x, y) for x in X for y in Y])
    assert_allclose(found.squared, np.mean(within) + np.mean(others) - 2 * between, rtol=1e-12)
    full = (sum(within) + 7) / 49 + (sum(others) + 5) / 25 - 2 * between
    assert_allclose(biased.squared, full, rtol=1e-12)


def test_the_unbiased_discrepancy_is_the_populations_on_average():
    # Between N(0, 1) and N(s, 1): E k = (1 + 2 / h^2)^(-1/2) exp(-s^2 / (2 (h^2 + 2))).
    rng = np.random.default_rng(0)
    pairs = rng.normal(size=(300, 2, 40, 1)) + np.array([0.0, 1.0])[:, None, None]
    found = [maximum_mean_discrepancy(X, Y, bandwidth=1.0).squared for X, Y in pairs]
    expected = 2 / np.sqrt(3) * (1 - np.exp(-1 / 6))
    assert abs(np.mean(found) - expected) < 4 * np.std(found) / np.sqrt(300)


def test_the_permutation_test_keeps_its_level():
    # Of 100 tests at .1 of equal laws, 3 to 20 reject with chance .995.
    pairs = np.random.default_rng(1).normal(size=(100, 2, 15, 2))
    tests = [maximum_mean_discrepancy(X, Y, n_permutations=99, random_state=0) for X, Y in pairs]
    assert 3 <= sum(test.p_value <= 0.1 for test in tests) <= 20


def test_a_bandwidth_of_ties_is_refused():
    with pytest.raises(ValueError, match="Give a number"):
        maximum_mean_discrepancy(np.zeros((4, 2)), np.zeros((5, 2)))
