"""Pictures of scores, distances, ellipses, training and contributions: what is drawn where."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import colors, pyplot
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import chi2
from sklearn.covariance import EllipticEnvelope
from sklearn.exceptions import NotFittedError

from robustgan import (
    ContributionDisplay,
    CoordinateMedian,
    DistanceDistanceDisplay,
    JSGANMean,
    ScoreHistogramDisplay,
    ToleranceEllipseDisplay,
    TrainingDisplay,
)
from robustgan.engine import History


class Fitted:
    """Has what every estimator will have, without a fit: rows are scored by their squared norm."""

    location_ = np.zeros(3)
    covariance_ = np.diag([1.0, 4.0, 9.0])
    offset_ = -9.3

    def __init__(self, **attributes):
        rng = np.random.default_rng(1)
        self.reference_scores_ = -rng.chisquare(3, size=2000)
        vars(self).update(attributes)

    def score_samples(self, X):
        return -np.square(np.asarray(X)).sum(axis=1)

    def predict(self, X):
        return np.where(self.score_samples(X) < self.offset_, -1, 1)

    def mahalanobis(self, X):
        return -self.score_samples(X)

    def feature_contributions(self, X):
        return np.square(np.asarray(X))


def history(n_epochs=12, n_average=4, converged=True):
    losses = {name: np.linspace(2, 1, n_epochs)[:, None] for name in ("discriminator", "generator")}
    return History(
        losses=losses,
        tracked=np.zeros((n_epochs, 1)),
        rates=np.ones((n_epochs, 1)),
        n_iter=np.array([n_epochs]),
        converged=np.array([converged]),
        n_average=n_average,
    )


@pytest.fixture
def X():
    X = np.random.default_rng(0).normal(size=(200, 3))
    X[:40] += 4.0
    return X


@pytest.fixture
def ax():
    return Figure().subplots()


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def line_called(ax, label):
    (line,) = [line for line in ax.lines if line.get_label() == label]
    return line


def names_of_bars(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def lengths_of_bars(ax):
    return [bar.get_width() for bar in ax.patches]


DRAWN = {
    "histogram": lambda X, ax: ScoreHistogramDisplay.from_estimator(Fitted(), X, ax=ax),
    "distances": lambda X, ax: DistanceDistanceDisplay.from_estimator(Fitted(), X, ax=ax),
    "ellipses": lambda X, ax: ToleranceEllipseDisplay.from_estimator(Fitted(), X, ax=ax),
    "training": lambda X, ax: TrainingDisplay.from_estimator(Fitted(history_=history()), ax=ax),
    "contributions": lambda X, ax: ContributionDisplay.from_estimator(Fitted(), X, row=1, ax=ax),
}
every_display = pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)


@every_display
def test_the_axes_given_are_used_and_no_window_opens(draw, X, ax):
    before = pyplot.get_fignums()
    display = draw(X, ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert pyplot.get_fignums() == before


@every_display
def test_without_axes_a_figure_is_made(draw, X, monkeypatch):
    own = Figure().subplots()
    monkeypatch.setattr(pyplot, "subplots", lambda **_: (None, own))
    assert draw(X, None).ax_ is own


@every_display
def test_a_display_can_be_drawn_again_elsewhere(draw, X, ax):
    display = draw(X, ax)
    again = Figure().subplots()
    assert display.plot(ax=again) is display
    assert display.ax_ is again
    assert again.get_title() == ax.get_title() != ""


@every_display
def test_both_axes_are_labelled(draw, X, ax):
    draw(X, ax)
    assert ax.get_xlabel()
    assert ax.get_ylabel()


@every_display
@pytest.mark.parametrize("size", [(6.4, 4.8), (5, 8)])
def test_nothing_overlaps(draw, X, size):
    X[:3] *= 1e4
    figure = Figure(figsize=size, layout="constrained")
    upper, lower = figure.subplots(2, 1)
    draw(X, upper)
    draw(X, lower)
    FigureCanvasAgg(figure).draw()
    for ax in (upper, lower):
        label = ax.xaxis.label.get_window_extent()
        assert label.y0 >= 0
        if legend := ax.get_legend():
            assert not legend.get_window_extent().overlaps(label)
            assert not legend.get_window_extent().overlaps(lower.title.get_window_extent())


# Histograms of scores


def test_both_histograms_share_their_bins_and_hold_everything(X, ax):
    X[0] = 1e6
    ScoreHistogramDisplay.from_estimator(Fitted(), X, ax=ax)
    rows, reference = (patch.get_data() for patch in ax.patches)
    assert_array_equal(rows.edges, reference.edges)
    for histogram in (rows, reference):
        assert_allclose((histogram.values * np.diff(histogram.edges)).sum(), 1.0)


def test_the_reference_and_the_cut_off_are_the_estimators(X, ax):
    estimator = Fitted()
    display = ScoreHistogramDisplay.from_estimator(estimator, X, n_bins=10, ax=ax)
    assert_array_equal(display.scores, estimator.score_samples(X))
    assert display.reference_scores is estimator.reference_scores_
    assert_array_equal(line_called(ax, "cut-off").get_xdata(), [-9.3, -9.3])
    assert legend_of(ax) == ["rows (200)", "clean reference (2000 draws)", "cut-off"]


def test_the_axis_says_how_many_rows_the_first_bin_holds_besides_its_own(X, ax):
    X[:3] = 1e6
    ScoreHistogramDisplay.from_estimator(Fitted(), X, ax=ax)
    assert ax.get_xlim()[0] > -100
    n_below = int((Fitted().score_samples(X) < ax.patches[0].get_data().edges[0]).sum())
    assert f"the first bin holds {n_below} rows below" in ax.get_xlabel()


def test_high_scores_do_not_squeeze_the_bulk_either(ax):
    scores = np.r_[np.linspace(-1, 1, 100), 1e6]
    ScoreHistogramDisplay(scores=scores, reference_scores=scores[:-1], offset=-0.9).plot(ax=ax)
    assert ax.get_xlim()[1] < 10
    assert "the last bin holds 1 rows above" in ax.get_xlabel()


def test_near_scores_are_all_in_bins_of_their_own(ax):
    scores = -np.linspace(0.0, 10.0, 100)
    ScoreHistogramDisplay(scores=scores, reference_scores=scores, offset=-9.0).plot(ax=ax)
    assert ax.get_xlabel() == "score (higher is more normal)"


def test_equal_scores_have_a_bin(ax):
    ScoreHistogramDisplay(scores=np.zeros(5), reference_scores=np.zeros(9), offset=0.0).plot(ax=ax)
    assert np.isfinite(ax.patches[0].get_data().values).all()


@pytest.mark.parametrize(
    ("n_bins", "error", "message"),
    [
        (0, ValueError, "n_bins must be at least 1, got 0"),
        (2.5, TypeError, "n_bins must be an integer, got 2.5"),
        (True, TypeError, "n_bins must be an integer, got True"),
    ],
)
def test_a_wrong_number_of_bins_is_named(X, ax, n_bins, error, message):
    with pytest.raises(error, match=message):
        ScoreHistogramDisplay.from_estimator(Fitted(), X, n_bins=n_bins, ax=ax)


def test_scores_must_be_there(ax):
    display = ScoreHistogramDisplay(scores=np.ones(3), reference_scores=np.empty(0), offset=0.0)
    with pytest.raises(ValueError, match=r"reference_scores must have .* got \(0,\)"):
        display.plot(ax=ax)


def test_an_estimator_without_reference_scores_is_told_of_another_picture(X, ax):
    estimator = SimpleNamespace(score_samples=len, offset_=0.0)
    with pytest.raises(TypeError, match=r"must have reference_scores_, .* OutlierScoreDisplay"):
        ScoreHistogramDisplay.from_estimator(estimator, X, ax=ax)


def test_an_estimator_that_is_not_fitted_is_told_to_be(X, ax):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        ScoreHistogramDisplay.from_estimator(CoordinateMedian(), X, ax=ax)


# Robust against classical distances


def test_distances_are_roots_of_the_estimators_and_of_the_classical(X, ax):
    envelope = EllipticEnvelope(random_state=0).fit(X)
    display = DistanceDistanceDisplay.from_estimator(envelope, X, ax=ax)
    offsets = X - X.mean(axis=0)
    classical = np.einsum("ij,jk,ik->i", offsets, np.linalg.inv(np.cov(X.T)), offsets)
    assert_allclose(display.robust_distances**2, envelope.mahalanobis(X))
    assert_allclose(display.classical_distances**2, classical)
    assert_array_equal(display.is_outlier, envelope.predict(X) == -1)
    assert display.cutoff == pytest.approx(chi2.ppf(0.975, 3) ** 0.5)


def test_classical_distances_do_not_depend_on_units(X, ax):
    estimator, factors = Fitted(), np.array([1e8, 1.0, 1e-8])
    distances = [
        DistanceDistanceDisplay.from_estimator(estimator, rows, ax=ax).classical_distances
        for rows in (X, X * factors)
    ]
    assert_allclose(*distances)


def test_columns_that_repeat_have_classical_distances_too(X, ax):
    double = np.c_[X, X[:, :1]]
    single = DistanceDistanceDisplay.from_estimator(Fitted(), X, ax=ax)
    repeated = DistanceDistanceDisplay.from_estimator(Fitted(), double, ax=ax)
    assert_allclose(repeated.classical_distances, single.classical_distances)


def test_medians_measure_distances_by_their_scales(X, ax):
    median = CoordinateMedian().fit(X)
    display = DistanceDistanceDisplay.from_estimator(median, X, ax=ax)
    assert_allclose(display.robust_distances**2, -median.score_samples(X))


def test_outliers_differ_in_shape_and_colour(X, ax):
    DistanceDistanceDisplay.from_estimator(Fitted(), X, ax=ax)
    inliers, outliers = ax.collections
    assert inliers.get_paths()[0].vertices.shape != outliers.get_paths()[0].vertices.shape
    assert not colors.same_color(inliers.get_edgecolor(), outliers.get_edgecolor())
    n_outliers = int((Fitted().predict(X) == -1).sum())
    assert legend_of(ax)[1] == f"outliers ({n_outliers})"


def test_cut_offs_are_dashed_on_both_axes(X, ax):
    display = DistanceDistanceDisplay.from_estimator(Fitted(), X, ax=ax)
    vertical, horizontal = (line for line in ax.lines if line.get_linestyle() == "--")
    assert set(vertical.get_xdata()) == set(horizontal.get_ydata()) == {display.cutoff}


@pytest.mark.parametrize(("farthest", "scale"), [(20.0, "linear"), (1000.0, "log")])
def test_axes_are_logarithmic_where_distances_spread(ax, farthest, scale):
    robust = np.r_[0.0, np.linspace(0.5, 4, 50), farthest]
    DistanceDistanceDisplay(
        robust_distances=robust,
        classical_distances=np.minimum(robust, 5.0),
        cutoff=3.0,
        is_outlier=robust > 3,
    ).plot(ax=ax)
    assert (ax.get_xscale(), ax.get_yscale()) == (scale, scale)
    assert ("logarithmic" in ax.get_xlabel()) == (scale == "log")
    assert ax.get_ylim()[1] > farthest
    drawn = np.concatenate([c.get_offsets() for c in ax.collections])
    low, high = np.transpose([ax.get_xlim(), ax.get_ylim()])
    assert ((drawn >= low) & (drawn <= high)).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"cutoff": 0.0}, "cutoff must be positive, got 0.0"),
        ({"is_outlier": np.ones(2, bool)}, r"is_outlier must have the shape .* got \(2,\)"),
        ({"robust_distances": np.ones((3, 1))}, r"robust_distances must .* got \(3, 1\)"),
    ],
)
def test_distances_that_do_not_belong_together_are_named(ax, changed, message):
    given = {
        "robust_distances": np.ones(3),
        "classical_distances": np.ones(3),
        "cutoff": 1.0,
        "is_outlier": np.zeros(3, bool),
    }
    with pytest.raises(ValueError, match=message):
        DistanceDistanceDisplay(**{**given, **changed}).plot(ax=ax)


def test_a_covariance_needs_two_rows(X, ax):
    with pytest.raises(ValueError, match=r"X must have .* at least two rows, got \(1, 3\)"):
        DistanceDistanceDisplay.from_estimator(Fitted(), X[:1], ax=ax)


def test_a_covariance_that_overflows_is_an_error(X, ax):
    X[0] = 1e200
    with pytest.raises(ValueError, match=r"X must have a finite .* got entries up to 1e\+200. Re"):
        DistanceDistanceDisplay.from_estimator(CoordinateMedian().fit(X), X, ax=ax)


# Tolerance ellipses


def test_ellipses_are_at_the_chosen_distance_from_their_centres(X, ax):
    ToleranceEllipseDisplay.from_estimator(Fitted(), X, features=(0, 2), level=0.9, ax=ax)
    pair = X[:, [0, 2]]
    laws = {
        "robust covariance": (np.zeros(2), np.diag([1.0, 9.0])),
        "mean and sample covariance": (pair.mean(axis=0), np.cov(pair.T)),
    }
    for name, (location, covariance) in laws.items():
        offsets = line_called(ax, name).get_xydata() - location
        squared = np.einsum("ij,jk,ik->i", offsets, np.linalg.inv(covariance), offsets)
        assert_allclose(squared, chi2.ppf(0.9, 2))
    assert ax.get_title() == "Tolerance ellipses (90 %)"


def test_the_legend_of_the_ellipses_is_complete(X, ax):
    ToleranceEllipseDisplay.from_estimator(Fitted(), X, ax=ax)
    rows, curves = legend_of(ax)[:2], legend_of(ax)[2:]
    assert [name.split(" ")[0] for name in rows] == ["inliers", "outliers"]
    assert curves == ["robust covariance", "mean and sample covariance"]


def test_without_a_covariance_the_scatter_is_drawn(X, ax):
    estimator = Fitted(covariance_=None, scatter_=np.diag([4.0, 4.0, 4.0]))
    display = ToleranceEllipseDisplay.from_estimator(estimator, X, ax=ax)
    assert display.covariance is estimator.scatter_
    assert "robust scatter" in legend_of(ax)


def test_without_a_matrix_the_ellipse_is_parallel_to_the_axes(X, ax):
    median = CoordinateMedian().fit(X)
    ToleranceEllipseDisplay.from_estimator(median, X, ax=ax)
    curve = line_called(ax, "robust scales").get_xydata() - median.location_[:2]
    radius = chi2.ppf(0.975, 2) ** 0.5
    assert_allclose(np.abs(curve).max(axis=0), radius * median.scale_[:2], rtol=1e-3)
    assert_allclose(curve[np.abs(curve[:, 0]).argmax(), 1], 0.0, atol=1e-9)


def test_bulk_outliers_and_ellipse_are_in_view(X, ax):
    ToleranceEllipseDisplay.from_estimator(Fitted(), X, ax=ax)
    shown = np.r_[X[:, :2], line_called(ax, "robust covariance").get_xydata()]
    low, high = np.transpose([ax.get_xlim(), ax.get_ylim()])
    assert ((shown >= low) & (shown <= high)).all()


def test_rows_too_far_to_be_seen_beside_the_ellipse_are_counted(X, ax):
    X[:3] = 1e9
    ToleranceEllipseDisplay.from_estimator(Fitted(), X, ax=ax)
    assert ax.get_title().endswith("3 rows lie outside the view")
    assert max(np.abs([*ax.get_xlim(), *ax.get_ylim()])) < 100


def test_features_are_found_by_name(ax):
    pandas = pytest.importorskip("pandas")
    values = np.random.default_rng(0).normal(size=(50, 3))
    frame = pandas.DataFrame(values, columns=["mass", "age", "height"])
    median = CoordinateMedian().fit(frame)
    ToleranceEllipseDisplay.from_estimator(median, frame, features=("height", "mass"), ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("height", "mass")
    drawn = np.concatenate([c.get_offsets() for c in ax.collections[:2]])
    assert_array_equal(np.sort(drawn[:, 0]), np.sort(values[:, 2]))


@pytest.mark.parametrize(
    ("features", "names", "error", "message"),
    [
        ((0,), None, ValueError, r"features must be two indices or names, got \(0,\)"),
        ("ab", None, ValueError, "features must be two indices or names, got 'ab'"),
        ((1, 1), None, ValueError, r"features must be two different ones, got \(1, 1\)"),
        ((0, 3), None, ValueError, r"features must be indices in \[0, 3\), got 3"),
        ((-1, 0), None, ValueError, r"features must be indices in \[0, 3\), got -1"),
        ((0, 1.5), None, TypeError, "features must be indices or names, got 1.5"),
        ((0, "mass"), None, ValueError, "got 'mass'. Pass feature_names"),
        ((0, "d"), ["a", "b", "c"], ValueError, r"must be among \['a', 'b', 'c'\], got 'd'"),
    ],
)
def test_features_that_are_not_there_are_named(X, ax, features, names, error, message):
    with pytest.raises(error, match=message):
        ToleranceEllipseDisplay.from_estimator(
            Fitted(), X, features=features, feature_names=names, ax=ax
        )


@pytest.mark.parametrize("level", [0.0, 1.0, 97.5])
def test_a_level_is_a_share(X, ax, level):
    with pytest.raises(ValueError, match=rf"level must lie in \(0, 1\), got {level}"):
        ToleranceEllipseDisplay.from_estimator(Fitted(), X, level=level, ax=ax)


def test_an_estimator_without_a_scatter_is_told_what_is_needed(X, ax):
    estimator = SimpleNamespace(location_=np.zeros(3), predict=len)
    with pytest.raises(TypeError, match=r"estimator must have scale_, got a SimpleNamespace .*"):
        ToleranceEllipseDisplay.from_estimator(estimator, X, ax=ax)


# Training


def test_losses_are_drawn_by_epoch(ax):
    estimator = Fitted(history_=history(n_epochs=12))
    TrainingDisplay.from_estimator(estimator, ax=ax)
    for name, losses in estimator.history_.losses.items():
        assert_array_equal(line_called(ax, name).get_xdata(), np.arange(1, 13))
        assert_array_equal(line_called(ax, name).get_ydata(), losses[:, 0])


def test_the_line_stands_before_the_first_epoch_that_is_averaged(ax):
    played = history(n_epochs=12, n_average=4)
    TrainingDisplay.from_estimator(Fitted(history_=played), ax=ax)
    first = 1 + int(played.tail()[:, 0].argmax())
    line = line_called(ax, "average over the last 4 begins")
    assert_array_equal(line.get_xdata(), [first - 0.5, first - 0.5])


@pytest.mark.parametrize(("converged", "verdict"), [(True, "settled"), (False, "not settled")])
def test_the_title_says_whether_the_game_settled(ax, converged, verdict):
    TrainingDisplay.from_estimator(Fitted(history_=history(converged=converged)), ax=ax)
    assert ax.get_title() == f"Training: {verdict} after 12 epochs"


def test_players_are_told_apart_without_colours(ax):
    TrainingDisplay.from_estimator(Fitted(history_=history()), ax=ax)
    lines = [line_called(ax, name) for name in ("discriminator", "generator")]
    assert len({line.get_linestyle() for line in lines}) == 2
    assert len({line.get_marker() for line in lines}) == 2


def test_a_short_game_is_averaged_over_all_of_it(ax):
    TrainingDisplay.from_estimator(Fitted(history_=history(n_epochs=3, n_average=8)), ax=ax)
    assert "average over the last 3 begins" in legend_of(ax)


def test_where_no_game_was_played_the_stand_in_is_named(ax):
    estimator = Fitted(history_=None, fallback_="reweighted deterministic MCD")
    with pytest.raises(ValueError, match=r"history_ must .* reweighted deterministic MCD stood in"):
        TrainingDisplay.from_estimator(estimator, ax=ax)


def test_estimators_that_play_no_games_are_told_which_do(X, ax):
    with pytest.raises(TypeError, match=r"must have history_, got a CoordinateMedian .* JSGANMean"):
        TrainingDisplay.from_estimator(CoordinateMedian().fit(X), ax=ax)


def test_training_can_only_be_drawn_after_it(ax):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        TrainingDisplay.from_estimator(JSGANMean(), ax=ax)


@pytest.mark.parametrize(
    ("losses", "n_average", "message"),
    [
        ({}, 1, r"losses must hold arrays of one shape \(n_epochs,\), got {}"),
        ({"a": np.ones(3), "b": np.ones(4)}, 1, "losses must hold arrays of one shape"),
        ({"a": np.ones((3, 2))}, 1, "losses must hold arrays of one shape"),
        ({"a": np.ones(3)}, 4, "n_average must be at most the number of epochs, 3, got 4"),
        ({"a": np.ones(3)}, 0, "n_average must be at least 1, got 0"),
    ],
)
def test_losses_that_do_not_belong_together_are_named(ax, losses, n_average, message):
    with pytest.raises(ValueError, match=message):
        TrainingDisplay(losses=losses, n_average=n_average, has_converged=True).plot(ax=ax)


# Contributions


def test_contributions_are_those_of_the_row(X, ax):
    display = ContributionDisplay.from_estimator(Fitted(), X, row=7, ax=ax)
    assert_array_equal(display.contributions, X[7] ** 2)
    assert ax.get_title() == f"Score {-(X[7] ** 2).sum():.3g} of row X[7]"


def test_bars_are_sorted_and_the_rest_is_summed(ax):
    contributions = np.random.default_rng(0).normal(size=40)
    ContributionDisplay(contributions=contributions).plot(ax=ax)
    lengths = lengths_of_bars(ax)
    assert len(lengths) == 16
    assert_array_equal(np.abs(lengths[:15]), np.sort(np.abs(contributions))[::-1][:15])
    assert names_of_bars(ax)[-1] == "others (25)"
    assert sum(lengths) == pytest.approx(contributions.sum())
    assert ax.yaxis_inverted()


def test_few_features_need_no_others(ax):
    ContributionDisplay(contributions=np.arange(15.0)).plot(ax=ax)
    assert len(lengths_of_bars(ax)) == 15
    assert "others" not in " ".join(names_of_bars(ax))


def test_a_row_of_a_dataframe_is_counted_and_its_columns_name_the_bars(ax):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"mass": [1.0, 2.0], "age": [3.0, 1.0]}, index=[1, 0])
    estimator = Fitted(feature_names_in_=np.array(["mass", "age"], dtype=object))
    ContributionDisplay.from_estimator(estimator, frame, row=1, ax=ax)
    assert names_of_bars(ax) == ["mass", "age"]
    assert lengths_of_bars(ax) == [4.0, 1.0]


def test_names_of_features_can_be_given(ax):
    ContributionDisplay.from_estimator(
        Fitted(), [[1.0, 2.0]], row=0, feature_names=["mass", "n" * 80], ax=ax
    )
    long, short = names_of_bars(ax)
    assert short == "mass"
    assert len(long) == 32


@pytest.mark.parametrize(
    ("row", "error", "message"),
    [
        (200, ValueError, r"row must lie in \[0, 200\), got 200. The first row is 0"),
        (-1, ValueError, r"row must lie in \[0, 200\), got -1"),
        (1.0, TypeError, "row must be an integer, got 1.0"),
        (True, TypeError, "row must be an integer, got True"),
    ],
)
def test_rows_that_are_not_there_are_named(X, ax, row, error, message):
    with pytest.raises(error, match=message):
        ContributionDisplay.from_estimator(Fitted(), X, row=row, ax=ax)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"n_bars": 0}, "n_bars must be at least 1, got 0"),
        ({"contributions": np.ones((1, 3))}, r"contributions must .* got \(1, 3\). Take those of"),
        ({"feature_names": ["a"]}, "feature_names must name all 3 features, got 1 names"),
    ],
)
def test_contributions_that_cannot_be_drawn_are_named(ax, changed, message):
    with pytest.raises(ValueError, match=message):
        ContributionDisplay(**{"contributions": np.ones(3), **changed}).plot(ax=ax)


def test_an_estimator_without_contributions_is_told_of_another_picture(X, ax):
    estimator = SimpleNamespace(score_samples=len)
    with pytest.raises(TypeError, match=r"must have feature_contributions, .* OutlierScoreDisplay"):
        ContributionDisplay.from_estimator(estimator, X, row=0, ax=ax)
