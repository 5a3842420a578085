"""What all laws promise: shapes, seeds, immutability, and no hand on NumPy's global state."""

from __future__ import annotations

import ast
import pickle
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustgan import contamination
from robustgan.contamination import (
    Cauchy,
    CleanLaw,
    Elliptical,
    FarCluster,
    Gaussian,
    IndependentCauchy,
    Law,
    MultivariateCauchy,
    PointMass,
    RandomDirection,
    ShiftedGaussian,
    SparseShift,
    StudentT,
    TwoPart,
)


def chi_radius(n_samples: int, rng: np.random.Generator) -> np.ndarray:
    return np.sqrt(rng.chisquare(4, n_samples))


CLEAN: list[CleanLaw] = [
    Gaussian(4),
    Gaussian(4, "toeplitz", location=2.0),
    StudentT(4, 3.0, "sparse"),
    Cauchy(4, location=[1.0, 2.0, 3.0, 4.0]),
    Elliptical(4, chi_radius, "equicorrelated"),
]
OUTLIERS: list[Law] = [
    ShiftedGaussian(4, 5.0, 5.0),
    SparseShift(4, 3.0, 2),
    MultivariateCauchy(4, 0.5),
    IndependentCauchy(4, 0.5),
    FarCluster(4, spread=0.1),
    TwoPart(4),
    RandomDirection(4, 3.0),
    RandomDirection(4, 3.0, seed=0),
]
ONE_POINT: list[Law] = [PointMass(4, distance=1.0), FarCluster(4)]
RANDOM_LAWS = [*CLEAN, *OUTLIERS]
LAWS = [*RANDOM_LAWS, *ONE_POINT]
every_law = pytest.mark.parametrize("law", LAWS, ids=repr)


@given(law=st.sampled_from(LAWS), n_samples=st.integers(0, 40), seed=st.integers(0, 2**32))
def test_every_sample_is_finite_float64_of_the_shape_asked_for(
    law: Law, n_samples: int, seed: int
) -> None:
    X = law.sample(n_samples, seed)
    assert X.shape == (n_samples, 4)
    assert X.dtype == np.float64
    assert np.isfinite(X).all()


@every_law
def test_the_same_seed_gives_the_same_bits(law: Law) -> None:
    by_seed = law.sample(20, 7)
    by_generator = law.sample(20, np.random.default_rng(7))
    np.testing.assert_array_equal(by_seed, law.sample(20, 7))
    np.testing.assert_array_equal(by_seed, by_generator)


@pytest.mark.parametrize("law", RANDOM_LAWS, ids=repr)
def test_a_generator_moves_on_between_samples(law: Law) -> None:
    generator = np.random.default_rng(7)
    assert not np.array_equal(law.sample(20, generator), law.sample(20, generator))


@every_law
def test_numpys_global_state_is_left_alone(law: Law) -> None:
    before = pickle.dumps(np.random.get_state())
    law.sample(5)
    law.sample(5, 0)
    assert pickle.dumps(np.random.get_state()) == before


@every_law
def test_a_sample_is_the_callers_to_change(law: Law) -> None:
    first = law.sample(3, 0)
    expected = first.copy()
    first[:] = np.nan
    np.testing.assert_array_equal(law.sample(3, 0), expected)


@every_law
def test_a_law_cannot_be_changed(law: Law) -> None:
    with pytest.raises(FrozenInstanceError):
        law.n_features = 5  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        law.surprise = 5  # type: ignore[attr-defined]


@every_law
def test_a_law_survives_pickling(law: Law) -> None:
    copy = pickle.loads(pickle.dumps(law))
    np.testing.assert_array_equal(copy.sample(5, 3), law.sample(5, 3))


@pytest.mark.parametrize("law", CLEAN, ids=repr)
def test_clean_laws_keep_the_contract(law: CleanLaw) -> None:
    assert isinstance(law, CleanLaw)
    assert law.location.shape == (4,)
    assert law.scatter.shape == (4, 4)


@pytest.mark.parametrize("law", CLEAN, ids=repr)
def test_the_truth_is_read_only(law: CleanLaw) -> None:
    with pytest.raises(ValueError, match="read-only"):
        law.location[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        law.scatter[0, 0] = 1.0


@every_law
def test_the_repr_fits_a_line(law: Law) -> None:
    assert repr(law).startswith(type(law).__name__ + "(n_features=4")
    assert "\n" not in repr(law)


def test_a_law_does_not_follow_the_array_it_was_given() -> None:
    location = np.zeros(3)
    law = Gaussian(3, location=location)
    location[:] = 9.0
    np.testing.assert_array_equal(law.location, np.zeros(3))


@pytest.mark.parametrize(("bad", "error"), [(0, ValueError), (2.0, TypeError), (True, TypeError)])
def test_n_features_must_be_a_positive_integer(bad: int, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"n_features must be .*, got "):
        Gaussian(bad)


@pytest.mark.parametrize(("bad", "error"), [(-1, ValueError), (2.5, TypeError)])
def test_n_samples_must_be_a_non_negative_integer(bad: int, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"n_samples must be .*, got "):
        Gaussian(2).sample(bad)


def test_numpy_integers_are_integers() -> None:
    assert Gaussian(np.int64(2)).sample(np.int32(3), 0).shape == (3, 2)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("location", "error", "message"),
    [
        ([1.0, 2.0], ValueError, r"location must be a scalar or have shape \(3,\), got shape"),
        (np.zeros((1, 3)), ValueError, r"location must be a scalar or have shape"),
        (np.nan, ValueError, "location must be finite, got nan"),
        ("far", TypeError, "location must hold numbers only, got 'far'"),
    ],
)
def test_a_location_must_be_a_finite_scalar_or_vector(
    location: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Gaussian(3, location=location)  # type: ignore[arg-type]


def test_the_room_imports_neither_torch_nor_any_other_room() -> None:
    imported: set[str] = set()
    for path in Path(contamination.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    foreign = {name.split(".")[0] for name in imported} - set(sys.stdlib_module_names)
    assert foreign == {"numpy", "sklearn", "robustgan"}
    rooms = {name for name in imported if name.startswith("robustgan")}
    assert all(name.startswith("robustgan.contamination") for name in rooms)
