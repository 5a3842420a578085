"""Values of a fit as JSON and arrays, and back: a list of classes, and no others, has a place.

Knows the classes that a fit is made of and how to take them apart. It does not know files, nor
what a fit means.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from robustgan._bridge import Streams
from robustgan.engine import History
from robustgan.estimators.archive import KINDS
from robustgan.estimators.coordinates import Coordinates
from robustgan.estimators.radial import GaussianRadialLaw, LearnedRadialLaw, StudentRadialLaw
from robustgan.networks import ACTIVATIONS, AveragedDiscriminator, Perceptron, Squash
from robustgan.objectives import OBJECTIVES

_RADIAL_LAWS = (GaussianRadialLaw, StudentRadialLaw, LearnedRadialLaw)
# Dataclasses, which their fields describe.
_RECORDS: Mapping[str, Any] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (Coordinates, History, *_RADIAL_LAWS, *OBJECTIVES.values())
        if dataclasses.is_dataclass(kind)
    }
)


class IndescribableError(Exception):
    """Says what a value holds that has no place in a file."""


def encode(value: Any, arrays: list[NDArray[Any]]) -> Any:
    """Describe a value by what JSON has.

    Parameters
    ----------
    value : object
        None, a truth value, number, text, list, tuple, dict, array, NumPy scalar, device, or of a
        class that this module lists.
    arrays : list of ndarray
        What JSON has no place for is appended.

    Returns
    -------
    node : object
        For `decode`.

    Raises
    ------
    IndescribableError
        If the value is of another class, or holds one; the message says which.
    """
    kind = type(value)
    if value is None or kind in (bool, int, str) or (kind is float and math.isfinite(value)):
        return value
    if kind is float:
        return {"kind": "float", "text": repr(value)}
    if kind is list:
        return [encode(item, arrays) for item in value]
    if kind is tuple:
        return {"kind": "tuple", "items": [encode(item, arrays) for item in value]}
    if kind is dict and all(type(key) is str for key in value):
        return {"kind": "dict", "items": {k: encode(v, arrays) for k, v in value.items()}}
    if isinstance(value, np.ndarray | np.generic):
        return _encode_array(value, arrays)
    if isinstance(value, torch.device):
        return str(value)
    if kind is AveragedDiscriminator:
        return _encode_discriminator(value, arrays)
    if _RECORDS.get(kind.__name__) is kind:
        fields = {f.name: encode(getattr(value, f.name), arrays) for f in dataclasses.fields(kind)}
        return {"kind": "record", "class": kind.__name__, "fields": fields}
    raise IndescribableError(f"a value of type {kind.__name__}")


def _encode_array(value: Any, arrays: list[NDArray[Any]]) -> dict[str, Any]:
    """Describe an array or a NumPy scalar; names are objects to scikit-learn."""
    array = np.asarray(value)
    if array.dtype == object and all(isinstance(item, str) for item in array.flat):
        return {"kind": "texts", "shape": list(array.shape), "items": [str(t) for t in array.flat]}
    if array.dtype.kind not in KINDS or isinstance(value, np.ma.MaskedArray):
        raise IndescribableError(f"a {type(value).__name__} of type {array.dtype}")
    arrays.append(array)
    kind = "array" if isinstance(value, np.ndarray) else "scalar"
    return {"kind": kind, "index": len(arrays) - 1}


def _encode_discriminator(
    discriminator: AveragedDiscriminator, arrays: list[NDArray[Any]]
) -> dict[str, Any]:
    """Describe a discriminator by its architecture and weights."""
    perceptrons = discriminator.perceptrons
    if type(perceptrons) is not Perceptron or type(discriminator.features) is not Squash:
        raise IndescribableError("a discriminator of another kind")
    return {
        "kind": "discriminator",
        "activation": perceptrons.activation,
        "widths": [int(width) for width in perceptrons.widths],
        "weights": _encode_array(perceptrons.weights.detach().cpu().numpy(), arrays),
    }


def decode(node: Any, arrays: Sequence[NDArray[Any]]) -> Any:
    """Make the value that `encode` has described.

    Parameters
    ----------
    node : object
        What JSON holds.
    arrays : sequence of ndarray
        What was appended.

    Returns
    -------
    value : object

    Raises
    ------
    ValueError, TypeError or LookupError
        If nothing is described so.
    """
    if isinstance(node, list):
        return [decode(item, arrays) for item in node]
    if not isinstance(node, dict):
        return node
    match node:
        case {"kind": "float", "text": str(text)}:
            return float(text)
        case {"kind": "tuple", "items": list(items)}:
            return tuple(decode(items, arrays))
        case {"kind": "dict", "items": dict(items)}:
            return decode_values(items, arrays)
        case {"kind": "array", "index": int(index)}:
            return arrays[index]
        case {"kind": "scalar", "index": int(index)}:
            return arrays[index][()]
        case {"kind": "texts", "shape": list(shape), "items": list(items)}:
            return np.array([str(item) for item in items], dtype=object).reshape(shape)
        case {"kind": "record", "class": str(name), "fields": dict(fields)}:
            return _RECORDS[name](**decode_values(fields, arrays))
        case {"kind": "discriminator"}:
            return _decode_discriminator(node, arrays)
    raise ValueError("its description has an entry that is not known")


def decode_values(nodes: dict[str, Any], arrays: Sequence[NDArray[Any]]) -> dict[str, Any]:
    """Make values that are described, by name."""
    return {name: decode(node, arrays) for name, node in nodes.items()}


def _decode_discriminator(
    node: dict[str, Any], arrays: Sequence[NDArray[Any]]
) -> AveragedDiscriminator:
    """Make a discriminator, if its weights are as many as its architecture has."""
    n_inputs, *hidden, n_outputs = [int(width) for width in node["widths"]]
    weights = decode(node["weights"], arrays)
    n_weights = sum((a + 1) * b for a, b in zip([n_inputs, *hidden], [*hidden, 1], strict=True))
    is_sound = n_outputs == 1 and min(n_inputs - 1, *hidden, 1) >= 1 and weights.ndim == 2
    # Before anything of these widths is made.
    if not is_sound or node["activation"] not in ACTIVATIONS or n_weights > weights.shape[1]:
        raise ValueError("its discriminator has weights that do not fit")
    # The start is thrown away.
    start = Perceptron(n_inputs, hidden, node["activation"], streams=Streams([0], "cpu"))
    if start.weights.shape[1] != weights.shape[1]:
        raise ValueError("its discriminator has weights that do not fit")
    return AveragedDiscriminator(Squash(n_inputs - 1), start.with_weights(torch.tensor(weights)))
