"""Fits in files: what comes back is what was saved, and what is damaged does not come back."""

import io
import json
import os
import pickle
import re
import stat
import zipfile

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError

import robustgan
from robustgan import (
    CoordinateMedian,
    GeometricMedian,
    JSGANMean,
    JSGANScatter,
    load_model,
    save_model,
)
from robustgan._bridge import archive
from robustgan.estimators.coordinates import Coordinates
from robustgan.estimators.description import IndescribableError, decode, encode
from robustgan.estimators.radial import GaussianRadialLaw, LearnedRadialLaw, StudentRadialLaw
from robustgan.estimators.saving import read_model
from robustgan.objectives import OBJECTIVES, BetaScore, OneSided

SHORT = {
    "hidden_units": (4,),
    "batch_size": 64,
    "max_iter": 3,
    "n_init": 1,
    "n_folds": 2,
    "n_refinements": 1,
    "random_state": 0,
}
pytestmark = [
    pytest.mark.usefixtures("short_judging"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
ESTIMATORS = {
    "mean": JSGANMean(**SHORT),
    "mean, identity": JSGANMean(**SHORT, covariance="identity"),
    "mean, full": JSGANMean(**SHORT, covariance="full"),
    "mean, deep": JSGANMean(**(SHORT | {"hidden_units": [5, 3], "activation": "tanh"})),
    "mean, objective": JSGANMean(**SHORT, objective=BetaScore(0.5, 0.25)),
    "mean, device": JSGANMean(**SHORT, device=torch.device("cpu")),
    "mean, parameters of NumPy": JSGANMean(**SHORT, tol=np.float32(0.25), betas=[0.5, 0.9]),
    "scatter": JSGANScatter(**SHORT),
    "scatter, student": JSGANScatter(**SHORT, family="student"),
    "scatter, elliptical": JSGANScatter(**SHORT, family="elliptical"),
    "scatter, no precision": JSGANScatter(**SHORT, store_precision=False),
    "scatter, factors": JSGANScatter(**SHORT, rank=1),
    "coordinate median": CoordinateMedian(contamination=0.1),
    "geometric median": GeometricMedian(),
}
every_estimator = pytest.mark.parametrize("name", ESTIMATORS)


@pytest.fixture(name="X", scope="module")
def sample():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(400, 3))
    rows[:80] += 4.0
    return rng.permutation(rows)


@pytest.fixture(name="file")
def model_file(tmp_path):
    return tmp_path / "fit.robustgan"


@pytest.fixture(name="saved")
def saved_median(X, file):
    """A file with a fit of few bytes."""
    save_model(CoordinateMedian().fit(X[:20]), file)
    return file


def round_trip(fitted, file):
    save_model(fitted, file)
    return load_model(file)


def assert_same(one, other):
    """Compare values of fits, whatever they are."""
    assert type(one) is type(other)
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        assert one.flags.f_contiguous == other.flags.f_contiguous
        assert_array_equal(one, other)
    elif isinstance(one, torch.nn.Module):
        assert one.perceptrons.widths == other.perceptrons.widths
        assert one.perceptrons.activation == other.perceptrons.activation
        assert one.perceptrons.weights.dtype == other.perceptrons.weights.dtype
        assert torch.equal(one.perceptrons.weights, other.perceptrons.weights)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key, value in one.items():
            assert_same(value, other[key])
    elif isinstance(one, list | tuple):
        for pair in zip(one, other, strict=True):
            assert_same(*pair)
    elif type(one).__module__.startswith("robustgan"):
        assert_same(vars(one), vars(other))
    else:
        assert one == other or (one != one and other != other)


def assert_scores_the_same_bits(loaded, fitted, X):
    assert_array_equal(loaded.score_samples(X), fitted.score_samples(X))
    assert_array_equal(loaded.decision_function(X), fitted.decision_function(X))
    assert_array_equal(loaded.predict(X), fitted.predict(X))


@every_estimator
def test_a_fit_comes_back_as_it_was(X, file, name):
    fitted = ESTIMATORS[name].fit(X)
    loaded = round_trip(fitted, file)
    assert type(loaded) is type(fitted)
    fitted.set_params(device=str(fitted.device))
    assert_same(loaded.get_params(), fitted.get_params())
    # In another order: parameters come first.
    assert_same(dict(sorted(vars(loaded).items())), dict(sorted(vars(fitted).items())))
    assert_scores_the_same_bits(loaded, fitted, X)


@pytest.mark.parametrize(
    "estimator",
    [JSGANMean(), JSGANScatter(), JSGANScatter(family="elliptical"), JSGANMean(covariance="full")],
    ids=["mean", "scatter", "elliptical", "mean, full"],
)
def test_what_stands_in_for_a_game_comes_back(X, file, estimator):
    fitted = estimator.fit(X[:60])
    loaded = round_trip(fitted, file)
    assert loaded.fallback_ == fitted.fallback_ is not None
    assert loaded.discriminator_ is None
    assert_scores_the_same_bits(loaded, fitted, X)


def test_a_law_without_a_second_moment_comes_back(file):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3)) / rng.normal(size=(400, 1))
    fitted = JSGANScatter(**SHORT, family="student", df=1.0).fit(X)
    loaded = round_trip(fitted, file)
    assert loaded.radial_ == fitted.radial_
    with pytest.raises(AttributeError, match="no second moment"):
        _ = loaded.covariance_
    assert_array_equal(loaded.sample(5, 0), fitted.sample(5, 0))


def test_a_loaded_fit_can_be_fitted_again(X, file):
    fitted = JSGANMean(**SHORT).fit(X)
    again = round_trip(fitted, file).fit(X)
    assert_array_equal(again.location_, fitted.location_)


def test_arrays_of_a_loaded_fit_can_be_written_to(X, file):
    round_trip(CoordinateMedian().fit(X), file).location_[:] = 0


def test_names_of_features_come_back(X, file):
    frame = pd.DataFrame(X, columns=["width", "größe", "x\ny"])
    fitted = CoordinateMedian().fit(frame)
    loaded = round_trip(fitted, file)
    assert_same(loaded.feature_names_in_, fitted.feature_names_in_)
    assert_scores_the_same_bits(loaded, fitted, frame)
    assert read_model(file).column_names == tuple(frame.columns)


def test_names_of_columns_are_kept_beside_the_fit(X, file):
    save_model(CoordinateMedian().fit(X), file, column_names=["a", "b", "c"])
    assert read_model(file).column_names == ("a", "b", "c")
    assert not hasattr(load_model(file), "feature_names_in_")


@pytest.mark.parametrize("names", [["a", "b"], ["a", "a", "b"]])
def test_names_of_columns_must_tell_them_apart(X, file, names):
    with pytest.raises(ValueError, match="column_names must be 3 different names"):
        save_model(CoordinateMedian().fit(X), file, column_names=names)
    assert not file.exists()


@pytest.mark.parametrize("path", [str, os.fspath, lambda path: path])
def test_a_path_may_be_of_any_kind(X, file, path):
    save_model(CoordinateMedian().fit(X), path(file))
    assert_array_equal(load_model(path(file)).location_, np.median(X, axis=0))


def test_the_same_fit_is_the_same_file(X, tmp_path):
    fitted = JSGANMean(**SHORT).fit(X)
    for name in ("a", "b"):
        save_model(fitted, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    save_model(load_model(tmp_path / "a"), tmp_path / "c")
    assert (tmp_path / "a").stat().st_size == (tmp_path / "c").stat().st_size


def test_the_file_is_an_archive_of_arrays_without_pickle(saved):
    with np.load(saved, allow_pickle=False) as arrays:
        kinds = [getattr(arrays[name], "dtype", None) for name in arrays.files]
    assert np.dtype(np.float64) in kinds
    assert np.dtype(object) not in kinds


VALUES = {
    "none": None,
    "numbers": [0, -1, 2**70, 0.1, -0.0, 1e-320],
    "not finite": [float("nan"), float("inf"), float("-inf")],
    "truth": [True, False, np.True_],
    "texts": ["", "größe", "a\0", "\ud800"],
    "nested": {"a": [(1, [2.0, ()]), {}], "kind": {"kind": "array"}},
    "scalars": (np.float32(0.1), np.int8(3), np.float64("nan")),
    "arrays": [np.arange(6).reshape(2, 3).T, np.empty((0, 3)), np.array(1.5), np.array(["ab"])],
    "bytes in another order": np.arange(3, dtype=">f8"),
    "objects that are texts": np.array(["a", "bc\0"], dtype=object),
    "coordinates": Coordinates(np.zeros(2), np.ones(2), None),
    "radial laws": (GaussianRadialLaw(3), StudentRadialLaw(3, 2.5)),
    "learned": LearnedRadialLaw(np.linspace(-2, 2, 17)),
    "objectives": [OneSided(sharpness=3.0), *(make() for make in OBJECTIVES.values())],
}


@pytest.mark.parametrize("name", VALUES)
def test_values_that_a_fit_may_hold_come_back(name):
    arrays = []
    node = json.loads(json.dumps(encode(VALUES[name], arrays)))
    arrays = [archive.array_from_bytes(archive.array_to_bytes(array)) for array in arrays]
    assert_same(decode(node, arrays), VALUES[name])


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1: 2},
        {2, 3},
        b"ab",
        np.array([1, "a"], dtype=object),
        np.ma.masked_array([1.0]),
        np.array(["2020"], dtype="datetime64[Y]"),
        torch.ones(2),
        int,
        print,
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_values_are_refused(value):
    with pytest.raises(IndescribableError):
        encode([value], [])


class Listener:
    """A callback of a user."""

    def on_epoch_end(self, state):
        return None


class OwnObjective(OneSided):
    """An objective of a user."""


@pytest.mark.parametrize(
    ("name", "value", "instead"),
    [
        ("callbacks", [Listener()], "callbacks=None"),
        ("random_state", np.random.default_rng(0), "random_state=None"),
        ("random_state", np.random.RandomState(0), "random_state=None"),
        ("objective", OwnObjective(), "objective='one_sided'"),
    ],
)
def test_a_parameter_that_cannot_be_described_is_named(X, file, name, value, instead):
    fitted = JSGANMean(**(SHORT | {name: value})).fit(X)
    with pytest.raises(ValueError, match=f"^{name} must be a plain value") as raised:
        save_model(fitted, file)
    assert f"set_params({instead})" in str(raised.value)
    assert not file.exists()
    key, default = instead.split("=")
    fitted.set_params(**{key: None if default == "None" else default.strip("'")})
    assert_scores_the_same_bits(round_trip(fitted, file), fitted, X)


def test_an_attribute_that_cannot_be_described_is_named(X, file):
    fitted = CoordinateMedian().fit(X)
    fitted.extra_ = {"a": Listener()}
    with pytest.raises(ValueError, match=r"extra_ must hold .* of type Listener\. .* del fit\.ext"):
        save_model(fitted, file)


def test_a_new_attribute_of_a_known_kind_is_saved(X, file):
    fitted = CoordinateMedian().fit(X)
    fitted.extra_ = {"law": StudentRadialLaw(3, 2.0), "x": np.arange(3)}
    assert_same(round_trip(fitted, file).extra_, fitted.extra_)


@pytest.mark.parametrize("estimator", [CoordinateMedian(), JSGANMean(), JSGANScatter()])
def test_what_is_not_fitted_is_not_saved(file, estimator):
    with pytest.raises(NotFittedError):
        save_model(estimator, file)
    assert not file.exists()


def test_other_classes_are_refused_by_name(X, file):
    class Mine(CoordinateMedian):
        pass

    class CoordinateMedian2(CoordinateMedian):
        pass

    CoordinateMedian2.__name__ = "CoordinateMedian"
    for kind in (Mine, CoordinateMedian2):
        with pytest.raises(TypeError, match="JSGANMean, JSGANScatter, CoordinateMedian"):
            save_model(kind().fit(X), file)


def test_a_file_is_replaced_only_by_a_whole_one(X, saved, monkeypatch):
    before = saved.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(archive.zipfile.ZipFile, "writestr", fail)
        with pytest.raises(OSError, match="No space"):
            save_model(CoordinateMedian().fit(X), saved)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]
    save_model(CoordinateMedian().fit(X), saved)
    assert saved.read_bytes() != before
    assert os.listdir(saved.parent) == [saved.name]


@pytest.mark.skipif(os.name == "nt", reason="no modes")
def test_a_file_has_the_mode_of_any_other(saved, tmp_path):
    (tmp_path / "other").write_text("")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (saved, tmp_path / "other")}
    assert len(modes) == 1


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege")
def test_a_link_is_followed(X, saved, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(saved)
    save_model(CoordinateMedian().fit(X), link)
    assert link.is_symlink()
    assert_array_equal(load_model(saved).location_, np.median(X, axis=0))


def refuse(path):
    """Load, and return the one line that says why not."""
    with pytest.raises(ValueError) as raised:
        load_model(path)
    message = str(raised.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


def test_a_file_that_is_cut_short_is_refused_at_every_length(saved):
    whole = saved.read_bytes()
    for length in {*range(0, len(whole), 97), *range(60), *range(len(whole) - 60, len(whole))}:
        saved.write_bytes(whole[:length])
        message = refuse(saved)
        assert "is damaged or cut short" in message or "not the whole of one" in message


def test_a_byte_that_is_changed_anywhere_does_no_harm(saved):
    whole = saved.read_bytes()
    location = load_model(saved).location_
    rng = np.random.default_rng(0)
    refused = []
    for place in rng.choice(len(whole), 200, replace=False):
        changed = bytearray(whole)
        changed[place] ^= int(rng.integers(1, 256))
        saved.write_bytes(changed)
        # Times and attributes of entries mean nothing: then the fit is the same.
        try:
            assert_array_equal(load_model(saved).location_, location)
        except ValueError as error:
            refused.append(str(error))
    assert len(refused) > 150
    assert all(message.startswith(str(saved)) for message in refused)


def rewrite(path, change, *, sign=False, compression=zipfile.ZIP_STORED):
    """Write the file again with other entries, with or without their checksum."""
    with zipfile.ZipFile(path) as zipped:
        entries = {name: zipped.read(name) for name in zipped.namelist()}
    change(entries)
    if sign:
        del entries["sha256.txt"]
        entries["sha256.txt"] = archive._checksum(entries).encode()
    with zipfile.ZipFile(path, "w", compression) as zipped:
        for name, data in entries.items():
            zipped.writestr(name, data)


def change_array(entries):
    name = next(name for name in entries if name.endswith(".npy"))
    entries[name] = entries[name][:-1] + bytes([entries[name][-1] ^ 1])


def change_description(**values):
    def change(entries):
        described = json.loads(entries["robustgan.json"])
        described.update(values)
        entries["robustgan.json"] = json.dumps(described).encode()

    return change


def change_attribute(name, node):
    def change(entries):
        described = json.loads(entries["robustgan.json"])
        described["attributes"][name] = node
        entries["robustgan.json"] = json.dumps(described).encode()

    return change


@pytest.mark.parametrize(
    "change",
    [
        change_array,
        change_attribute("offset_", -1.0),
        change_description(column_names=["a", "b", "c"]),
        lambda entries: entries.pop("0.npy"),
        lambda entries: entries.update({"extra": b""}),
    ],
)
def test_a_file_that_was_tampered_with_is_refused(saved, change):
    rewrite(saved, change)
    assert "its checksum is wrong" in refuse(saved)


def test_a_file_without_a_checksum_is_refused(saved):
    rewrite(saved, lambda entries: entries.pop("sha256.txt"))
    assert "is damaged" in refuse(saved)


def test_a_newer_format_asks_for_an_upgrade(saved):
    rewrite(saved, change_description(format=2, robustgan="9.1.0"))
    message = refuse(saved)
    assert "was written by robustgan 9.1.0" in message
    assert f"robustgan {robustgan.__version__} cannot read it (format 2" in message
    assert "Upgrade robustgan" in message


@pytest.mark.parametrize(
    "change",
    [
        change_description(**{"class": "MinCovDet"}),
        change_description(parameters={"speed": 3}),
        change_description(attributes={}),
        change_description(attributes=[]),
        change_attribute("x_", {"kind": "pickle"}),
        change_attribute("x_", {"kind": "array", "index": 99}),
        change_attribute("x_", {"kind": "record", "class": "Popen", "fields": {"args": "ls"}}),
        change_attribute("x_", {"kind": "record", "class": "Coordinates", "fields": {"a": 1}}),
        change_attribute("x_", {"kind": "texts", "shape": [10**12], "items": []}),
    ],
)
def test_what_this_version_does_not_know_asks_for_an_upgrade(saved, change):
    rewrite(saved, change, sign=True)
    assert "Upgrade robustgan" in refuse(saved)


@pytest.mark.parametrize("widths", [[4, 10**9, 1], [10**12, 1], [4, 0, 1], [4, 4, 2], [4], "x"])
def test_a_discriminator_of_absurd_widths_is_never_made(X, file, widths):
    save_model(JSGANMean(**SHORT).fit(X), file)

    def change(entries):
        described = json.loads(entries["robustgan.json"])
        described["attributes"]["discriminator_"]["widths"] = widths
        entries["robustgan.json"] = json.dumps(described).encode()

    rewrite(file, change, sign=True)
    assert "cannot read it" in refuse(file)


class Bomb:
    """Leaves a trace if it is unpickled."""

    def __reduce__(self):
        return (open, ("exploded", "w"))


def objects(entries):
    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    entries["0.npy"] = buffer.getvalue()


def absurd(entries):
    header = entries["0.npy"]
    shape = re.search(rb"'shape': \((\d+),\), \}\s+", header)
    larger = b"'shape': (1000000000000,), }".ljust(len(shape[0]) - 1) + b"\n"
    entries["0.npy"] = header.replace(shape[0], larger)


@pytest.mark.parametrize("change", [objects, absurd])
def test_pickles_and_absurd_sizes_are_refused_even_if_signed(saved, change, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rewrite(saved, change, sign=True)
    assert "array of another size or type" in refuse(saved)
    assert not (tmp_path / "exploded").exists()


def test_a_compressed_file_is_refused_as_it_may_be_of_any_size(saved):
    rewrite(saved, lambda entries: None, compression=zipfile.ZIP_DEFLATED)
    assert "larger than it is" in refuse(saved)


def test_foreign_files_are_refused(saved, tmp_path, X, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("a.npz", X=X)
    (tmp_path / "b").write_bytes(pickle.dumps(Bomb()))
    (tmp_path / "c").write_text("a,b\n1,2\n")
    with zipfile.ZipFile("d", "w") as zipped:
        zipped.writestr("robustgan.json", "[]")
    assert "is not a model of robustgan" in refuse("a.npz")
    assert "is not a model of robustgan" in refuse("b")
    assert "save_model or 'robustgan fit --save'" in refuse("c")
    assert "is damaged" in refuse("d")
    assert not (tmp_path / "exploded").exists()


def test_deep_nesting_is_refused(saved):
    deep = "[" * 100_000 + "]" * 100_000
    rewrite(saved, lambda entries: entries.update({"robustgan.json": deep.encode()}))
    refuse(saved)


def test_a_file_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "absent")
