"""The search for a deep point: up to a bound, from anywhere, in any dimension."""

import numpy as np
import pytest
import torch

from robustgan.depth import halfspace_depth
from robustgan.depth.central import climb_to_depth


def climb(X, start=None, seed=0, max_iter=200):
    X = torch.as_tensor(X, dtype=torch.float32)
    start = X.median(dim=0).values if start is None else start
    return climb_to_depth(X, start, max_iter=max_iter, rng=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("p", [2, 3, 10])
def test_it_comes_back_from_afar(p):
    X = np.random.default_rng(0).normal(size=(2_000, p))
    found = climb(X, start=torch.full((p,), 3.0))
    assert found.converged
    assert found.location.norm() < 0.3
    assert 0.4 < found.depth <= 0.51


def test_the_depth_it_believes_is_an_upper_bound_in_the_plane():
    X = torch.from_numpy(np.random.default_rng(0).normal(size=(400, 2)))
    found = climb(X)
    exact = float(halfspace_depth(found.location[None].double(), X)[0])
    assert exact <= found.depth + 1e-9
    assert exact > found.depth - 0.03


def test_searches_agree():
    X = np.random.default_rng(0).normal(size=(5_000, 10))
    X[:1_000] += 1.0
    norms = [float(climb(X, seed=seed).location.norm()) for seed in range(6)]
    assert max(norms) < 1.15 * min(norms)


def test_few_equal_or_flat_rows_have_an_answer():
    for X in (np.zeros((5, 3)), np.eye(3), np.outer(np.arange(9.0), [1.0, 1.0])):
        found = climb(X)
        assert torch.isfinite(found.location).all()
        assert 0 <= found.depth <= 1
