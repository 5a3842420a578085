"""What the depths take: checked float64 tensors of samples, and a source of directions.

It knows the words of the errors. It does not know what is computed.
"""

from numbers import Integral

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from robustgan._bridge import make_generator, make_seeds, name_column

# What rounding may add to a matrix that is symmetric and has no negative eigenvalue.
_ASYMMETRY = 1e-8


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
    tensor = _read_numbers(name, values, device)
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
    _check_finite(name, tensor)
    return tensor


def read_centered(
    X: Tensor | ArrayLike,
    location: Tensor | ArrayLike | None,
    *,
    device: torch.device | None,
    min_samples: int,
) -> Tensor:
    """Check a sample and its centre and return the sample about it, in float64.

    Parameters
    ----------
    X : Tensor or array-like of shape (n_samples, n_features)
        Real and finite.
    location : Tensor or array-like of shape (n_features,) or None
        None leaves the sample where it is.
    device : torch.device or None
        Where arrays go, and where tensors must be.
    min_samples : int
        The fewest rows that will do.

    Returns
    -------
    centered : Tensor of shape (n_samples, n_features)

    Raises
    ------
    ValueError
        If a shape, the place or a value will not do, or a difference overflows.
    TypeError
        If there are no numbers.
    """
    sample = read_sample("X", X, device=device, min_samples=min_samples)
    if location is None:
        return sample
    point = _read_numbers("location", location, sample.device)
    if point.shape != sample.shape[1:]:
        raise ValueError(
            f"location must have the shape ({sample.shape[1]},) of a row of X, got "
            f"{tuple(point.shape)}."
        )
    _check_finite("location", point[None])
    centered = sample - point
    if not bool(torch.isfinite(centered).all()):
        raise ValueError("X must be near enough to location to subtract it, got an overflow.")
    return centered


def read_scatters(scatters: Tensor | ArrayLike, X: Tensor) -> Tensor:
    """Check matrices and return them in float64, symmetric to the last bit.

    Parameters
    ----------
    scatters : Tensor or array-like of shape (n_scatters, n_features, n_features)
        Real and finite.
    X : Tensor of shape (n_samples, n_features)
        The sample whose features they have, and whose device.

    Returns
    -------
    forms : Tensor of shape (n_scatters, n_features, n_features)

    Raises
    ------
    ValueError
        If the shape, the place or a value will not do, or a matrix is not symmetric or has a
        negative eigenvalue.
    TypeError
        If there are no numbers.
    """
    forms = _read_numbers("scatters", scatters, X.device)
    n_features = X.shape[1]
    if forms.ndim != 3 or forms.shape[1:] != (n_features, n_features):
        raise ValueError(
            f"scatters must have the shape (n_scatters, {n_features}, {n_features}) for the "
            f"{n_features} columns of X, got {tuple(forms.shape)}. Pass one matrix as "
            "scatter[None]."
        )
    _check_finite("scatters", forms.reshape(-1, n_features))
    # In units of each diagonal, where a matrix of any scale is compared with one.
    deviations = forms.diagonal(dim1=-2, dim2=-1).clamp(min=0.0).sqrt()
    units = torch.where(deviations > 0, deviations, 1.0)
    scaled = forms / units[:, :, None] / units[:, None]
    largest = scaled.abs().amax(dim=(-2, -1), keepdim=True).clamp(min=1e-300)
    if bool(((scaled - scaled.mT).abs() > _ASYMMETRY * largest).any()):
        raise ValueError("scatters must be symmetric, got one that is not. Pass (S + S.mT) / 2.")
    lowest = torch.linalg.eigvalsh(0.5 * scaled + 0.5 * scaled.mT).amin(dim=-1)
    if bool((lowest < -_ASYMMETRY * largest[:, 0, 0]).any()):
        raise ValueError(
            "scatters must be positive semi-definite, got an eigenvalue of "
            f"{float(lowest.min()):.3g} where the diagonal is scaled to 1."
        )
    return 0.5 * forms + 0.5 * forms.mT


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


def check_generator(rng: object) -> None:
    """Raise an error unless there is a generator, a seed or neither."""
    if isinstance(rng, torch.Generator):
        return
    if rng is not None and (not isinstance(rng, Integral) or isinstance(rng, bool)):
        raise TypeError(
            f"rng must be None, an integer or a torch.Generator, got {type(rng).__name__}. "
            "Pass a seed such as 0 for the same directions at every call."
        )
    if rng is not None and rng < 0:
        raise ValueError(f"rng must not be negative, got {rng}.")


def read_generator(rng: torch.Generator | int | None) -> torch.Generator:
    """Return the generator itself, or one from a seed, on the CPU."""
    check_generator(rng)
    if isinstance(rng, torch.Generator):
        return rng
    return make_generator(make_seeds(rng, 1)[0], "cpu")


def _read_numbers(name: str, values: Tensor | ArrayLike, device: torch.device | None) -> Tensor:
    """Return real numbers of any shape in float64, where they should be."""
    tensor = values if isinstance(values, Tensor) else _read_array(name, values, device)
    if tensor.is_complex():
        raise ValueError(f"{name} must be real, got {tensor.dtype}. Take its real part.")
    if device is not None and tensor.device != device:
        raise ValueError(
            f"{name} must be on the device of the other tensor, {device}, got {tensor.device}. "
            f"Move it with {name}.to({str(device)!r})."
        )
    return tensor.detach().to(torch.float64)


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
