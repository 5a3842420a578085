"""Generative models in files without pickle: parameters, units, history and weights.

Knows what a fitted model consists of, and no model in particular.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from robustgan._bridge import Streams, description
from robustgan._bridge.description import IndescribableError
from robustgan._bridge.files import read_values, write_values
from robustgan.engine import History
from robustgan.generative.units import Units
from robustgan.objectives import (
    GAME_OBJECTIVES,
    Clustering,
    GradientPenalty,
    ImageMoves,
    LabelSmoothing,
    ZeroGradientPenalty,
)

if TYPE_CHECKING:
    from robustgan.generative.base import GenerativeModel

Model = TypeVar("Model", bound="GenerativeModel")

# Dataclasses, which their fields describe.
_RECORDS: Mapping[str, Any] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            *(History, Units, GradientPenalty, ZeroGradientPenalty, LabelSmoothing),
            *(Clustering, ImageMoves),
            *GAME_OBJECTIVES.values(),
        )
    }
)


def write_model(model: GenerativeModel, path: Path) -> None:
    """Write a fitted model to a file, whole or not at all."""
    plain, left_out = {}, []
    for name, value in model.get_params(deep=False).items():
        try:
            description.encode(value, [], _encode_record)
        except IndescribableError:
            left_out.append(name)
        else:
            plain[name] = value
    networks = {
        name.removesuffix("_"): network
        for name, network in vars(model).items()
        if name.endswith("_") and isinstance(network, nn.Module)
    }
    also = getattr(model, "_also_saved", ())
    fitted = {
        name: value
        for name, value in vars(model).items()
        if (name.endswith("_") or name in also) and not isinstance(value, nn.Module)
    }
    weights = {
        name: {key: tensor.cpu().numpy() for key, tensor in network.state_dict().items()}
        for name, network in networks.items()
    }
    values = {
        "class": type(model).__name__,
        "parameters": plain,
        "left_out": left_out,
        "fitted": fitted,
        "weights": weights,
    }
    write_values(path, "model", values, _encode_record)


def read_model(kind: type[Model], path: Path, given: Mapping[str, object]) -> Model:
    """Read a model of a class; ``given`` are parameters that the file cannot hold."""
    values = read_values(path, "model", _decode_record)
    if values["class"] != kind.__name__:
        raise ValueError(f"{path} must hold a {kind.__name__}, got a {values['class']}.")
    # Callbacks are listeners, which a fitted model can do without.
    missing = sorted({*values["left_out"]} - {*given} - {"callbacks", "random_state"})
    if missing:
        listed = ", ".join(f"{name}=..." for name in missing)
        raise ValueError(
            f"{path} must be loaded with {' and '.join(missing)}, which it cannot hold, got "
            f"nothing. Call {kind.__name__}.load(path, {listed})."
        )
    model = kind(**{**values["parameters"], **given})
    for name, value in values["fitted"].items():
        setattr(model, name, value)
    n_replicas = len(model.history_.n_iter)
    # The start is thrown away.
    networks = model.build_networks(Streams([0] * n_replicas, "cpu"))
    for name, network in networks.items():
        _set_weights(network, values["weights"][name], name)
    model._keep(networks)
    return model


def _set_weights(network: nn.Module, weights: Mapping[str, NDArray[Any]], name: str) -> None:
    """Give a network the weights that were saved, if they are for this architecture."""
    own = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    saved = {key: array.shape for key, array in weights.items()}
    if own != saved:
        key = next(key for key in sorted({*own, *saved}) if own.get(key) != saved.get(key))
        raise ValueError(
            f"{name} must have the saved architecture, with {key} of shape {saved.get(key)}, got "
            f"{own.get(key)}."
        )
    network.load_state_dict({k: torch.from_numpy(np.asarray(v)) for k, v in weights.items()})


def _encode_record(value: Any, arrays: list[NDArray[Any]]) -> Any:
    """Describe a dataclass of this package by its fields."""
    kind = type(value)
    if _RECORDS.get(kind.__name__) is not kind:
        raise IndescribableError(f"a value of type {kind.__name__}")
    fields = {
        f.name: description.encode(getattr(value, f.name), arrays, _encode_record)
        for f in dataclasses.fields(kind)
    }
    return {"kind": "record", "class": kind.__name__, "fields": fields}


def _decode_record(node: dict[str, Any], arrays: Sequence[NDArray[Any]]) -> Any:
    """Make a dataclass of this package."""
    match node:
        case {"kind": "record", "class": str(name), "fields": dict(fields)}:
            made = {k: description.decode(v, arrays, _decode_record) for k, v in fields.items()}
            return _RECORDS[name](**made)
    raise ValueError("its description has an entry that is not known")
