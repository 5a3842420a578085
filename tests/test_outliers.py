"""From scores to labels: the cut-off that all estimators share."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, is_outlier_detector
from sklearn.exceptions import NotFittedError

from robustgan._bridge.outliers import OutlierScoresMixin, check_contamination

DEFAULT = -2.0
# Clean rows lie between 0 and 10, evenly.
REFERENCE = -(np.arange(1000) + 0.5) / 100


class Nearness(OutlierScoresMixin, BaseEstimator):
    """Scores a row by how near it is to zero."""

    def __init__(self, *, contamination="auto", alpha=0.025, adjust=None):
        self.contamination, self.alpha, self.adjust = contamination, alpha, adjust

    def fit(self, X, y=None):
        self._calibrate(self.score_samples(X), REFERENCE, DEFAULT)
        return self

    def score_samples(self, X):
        return -np.abs(np.asarray(X, dtype=float)[:, 0])


def column(values):
    return np.asarray(values, dtype=float)[:, None]


def test_the_decision_is_the_score_less_the_cut_off():
    X = column([0, 1, 2, 3])
    fitted = Nearness().fit(X)
    assert_array_equal(fitted.decision_function(X), fitted.score_samples(X) - fitted.offset_)


def test_auto_takes_the_cut_off_of_the_model():
    assert Nearness().fit(column([0, 1, 2, 3])).offset_ == DEFAULT


def test_a_row_below_the_cut_off_is_an_outlier_and_one_on_it_is_not():
    labels = Nearness().fit_predict(column([0, 2, -2, 2.5, -3]))
    assert_array_equal(labels, [1, 1, 1, -1, -1])
    assert labels.dtype.kind == "i"


@settings(deadline=None, derandomize=True)
@given(
    scores=st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=60, unique=True),
    contamination=st.floats(0.001, 0.5),
)
def test_the_share_asked_for_is_flagged(scores, contamination):
    X = column(scores) - min(scores)
    n_flagged = int((Nearness(contamination=contamination).fit_predict(X) == -1).sum())
    assert n_flagged == max(1, round(contamination * len(X)))


def test_the_lowest_scores_are_those_flagged():
    X = column([5, 1, 9, 3, 7, 0, 2, 4, 6, 8])
    assert_array_equal(Nearness(contamination=0.3).fit_predict(X) == -1, X[:, 0] > 6)


def test_rows_that_tie_at_the_cut_off_are_kept():
    labels = Nearness(contamination=0.4).fit_predict(column([0, 0, 7, 3, 3]))
    assert_array_equal(labels, [1, 1, -1, 1, 1])


def test_a_share_of_less_than_one_row_flags_one_row():
    assert_array_equal(Nearness(contamination=0.01).fit_predict(column([0, 5, 1])), [1, -1, 1])


def test_rounding_of_a_score_does_not_change_the_labels():
    X = column(np.random.default_rng(0).normal(size=100))
    fitted = Nearness(contamination=0.2).fit(X)
    nudged = X * (1.0 + 1e-12)
    assert_array_equal(fitted.predict(nudged), fitted.predict(X))


@pytest.mark.parametrize("contamination", [0.0, -0.1, 0.51, 1.0, 5, np.nan, np.inf, "high", ""])
def test_contamination_out_of_range_is_an_error(contamination):
    with pytest.raises(ValueError, match=r"contamination must be 'auto' or lie in \(0, 0.5\]"):
        check_contamination(contamination)


@pytest.mark.parametrize("contamination", [None, True, [0.1], 0.1j])
def test_contamination_of_another_kind_is_a_type_error(contamination):
    with pytest.raises(TypeError, match=r"contamination must be .* got"):
        check_contamination(contamination)


@pytest.mark.parametrize("contamination", ["auto", 0.5, np.float32(0.1), 1e-9])
def test_contamination_in_range_is_accepted(contamination):
    check_contamination(contamination)


def test_the_cut_off_is_checked_where_it_is_set():
    with pytest.raises(ValueError, match=r"contamination must .* got 0.7"):
        Nearness(contamination=0.7).fit(column([0, 1]))


def test_scikit_learn_sees_an_outlier_detector():
    assert is_outlier_detector(Nearness())


def test_a_subclass_without_scores_is_told_to_have_them():
    class Nothing(OutlierScoresMixin, BaseEstimator):
        offset_, adjust = 0.0, None

    with pytest.raises(NotImplementedError, match="Nothing must implement score_samples"):
        Nothing().predict([[1.0]])


def test_p_values_are_ranks_among_the_reference():
    fitted = Nearness().fit(column([0, 1]))
    assert_allclose(
        fitted.p_values(column([0, 5, 9.99, 10, 50])), np.array([1001, 501, 2, 1, 1]) / 1001
    )


def test_the_cut_off_moves_without_a_fit():
    X = column(np.arange(20.0))
    fitted = Nearness().fit(X)
    assert fitted.recalibrate(alpha=0.1) is fitted
    assert fitted.offset_ == pytest.approx(-9.0)
    assert fitted.alpha == 0.1
    fitted.recalibrate(contamination=0.25)
    assert (fitted.predict(X) == -1).sum() == 5
    fitted.recalibrate(contamination="auto")
    assert fitted.offset_ == pytest.approx(-9.0)


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"alpha": 0.0}, "alpha must be finite and above 0 and at most 0.5, got 0.0"),
        ({"alpha": 0.6}, "alpha must be finite and above 0 and at most 0.5, got 0.6"),
        ({"contamination": 0.7}, "contamination must be 'auto' or lie in"),
        ({"alpha": 0.1, "contamination": 0.1}, "alpha and contamination contradict each other"),
    ],
)
def test_a_cut_off_out_of_range_is_an_error_and_moves_nothing(parameters, match):
    fitted = Nearness().fit(column([0, 1]))
    before = fitted.offset_
    with pytest.raises(ValueError, match=match):
        fitted.recalibrate(**parameters)
    assert fitted.offset_ == before


def test_a_cut_off_needs_a_fit():
    with pytest.raises(NotFittedError):
        Nearness().recalibrate(alpha=0.1)


def test_the_false_discovery_rate_is_controlled():
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(200):
        X = column(np.concatenate([rng.uniform(0, 10, 80), np.full(20, 20.0)]))
        flagged = Nearness(adjust="bh", alpha=0.2).fit(X).predict(X) == -1
        shares.append(flagged[:80].sum() / max(flagged.sum(), 1))
        assert flagged[80:].all()
    # Its mean is .2 times .8; the standard error is about .005.
    assert 0.12 < np.mean(shares) < 0.19


def test_an_unknown_adjustment_is_an_error():
    with pytest.raises(ValueError, match="adjust must be one of 'bh', got 'holm'"):
        Nearness(adjust="holm").fit(column([0, 1]))
