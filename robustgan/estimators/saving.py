"""Fits in files: one zip of arrays and a description in JSON; to read one runs nothing in it.

Knows the estimators and what is in a file. The checksum tells damage, not forgery: who writes a
file decides what is in it, but that can only be numbers, texts and the classes of `description`.
"""

import inspect
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

import robustgan
from robustgan._bridge.archive import (
    MALFORMED,
    array_from_bytes,
    array_to_bytes,
    begins_with,
    check_entries,
    read_entries,
    write_entries,
)
from robustgan.estimators.description import IndescribableError, decode_values, encode
from robustgan.estimators.jsgan import JSGANMean, JSGANScatter
from robustgan.estimators.medians import CoordinateMedian, GeometricMedian
from robustgan.estimators.tukey import TukeyMedian

FORMAT = 1
_ESTIMATORS: Mapping[str, Any] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (JSGANMean, JSGANScatter, CoordinateMedian, GeometricMedian, TukeyMedian)
    }
)
# The first entry, by which a file begins.
_DESCRIPTION = "robustgan.json"


@dataclass(frozen=True)
class SavedModel:
    """What a file holds.

    Attributes
    ----------
    estimator : estimator
        As it was saved.
    column_names : tuple of str or None
        Names of the columns, where they are known, even if the estimator saw an array.
    """

    estimator: Any
    column_names: tuple[str, ...] | None


def save_model(
    estimator: BaseEstimator,
    path: str | os.PathLike[str],
    *,
    column_names: Sequence[str] | None = None,
) -> None:
    """Write a fitted estimator to a file, whole or not at all.

    The file is a zip of NumPy arrays and a description in JSON, without pickle, so that it can be
    read by other versions and need not be trusted. A file that exists is replaced.

    Parameters
    ----------
    estimator : estimator
        A fitted `JSGANMean`, `JSGANScatter`, `CoordinateMedian`, `GeometricMedian` or
        `TukeyMedian`.
    path : str or path-like
        Where to; ``.robustgan`` is a good ending.
    column_names : sequence of str of length n_features, default=None
        Names of the columns, for the command line, which finds columns by them. None takes
        ``feature_names_in_``, if there is one.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError
        If it is none of these.
    ValueError
        If a parameter or attribute cannot be described, such as a callback; the message names it.

    See Also
    --------
    load_model : Reads the file.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from robustgan import CoordinateMedian, load_model, save_model
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> fit = CoordinateMedian().fit(X)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(fit, f"{folder}/fit.robustgan")
    ...     loaded = load_model(f"{folder}/fit.robustgan")
    >>> bool((loaded.score_samples(X) == fit.score_samples(X)).all())
    True
    """
    name = type(estimator).__name__
    if _ESTIMATORS.get(name) is not type(estimator):
        raise TypeError(f"estimator must be one of {', '.join(_ESTIMATORS)}, got {name}.")
    check_is_fitted(estimator, "offset_")
    arrays: list[NDArray[Any]] = []
    parameters = estimator.get_params(deep=False)
    attributes = {key: v for key, v in vars(estimator).items() if key not in parameters}
    description = {
        "format": FORMAT,
        "robustgan": robustgan.__version__,
        "class": name,
        "parameters": {
            k: _encode_parameter(estimator, k, v, arrays) for k, v in parameters.items()
        },
        "attributes": {k: _encode_attribute(k, v, arrays) for k, v in attributes.items()},
        "column_names": _check_names(estimator, column_names),
    }
    entries = {_DESCRIPTION: json.dumps(description, allow_nan=False).encode("ascii")}
    entries |= {f"{i}.npy": array_to_bytes(array) for i, array in enumerate(arrays)}
    write_entries(Path(path).resolve(), entries)


def load_model(path: str | os.PathLike[str]) -> Any:
    """Read an estimator that `save_model` has written.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    estimator : estimator
        Of the class, with the parameters and the fitted attributes that were saved: on the CPU it
        scores and predicts the same bits.

    Raises
    ------
    ValueError
        If the file is something else, is damaged, or needs a newer version of robustgan.
    OSError
        If it cannot be read.

    See Also
    --------
    save_model : Writes the file, and has an example.
    """
    return read_model(path).estimator


def read_model(path: str | os.PathLike[str]) -> SavedModel:
    """Read an estimator and the names of its columns.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    model : SavedModel

    Raises
    ------
    ValueError, OSError
        As `load_model`.
    """
    with open(path, "rb") as file:
        if not begins_with(file, _DESCRIPTION):
            raise ValueError(
                f"{path} is not a model of robustgan, or not the whole of one. Name a file that "
                "save_model or 'robustgan fit --save' has written."
            )
        try:
            entries = read_entries(file)
            description = json.loads(entries[_DESCRIPTION])
            version = str(description["robustgan"])[:20]
            is_known = description["format"] == FORMAT
            if is_known:
                check_entries(entries)
        except MALFORMED as error:
            raise ValueError(
                f"{path} is damaged or cut short ({_reason(error)}). Copy it again from where it "
                "was written, or save the model again."
            ) from error
    try:
        if not is_known:
            raise ValueError(f"format {description['format']!r}, which is not {FORMAT}")
        return _rebuild(description, entries)
    except MALFORMED as error:
        raise ValueError(
            f"{path} was written by robustgan {version} and robustgan {robustgan.__version__} "
            f"cannot read it ({_reason(error)}). Upgrade robustgan, or save the model again."
        ) from error


def _reason(error: BaseException) -> str:
    """Return what an error says, in one line and not too much of it."""
    return (" ".join(str(error).split()) or type(error).__name__)[:200]


def _check_names(estimator: Any, names: Sequence[str] | None) -> list[str] | None:
    """Return the names of the columns as a list."""
    if names is None:
        names = list(getattr(estimator, "feature_names_in_", ()))
        # Without names, or where some are the same, columns are known by position.
        if not names or len(set(names)) < len(names):
            return None
    listed, n_features = [str(name) for name in names], estimator.n_features_in_
    if len(set(listed)) != len(listed) or len(listed) != n_features:
        raise ValueError(
            f"column_names must be {n_features} different names, one a feature, got {listed}."
        )
    return listed


def _encode_parameter(
    estimator: Any, name: str, value: object, arrays: list[NDArray[Any]]
) -> object:
    """Describe a parameter, or say how to do without it."""
    try:
        return encode(value, arrays)
    except IndescribableError as error:
        default = inspect.signature(type(estimator)).parameters[name].default
        raise ValueError(
            f"{name} must be a plain value to be saved, got {error}. Call "
            f"set_params({name}={default!r}) before saving: the fit stays as it is."
        ) from error


def _encode_attribute(name: str, value: object, arrays: list[NDArray[Any]]) -> object:
    """Describe a fitted attribute, or say that it cannot be."""
    try:
        return encode(value, arrays)
    except IndescribableError as error:
        advice = "set_callbacks()" if name.startswith("_skl_callbacks") else f"del fit.{name}"
        raise ValueError(
            f"{name} must hold numbers, texts, arrays and classes of robustgan to be saved, got "
            f"{error}. Remove it before saving: {advice}."
        ) from error


def _rebuild(description: dict[str, Any], entries: dict[str, bytes]) -> SavedModel:
    """Make what was saved, once it is known to be whole."""
    arrays = [array_from_bytes(entries[f"{i}.npy"]) for i in range(len(entries) - 1)]
    parameters = decode_values(description["parameters"], arrays)
    estimator = _ESTIMATORS[description["class"]](**parameters)
    vars(estimator).update(decode_values(description["attributes"], arrays))
    check_is_fitted(estimator, "offset_")
    names = description["column_names"]
    return SavedModel(estimator, None if names is None else tuple(map(str, names)))
