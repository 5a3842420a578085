"""When a replica searches, settles and has finished."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robustgan.engine import Schedule

SCHEDULE = Schedule(n_search=4, n_settle=6, max_iter=30, tol=1e-9)


def follow(schedule, series, scale=1.0):
    """Advance through epochs of a series of shape (n_epochs, R, ...); return what came of it."""
    progress = schedule.start(series.shape[1])
    tracked, rates = [], []
    for value in series:
        if progress.finished.all():
            break
        rates.append(progress.rates())
        tracked.append(value)
        progress.advance(tracked, scale)
    return progress, np.array(rates)


def noise(n_epochs, n_replicas, seed=0):
    return np.random.default_rng(seed).normal(size=(n_epochs, n_replicas, 100))


def drift(n_epochs, n_replicas):
    return np.arange(n_epochs, dtype=float)[:, None, None] * np.ones((n_replicas, 100))


def test_noise_settles_at_the_first_chance():
    # A hundred coordinates: the change is 1 +- 0.2 of what noise makes it, and 3 is the limit.
    progress, _ = follow(SCHEDULE, noise(30, 5))
    assert_array_equal(progress.settles_from, 4)
    assert_array_equal(progress.n_iter, 10)
    assert progress.converged.all()
    assert progress.epoch == 10


def test_a_steady_drift_never_settles_and_is_forced_at_the_end():
    progress, _ = follow(SCHEDULE, drift(40, 2))
    assert_array_equal(progress.n_iter, SCHEDULE.max_iter)
    assert not progress.converged.any()
    assert progress.epoch == SCHEDULE.max_iter


def test_a_drift_that_stops_settles_then():
    series = np.minimum(drift(30, 1), 11.0) + 0.01 * noise(30, 1)
    progress, _ = follow(SCHEDULE, series)
    # Epochs 12 to 15 are the first four without drift.
    assert 14 <= progress.settles_from[0] <= 15
    assert progress.converged.all()


def test_a_drift_below_the_tolerance_counts_as_none():
    slow = 1e-3 * drift(30, 1)
    for tol, scale, settles in [(0.1, 1.0, True), (0.1, 1e-3, False), (1e-4, 100.0, True)]:
        schedule = Schedule(n_search=4, n_settle=6, max_iter=30, tol=tol)
        progress, _ = follow(schedule, slow, scale)
        assert bool(progress.converged[0]) is settles


def test_without_a_tolerance_the_search_has_a_fixed_length():
    progress, _ = follow(Schedule(3, 5, 8), drift(20, 2))
    assert_array_equal(progress.n_iter, 8)
    assert progress.converged.all()


def test_the_fewest_epochs_of_search_are_kept():
    progress, _ = follow(Schedule(9, 6, 30, tol=1e-9), noise(30, 1))
    assert_array_equal(progress.settles_from, 9)


def test_a_replica_decides_for_itself():
    settled, drifting = noise(30, 1), drift(30, 1)
    together, _ = follow(SCHEDULE, np.concatenate([settled, drifting, settled], axis=1))
    assert_array_equal(together.n_iter, [10, 30, 10])
    assert_array_equal(together.converged, [True, False, True])


def test_rates_are_full_in_the_search_then_decay_to_nothing():
    schedule = Schedule(3, 4, 20, final_rate=0.05)
    _, rates = follow(schedule, noise(20, 1))
    expected = [1.0, 1.0, 1.0, *0.05 ** (np.arange(4) / 4)]
    assert_allclose(rates[:, 0], expected)


def test_a_finished_replica_has_no_rate():
    series = np.concatenate([noise(30, 1), drift(30, 1)], axis=1)
    _, rates = follow(SCHEDULE, series)
    assert (rates[:10] > 0).all()
    assert_array_equal(rates[10:, 0], 0.0)
    assert (rates[10:, 1] > 0).all()


def test_the_shortest_schedule_is_two_epochs():
    progress, rates = follow(Schedule(1, 1, 2, tol=1e-9), drift(5, 1))
    assert progress.epoch == len(rates) == 2
    assert progress.schedule.n_average == 1


@pytest.mark.parametrize(("n_settle", "n_average"), [(1, 1), (2, 1), (5, 3), (16, 8)])
def test_the_later_half_of_settling_is_averaged(n_settle, n_average):
    assert Schedule(1, n_settle, 50).n_average == n_average


def test_the_epochs_expected_are_those_there_will_be():
    progress = SCHEDULE.start(2)
    assert progress.expected_epochs == SCHEDULE.n_search + SCHEDULE.n_settle
    done, _ = follow(SCHEDULE, drift(40, 2))
    assert done.expected_epochs == done.epoch == SCHEDULE.max_iter
