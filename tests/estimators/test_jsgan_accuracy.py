"""JSGANMean by default: bounds under contamination, on one device or another."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.utils.estimator_checks import parametrize_with_checks

from robustgan import JSGANMean
from robustgan.contamination import design
from robustgan.depth import coordinate_median

small = pytest.mark.filterwarnings(
    "ignore:A game needs at least:sklearn.exceptions.ConvergenceWarning"
)


@pytest.mark.slow
@small
@parametrize_with_checks([JSGANMean()])
def test_scikit_learn_finds_nothing_to_complain_about_by_default(estimator, check):
    check(estimator)


def oracle_error(X, is_outlier):
    return float(np.linalg.norm(X[~is_outlier].mean(axis=0)))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["shift1", "far"])
def test_two_thousand_contaminated_rows_give_nearly_the_oracles_location(name):
    X, is_outlier = design(name, 10).sample(2000, rng=7)
    fitted = JSGANMean(covariance="identity", random_state=0).fit(X)
    # Measured at 1.0 to 1.1 of the oracle's error of about .08; the median's is over .5.
    assert np.linalg.norm(fitted.location_) < 1.25 * oracle_error(X, is_outlier)


def ratios(name, n, p, seeds, **parameters):
    """Errors of a fit over those of the mean of the true inliers, one for each seed."""
    drawn = [design(name, p).sample(n, rng=1000 + seed) for seed in seeds]
    fits = JSGANMean(random_state=0, **parameters).fit_samples([X for X, _ in drawn])
    errors = np.linalg.norm([fit.location_ for fit in fits], axis=1)
    return errors / [oracle_error(X, is_outlier) for X, is_outlier in drawn]


# The table: median over seeds. The margin is what is asked for, not what is measured.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("shift.5", 1.02),
        pytest.param("shift5", 1.01, marks=pytest.mark.representative),
        ("cauchy.5", 1.03),
        ("dkk", 1.02),
        ("point", 1.02),
        ("far", 1.01),
        ("none", 1.01),
    ],
)
def test_fifty_thousand_rows_give_the_oracles_location(name, bound):
    assert np.median(ratios(name, 50_000, 100, range(3), covariance="identity")) <= bound


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n", "p", "bound"),
    [
        ("shift.5", 5_000, 50, 1.07),
        pytest.param("shift1", 1_000, 20, 1.10, marks=pytest.mark.representative),
    ],
)
def test_smaller_samples_come_near_the_oracles_location(name, n, p, bound):
    assert np.median(ratios(name, n, p, range(7), covariance="identity")) <= bound


@pytest.mark.slow
@pytest.mark.parametrize(("name", "bound"), [("direction3", 0.095), ("direction2", 0.20)])
def test_a_near_cluster_in_a_random_direction_pulls_little(name, bound):
    samples = [design(name, 60).sample(20_000, rng=1000 + seed)[0] for seed in range(5)]
    fits = JSGANMean(covariance="identity", random_state=0).fit_samples(samples)
    assert np.median([np.linalg.norm(fit.location_) for fit in fits]) <= bound


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n", "p", "bound"),
    [
        ("shift.5", 50_000, 100, 1.02),
        ("dkk", 50_000, 100, 1.02),
        ("shift.5", 5_000, 50, 1.07),
        ("shift1", 1_000, 20, 1.10),
    ],
)
def test_unknown_variances_cost_a_quarter_at_most(name, n, p, bound):
    assert np.median(ratios(name, n, p, range(3))) <= 1.25 * bound


@pytest.mark.slow
@small
@pytest.mark.parametrize(
    ("name", "n", "p"),
    [
        pytest.param(
            name,
            n,
            p,
            # Where there is nothing to gain, at a size that is cheap.
            marks=[pytest.mark.representative] if (name, n, p) == ("none", 1_000, 10) else [],
        )
        for name in (
            "none",
            "shift.5",
            "shift1",
            "shift5",
            "cov",
            "cauchy.5",
            "cauchy1d",
            "dkk",
            "point",
            "far",
        )
        for p in (2, 10, 50)
        for n in (200, 500, 1_000, 5_000)
    ],
)
def test_nowhere_is_it_much_worse_than_the_coordinate_median(name, n, p):
    # With few rows and features, the ratio of two medians over five seeds is off by a third.
    n_seeds = 20 if n <= 500 and p <= 10 else 5
    drawn = [design(name, p).sample(n, rng=1000 + seed) for seed in range(n_seeds)]
    fits = JSGANMean(covariance="identity", random_state=0).fit_samples([X for X, _ in drawn])
    ours = [np.linalg.norm(fit.location_) for fit in fits]
    medians = [float(coordinate_median(torch.tensor(X)).norm()) for X, _ in drawn]
    oracle = np.median([oracle_error(X, is_outlier) for X, is_outlier in drawn])
    ratio, best = (np.median(errors) / np.median(medians) for errors in (ours, oracle))
    if name == "dkk" and ratio > 1.3 and best > 1.3:
        # A tenth of the rows holds the truth itself in all columns but two, and the median of few
        # rows returns it.
        pytest.xfail(f"{ratio:.2f}, where the mean of the true inliers is at {best:.2f} itself")
    assert ratio <= 1.3


@pytest.mark.gpu
def test_a_fit_on_the_gpu_comes_near_that_on_the_cpu():
    X, _ = design("shift1", 5).sample(400, rng=0)
    here, there, again = (
        JSGANMean(random_state=0, device=device).fit(rows)
        for device, rows in [("cpu", X), ("cuda", X), ("auto", torch.tensor(X, device="cuda"))]
    )
    # Another stream of random numbers: another game.
    assert_allclose(there.location_, here.location_, atol=0.05)
    assert there.score_samples(X).shape == (400,)
    assert_array_equal(again.location_, there.location_)
