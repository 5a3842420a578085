"""Plain values as JSON and arrays, and back; other classes by whoever knows them.

Knows numbers, texts, arrays and what holds them. It does not know files, nor what a value means.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from robustgan._bridge.archive import KINDS

Encoder: TypeAlias = Callable[[Any, list[NDArray[Any]]], Any]
Decoder: TypeAlias = Callable[[dict[str, Any], Sequence[NDArray[Any]]], Any]


class IndescribableError(Exception):
    """Says what a value holds that has no place in a file."""


def encode(value: Any, arrays: list[NDArray[Any]], other: Encoder | None = None) -> Any:
    """Describe a value by what JSON has.

    Parameters
    ----------
    value : object
        None, a truth value, number, text, list, tuple, dict, array, NumPy scalar, device, or what
        ``other`` can describe.
    arrays : list of ndarray
        What JSON has no place for is appended.
    other : callable, optional
        Describes values of further classes.

    Returns
    -------
    node : object
        For `decode`.

    Raises
    ------
    IndescribableError
        If the value is of another class, or holds one; the message says which.
    """

    def inner(item: Any) -> Any:
        return encode(item, arrays, other)

    kind = type(value)
    if value is None or kind in (bool, int, str) or (kind is float and math.isfinite(value)):
        return value
    if kind is float:
        return {"kind": "float", "text": repr(value)}
    if kind is list:
        return [inner(item) for item in value]
    if kind is tuple:
        return {"kind": "tuple", "items": [inner(item) for item in value]}
    if kind is dict and all(type(key) is str for key in value):
        return {"kind": "dict", "items": {key: inner(item) for key, item in value.items()}}
    if isinstance(value, np.ndarray | np.generic):
        return _encode_array(value, arrays)
    if isinstance(value, torch.device):
        return str(value)
    if other is not None:
        return other(value, arrays)
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


def decode(node: Any, arrays: Sequence[NDArray[Any]], other: Decoder | None = None) -> Any:
    """Make the value that `encode` has described.

    Parameters
    ----------
    node : object
        What JSON holds.
    arrays : sequence of ndarray
        What was appended.
    other : callable, optional
        Makes values of further classes.

    Returns
    -------
    value : object

    Raises
    ------
    ValueError, TypeError or LookupError
        If nothing is described so.
    """
    if isinstance(node, list):
        return [decode(item, arrays, other) for item in node]
    if not isinstance(node, dict):
        return node
    match node:
        case {"kind": "float", "text": str(text)}:
            return float(text)
        case {"kind": "tuple", "items": list(items)}:
            return tuple(decode(items, arrays, other))
        case {"kind": "dict", "items": dict(items)}:
            return {key: decode(item, arrays, other) for key, item in items.items()}
        case {"kind": "array", "index": int(index)}:
            return arrays[index]
        case {"kind": "scalar", "index": int(index)}:
            return arrays[index][()]
        case {"kind": "texts", "shape": list(shape), "items": list(items)}:
            return np.array([str(item) for item in items], dtype=object).reshape(shape)
    if other is not None:
        return other(node, arrays)
    raise ValueError("its description has an entry that is not known")
