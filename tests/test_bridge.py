"""The crossing between NumPy and torch: validation, device, dtype and random state."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator

from robustgan._bridge import (
    make_generator,
    make_seeds,
    name_column,
    resolve_device,
    to_array,
    to_tensor,
    to_tensor_like,
)

NAMES = ["width", "height", "age"]


class Estimator(BaseEstimator):
    """Something to set attributes on."""


def cross(X, *, estimator=None, reset=True, device="auto", **options):
    """Call ``to_tensor`` as ``fit`` does unless told otherwise."""
    estimator = Estimator() if estimator is None else estimator
    return to_tensor(estimator, X, device=device, reset=reset, **options)


@pytest.fixture(name="X")
def sample():
    return np.random.default_rng(0).normal(size=(6, 3))


CONTAINERS = {
    "list": lambda X: X.tolist(),
    "pandas": lambda X: pd.DataFrame(X, columns=NAMES),
    "pandas, one block a column": lambda X: pd.DataFrame(dict(zip(NAMES, X.T, strict=True))),
    "polars": lambda X: pl.DataFrame(X, schema=NAMES),
    "torch": torch.tensor,
    "torch with gradient": lambda X: torch.tensor(X, requires_grad=True),
    "torch, transposed": lambda X: torch.tensor(X.T.copy()).T,
    "Fortran order": np.asfortranarray,
    "reversed twice": lambda X: X[::-1].copy()[::-1],
    "big endian": lambda X: X.astype(">f8"),
    "objects": lambda X: X.astype(object),
}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS.keys())
def test_every_container_gives_the_same_contiguous_float64_tensor(X, container):
    tensor = cross(container(X))
    assert tensor.dtype == torch.float64
    assert tensor.is_contiguous()
    assert not tensor.requires_grad
    assert_array_equal(tensor.numpy(), X)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int64, np.uint8, bool])
def test_other_numbers_become_float64(dtype):
    X = np.array([[0, 1], [1, 0], [1, 1]], dtype=dtype)
    for container in (np.asarray, torch.tensor):
        tensor = cross(container(X))
        assert tensor.dtype == torch.float64
        assert_array_equal(tensor.numpy(), X.astype(float))


@pytest.mark.parametrize("container", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])
def test_what_comes_back_shares_no_memory_with_the_data(X, container):
    before = X.copy()
    cross(container(X)).zero_()
    assert_array_equal(X, before)


def test_a_read_only_memory_map_does_not_warn(X, tmp_path):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tensor = cross(mapped)
    assert_array_equal(tensor.numpy(), X)


def test_float32_is_given_on_request(X):
    assert cross(X, dtype=torch.float32).dtype == torch.float32


@pytest.mark.parametrize("container", [np.asarray, torch.tensor], ids=["numpy", "torch"])
def test_what_overflows_float32_is_an_error(container):
    with pytest.raises(ValueError, match=r"too large for float32.*column 1, row 0"):
        cross(container(np.array([[0.0, 1e300]])), dtype=torch.float32)


def test_a_tensor_sets_the_number_of_features_and_forgets_old_names(X):
    estimator = Estimator()
    cross(pd.DataFrame(X, columns=NAMES), estimator=estimator)
    cross(torch.tensor(X[:, :2]), estimator=estimator)
    assert estimator.n_features_in_ == 2
    assert not hasattr(estimator, "feature_names_in_")


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_a_dataframe_sets_the_names_of_the_features(X, frame):
    estimator = Estimator()
    cross(frame(dict(zip(NAMES, X.T, strict=True))), estimator=estimator)
    assert estimator.feature_names_in_.tolist() == NAMES


@pytest.mark.parametrize("container", [np.asarray, torch.tensor], ids=["numpy", "torch"])
def test_a_missing_value_is_named_by_row_and_column(X, container):
    X[4, 2] = np.nan
    with pytest.raises(ValueError, match=r"Input X contains NaN.*column 2, row 4.*[Dd]rop"):
        cross(container(X))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_a_missing_value_is_named_by_the_name_of_its_column(X, frame):
    X[4, 2] = np.nan
    with pytest.raises(ValueError, match=r"column 2 \('age'\), row 4"):
        cross(frame(dict(zip(NAMES, X.T, strict=True))))


def test_a_missing_value_of_pandas_own_kind_is_found():
    frame = pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": [1.0, 2.0]})
    with pytest.raises(ValueError, match=r"NaN.*column 0 \('a'\), row 1"):
        cross(frame)


@pytest.mark.parametrize("container", [np.asarray, torch.tensor], ids=["numpy", "torch"])
@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_value_is_named_by_row_and_column(X, container, value):
    X[3, 1] = value
    with pytest.raises(ValueError, match=r"X contains infinity.*column 1, row 3"):
        cross(container(X))


def test_validation_stays_on_when_scikit_learn_is_told_to_assume_finite(X):
    X[0, 0] = np.nan
    with config_context(assume_finite=True), pytest.raises(ValueError, match="NaN"):
        cross(X)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_text_is_named_by_value_row_and_column(frame):
    X = frame({"age": [1.0, None, 3.0], "town": ["4", "Oslo", "Rome"]})
    with pytest.raises(ValueError, match=r"X must hold .*'Oslo' in column 1 \('town'\), row 1"):
        cross(X)


def test_a_date_among_numbers_is_named_by_row_and_column():
    X = pd.DataFrame({"age": [1.0], "born": pd.to_datetime(["2020-01-01"])})
    with pytest.raises(TypeError, match=r"X must hold .* in column 1 \('born'\), row 0"):
        cross(X)


def test_text_instead_of_a_table_is_an_error():
    with pytest.raises(ValueError, match="could not convert string to float"):
        cross("iris")


def test_objects_that_are_no_numbers_are_a_type_error():
    with pytest.raises(TypeError, match=r"column 0, row 1 .*argument must be .* string.* number"):
        cross(np.array([[1.0], [{"foo": "bar"}]], dtype=object))


@pytest.mark.parametrize("container", [np.asarray, torch.tensor], ids=["numpy", "torch"])
def test_complex_values_are_refused(X, container):
    with pytest.raises(ValueError, match="Complex data not supported"):
        cross(container(X * 1j))


@pytest.mark.parametrize(
    "X", [sparse.eye_array(3).tocsr(), torch.eye(3).to_sparse()], ids=["scipy", "torch"]
)
def test_sparse_data_is_a_type_error_that_says_how_to_make_it_dense(X):
    with pytest.raises(TypeError, match=r"Sparse data was passed for X.*\.to"):
        cross(X)


@pytest.mark.parametrize("container", [np.asarray, torch.tensor], ids=["numpy", "torch"])
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((), "Expected 2D array, got scalar array instead"),
        ((4,), "Expected 2D array, got 1D array instead"),
        ((2, 2, 2), "Found array with dim 3, while dim <= 2 is required by Estimator"),
        ((0, 3), r"0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of 2 is required"),
        ((1, 3), r"1 sample\(s\) \(shape=\(1, 3\)\) while a minimum of 2 is required"),
        ((3, 0), r"0 feature\(s\) \(shape=\(3, 0\)\) while a minimum of 1 is required"),
    ],
)
def test_the_wrong_shape_gets_the_message_of_scikit_learn(container, shape, message):
    with pytest.raises(ValueError, match=message):
        cross(container(np.ones(shape)), min_samples=2)


@pytest.mark.parametrize("container", [np.asarray, torch.tensor], ids=["numpy", "torch"])
def test_another_width_than_in_fit_is_an_error(X, container):
    estimator = Estimator()
    cross(X, estimator=estimator)
    with pytest.raises(
        ValueError, match="X has 2 features, but Estimator is expecting 3 features as input"
    ):
        cross(container(X[:, :2]), estimator=estimator, reset=False)


def test_an_error_about_an_unnamed_column_survives_names_from_fit(X):
    estimator = Estimator()
    cross(pd.DataFrame(X[:, :1], columns=NAMES[:1]), estimator=estimator)
    with (
        pytest.warns(UserWarning, match="does not have valid feature names"),
        pytest.raises(ValueError, match="'b' in column 1, row 0"),
    ):
        cross([[1.0, "b"]], estimator=estimator, reset=False)


def test_a_column_is_named_by_index_and_name():
    assert name_column(1, None) == "column 1"
    assert name_column(1, NAMES) == "column 1 ('height')"


def test_the_way_back_is_a_float64_copy():
    tensor = torch.ones(2, 3, dtype=torch.float32, requires_grad=True)
    array = to_array(tensor)
    array += 1.0
    assert array.dtype == np.float64
    assert bool((tensor == 1.0).all())


def test_the_way_back_copies_float64_too():
    tensor = torch.ones(2, dtype=torch.float64)
    to_array(tensor)[0] = 5.0
    assert float(tensor[0]) == 1.0


def test_a_fitted_array_takes_the_dtype_of_a_tensor():
    like = torch.zeros(1, dtype=torch.float32)
    assert to_tensor_like(np.arange(3.0), like).dtype == torch.float32


def test_auto_is_the_cpu_where_there_is_nothing_else(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == torch.device("cpu")


@pytest.fixture
def two_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 1)


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("auto", "cuda:1"),
        ("cuda", "cuda:1"),
        ("cuda:0", "cuda:0"),
        ("cpu", "cpu"),
        (torch.device("cuda", 0), "cuda:0"),
    ],
)
def test_a_device_is_resolved_to_its_index(asked, got):
    assert resolve_device(asked) == torch.device(got)


@pytest.mark.usefixtures("two_gpus")
def test_auto_leaves_a_tensor_where_it_is():
    assert resolve_device("auto", torch.zeros(1)) == torch.device("cpu")


@pytest.mark.usefixtures("two_gpus")
def test_an_absent_device_is_an_error_that_lists_those_present():
    with pytest.raises(ValueError, match=r"'cuda:0', 'cuda:1', got 'cuda:2'"):
        resolve_device("cuda:2")


@pytest.mark.parametrize("device", ["gpu", "", "cuda:x", "mps", "meta", torch.device("meta")])
def test_an_unknown_device_is_an_error_that_names_it(device):
    with pytest.raises(ValueError, match=r"device must be .*'auto', 'cpu'.*, got '"):
        resolve_device(device)


def test_a_device_of_the_wrong_kind_is_a_type_error():
    with pytest.raises(TypeError, match=r"device must be a string .* got int"):
        resolve_device(0)


def test_a_tensor_on_an_unsupported_device_is_an_error(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="got 'meta'"):
        cross(torch.ones(3, 2, device="meta"))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_a_tensor_stays_on_its_device(X):
    assert cross(torch.tensor(X, device="cuda")).device.type == "cuda"
    assert cross(torch.tensor(X)).device.type == "cpu"
    assert cross(torch.tensor(X), device="cuda").device.type == "cuda"


@settings(deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**64), n=st.integers(0, 50))
def test_fewer_seeds_are_the_first_of_more(seed, n):
    assert make_seeds(seed, n) == make_seeds(seed, n + 1)[:n]


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_fewer_seeds_are_the_first_of_more_from_a_generator_too(make):
    assert make_seeds(make(3), 4) == make_seeds(make(3), 9)[:4]


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_a_generator_is_drawn_from_and_so_moves_on(make):
    rng = make(3)
    assert make_seeds(rng, 4) != make_seeds(rng, 4)


def test_seeds_are_many_and_fit_a_torch_generator():
    seeds = make_seeds(0, 10_000)
    # torch on the CPU reads the lower half only: that must differ too, up to chance (1 %).
    assert len({seed % 2**32 for seed in seeds}) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)


@pytest.mark.parametrize("kind", [np.int32, np.uint64, int])
def test_an_integer_of_any_kind_gives_the_same_seeds(kind):
    assert make_seeds(kind(7), 3) == make_seeds(7, 3)


def test_no_random_state_gives_other_seeds_each_time():
    assert make_seeds(None, 3) != make_seeds(None, 3)


@pytest.mark.parametrize("random_state", [None, 0])
def test_seeds_leave_the_global_generators_alone(random_state):
    numpy_before = np.random.get_state(legacy=False)["state"]["key"].copy()
    torch_before = torch.get_rng_state()
    make_generator(make_seeds(random_state, 3)[0], "cpu")
    assert_array_equal(np.random.get_state(legacy=False)["state"]["key"], numpy_before)
    assert torch.equal(torch.get_rng_state(), torch_before)


def test_a_negative_seed_is_an_error():
    with pytest.raises(ValueError, match="random_state must not be negative, got -1"):
        make_seeds(-1, 3)


@pytest.mark.parametrize("random_state", ["zero", 0.5, [1, 2], np.random])
def test_another_kind_of_random_state_is_a_type_error(random_state):
    with pytest.raises(TypeError, match="random_state must be None"):
        make_seeds(random_state, 3)


def test_a_generator_repeats_its_numbers():
    draws = [torch.rand(3, generator=make_generator(5, "cpu")) for _ in range(2)]
    assert torch.equal(*draws)
