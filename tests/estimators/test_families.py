"""Families of clean laws: fits to clean rows, scales, tails."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy import stats

from robustgan.contamination import Cauchy, Gaussian, StudentT
from robustgan.estimators.families import FAMILIES, Laws, make_family

P = 4
SCATTER = np.array([[4, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0.5], [0, 0, 0.5, 2.0]])


def rows(law, n=20_000, seed=0):
    drawn = law.sample(n, np.random.default_rng(seed))
    return torch.from_numpy(drawn)


def fit(name, sample, df=None, **parameters):
    return make_family(name, df).fit(sample, "full", **parameters)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_recovers_a_gaussian(name):
    law, radius = fit(name, rows(Gaussian(P, SCATTER, location=3.0)))
    # Standard errors are .01 times the scale; those of a median, 1.5 times that.
    assert_allclose(law[0], 3.0, atol=0.1)
    assert_allclose(law[1:], SCATTER, atol=0.2)
    radial = make_family(name, None).radial_law(radius.numpy(), P)
    assert radial.quantile(0.9) == pytest.approx(stats.chi.ppf(0.9, P), rel=0.03)
    assert radial.mean_square == pytest.approx(P, rel=0.1)


@pytest.mark.parametrize("df", [None, 3.0])
def test_student_recovers_its_law(df):
    law, radius = fit("student", rows(StudentT(P, 3.0, SCATTER)), df)
    assert_allclose(law[1:], SCATTER, atol=0.2)
    family = make_family("student", df)
    assert family.degrees(radius.numpy()) == pytest.approx(3.0, rel=0.1)
    squared = torch.tensor([1.0, 30.0])
    expected = stats.f.sf(squared / P, P, family.degrees(radius.numpy()))
    assert_allclose(family.tail(squared, radius, P), expected)


def test_elliptical_recovers_the_shape_and_the_radius_of_cauchy_rows():
    law, radius = fit("elliptical", rows(Cauchy(P, SCATTER)))
    # The scale makes the median of the squared distances a Gaussian's.
    scale = P * stats.f.median(P, 1) / stats.chi2.median(P)
    assert_allclose(law[1:], scale * SCATTER, rtol=0.1, atol=0.2)
    radial = make_family("elliptical", None).radial_law(radius.numpy(), P)
    assert radial.quantile(0.5) == pytest.approx(stats.chi.median(P))
    assert radial.tail_index == pytest.approx(1.0, rel=0.3)
    assert radial.mean_square == np.inf


@pytest.mark.parametrize("name", FAMILIES)
def test_a_known_location_is_zero(name):
    law, _ = fit(name, rows(Gaussian(P, location=0.5), n=500), learn_location=False)
    assert torch.equal(law[0], torch.zeros(P, dtype=torch.float64))
    # About zero, the second moment is 1.25.
    assert_allclose(law[1:].diagonal(), 1.25, atol=0.25)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("df", [1.0, 100.0])
def test_a_law_of_another_scale_is_rescaled(name, df):
    if name == "gaussian":
        pytest.skip("keeps its scale")
    sample = rows(StudentT(P, df, SCATTER))
    family = make_family(name, None)
    found, fitted = family.rescale(sample, np.vstack([np.zeros(P), 7 * SCATTER])), None
    fitted = family.fit(sample, "full")
    assert_allclose(found.moments[1:], fitted[0][1:], rtol=0.15, atol=0.25)
    quantiles = [
        family.radial_law(np.asarray(radius), P).quantile(0.8)
        for radius in (found.radius, fitted[1])
    ]
    assert quantiles[0] == pytest.approx(quantiles[1], rel=0.1)


@pytest.mark.parametrize("name", ["student", "elliptical"])
def test_rows_in_a_plane_are_an_error_with_a_way_out(name):
    flat = rows(Gaussian(P), n=100)
    flat[:, 1] = flat[:, 0]
    with pytest.raises(ValueError, match="family='gaussian'"):
        fit(name, flat)


def test_laws_are_selected_and_repeated_together():
    laws = Laws(torch.arange(6.0).view(3, 1, 2), torch.arange(3.0)[:, None])
    chosen = laws.select([2, 0]).repeat(2)
    assert chosen.radius[:, 0].tolist() == [2, 2, 0, 0]
    assert chosen.moments[:, 0, 0].tolist() == [4, 4, 0, 0]


def test_common_factors_are_found():
    loadings = np.array([[1.0, 1.0, 1.0, 0.0], [0.0, 1.0, -1.0, 2.0]])
    truth = loadings.T @ loadings + np.diag([0.5, 1.0, 1.0, 2.0])
    family = make_family("gaussian", rank=2)
    law, _ = family.fit(rows(Gaussian(P, truth, location=3.0)), "full")
    assert_allclose(law[1:], truth, atol=0.3)
    assert family.tail(torch.ones(3), torch.zeros(0), P) is None


def test_factors_about_zero_count_the_mean():
    sample = rows(Gaussian(P, location=1.0))
    law, _ = make_family("gaussian", rank=1).fit(sample, "full", learn_location=False)
    assert_allclose(law[1:], np.eye(P) + 1.0, atol=0.1)
