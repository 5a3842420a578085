"""Classic data: rows, known outliers and moments as published or computed with R 4.2.2."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.covariance import MinCovDet
from sklearn.utils import Bunch

from robustgan.contamination import (
    DATASETS,
    dataset,
    load_aircraft,
    load_breast_cancer,
    load_hbk,
    load_stackloss,
    load_stars_cyg,
    load_wood,
)

every_dataset = pytest.mark.parametrize("name", DATASETS)
# Those that travel with this package; the other comes with scikit-learn.
SHIPPED = tuple(name for name in DATASETS if name != "breast_cancer")
every_table = pytest.mark.parametrize("name", SHIPPED)

OUTLIERS = {
    "aircraft": None,
    "hbk": list(range(1, 15)),
    "stackloss": [1, 2, 3],
    "stars_cyg": [11, 20, 30, 34],
    "wood": [4, 6, 8, 19],
}
# Means of the columns, and below the variance of the first, by R 4.2.2.
R_MEANS = {
    "aircraft": [3.908695652, 2.8, 18091.956521739, 15913.043478261],
    "hbk": [3.206666667, 5.597333333, 7.230666667],
    "stackloss": [60.42857143, 21.09523810, 86.28571429],
    "stars_cyg": [4.31, 5.01212766],
    "wood": [0.55085, 0.13304, 0.50865, 0.51120, 0.90695],
}
R_FIRST_VARIANCES = {
    "aircraft": 1.991739130,
    "hbk": 13.34171171,
    "stackloss": 84.057142857,
    "stars_cyg": 0.08457826087,
    "wood": 0.0082920289474,
}


@pytest.mark.parametrize(
    ("loader", "shape", "names"),
    [
        (load_aircraft, (23, 4), ["X1", "X2", "X3", "X4"]),
        (load_hbk, (75, 3), ["X1", "X2", "X3"]),
        (load_stackloss, (21, 3), ["Air.Flow", "Water.Temp", "Acid.Conc."]),
        (load_stars_cyg, (47, 2), ["log.Te", "log.light"]),
        (load_wood, (20, 5), ["x1", "x2", "x3", "x4", "x5"]),
    ],
)
def test_a_loader_gives_the_points_without_the_response(loader, shape, names) -> None:
    bunch = loader()
    assert isinstance(bunch, Bunch)
    assert bunch.data.shape == shape
    assert bunch.data.dtype == np.float64
    assert bunch.feature_names == names


@every_table
def test_known_outliers_are_marked(name: str) -> None:
    is_outlier = dataset(name).is_outlier
    if OUTLIERS[name] is None:
        assert is_outlier is None
    else:
        assert is_outlier.dtype == np.bool_
        assert (np.flatnonzero(is_outlier) + 1).tolist() == OUTLIERS[name]


@every_table
def test_moments_agree_with_r(name: str) -> None:
    data = dataset(name).data
    # R printed ten digits.
    np.testing.assert_allclose(data.mean(0), R_MEANS[name], rtol=2e-9)
    np.testing.assert_allclose(data[:, 0].var(ddof=1), R_FIRST_VARIANCES[name], rtol=2e-9)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("aircraft", 2.76, 11.19),
        ("hbk", 9.7, 0.2),
        ("stackloss", 42.0, 15.0),
        ("wood", 0.534, 0.568),
    ],
)
def test_the_response_comes_beside_the_points(name: str, first: float, last: float) -> None:
    bunch = dataset(name)
    assert bunch.response.shape == (len(bunch.data),)
    assert (bunch.response[0], bunch.response[-1]) == (first, last)


def test_the_stars_have_no_response() -> None:
    assert load_stars_cyg().response is None


def test_the_malignant_tumours_are_the_outliers() -> None:
    bunch = load_breast_cancer()
    assert bunch.data.shape == (569, 30)
    assert bunch.is_outlier.sum() == 212
    # Malignant tumours are larger.
    radius = bunch.data[:, bunch.feature_names.index("mean radius")]
    assert radius[bunch.is_outlier].mean() > radius[~bunch.is_outlier].mean()


@every_table
def test_the_description_names_the_source(name: str) -> None:
    assert "Source: " in dataset(name).DESCR


@every_dataset
def test_two_loads_share_nothing(name: str) -> None:
    first, second = dataset(name), dataset(name)
    assert not np.shares_memory(first.data, second.data)
    first.data[:] = np.nan
    assert np.isfinite(second.data).all()


@every_dataset
def test_a_frame_holds_the_same_numbers_under_their_names(name: str) -> None:
    bunch = dataset(name)
    frame = dataset(name, as_frame=True).data
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == bunch.feature_names
    np.testing.assert_array_equal(frame.to_numpy(), bunch.data)


@every_dataset
def test_the_pair_is_what_the_bunch_holds(name: str) -> None:
    bunch = dataset(name)
    data, is_outlier = dataset(name, return_X_outlier=True)
    np.testing.assert_array_equal(data, bunch.data)
    np.testing.assert_array_equal(is_outlier, bunch.is_outlier)


def test_the_pair_can_hold_a_frame() -> None:
    data, _ = load_hbk(as_frame=True, return_X_outlier=True)
    assert isinstance(data, pd.DataFrame)


def test_a_frame_without_pandas_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="as_frame=True needs pandas: pip install pandas"):
        load_hbk(as_frame=True)


@pytest.mark.parametrize("name", ["starsCYG", "stars_cyg", "stars-cyg", "STARS_CYG"])
def test_spellings_of_a_name_are_alike(name: str) -> None:
    assert dataset(name).data.shape == (47, 2)


@pytest.mark.parametrize("name", ["iris", "", None])
def test_an_unknown_name_is_told_the_known_ones(name: str) -> None:
    message = f"name must be one of {', '.join(map(repr, DATASETS))}, got"
    with pytest.raises(ValueError, match=message):
        dataset(name)


def test_the_classical_distances_show_two_of_the_masked_outliers() -> None:
    data, _ = load_hbk(return_X_outlier=True)
    centred = data - data.mean(0)
    distances = np.einsum("ij,jk,ik->i", centred, np.linalg.inv(np.cov(data.T)), centred)
    # The chi-square quantile of .975 with three degrees of freedom; R flags these rows, too.
    assert (np.flatnonzero(distances > 9.348) + 1).tolist() == [12, 14]


def test_the_minimum_covariance_determinant_shows_all_masked_outliers() -> None:
    data, is_outlier = load_hbk(return_X_outlier=True)
    distances = MinCovDet(random_state=0).fit(data).mahalanobis(data)
    assert distances[is_outlier].min() > 10 * distances[~is_outlier].max()
