"""Values of a fit as JSON and arrays, and back: a list of classes, and no others, has a place.

Knows the classes that a fit is made of and how to take them apart. It does not know files, nor
what a fit means.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch
from numpy.typing import NDArray

from robustgan._bridge import Streams, description
from robustgan._bridge.description import IndescribableError
from robustgan.engine import History
from robustgan.estimators.coordinates import Coordinates
from robustgan.estimators.radial import GaussianRadialLaw, LearnedRadialLaw, StudentRadialLaw
from robustgan.networks import ACTIVATIONS, AveragedDiscriminator, Perceptron, Squash
from robustgan.objectives import OBJECTIVES

__all__ = ["IndescribableError", "decode", "decode_values", "encode"]

_RADIAL_LAWS = (GaussianRadialLaw, StudentRadialLaw, LearnedRadialLaw)
# Dataclasses, which their fields describe.
_RECORDS: Mapping[str, Any] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (Coordinates, History, *_RADIAL_LAWS, *OBJECTIVES.values())
        if dataclasses.is_dataclass(kind)
    }
)


def encode(value: Any, arrays: list[NDArray[Any]]) -> Any:
    """Describe a value by what JSON has.

    Parameters
    ----------
    value : object
        What `robustgan._bridge.description.encode` takes, or of a class that this module lists.
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
    return description.encode(value, arrays, _encode_other)


def _encode_other(value: Any, arrays: list[NDArray[Any]]) -> Any:
    """Describe what is not plain."""
    kind = type(value)
    if kind is AveragedDiscriminator:
        return _encode_discriminator(value, arrays)
    if _RECORDS.get(kind.__name__) is kind:
        fields = {f.name: encode(getattr(value, f.name), arrays) for f in dataclasses.fields(kind)}
        return {"kind": "record", "class": kind.__name__, "fields": fields}
    raise IndescribableError(f"a value of type {kind.__name__}")


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
        "weights": encode(perceptrons.weights.detach().cpu().numpy(), arrays),
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
    return description.decode(node, arrays, _decode_other)


def decode_values(nodes: dict[str, Any], arrays: Sequence[NDArray[Any]]) -> dict[str, Any]:
    """Make values that are described, by name."""
    return {name: decode(node, arrays) for name, node in nodes.items()}


def _decode_other(node: dict[str, Any], arrays: Sequence[NDArray[Any]]) -> Any:
    """Make what is not plain."""
    match node:
        case {"kind": "record", "class": str(name), "fields": dict(fields)}:
            return _RECORDS[name](**decode_values(fields, arrays))
        case {"kind": "discriminator"}:
            return _decode_discriminator(node, arrays)
    raise ValueError("its description has an entry that is not known")


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
