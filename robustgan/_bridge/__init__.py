"""The only crossing between NumPy and torch: validation, device, dtype and random state."""

from robustgan._bridge.streams import Streams, make_generator, make_seeds
from robustgan._bridge.tensors import (
    name_column,
    resolve_device,
    to_array,
    to_tensor,
    to_tensor_like,
)

__all__ = [
    "Streams",
    "make_generator",
    "make_seeds",
    "name_column",
    "resolve_device",
    "to_array",
    "to_tensor",
    "to_tensor_like",
]
