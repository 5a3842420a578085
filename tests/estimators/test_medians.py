"""The medians as scikit-learn estimators."""

import pickle

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.stats import chi2
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks
from statsmodels.robust.scale import mad

from robustgan.estimators.medians import CoordinateMedian, GeometricMedian

MEDIANS = [CoordinateMedian, GeometricMedian]
NAMES = ["width", "height", "age"]

both = pytest.mark.parametrize("Median", MEDIANS)


@pytest.fixture(name="X")
def sample():
    rows = np.random.default_rng(0).normal(size=(120, 3))
    rows[:24] += 6.0
    return rows


@parametrize_with_checks([CoordinateMedian(), GeometricMedian()])
def test_scikit_learn_finds_nothing_to_complain_about(estimator, check):
    check(estimator)


@pytest.mark.parametrize("n_samples", [99, 100])
def test_the_coordinate_median_is_the_median_of_each_column(X, n_samples):
    fitted = CoordinateMedian().fit(X[:n_samples])
    assert_array_equal(fitted.location_, np.median(X[:n_samples], axis=0))


def test_the_geometric_median_has_the_smallest_mean_distance(X):
    location = GeometricMedian().fit(X).location_
    rivals = location + np.random.default_rng(1).normal(scale=0.01, size=(500, 3))
    distances = [np.linalg.norm(X - point, axis=1).mean() for point in (location, *rivals)]
    assert np.argmin(distances) == 0


@both
def test_the_scale_is_the_median_absolute_deviation_of_each_column(X, Median):
    assert_allclose(Median().fit(X).scale_, mad(X, axis=0))


@both
def test_the_score_is_minus_the_squared_standardised_distance(X, Median):
    fitted = Median().fit(X)
    expected = -(((X - fitted.location_) / fitted.scale_) ** 2).sum(axis=1)
    assert_allclose(fitted.score_samples(X), expected)


@both
def test_the_default_cut_off_is_a_quantile_of_the_chi_squared_law(X, Median):
    assert_allclose(Median().fit(X).offset_, -chi2.ppf(0.95, df=3))


@both
def test_the_default_flags_one_clean_normal_row_in_twenty(Median):
    X = np.random.default_rng(2).normal(size=(20_000, 5))
    # Five standard errors of a share of 0.05, and as much again for the estimated scales.
    assert abs((Median().fit_predict(X) == -1).mean() - 0.05) < 0.015


@both
def test_the_share_asked_for_is_flagged(X, Median):
    assert (Median(contamination=0.2).fit_predict(X) == -1).sum() == 24


@both
def test_far_rows_are_flagged(X, Median):
    assert (Median().fit(X).predict(X[:24]) == -1).all()


@both
@pytest.mark.parametrize("value", [1e100, 1e200, 1e300])
def test_a_row_out_of_all_proportion_scores_low_but_finite(X, Median, value):
    X[0] = value
    scores = Median(contamination=0.1).fit(X).score_samples(X)
    assert np.isfinite(scores).all()
    assert scores.argmin() == 0


@both
def test_two_outliers_in_five_leave_the_location_bounded(Median):
    X = np.random.default_rng(3).normal(size=(500, 3))
    X[:200] = 1e6
    assert np.abs(Median().fit(X).location_).max() < 2.0


@both
def test_the_fit_moves_and_grows_with_the_data(X, Median):
    plain, moved = Median().fit(X), Median().fit(5.0 * X + 3.0)
    # The geometric median is found to tol=1e-8 of the spread of the data.
    assert_allclose(moved.location_, 5.0 * plain.location_ + 3.0, rtol=1e-6)
    assert_allclose(moved.scale_, 5.0 * plain.scale_)
    assert_allclose(moved.score_samples(5.0 * X + 3.0), plain.score_samples(X), rtol=1e-6)


def test_the_coordinate_median_works_in_units_far_apart(X):
    units = np.array([1e-9, 1.0, 1e9])
    plain, scaled = CoordinateMedian().fit(X), CoordinateMedian().fit(units * X)
    assert_allclose(scaled.location_, units * plain.location_)
    assert_allclose(scaled.decision_function(units * X), plain.decision_function(X))


@both
def test_the_order_of_the_columns_does_not_matter(X, Median):
    plain, reversed_ = Median().fit(X), Median().fit(X[:, ::-1])
    assert_allclose(reversed_.location_, plain.location_[::-1], rtol=1e-6)


@both
def test_a_column_that_ties_for_the_most_part_still_has_a_scale(X, Median):
    X[24:, 1] = 0.5
    fitted = Median().fit(X)
    deviations = np.abs(X[:, 1] - 0.5)
    assert_allclose(fitted.scale_[1], np.sqrt(np.pi / 2) * deviations.mean())
    assert np.isfinite(fitted.score_samples(X)).all()


@pytest.mark.parametrize(
    "container",
    [
        lambda X: pd.DataFrame(X, columns=NAMES),
        lambda X: pl.DataFrame(X, schema=NAMES),
        torch.tensor,
        lambda X: X.tolist(),
        np.asfortranarray,
    ],
    ids=["pandas", "polars", "torch", "list", "Fortran"],
)
@both
def test_every_container_gives_the_same_fit(X, Median, container):
    plain, other = Median().fit(X), Median().fit(container(X))
    assert_array_equal(other.location_, plain.location_)
    assert_array_equal(other.decision_function(container(X)), plain.decision_function(X))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
@both
def test_the_names_of_the_columns_are_kept(X, Median, frame):
    fitted = Median().fit(frame(dict(zip(NAMES, X.T, strict=True))))
    assert fitted.feature_names_in_.tolist() == NAMES
    assert fitted.n_features_in_ == 3


@both
def test_a_read_only_memory_map_gives_the_same_fit(X, Median, tmp_path):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert_array_equal(Median().fit(mapped).location_, Median().fit(X).location_)


@both
@pytest.mark.parametrize("container", [np.asarray, torch.tensor], ids=["numpy", "torch"])
def test_float32_data_are_fitted_in_float64(X, Median, container):
    narrow = X.astype(np.float32)
    fitted = Median().fit(container(narrow))
    assert_array_equal(fitted.location_, Median().fit(narrow.astype(np.float64)).location_)
    assert fitted.location_.dtype == fitted.scale_.dtype == np.float64
    assert fitted.score_samples(container(narrow)).dtype == np.float64


@both
def test_a_constant_column_takes_no_part_and_is_named(X, Median):
    plain = Median().fit(X)
    padded = np.insert(X, 1, 0.1, axis=1)
    with pytest.warns(UserWarning, match=r"X should vary in every column.*column 1 .*Drop"):
        fitted = Median().fit(padded)
    assert fitted.location_[1] == pytest.approx(0.1, abs=1e-15)
    assert fitted.scale_[1] == 0
    assert_allclose(fitted.score_samples(padded), plain.score_samples(X))
    assert_array_equal(fitted.predict(padded), plain.predict(X))
    with pytest.warns(UserWarning, match=r"column 1 \('b'\)"):
        Median().fit(pd.DataFrame(padded, columns=list("abcd")))


@both
def test_equal_rows_are_all_normal(Median):
    X = np.tile([3.0, -1.0], (10, 1))
    with pytest.warns(UserWarning, match="and 1 more"):
        fitted = Median().fit(X)
    assert_array_equal(fitted.location_, [3.0, -1.0])
    assert_array_equal(fitted.predict(X), 1)
    assert_array_equal(fitted.p_values(X), 1.0)


def spoil_one_cell(X, value):
    X[3, 1] = value
    return X


BAD_DATA = {
    "missing": (lambda X: spoil_one_cell(X, np.nan), ValueError, "column 1, row 3"),
    "infinite": (lambda X: spoil_one_cell(X, np.inf), ValueError, "column 1, row 3"),
    "one row": (lambda X: X[:1], ValueError, r"1 sample\(s\)"),
    "no rows": (lambda X: X[:0], ValueError, r"0 sample\(s\)"),
    "no columns": (lambda X: X[:, :0], ValueError, r"0 feature\(s\)"),
    "one dimension": (lambda X: X[:, 0], ValueError, "Expected 2D array"),
    "text": (lambda X: [["a", "b"], ["c", "d"]], ValueError, "'a' in column 0, row 0"),
    "complex": (lambda X: X * 1j, ValueError, "Complex data not supported"),
    "sparse": (sparse.csr_array, TypeError, "Sparse data was passed for X"),
    "nothing": (lambda X: None, ValueError, "Expected 2D array"),
}


@both
@pytest.mark.parametrize(("spoil", "kind", "message"), BAD_DATA.values(), ids=BAD_DATA.keys())
def test_bad_data_are_an_error_that_says_what_is_wrong(X, Median, spoil, kind, message):
    with pytest.raises(kind, match=message):
        Median().fit(spoil(X))


@both
@pytest.mark.parametrize("method", ["predict", "decision_function", "score_samples"])
def test_another_width_than_in_fit_is_an_error(X, Median, method):
    fitted = Median().fit(X)
    with pytest.raises(ValueError, match=r"X has 2 features, but \w+ is expecting 3"):
        getattr(fitted, method)(X[:, :2])


@both
def test_one_row_can_be_scored(X, Median):
    fitted = Median().fit(X)
    assert_allclose(fitted.score_samples(X[:1]), fitted.score_samples(X)[:1])


@both
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"contamination": 0.7}, r"contamination must .* got 0.7"),
        ({"contamination": 0}, r"contamination must .* got 0"),
        ({"device": "gpu"}, r"device must .* got 'gpu'"),
    ],
)
def test_a_bad_parameter_is_named(X, Median, parameters, message):
    with pytest.raises(ValueError, match=message):
        Median(**parameters).fit(X)


@pytest.mark.parametrize(
    ("parameters", "kind", "message"),
    [
        ({"max_iter": 0}, ValueError, "max_iter must be at least 1, got 0"),
        ({"max_iter": 10.0}, TypeError, "max_iter must be an integer, got 10.0"),
        ({"max_iter": True}, TypeError, "max_iter must be an integer, got True"),
        ({"tol": 0.0}, ValueError, r"tol must lie in \(0, 1\), got 0.0"),
        ({"tol": np.nan}, ValueError, r"tol must lie in \(0, 1\), got nan"),
        ({"tol": "small"}, TypeError, "tol must be a real number, got 'small'"),
    ],
)
def test_a_bad_parameter_of_the_iteration_is_named(X, parameters, kind, message):
    with pytest.raises(kind, match=message):
        GeometricMedian(**parameters).fit(X)


@both
def test_parameters_are_keyword_only(Median):
    with pytest.raises(TypeError, match="positional"):
        Median(0.1)


def test_a_fit_that_is_cut_short_warns_and_can_be_used(X):
    median = GeometricMedian(max_iter=2)
    with pytest.warns(ConvergenceWarning, match=r"max_iter=2 steps.*Increase max_iter"):
        median.fit(X)
    assert not median.converged_
    assert median.n_iter_ == 2
    assert np.isfinite(median.score_samples(X)).all()


def test_a_fit_that_converges_says_so(X):
    median = GeometricMedian().fit(X)
    assert median.converged_
    assert 1 <= median.n_iter_ <= median.max_iter


@both
def test_a_fit_leaves_the_global_generators_and_the_data_alone(X, Median):
    before = X.copy()
    numpy_before = np.random.get_state(legacy=False)["state"]["key"].copy()
    torch_before = torch.get_rng_state()
    Median().fit_predict(X)
    assert_array_equal(np.random.get_state(legacy=False)["state"]["key"], numpy_before)
    assert torch.equal(torch.get_rng_state(), torch_before)
    assert_array_equal(X, before)


@both
def test_a_fit_survives_pickle_and_joblib(X, Median, tmp_path):
    fitted = Median().fit(X)
    joblib.dump(fitted, tmp_path / "median.joblib")
    for copy in (pickle.loads(pickle.dumps(fitted)), joblib.load(tmp_path / "median.joblib")):
        assert_array_equal(copy.decision_function(X), fitted.decision_function(X))


@both
def test_a_clone_has_the_parameters_and_not_the_fit(X, Median):
    copy = clone(Median(contamination=0.3, device=torch.device("cpu")).fit(X))
    assert copy.get_params()["contamination"] == 0.3
    with pytest.raises(NotFittedError):
        copy.predict(X)


@both
def test_it_works_at_the_end_of_a_pipeline_that_passes_dataframes(X, Median):
    frame = pd.DataFrame(X, columns=NAMES)
    scaler = StandardScaler().set_output(transform="pandas")
    pipeline = make_pipeline(scaler, Median()).fit(frame)
    assert pipeline.predict(frame).shape == (120,)
    assert pipeline[-1].feature_names_in_.tolist() == NAMES


@both
def test_the_tags_say_what_the_estimator_is(Median):
    tags = get_tags(Median())
    assert tags.estimator_type == "outlier_detector"
    assert not tags.target_tags.required
    assert not tags.input_tags.sparse
    assert not tags.input_tags.allow_nan
    assert not tags.non_deterministic


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@both
def test_a_fit_on_the_gpu_is_that_on_the_cpu(X, Median):
    here, there = Median(device="cpu").fit(X), Median(device="cuda").fit(X)
    assert_allclose(there.location_, here.location_, rtol=1e-6)
    assert_allclose(there.score_samples(X), here.score_samples(X), rtol=1e-6)
