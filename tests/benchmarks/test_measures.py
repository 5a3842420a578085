"""Measures that make rows of their own: images, modes, halfspaces, rounds of a game."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.harness.suite import Cell
from benchmarks.measures import densities, depth, foreign, halfspaces, modes, overhead
from benchmarks.suites import mode_collapse


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_foreign_images_are_the_share_of_all(share):
    X, is_foreign, test = foreign.contaminated(400, share, seed=0)
    assert (~is_foreign).sum() == 400
    assert is_foreign.mean() == pytest.approx(share, abs=1e-3)
    # Digits are mostly dark, digits in negative mostly white.
    assert X[~is_foreign].mean() < 0.4
    assert share == 0 or X[is_foreign].mean() > 0.6
    assert len(test) == foreign.N_TEST


def test_the_likelihoods_of_scikit_learns_machine_sum_to_one():
    train, _ = densities.split(100)
    from sklearn.neural_network import BernoulliRBM

    model = BernoulliRBM(3, n_iter=2, random_state=0).fit(train[:, :5])
    images = (np.arange(32)[:, None] >> np.arange(5)) & 1
    logs = -densities.free_energy(model, images) - densities.log_partition(model)
    assert_allclose(np.exp(logs).sum(), 1)


@pytest.mark.parametrize("name", modes.METHODS)
def test_every_method_makes_its_model(name):
    model = modes.METHODS[name].make(n_steps=2, n_replicas=2)
    assert model.get_params()["n_replicas"] == 2
    assert (model.penalty is not None) == name.startswith(("R1", "WGAN-GP"))
    assert set(mode_collapse.N_MODES) <= set(modes.LAWS)


def test_a_sharp_halfspace_depth_is_largest_at_tukeys_median():
    cell = Cell("shift5", 200, 2)
    names = ("mean", "halfspaces through the location, s = 64")
    mean, sharp = (halfspaces.measure(cell, name, [0])[0]["to_tukey"] for name in names)
    assert sharp < 0.05 < mean


def test_our_depths_are_compared_with_the_peers():
    pytest.importorskip("depth")
    cell = Cell("normal", 60, 2, 0.0)
    for name in (depth.OURS, depth.PEER.format("plane")):
        [row] = depth.measure(cell, name, [0])
        assert row["difference"] < 1e-12
        assert row["microseconds"] > 0


def test_both_loops_play_rounds(monkeypatch):
    monkeypatch.setattr(overhead, "N_ROUNDS", 2)
    monkeypatch.setattr(overhead, "N_BLOCKS", 2)
    for kind in overhead.KINDS:
        [row] = overhead.measure(Cell("batch 256", 300, 2, 0.0), overhead.name_of(kind, 2), [0])
        assert row["engine_ms"] > 0
        assert row["by_hand_ms"] > 0
        assert row["ratio_a_replica"] == row["ratio"] / 2
