"""Breakdown and bias curves, efficiency: closed forms, known breakdown points, reproducibility."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.covariance import EmpiricalCovariance, MinCovDet
from sklearn.pipeline import make_pipeline

from robustgan import CoordinateMedian, TukeyMedian, bias_curve, breakdown_curve, efficiency
from robustgan.contamination import Cauchy, Gaussian, StudentT
from robustgan.diagnostics import Adversary

MEAN = EmpiricalCovariance()


class Plain:
    """Has nothing of scikit-learn's: a mean of the rows near the median."""

    def fit(self, X):
        middle = np.median(X, axis=0)
        is_near = np.linalg.norm(X - middle, axis=1) < 10.0
        self.location_ = X[is_near].mean(axis=0)
        return self


class Median(BaseEstimator):
    """The median of each coordinate, without what a fit of ours computes besides."""

    def fit(self, X):
        self.location_ = np.median(X, axis=0)
        return self


class Raw(MinCovDet):
    """The determinant's own location, before rows are reweighted."""

    def fit(self, X, y=None):
        super().fit(X)
        self.location_ = self.raw_location_
        return self


class Fragile(Median):
    """Refuses what is far away."""

    def fit(self, X):
        if np.abs(X).max() > 50:
            raise ValueError("too far")
        return super().fit(X)


class Noisy(BaseEstimator):
    """Draws its location."""

    def __init__(self, *, random_state=None):
        self.random_state = random_state

    def fit(self, X):
        self.location_ = np.random.default_rng(self.random_state).normal(size=X.shape[1])
        return self


class Endless(BaseEstimator):
    """Has a location that is not finite, or of another shape, or none."""

    def __init__(self, *, location="none"):
        self.location = location

    def fit(self, X):
        if self.location == "nan":
            self.location_ = np.full(X.shape[1], np.nan)
        elif self.location == "short":
            self.location_ = np.zeros(X.shape[1] - 1)
        return self


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(60, 2)) * [1.0, 5.0] + 3.0


@pytest.mark.parametrize(
    ("estimator", "point", "from_"),
    [
        pytest.param(MEAN, 0.0, 0.05, id="mean"),
        pytest.param(Median(), 0.45, 0.5, id="median"),
        pytest.param(Plain(), 0.45, 0.5, id="own"),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_known_breakdown_points_are_found(estimator, point, from_, seed):
    curve = breakdown_curve(estimator, Gaussian(3, "toeplitz"), n_seeds=2, random_state=seed)
    assert curve.breakdown_point == point
    assert curve.broken_from == from_


def test_the_coordinate_median_breaks_at_one_half():
    curve = breakdown_curve(CoordinateMedian(), Gaussian(3), shares=[0.2, 0.495, 0.5], n_seeds=2)
    assert (curve.breakdown_point, curve.broken_from) == (0.495, 0.5)


def test_the_mean_moves_by_the_share_times_the_distance(X):
    curve = breakdown_curve(MEAN, X, shares=[0, 0.1, 0.25], random_state=0, n_seeds=2)
    expected = np.multiply.outer(curve.shares, curve.distances)
    # Outliers at a million, and sums that round there.
    assert_allclose(curve.errors_by_distance, np.stack([expected] * 2), rtol=1e-6, atol=1e-9)
    assert_allclose(curve.errors, [expected[:, -1]] * 2, rtol=1e-6, atol=1e-9)


def test_shares_are_those_that_whole_numbers_of_rows_allow(X):
    assert_allclose(
        breakdown_curve(MEAN, X, shares=[0, 0.1, 0.29], n_seeds=1).shares, [0, 6 / 66, 24 / 84]
    )
    law = breakdown_curve(MEAN, Gaussian(2), n_samples=100, shares=[0, 0.001, 0.29], n_seeds=1)
    assert_allclose(law.shares, [0, 0.29])


@pytest.mark.parametrize("support_fraction", [0.75, 0.85])
def test_minimum_covariance_determinants_break_where_their_support_ends(support_fraction):
    # Reweighting saves a few more; copies of a point would break random subsets before.
    first = 1 - support_fraction
    curve = breakdown_curve(
        Raw(support_fraction=support_fraction),
        Gaussian(2),
        shares=[first, first + 0.02],
        distances=[1e6],
        spread=1.0,
        n_seeds=2,
        random_state=0,
    )
    assert curve.breakdown_point == pytest.approx(first)
    assert curve.broken_from == pytest.approx(first + 0.02)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_tukeys_median_stays_bounded_with_30_percent_at_infinity(seed):
    curve = breakdown_curve(
        TukeyMedian(), Gaussian(2), n_samples=100, shares=[0.3], n_seeds=1, random_state=seed
    )
    assert curve.breakdown_point == 0.3
    # It stays among the clean rows, at every distance alike.
    assert curve.errors.max() < 3.0
    spans = np.ptp(curve.errors_by_distance, axis=2)
    assert spans.max() < 0.05


@pytest.mark.slow
@pytest.mark.representative
def test_tukeys_median_in_the_plane_breaks_at_one_third():
    curve = breakdown_curve(
        TukeyMedian(), Gaussian(2), n_samples=120, shares=[0.1, 0.3, 0.325, 0.35, 0.4], n_seeds=3
    )
    assert curve.breakdown_point in {0.3, 0.325}
    assert curve.broken_from in {0.325, 0.35}


def test_covariances_break_in_operator_norm(X):
    law = Gaussian(2, "toeplitz")
    curve = breakdown_curve(
        MEAN, law, shares=[0, 0.2], covariance=True, n_seeds=2, n_samples=100, random_state=0
    )
    assert curve.covariance_breakdown_point == 0
    # The mixture's covariance less the clean one, in the metric of the clean one.
    spike = 0.2 * 0.8 * 1e12
    assert_allclose(curve.covariance_errors[:, 1], spike, rtol=1e-3)
    assert breakdown_curve(MEAN, X, shares=[0], covariance=True).covariance_errors.max() == 0


def test_without_covariances_their_breakdown_point_is_an_error(X):
    curve = breakdown_curve(MEAN, X, shares=[0, 0.1], n_seeds=1)
    with pytest.raises(ValueError, match="Ask for covariance=True"):
        _ = curve.covariance_breakdown_point


def test_a_fit_that_fails_counts_as_broken_and_says_why():
    curve = breakdown_curve(Fragile(), Gaussian(2), shares=[0, 0.1], n_seeds=2)
    assert curve.breakdown_point == 0
    assert_array_equal(curve.errors[:, 1], np.inf)
    assert_array_equal(curve.reasons, [["", "ValueError: too far"]] * 2)
    bias = bias_curve(Fragile(), Gaussian(2), distances=[1, 100], spreads=[0], n_seeds=1)
    assert_array_equal(np.isinf(bias.worst_by_distance), [False, True])
    assert "ValueError: too far" in bias.reasons


def test_an_estimator_that_is_never_bounded_has_no_breakdown_point():
    curve = breakdown_curve(MEAN, Gaussian(2), shares=[0.1, 0.2], n_seeds=1)
    assert np.isnan(curve.breakdown_point)
    assert curve.broken_from == 0.1
    curve = breakdown_curve(Median(), Gaussian(2), shares=[0.1, 0.2], n_seeds=1)
    assert np.isnan(curve.broken_from)


@pytest.mark.parametrize("contamination", [0.1, 0.25])
def test_the_means_bias_is_contamination_times_distance(X, contamination):
    distances = [0, 0.5, 7, 100]
    curve = bias_curve(
        MEAN, X, contamination=contamination, distances=distances, spreads=[0], n_clusters=[1]
    )
    assert_allclose(curve.worst_by_distance, curve.contamination * np.array(distances), atol=1e-12)
    assert curve.worst == curve.worst_by_distance[-1]
    assert curve.worst_adversary.distance == 100


def test_in_the_metric_of_the_law_bias_does_not_depend_on_its_scatter():
    laws = [Gaussian(3), Gaussian(3, "toeplitz", location=4.0)]
    first, second = (
        bias_curve(MEAN, law, distances=[0, 3], n_seeds=2, random_state=0) for law in laws
    )
    assert_allclose(first.errors, second.errors, rtol=1e-6, atol=1e-9)
    assert_allclose(first.ratios, second.ratios, rtol=1e-6)


def test_the_oracle_is_the_mean_of_the_clean_rows():
    curve = bias_curve(MEAN, Gaussian(2), contamination=0.0, distances=[5], n_seeds=2)
    assert_allclose(curve.errors, np.stack([curve.oracle_errors] * len(curve.adversaries), axis=1))
    assert_allclose(curve.ratios, 1.0)


def test_the_family_has_every_combination(X):
    curve = bias_curve(
        MEAN, X, distances=[1, 2], spreads=[0, 3], directions=["axis"], n_clusters=[1, 4]
    )
    assert len(curve.adversaries) == len(set(curve.adversaries)) == 8
    assert {q.distance for q in curve.worst_adversaries} == {1, 2}
    assert curve.errors.shape == (3, 8)


def test_outliers_are_where_their_law_says():
    point = Adversary(3.0, direction="diagonal").draw(5, 4, seed=0)
    assert_allclose(point, 1.5)
    assert_allclose(Adversary(2.0, direction="axis").draw(1, 3, seed=0), [[2, 0, 0]])
    clusters = Adversary(2.0, direction="axis", n_clusters=3).draw(300, 4, seed=1)
    assert_allclose(np.linalg.norm(clusters, axis=1), 2.0)
    assert_allclose(clusters[:, 0], np.sqrt(2))
    assert len(np.unique(clusters.round(9), axis=0)) == 3
    wide = Adversary(0.0, 3.0).draw(4000, 2, seed=0)
    # Ten standard errors.
    assert_allclose(wide.std(axis=0), 3.0, atol=10 * 3 / np.sqrt(8000))


def test_one_feature_will_do():
    curve = bias_curve(Median(), Gaussian(1), distances=[1, 100], n_seeds=1)
    assert np.isfinite(curve.worst_by_distance).all()
    assert breakdown_curve(Median(), Gaussian(1), n_seeds=1).breakdown_point == 0.45


def test_the_mean_is_as_efficient_as_the_mean():
    result = efficiency(MEAN, Gaussian(4, "toeplitz"), n_seeds=20)
    assert result.value == 1
    assert result.interval == (1, 1)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_medians_efficiency_is_two_over_pi(seed):
    result = efficiency(Median(), Gaussian(8), n_seeds=300, level=0.999, random_state=seed)
    assert result.interval[0] < 2 / np.pi < result.interval[1]
    assert result.interval[1] - result.interval[0] < 0.15
    assert result.value == pytest.approx(
        result.mean_squared_errors.mean() / result.squared_errors.mean()
    )


@pytest.mark.slow
def test_the_interval_of_an_efficiency_holds_its_level():
    results = [
        efficiency(Median(), Gaussian(2), n_samples=101, n_seeds=60, random_state=seed)
        for seed in range(100)
    ]
    # Rows are odd in number, and a hundred of them are close to the limit of 2 / pi.
    truth = np.mean([r.mean_squared_errors for r in results]) / np.mean(
        [r.squared_errors for r in results]
    )
    n_inside = sum(r.interval[0] <= truth <= r.interval[1] for r in results)
    # Of 100 at 95 %: fewer than 87 has a probability below 0.001.
    assert n_inside >= 87
    assert truth == pytest.approx(2 / np.pi, abs=0.03)


@pytest.mark.parametrize(
    "measure",
    [
        lambda **k: breakdown_curve(Noisy(), Gaussian(2), shares=[0, 0.2], n_seeds=2, **k).errors,
        lambda **k: bias_curve(Noisy(), Gaussian(2), distances=[1, 5], **k).errors,
        lambda **k: efficiency(Noisy(), Gaussian(2), n_seeds=5, **k).squared_errors,
    ],
    ids=["breakdown", "bias", "efficiency"],
)
def test_one_random_state_decides_everything(measure):
    before = np.random.get_state()[1].copy()
    first = measure(random_state=3)
    assert_array_equal(measure(random_state=3), first)
    assert_array_equal(
        measure(random_state=np.random.default_rng(1)),
        measure(random_state=np.random.default_rng(1)),
    )
    assert (measure(random_state=4) != first).any()
    assert_array_equal(np.random.get_state()[1], before)


def test_results_do_not_depend_on_the_number_of_jobs():
    # Threads: processes would take longer to start than the test.
    from joblib import parallel_backend

    alone = bias_curve(Noisy(), Gaussian(2), distances=[1, 5], random_state=0)
    with parallel_backend("threading"):
        together = bias_curve(Noisy(), Gaussian(2), distances=[1, 5], random_state=0, n_jobs=3)
    assert_array_equal(together.errors, alone.errors)


@pytest.mark.slow
def test_results_do_not_depend_on_the_number_of_processes():
    alone = breakdown_curve(CoordinateMedian(), Gaussian(2), random_state=0)
    together = breakdown_curve(CoordinateMedian(), Gaussian(2), random_state=0, n_jobs=2)
    assert_array_equal(together.errors, alone.errors)


def test_an_integer_random_state_is_the_users():
    fixed = efficiency(Noisy(random_state=7), Gaussian(2), n_seeds=4, random_state=0)
    assert np.unique(fixed.squared_errors).size == 1
    drawn = efficiency(Noisy(), Gaussian(2), n_seeds=4, random_state=0)
    assert np.unique(drawn.squared_errors).size == 4


def test_the_estimator_is_left_as_it_is(X):
    estimator = Noisy()
    breakdown_curve(estimator, X, shares=[0, 0.1], n_seeds=1)
    assert estimator.random_state is None
    assert not hasattr(estimator, "location_")


def test_a_bar_is_shown_when_asked_for_only(X, capsys):
    bias_curve(MEAN, X, distances=[1], n_seeds=1)
    assert capsys.readouterr() == ("", "")
    bias_curve(MEAN, X, distances=[1], n_seeds=1, verbose=1)
    out, err = capsys.readouterr()
    assert out == ""
    assert "bias curve" in err


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda X: breakdown_curve(MEAN, X, shares=[0.2, 0.1]), ValueError, "shares must increase"),
        (
            lambda X: breakdown_curve(MEAN, X, shares=[1.0]),
            ValueError,
            r"shares must lie in \[0, 1",
        ),
        (lambda X: breakdown_curve(MEAN, X, shares=[np.nan]), ValueError, "shares must lie in"),
        (lambda X: breakdown_curve(MEAN, X, shares=["a"]), TypeError, "shares must hold numbers"),
        (lambda X: breakdown_curve(MEAN, X, distances=[10]), ValueError, "distances must reach"),
        (lambda X: breakdown_curve(MEAN, X, bound=0.5), ValueError, "bound must lie in"),
        (lambda X: breakdown_curve(MEAN, X, n_seeds=0), ValueError, "n_seeds must be at least 1"),
        (lambda X: breakdown_curve(MEAN, X, n_seeds=1.5), TypeError, "n_seeds must be an integer"),
        (lambda X: breakdown_curve(MEAN, X[:, 0]), ValueError, "clean must have shape"),
        (lambda X: breakdown_curve(MEAN, X * [1, 0]), ValueError, "a constant column 1"),
        (lambda X: breakdown_curve(MEAN, X * np.inf), ValueError, "clean must be finite"),
        (lambda X: breakdown_curve(MEAN, "normal"), TypeError, "clean must be a clean law"),
        (lambda X: breakdown_curve(EmpiricalCovariance, X), TypeError, "Write EmpiricalCovariance"),
        (lambda X: breakdown_curve(np.mean, X), TypeError, r"estimator must have fit\(X\)"),
        (lambda X: bias_curve(MEAN, X, contamination=1), ValueError, "contamination must lie in"),
        (lambda X: bias_curve(MEAN, X, directions="axis"), ValueError, "sequence of names"),
        (lambda X: bias_curve(MEAN, X, directions=["up"]), ValueError, "directions must hold some"),
        (lambda X: bias_curve(MEAN, X, n_clusters=[0]), ValueError, "each of n_clusters must be"),
        (lambda X: bias_curve(MEAN, X, n_clusters=[]), ValueError, "n_clusters must be a sequence"),
        (lambda X: bias_curve(MEAN, X, spreads=[-1]), ValueError, "spreads must lie in"),
        (lambda X: bias_curve(MEAN, X, distances=[]), ValueError, "distances must be a sequence"),
        (lambda X: bias_curve(MEAN, X[:, :1], n_clusters=[2]), ValueError, "for one feature"),
        (lambda X: bias_curve(MEAN, X, distances=[1]).ratios, ValueError, "Pass a law as clean"),
        (lambda X: efficiency(MEAN, X), TypeError, "clean must be a clean law"),
        (lambda X: efficiency(MEAN, Cauchy(2)), ValueError, "finite variance, got df=1"),
        (lambda X: efficiency(MEAN, StudentT(2, 2.0)), ValueError, "finite variance, got df=2"),
        (lambda X: efficiency(MEAN, Gaussian(2), level=0.0), ValueError, r"level must lie in \(0"),
        (
            lambda X: efficiency(MEAN, Gaussian(2), n_seeds=1),
            ValueError,
            "n_seeds must be at least",
        ),
        (lambda X: efficiency(Endless(), Gaussian(2)), TypeError, "must have location_ after fit"),
        (
            lambda X: bias_curve(Endless(location="short"), X),
            ValueError,
            "location_ must have shape",
        ),
        (lambda X: bias_curve(Endless(location="nan"), X), ValueError, "location_ is not finite"),
        (lambda X: breakdown_curve(make_pipeline(MEAN), X), TypeError, "got a Pipeline without"),
    ],
)
def test_bad_input_is_named_with_the_way_out(X, call, error, message):
    with pytest.raises(error, match=message):
        call(X)
