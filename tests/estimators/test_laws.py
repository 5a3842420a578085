"""Laws of standardised rows, and games on several samples at once."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from robustgan.estimators.laws import are_apart, describe, far_starts, squared_distance

every_covariance = pytest.mark.parametrize("covariance", ["identity", "diagonal", "full"])


def apart(law, other, n_samples=10_000, **parameters):
    return are_apart(law, other, n_samples=n_samples, **parameters)


@pytest.fixture(name="rows")
def sample():
    factor = np.array([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [-0.5, 0.5, 0.7]])
    return torch.tensor(np.random.default_rng(0).normal(size=(200, 3)) @ factor.T + 2.0)


def full_covariance(rows, covariance):
    matrix = np.cov(rows.numpy().T, bias=True)
    return {"identity": np.eye(3), "diagonal": np.diag(np.diag(matrix)), "full": matrix}[covariance]


@every_covariance
def test_a_law_is_the_mean_and_what_is_fitted_of_the_covariance(rows, covariance):
    law = describe(rows, covariance).numpy()
    expected = full_covariance(rows, covariance)
    shape = {"identity": expected[:0], "diagonal": np.diag(expected)[None], "full": expected}
    assert_allclose(law, np.r_[rows.mean(dim=0).numpy()[None], shape[covariance]], rtol=1e-9)


@every_covariance
def test_the_distance_is_mahalanobiss(rows, covariance):
    inverse = np.linalg.inv(full_covariance(rows, covariance))
    centred = rows.numpy() - rows.numpy().mean(axis=0)
    expected = np.einsum("ni,ij,nj->n", centred, inverse, centred)
    distance = squared_distance(rows, describe(rows, covariance))
    assert_allclose(distance.numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("covariance", ["diagonal", "full"])
def test_the_distance_from_rows_that_do_not_vary_is_finite(covariance):
    """Kept rows that are all alike in a column once stopped a fit."""
    law = describe(torch.zeros(10, 3, dtype=torch.float64), covariance)
    distance = squared_distance(torch.eye(3, dtype=torch.float64), law)
    assert torch.isfinite(distance).all()
    assert squared_distance(torch.zeros(1, 3, dtype=torch.float64), law) == 0


@every_covariance
def test_every_other_start_is_wide(covariance):
    rows = torch.eye(3)
    laws = torch.stack([describe(rows, covariance)] * 6)
    wide = far_starts(laws, 3)
    for i, (before, after) in enumerate(zip(laws, wide, strict=True)):
        factor = 9.0 if i % 3 == 1 else 1.0
        assert torch.equal(after[:1], before[:1])
        assert torch.equal(after[1:], factor * before[1:])


@every_covariance
def test_laws_of_two_halves_of_a_sample_are_not_apart(rows, covariance):
    assert not apart(describe(rows[:100], covariance), describe(rows[100:], covariance))


@pytest.mark.parametrize("covariance", ["diagonal", "full"])
@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_laws_of_other_widths_are_apart(rows, covariance, factor):
    assert apart(describe(rows, covariance), describe(rows * factor, covariance))


@every_covariance
def test_laws_at_other_places_are_apart(rows, covariance):
    assert apart(describe(rows, covariance), describe(rows + 1.2, covariance))


@every_covariance
def test_a_known_location_is_zero(rows, covariance):
    law = describe(rows, covariance, learn_location=False)
    assert torch.equal(law[0], torch.zeros(3, dtype=torch.float64))


def test_laws_of_one_shape_are_near_up_to_scale():
    law = torch.cat([torch.zeros(1, 3), torch.eye(3)])
    wide = torch.cat([torch.zeros(1, 3), 9 * torch.eye(3)])
    longer = torch.cat([torch.zeros(1, 3), 9 * torch.diag(torch.tensor([1.0, 1.0, 3.0]))])
    assert apart(law, wide)
    assert not apart(law, wide, up_to_scale=True)
    assert apart(law, longer, up_to_scale=True)


def test_the_fewer_the_rows_the_more_may_laws_differ():
    law = torch.cat([torch.zeros(1, 100), torch.eye(100)])
    wide = torch.cat([torch.zeros(1, 100), 3 * torch.eye(100)])
    assert apart(law, wide)
    assert not apart(law, wide, n_samples=100)
