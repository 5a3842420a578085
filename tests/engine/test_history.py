"""What a run leaves behind: the last epochs of each replica, averaged."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robustgan.engine import History

N_EPOCHS = 6


@pytest.fixture(name="history")
def three_replicas():
    """Replicas that end after 6, 4 and 2 epochs, tracked (epoch, replica) itself."""
    epoch, replica = np.meshgrid(np.arange(N_EPOCHS), np.arange(3), indexing="ij")
    return History(
        losses={"one": epoch * 1.0, "other": -epoch * 1.0},
        tracked=np.stack([epoch, replica], axis=-1).astype(float),
        rates=np.ones((N_EPOCHS, 3)),
        n_iter=np.array([6, 4, 2]),
        converged=np.array([True, False, True]),
        n_average=3,
    )


def test_the_tail_is_the_last_epochs_of_each_replica(history):
    expected = np.zeros((N_EPOCHS, 3), dtype=bool)
    expected[3:6, 0] = expected[1:4, 1] = expected[:2, 2] = True
    assert_array_equal(history.tail(), expected)


def test_the_tail_mean_averages_the_tail(history):
    assert_allclose(history.tail_mean(), [[4.0, 0.0], [2.0, 1.0], [0.5, 2.0]])


def test_the_tail_mean_keeps_the_shape_of_what_is_tracked(history):
    matrices = np.random.default_rng(0).normal(size=(N_EPOCHS, 3, 4, 5))
    wide = History(history.losses, matrices, history.rates, history.n_iter, history.converged, 3)
    assert_allclose(wide.tail_mean()[0], matrices[3:, 0].mean(axis=0))
    assert wide.tail_mean().shape == (3, 4, 5)


def test_a_selection_is_cut_where_its_last_replica_ends(history):
    chosen = history.select([2, 1])
    assert chosen.tracked.shape == (4, 2, 2)
    assert chosen.rates.shape == chosen.losses["one"].shape == (4, 2)
    assert_array_equal(chosen.n_iter, [2, 4])
    assert_array_equal(chosen.converged, [True, False])


def test_a_selection_has_the_same_tail_mean(history):
    assert_allclose(history.select([1]).tail_mean()[0], history.tail_mean()[1])
