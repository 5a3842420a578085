"""The birthday paradox: the formula of the theorem, and how often its bound holds."""

import math

import numpy as np
import pytest

from robustgan.diagnostics import support_bound, support_size


def collision_probability(n_atoms, batch_size):
    """Exact, of equally likely atoms."""
    return 1 - math.exp(sum(math.log1p(-i / n_atoms) for i in range(batch_size)))


def uniform(n_atoms, seed):
    rng = np.random.default_rng(seed)
    return lambda n: rng.integers(n_atoms, size=(n, 1))


@pytest.mark.parametrize("mass", [1.0, 0.999])
def test_the_bound_is_the_formula_of_the_theorem(mass):
    m, g = 40, 0.3
    root = math.sqrt(9 + 24 / m * math.log(1 / (1 - g)))
    expected = 2 * m * mass**2 / ((-3 + root) - 2 * m * (1 - mass) ** 2)
    assert support_bound(m, g, mass) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("n_atoms", [300, 1_000, 100_000])
@pytest.mark.parametrize("batch_size", [10, 50, 200])
def test_the_bound_holds_at_the_true_probability(n_atoms, batch_size):
    g = collision_probability(n_atoms, batch_size)
    if g < 1 - 1e-12:
        # The theorem counts the pairs with replacement, which is off by a batch at most.
        assert support_bound(batch_size, g) >= n_atoms - batch_size


def test_no_collision_bounds_nothing():
    assert support_bound(40, 0.0) == math.inf
    found = support_size(uniform(10**9, 0), batch_size=4, n_batches=20)
    assert (found.n_collided, found.upper, found.estimate) == (0, math.inf, math.inf)


def test_a_generator_of_one_thing_is_found_out():
    found = support_size(lambda n: np.zeros((n, 2)))
    assert found.upper <= 20
    assert found.n_collided == found.n_batches


@pytest.mark.parametrize("n_atoms", [1_000, 10_000])
def test_the_estimate_is_near(n_atoms):
    found = support_size(uniform(n_atoms, 1), n_batches=200)
    # 200 batches that collide half of the time: a standard error of 10 %.
    assert found.estimate == pytest.approx(n_atoms, rel=0.3)


def test_rows_within_the_tolerance_are_the_same():
    rng = np.random.default_rng(0)

    def noisy(n):
        return rng.integers(100, size=(n, 2)) + 1e-3 * rng.normal(size=(n, 2))

    assert support_size(noisy, batch_size=64, n_batches=20).n_collided == 0
    assert support_size(noisy, batch_size=512, n_batches=20, tolerance=0.01).n_collided == 20


@pytest.mark.slow
@pytest.mark.representative
@pytest.mark.parametrize("n_atoms", [1_000, 10_000, 100_000])
def test_the_bound_covers_in_95_of_100_runs(n_atoms):
    n_runs = 400
    covered = sum(
        support_size(uniform(n_atoms, 1000 + seed), n_batches=60).upper >= n_atoms
        for seed in range(n_runs)
    )
    assert covered / n_runs >= 0.95


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 1}, "batch_size must be at least 2, got 1"),
        ({"confidence": 1.0}, r"confidence must lie in \(0, 1\), got 1.0"),
        ({"mass": 0.0}, "mass must be finite and above 0 and at most 1, got 0.0"),
    ],
)
def test_a_bad_parameter_is_named(settings, message):
    with pytest.raises(ValueError, match=message):
        support_size(uniform(10, 0), **settings)
