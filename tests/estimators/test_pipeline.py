"""RobustWhitener and OutlierFilter: what a pipeline gets."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.covariance import MinCovDet
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from robustgan import (
    CoordinateMedian,
    GeometricMedian,
    JSGANScatter,
    OutlierFilter,
    RobustWhitener,
    TukeyMedian,
)

FACTOR = np.array([[2.0, 0.0], [1.5, 0.5]])
DETECTORS = [
    TukeyMedian(random_state=0),
    pytest.param(JSGANScatter(random_state=0), marks=pytest.mark.slow),
]


def contaminated(n=400):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 2)) @ FACTOR.T
    y = X @ [1.0, -2.0] + 0.1 * rng.normal(size=n)
    X[: n // 10] += [0.0, 12.0]
    y[: n // 10] = 30.0
    return X, y


@parametrize_with_checks(
    [
        RobustWhitener(MinCovDet(random_state=0)),
        OutlierFilter(LinearRegression(), CoordinateMedian()),
        OutlierFilter(LogisticRegression(), CoordinateMedian()),
    ]
)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
def test_scikit_learn_finds_nothing_to_complain_about(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "scatter",
    [
        MinCovDet(random_state=0),
        pytest.param(JSGANScatter(random_state=0), marks=pytest.mark.slow),
    ],
    ids=["mcd", "jsgan"],
)
def test_clean_rows_are_white_and_outliers_stay_far(scatter):
    X, _ = contaminated()
    whitener = RobustWhitener(scatter).fit(X)
    Z = whitener.transform(X)
    assert_allclose(np.cov(Z[40:].T), np.eye(2), atol=0.25)
    assert (np.linalg.norm(Z[:40], axis=1) > 5).all()
    assert_allclose(whitener.inverse_transform(Z), X, atol=1e-9)
    assert_allclose(whitener.whitening_, whitener.whitening_.T)


@pytest.mark.slow
def test_a_law_without_a_covariance_whitens_by_its_scatter():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 2)) @ FACTOR.T / rng.normal(size=(600, 1))
    whitener = RobustWhitener(JSGANScatter(family="elliptical", random_state=0)).fit(X)
    fitted = whitener.estimator_
    assert_allclose(
        whitener.whitening_ @ fitted.scatter_ @ whitener.whitening_, np.eye(2), atol=1e-9
    )


def test_directions_without_variance_map_to_zero():
    X, _ = contaminated()
    flat = np.column_stack([X, X[:, 0]])

    class Sample(MinCovDet):
        def fit(self, X, y=None):
            self.location_, self.covariance_ = X.mean(axis=0), np.cov(X.T)
            return self

    Z = RobustWhitener(Sample()).fit_transform(flat)
    assert np.isfinite(Z).all()
    assert np.linalg.matrix_rank(Z) == 2


def test_names_come_out_with_the_columns():
    X, _ = contaminated()
    frame = pd.DataFrame(X, columns=["a", "b"])
    whitener = RobustWhitener(MinCovDet(random_state=0)).set_output(transform="pandas")
    out = whitener.fit_transform(frame)
    assert list(out.columns) == ["robustwhitener0", "robustwhitener1"]


@pytest.mark.parametrize("weighting", ["drop", "weight"])
@pytest.mark.parametrize("detector", DETECTORS, ids=["tukey", "jsgan"])
def test_outliers_do_not_bend_a_regression(detector, weighting):
    X, y = contaminated()
    plain = LinearRegression().fit(X, y)
    filtered = OutlierFilter(LinearRegression(), detector, weighting=weighting).fit(X, y)
    assert_allclose(filtered.estimator_.coef_, [1.0, -2.0], atol=0.05)
    assert abs(plain.coef_ - [1.0, -2.0]).max() > 0.5
    assert not filtered.support_[:40].any()
    assert len(filtered.predict(X)) == len(X)


def test_it_works_in_a_pipeline_and_a_grid_search():
    X, y = contaminated()
    steps = make_pipeline(StandardScaler(), OutlierFilter(LinearRegression(), GeometricMedian()))
    search = GridSearchCV(steps, {"outlierfilter__detector__alpha": [0.01, 0.1]}, cv=3).fit(X, y)
    assert search.best_params_["outlierfilter__detector__alpha"] in (0.01, 0.1)


def test_weights_follow_the_rows():
    X, y = contaminated()
    weights = np.where(np.arange(len(X)) < 200, 1.0, 3.0)
    filtered = OutlierFilter(LinearRegression(), CoordinateMedian()).fit(
        X, y, sample_weight=weights
    )
    kept = filtered.support_
    by_hand = LinearRegression().fit(X[kept], y[kept], sample_weight=weights[kept])
    assert_array_equal(filtered.estimator_.coef_, by_hand.coef_)


def test_it_has_the_methods_of_what_it_wraps():
    X, y = contaminated()
    classifier = OutlierFilter(LogisticRegression(), CoordinateMedian()).fit(X, y > 0)
    assert classifier.predict_proba(X).shape == (len(X), 2)
    assert_array_equal(classifier.classes_, [False, True])
    assert classifier.score(X, y > 0) > 0.8
    assert not hasattr(OutlierFilter(LinearRegression()), "predict_proba")
    transformer = OutlierFilter(PCA(1), CoordinateMedian()).fit(X)
    assert transformer.transform(X).shape == (len(X), 1)


@pytest.mark.parametrize(
    ("parameters", "fit", "match"),
    [
        ({"weighting": "keep"}, {}, "weighting must be one of 'drop', 'weight', got 'keep'"),
        ({"weighting": "weight"}, {}, "must take sample_weight, got KNeighborsRegressor"),
        ({}, {"sample_weight": np.ones(400)}, "must take sample_weight"),
    ],
)
def test_bad_parameters_are_named(parameters, fit, match):
    X, y = contaminated()
    filtered = OutlierFilter(KNeighborsRegressor(), CoordinateMedian(), **parameters)
    with pytest.raises(ValueError, match=match):
        filtered.fit(X, y, **fit)
