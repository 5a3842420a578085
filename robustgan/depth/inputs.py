"""What the depths take: checked float64 tensors of samples, and a source of directions.

It knows the words of the errors. It does not know what is computed.
"""

from numbers import Integral

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from robustgan._bridge import make_generator, make_seeds, name_column


def read_sample(
    name: str, values: Tensor | ArrayLike, *, device: torch.device | None, min_samples: int
) -> Tensor:
    """Check a sample and return it in float64.

    Parameters
    ----------
    name : str
        Of the parameter, for the messages.
    values : Tensor or array-like of shape (n_samples, n_features)
        Real and finite.
    device : torch.device or None
        Where an array goes, and where a tensor must be.
    min_samples : int
        The fewest rows that will do.

    Returns
    -------
    sample : Tensor of shape (n_samples, n_features)
        May share memory with ``values``.

    Raises
    ------
    ValueError
        If the shape, the place or a value will not do.
    TypeError
        If ``values`` holds no numbers.
    """
    tensor = values if isinstance(values, Tensor) else _read_array(name, values, device)
    if tensor.is_complex():
        raise ValueError(f"{name} must be real, got {tensor.dtype}. Take its real part.")
    if tensor.ndim != 2:
        raise ValueError(
            f"{name} must have two dimensions, (n_samples, n_features), got shape "
            f"{tuple(tensor.shape)}. Reshape a single feature with reshape(-1, 1) and a single "
            "sample with reshape(1, -1)."
        )
    if len(tensor) < min_samples:
        raise ValueError(f"{name} must have at least {min_samples} row, got {len(tensor)}.")
    if tensor.shape[1] < 1:
        raise ValueError(f"{name} must have at least 1 column, got 0.")
    if device is not None and tensor.device != device:
        raise ValueError(
            f"{name} must be on the device of the other tensor, {device}, got {tensor.device}. "
            f"Move it with {name}.to({str(device)!r})."
        )
    sample = tensor.detach().to(torch.float64)
    _check_finite(name, sample)
    return sample


def check_features_agree(points: Tensor, X: Tensor) -> None:
    """Raise an error unless the points live in the space of the sample."""
    if points.shape[1] != X.shape[1]:
        raise ValueError(
            f"points must have the {X.shape[1]} columns of X, got {points.shape[1]}. "
            "Pass one point as points.reshape(1, -1)."
        )


def check_count(name: str, value: object) -> int:
    """Return a positive integer or raise an error that names it."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, got {value!r}.")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}.")
    return int(value)


def read_generator(rng: torch.Generator | int | None) -> torch.Generator:
    """Return the generator itself, or one from a seed, on the CPU."""
    if isinstance(rng, torch.Generator):
        return rng
    if rng is not None and (not isinstance(rng, Integral) or isinstance(rng, bool)):
        raise TypeError(
            f"rng must be None, an integer or a torch.Generator, got {type(rng).__name__}. "
            "Pass a seed such as 0 for the same directions at every call."
        )
    if rng is not None and rng < 0:
        raise ValueError(f"rng must not be negative, got {rng}.")
    return make_generator(make_seeds(rng, 1)[0], "cpu")


def _read_array(name: str, values: ArrayLike, device: torch.device | None) -> Tensor:
    """Copy what is not a tensor to one."""
    try:
        array = np.asarray(values)
        if np.iscomplexobj(array):
            raise ValueError(f"{name} must be real, got {array.dtype}. Take its real part.")
        if array.dtype.kind not in "biuf":
            array = np.asarray(values, dtype=object).astype(np.float64)
    except (TypeError, ValueError) as error:
        if str(error).startswith(name):
            raise
        raise TypeError(
            f"{name} must hold real numbers in rows of one length, got what NumPy cannot "
            f"convert ({error}). Drop or encode the columns that are no numbers."
        ) from error
    # torch refuses read-only memory and negative strides.
    return torch.from_numpy(np.array(array, dtype=np.float64, order="C")).to(device)


def _check_finite(name: str, sample: Tensor) -> None:
    """Raise an error that names the first value that is missing or infinite."""
    is_finite = torch.isfinite(sample)
    if bool(is_finite.all()):
        return
    row, column = (~is_finite).nonzero()[0].tolist()
    raise ValueError(
        f"{name} must be finite, got {float(sample[row, column])} in "
        f"{name_column(column, None)}, row {row} (both counted from 0). Drop such rows or impute "
        "the values, for instance with sklearn.impute.SimpleImputer."
    )
