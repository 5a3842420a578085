"""Pictures of breakdown, bias and depth: what is drawn where."""

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.covariance import EmpiricalCovariance

from robustgan import (
    BiasCurveDisplay,
    BreakdownCurveDisplay,
    DDPlotDisplay,
    DepthContourDisplay,
    TukeyMedian,
    bias_curve,
    breakdown_curve,
)
from robustgan.contamination import Gaussian
from robustgan.depth import deepest_point, halfspace_depth

MEAN = EmpiricalCovariance()


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(60, 3))


@pytest.fixture
def ax():
    return Figure().subplots()


def breakdown(**settings):
    return breakdown_curve(
        MEAN, Gaussian(2), shares=[0, 0.2], n_seeds=3, random_state=0, **settings
    )


def bias(clean=None):
    clean = Gaussian(2) if clean is None else clean
    return bias_curve(MEAN, clean, distances=[0, 1, 100], spreads=[0], n_seeds=1, random_state=0)


DRAWN = {
    "breakdown": lambda X, ax: BreakdownCurveDisplay.from_curve(breakdown(), ax=ax),
    "bias": lambda X, ax: BiasCurveDisplay.from_curve(bias(), ax=ax),
    "contours": lambda X, ax: DepthContourDisplay.from_data(X, n_grid=12, ax=ax),
    "dd": lambda X, ax: DDPlotDisplay.from_samples(X[:30, :2], X[30:, :2], ax=ax),
}
every_display = pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)


@every_display
def test_the_axes_given_are_used_labelled_and_no_window_opens(draw, X, ax):
    before = pyplot.get_fignums()
    display = draw(X, ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    assert ax.get_title()
    assert ax.get_legend() is not None
    assert pyplot.get_fignums() == before


@every_display
def test_a_display_can_be_drawn_again_elsewhere(draw, X, ax):
    display = draw(X, ax)
    again = Figure().subplots()
    assert display.plot(ax=again) is display
    assert display.ax_ is again


@pytest.mark.parametrize("draw", [DRAWN["breakdown"], DRAWN["bias"]])
def test_several_curves_on_one_axes_are_told_apart(draw, X, ax):
    first, second = draw(X, ax).line_, draw(X, ax).line_
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_marker() != second.get_marker()
    assert len(ax.get_legend().get_texts()) == 2


def test_a_breakdown_curve_joins_the_medians_and_names_the_point(ax):
    curve = breakdown()
    line = BreakdownCurveDisplay.from_curve(curve, name="mean", ax=ax).line_
    assert_array_equal(line.get_xdata(), curve.shares)
    assert_allclose(line.get_ydata(), np.median(curve.errors, axis=0))
    assert line.get_label() == "mean: bounded up to 0"


def test_an_infinite_error_is_drawn_beyond_the_farthest_distance(ax):
    curve = breakdown()
    curve.errors[:, 1] = np.inf
    line = BreakdownCurveDisplay.from_curve(curve, ax=ax).line_
    assert line.get_ydata()[1] == 1e7


def test_a_bias_curve_shows_the_worst_or_its_ratio(ax):
    curve = bias()
    line = BiasCurveDisplay.from_curve(curve, ax=ax).line_
    assert_allclose(line.get_ydata(), curve.worst_by_distance)
    line = BiasCurveDisplay.from_curve(curve, relative=True, ax=ax).line_
    assert_allclose(line.get_ydata(), curve.ratios)


def test_a_ratio_needs_a_law(X, ax):
    with pytest.raises(ValueError, match="Pass a law as clean"):
        BiasCurveDisplay.from_curve(bias(X), relative=True, ax=ax)


def test_contours_are_of_the_depth_and_the_star_is_the_deepest_point(X, ax):
    display = DepthContourDisplay.from_data(X, features=(0, 2), n_grid=9, ax=ax)
    rows = X[:, [0, 2]]
    point = [[display.x[3], display.y[6]]]
    assert display.depth[6, 3] == halfspace_depth(point, rows)[0]
    assert_array_equal(display.location, deepest_point(rows))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x1", "x3")
    median = TukeyMedian().fit(rows)
    again = DepthContourDisplay.from_estimator(median, rows, n_grid=9, ax=ax)
    assert_allclose(again.location, display.location)
    assert again.location_name == "TukeyMedian"


def test_far_rows_do_not_squeeze_the_contours(X, ax):
    X[:2] = 1e6
    display = DepthContourDisplay.from_data(X, n_grid=9, ax=ax)
    assert display.x[-1] < 100
    assert ax.get_title() == "Halfspace depth (2 rows lie outside the view)"


def test_a_dd_plot_has_every_row_at_its_depths(X, ax):
    display = DDPlotDisplay.from_samples(X[:40, :2], X[40:, :2], names=("a", "b"), ax=ax)
    assert_array_equal(display.first_depth, halfspace_depth(X[:, :2], X[:40, :2]))
    assert_array_equal(display.second_depth, halfspace_depth(X[:, :2], X[40:, :2]))
    assert [t.get_text() for t in ax.get_legend().get_texts()][:2] == ["a (40)", "b (20)"]
    assert ax.get_xlabel() == "depth in the a"


@pytest.mark.parametrize(
    ("draw", "error", "message"),
    [
        (lambda X: BreakdownCurveDisplay.from_curve(X), TypeError, "diagnostics.breakdown_curve"),
        (lambda X: BiasCurveDisplay.from_curve(X), TypeError, "diagnostics.bias_curve"),
        (lambda X: DepthContourDisplay.from_data(X[:, 0]), ValueError, "two features at least"),
        (lambda X: DepthContourDisplay.from_data(X, features=(0, 3)), ValueError, "two different"),
        (lambda X: DepthContourDisplay.from_data(X, features=(1, 1)), ValueError, "two different"),
        (lambda X: DepthContourDisplay.from_data(X, n_grid=1), ValueError, "n_grid must be at"),
        (
            lambda X: DepthContourDisplay.from_data(X, n_grid=3, levels=[0.2, 0.1]),
            ValueError,
            "levels must increase",
        ),
        (lambda X: DDPlotDisplay.from_samples(X, X[:, :2]), ValueError, "the same n_features"),
        (
            lambda X: DepthContourDisplay.from_estimator(object(), X),
            TypeError,
            "needs no estimator",
        ),
    ],
)
def test_bad_input_is_named(X, draw, error, message):
    with pytest.raises(error, match=message):
        draw(X)
