"""Huber's model: the count of outliers, their labels, their order, and the named designs."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustgan.contamination import (
    DESIGNS,
    FarCluster,
    Gaussian,
    HuberModel,
    PointMass,
    design,
)


def separated(contamination: float, *, exact: bool = True) -> HuberModel:
    """Clean rows around zero, outliers in one point at 100."""
    return HuberModel(Gaussian(2), FarCluster(2), contamination, exact=exact)


@given(percent=st.integers(0, 49), n_samples=st.integers(0, 300), seed=st.integers(0, 1000))
def test_the_count_of_outliers_is_exact_in_decimals(
    percent: int, n_samples: int, seed: int
) -> None:
    _, is_outlier = separated(percent / 100).sample(n_samples, seed)
    assert is_outlier.sum() == Fraction(percent, 100) * n_samples // 1


def test_a_product_one_rounding_short_of_an_integer_counts_in_full() -> None:
    _, is_outlier = separated(0.29).sample(100, 0)
    assert is_outlier.sum() == 29


@given(
    contamination=st.floats(0, 0.5, exclude_max=True),
    n_samples=st.integers(0, 200),
    exact=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_labels_say_which_rows_are_outliers(
    contamination: float, n_samples: int, exact: bool, seed: int
) -> None:
    X, is_outlier = separated(contamination, exact=exact).sample(n_samples, seed)
    assert X.shape == (n_samples, 2)
    assert is_outlier.shape == (n_samples,)
    assert is_outlier.dtype == np.bool_
    np.testing.assert_array_equal(is_outlier, X[:, 0] == 100.0)


@dataclass(frozen=True)
class Counter:
    """A law of one feature whose rows are numbered from a start."""

    start: int
    n_features: int = 1

    @property
    def location(self) -> np.ndarray:
        return np.zeros(1)

    @property
    def scatter(self) -> np.ndarray:
        return np.eye(1)

    def sample(self, n_samples: int, rng: int | np.random.Generator | None = None) -> np.ndarray:
        return self.start + np.arange(n_samples, dtype=np.float64)[:, np.newaxis]


@given(n_samples=st.integers(0, 100), seed=st.integers(0, 1000))
def test_shuffling_loses_and_repeats_no_row(n_samples: int, seed: int) -> None:
    X, is_outlier = HuberModel(Counter(0), Counter(1000), 0.25).sample(n_samples, seed)
    n_outliers = n_samples // 4
    expected = [*range(n_samples - n_outliers), *range(1000, 1000 + n_outliers)]
    np.testing.assert_array_equal(np.sort(X[:, 0]), expected)
    np.testing.assert_array_equal(is_outlier, X[:, 0] >= 1000)


def test_outliers_are_as_likely_in_every_place() -> None:
    counts = np.zeros(10)
    for seed in range(2000):
        counts += separated(0.2).sample(10, seed)[1]
    # Expected 400 each, standard error sqrt(2000 * 0.2 * 0.8) = 18; margin 4.5 of them.
    np.testing.assert_allclose(counts, 400, atol=81)


def test_the_count_is_binomial_unless_it_is_exact() -> None:
    model = separated(0.2, exact=False)
    counts = np.array([model.sample(50, seed)[1].sum() for seed in range(1000)])
    # Mean 10 and variance 8; margins are 4.5 standard errors.
    assert abs(counts.mean() - 10) < 4.5 * np.sqrt(8 / 1000)
    assert abs(counts.var() - 8) < 4.5 * 8 * np.sqrt(2 / 1000)


def test_the_model_shows_the_clean_laws_truth() -> None:
    clean = Gaussian(3, "toeplitz", location=2.0)
    model = HuberModel(clean, FarCluster(3), 0.1)
    assert model.n_features == 3
    assert model.location is clean.location
    assert model.scatter is clean.scatter


@pytest.mark.parametrize("bad", [-0.1, 0.5, 1.0, float("nan")])
def test_contamination_must_be_less_than_half(bad: float) -> None:
    with pytest.raises(ValueError, match=r"contamination must .*, got"):
        separated(bad)


def test_contamination_must_be_a_number() -> None:
    with pytest.raises(TypeError, match=r"contamination must be a number, got '0\.2'"):
        separated("0.2")  # type: ignore[arg-type]


def test_both_laws_must_have_as_many_features() -> None:
    message = r"outlier.n_features must equal clean.n_features = 2, got 3"
    with pytest.raises(ValueError, match=message):
        HuberModel(Gaussian(2), Gaussian(3), 0.1)


def test_a_law_without_truth_cannot_be_the_clean_one() -> None:
    with pytest.raises(TypeError, match="clean must have n_features, location, scatter"):
        HuberModel(PointMass(2, 0.0), Gaussian(2), 0.1)  # type: ignore[arg-type]


def test_what_cannot_be_sampled_is_no_outlier_law() -> None:
    with pytest.raises(TypeError, match="outlier must have n_features and sample, got 5"):
        HuberModel(Gaussian(2), 5, 0.1)  # type: ignore[arg-type]


every_design = pytest.mark.parametrize("name", DESIGNS)


@every_design
def test_a_design_has_the_features_and_the_outliers_asked_for(name: str) -> None:
    X, is_outlier = design(name, 6, 0.3).sample(50, 0)
    assert X.shape == (50, 6)
    assert is_outlier.sum() == (0 if name == "none" else 15)


@every_design
def test_a_designs_clean_law_is_standard_gaussian(name: str) -> None:
    model = design(name, 3)
    np.testing.assert_array_equal(model.location, np.zeros(3))
    np.testing.assert_array_equal(model.scatter, np.eye(3))
    assert type(model.clean) is Gaussian


@every_design
def test_a_design_gives_the_same_bits_for_the_same_seed(name: str) -> None:
    X, is_outlier = design(name, 4).sample(30, 3)
    again, labels = design(name, 4).sample(30, np.random.default_rng(3))
    np.testing.assert_array_equal(X, again)
    np.testing.assert_array_equal(is_outlier, labels)


@every_design
def test_a_design_leaves_numpys_global_state_alone(name: str) -> None:
    before = pickle.dumps(np.random.get_state())
    design(name, 4).sample(10)
    assert pickle.dumps(np.random.get_state()) == before


@every_design
def test_a_design_can_be_made_binomial(name: str) -> None:
    assert replace(design(name, 4), exact=False).sample(10, 0)[0].shape == (10, 4)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("none", 0.0),
        ("shift.1", 0.1),
        ("shift.2", 0.2),
        ("shift.5", 0.5),
        ("shift1", 1.0),
        ("shift5", 5.0),
        ("cov", 0.5),
        ("point", 0.25),
        ("far", 100.0),
    ],
)
def test_a_designs_outliers_lie_around_their_mean(name: str, expected: float) -> None:
    mean = design(name, 16).outlier.sample(20_000, 0).mean(0)
    # 4.5 standard errors of a mean with variance one.
    np.testing.assert_allclose(mean, expected, atol=0.032)


@pytest.mark.parametrize("name", ["cauchy.5", "cauchy1d"])
def test_a_cauchy_designs_outliers_lie_around_their_median(name: str) -> None:
    median = np.median(design(name, 4).outlier.sample(20_000, 0), axis=0)
    # The median's standard error is pi / (2 sqrt(n)) = 0.011; margin 4.5 of them.
    np.testing.assert_allclose(median, 0.5, atol=0.05)


@pytest.mark.parametrize(("name", "distance"), [("direction2", 2.0), ("direction3", 3.0)])
def test_a_direction_designs_outliers_lie_at_their_distance(name: str, distance: float) -> None:
    mean = design(name, 16).outlier.sample(20_000, 0).mean(0)
    # Noise adds 16 / 20,000 to the squared norm, and 0.007 to its direction; margin 4.5.
    assert abs(np.linalg.norm(mean) - distance) < 0.032


def test_the_sample_mean_fails_on_a_design_as_it_did_in_the_trials() -> None:
    X, _ = design("dkk", 100).sample(20_000, 0)
    # 0.2 * |(6.25, -0.25, 0.25, ...)| = 1.344; the trial at 50,000 rows gave 1.35.
    np.testing.assert_allclose(np.linalg.norm(X.mean(0)), 1.344, rtol=0.03)


def test_an_unknown_design_is_told_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'none', 'shift.1', .*'direction3', got 'shift2'"):
        design("shift2", 3)
