"""Pictures: what is drawn where, and that nothing global is touched."""

import sys

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal

from robustgan import CoordinateMedian, LocationDisplay, OutlierScoreDisplay, plots


@pytest.fixture
def X():
    X = np.random.default_rng(0).normal(size=(200, 4))
    X[:40, [1, 3]] += 8.0
    return X


@pytest.fixture
def median(X):
    return CoordinateMedian().fit(X)


@pytest.fixture
def ax():
    return Figure().subplots()


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_scores_are_the_estimators(median, X, ax):
    display = OutlierScoreDisplay.from_estimator(median, X, ax=ax)
    assert_array_equal(display.scores, median.score_samples(X))
    assert display.offset == median.offset_


def test_each_row_is_drawn_once(median, X, ax):
    OutlierScoreDisplay.from_estimator(median, X, ax=ax)
    drawn = np.concatenate([c.get_offsets() for c in ax.collections])
    assert_array_equal(np.sort(drawn[:, 0]), np.arange(1, 201))


def test_rows_below_the_cut_off_are_drawn_as_outliers(ax):
    OutlierScoreDisplay(scores=np.array([0.0, -1.0, -3.0]), offset=-2.0).plot(ax=ax)
    assert legend_of(ax)[:2] == ["inliers (2)", "outliers (1)"]


def test_a_legend_does_not_promise_outliers_that_are_not_there(ax):
    OutlierScoreDisplay(scores=np.array([0.0, -1.0]), offset=-2.0).plot(ax=ax)
    assert legend_of(ax) == ["inliers (2)", "cut-off"]


def test_far_scores_do_not_squeeze_the_bulk(ax):
    scores = np.r_[-np.linspace(0.1, 5, 100), -1e6]
    OutlierScoreDisplay(scores=scores, offset=-8.0).plot(ax=ax)
    assert ax.get_yscale() == "symlog"
    assert ax.get_ylim()[0] < -1e6


def test_near_scores_keep_a_linear_scale(ax):
    OutlierScoreDisplay(scores=-np.linspace(0.1, 12, 100), offset=-8.0).plot(ax=ax)
    assert ax.get_yscale() == "linear"


def test_equal_scores_can_be_drawn(ax):
    OutlierScoreDisplay(scores=np.zeros(5), offset=0.0).plot(ax=ax)
    assert legend_of(ax) == ["inliers (5)", "cut-off"]


def test_the_features_in_which_the_mean_is_pulled_are_drawn(median, X, ax):
    display = LocationDisplay.from_estimator(median, X, ax=ax)
    assert display.features == (1, 3)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x2", "x4")


def test_pull_is_measured_in_robust_scales(X, ax):
    factors = np.array([1e6, 1.0, 1e6, 1e-6])
    display = LocationDisplay.from_estimator(
        CoordinateMedian().fit(X * factors), X * factors, ax=ax
    )
    assert display.features == (1, 3)


def test_locations_are_drawn_where_they_are(X, ax):
    LocationDisplay.from_locations(X[:, :2], {"here": [1.0, 2.0], "there": [3.0, 4.0]}, ax=ax)
    drawn = {c.get_label(): c.get_offsets()[0] for c in ax.collections}
    assert_allclose(drawn["here"], [1.0, 2.0])
    assert_allclose(drawn["there"], [3.0, 4.0])


def test_one_feature_is_drawn_against_the_row(X, ax):
    LocationDisplay.from_estimator(CoordinateMedian().fit(X[:, 1:2]), X[:, 1:2], ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("row", "x1")


def test_names_of_features_label_the_axes(ax):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(np.random.default_rng(0).normal(size=(50, 2)), columns=["mass", "age"])
    LocationDisplay.from_estimator(CoordinateMedian().fit(frame), frame, ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("mass", "age")


def test_rows_too_far_to_be_shown_are_counted(X, ax):
    X[:3] = 1e9
    LocationDisplay.from_locations(X, {"zero": np.zeros(4), "one": np.ones(4)}, ax=ax)
    assert ax.get_title() == "Locations (3 rows lie outside the view)"


def test_a_column_whose_values_tie_can_be_drawn(ax):
    X = np.r_[np.zeros((20, 2)), np.ones((2, 2))]
    LocationDisplay.from_locations(X, {"mean": X.mean(axis=0), "zero": np.zeros(2)}, ax=ax)
    assert np.isfinite(ax.get_xlim()).all()


def test_without_axes_a_figure_is_made(median, X, monkeypatch):
    monkeypatch.setattr(pyplot, "subplots", lambda **_: (None, Figure().subplots()))
    assert OutlierScoreDisplay.from_estimator(median, X).ax_ is not None


def test_the_picture_of_a_fit_holds_both(median, X):
    figure = plots.fit_picture(median, X)
    assert [ax.get_title() for ax in figure.axes] == ["Outlier scores", "Locations"]


def test_the_picture_of_a_fit_opens_no_window(median, X):
    before = pyplot.get_fignums()
    plots.fit_picture(median, X)
    assert pyplot.get_fignums() == before


def test_nothing_in_the_picture_overlaps(median, X):
    figure = plots.fit_picture(median, X)
    FigureCanvasAgg(figure).draw()
    legends = [ax.get_legend().get_window_extent() for ax in figure.axes]
    assert not legends[0].overlaps(legends[1])
    for ax, legend in zip(figure.axes, legends, strict=True):
        assert not legend.overlaps(ax.xaxis.label.get_window_extent())
        assert legend.y0 >= 0


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'robustgan\[plot\]'"):
        plots.require_matplotlib()
