"""The only crossing between NumPy and torch: validation, device and dtype.

Everything a user hands over enters here once, as one checked copy on the device, and every
fitted array leaves here once, as float64 NumPy on the CPU. This room knows scikit-learn's
rules of validation. It does not know what is estimated.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data
from torch import Tensor

_NUMPY_DTYPES = {torch.float32: np.float32, torch.float64: np.float64}
_RESHAPE = (
    "Reshape your data either using X.reshape(-1, 1) if your data has a single feature or "
    "X.reshape(1, -1) if it contains a single sample."
)


def to_tensor(
    estimator: BaseEstimator,
    X: object,
    *,
    device: str | torch.device,
    reset: bool,
    dtype: torch.dtype = torch.float64,
    min_samples: int = 1,
    allow_nd: bool = False,
) -> Tensor:
    """Validate ``X`` by scikit-learn's rules and copy it once to the device.

    Parameters
    ----------
    estimator : BaseEstimator
        Whose ``n_features_in_`` and ``feature_names_in_`` are set or checked, and whose name
        appears in the messages.
    X : array-like, dataframe or Tensor of shape (n_samples, n_features)
        The data: real, numeric and finite. Never changed, nor aliased by what is returned.
    device : str or torch.device
        Where the copy goes; see :func:`resolve_device`. With ``'auto'`` a tensor stays where
        it is.
    reset : bool
        Whether this is a fit, which sets the number and names of the features, or a later
        call, which is checked against them.
    dtype : torch.dtype, default=torch.float64
        ``torch.float64`` or ``torch.float32``.
    min_samples : int, default=1
        The fewest rows that will do.
    allow_nd : bool, default=False
        Whether rows may have several axes, as images do.

    Returns
    -------
    X : Tensor of shape (n_samples, n_features), or (n_samples, n_features, ...)
        A copy of type ``dtype`` on the device, contiguous, without gradient.

    Raises
    ------
    ValueError
        If ``X`` is not two-dimensional, holds text, complex, missing or infinite values, has
        too few rows, no features, or not the features seen in ``fit``; or if the device is
        unknown or absent.
    TypeError
        If ``X`` is sparse or holds objects that are no numbers.
    """
    target = resolve_device(device, X)
    if isinstance(X, Tensor):
        _check_tensor(estimator, X, reset=reset, min_samples=min_samples, allow_nd=allow_nd)
        tensor = X.detach().to(target, dtype, copy=True, memory_format=torch.contiguous_format)
    else:
        array = _validate_array(
            estimator, X, reset=reset, min_samples=min_samples, allow_nd=allow_nd
        )
        # An owned, writable copy: torch warns about read-only memory and refuses negative
        # strides. What overflows float32 becomes infinite and is reported below.
        with np.errstate(over="ignore"):
            owned = np.array(array, dtype=_NUMPY_DTYPES[dtype], order="C")
        tensor = torch.from_numpy(owned).to(target)
    _check_finite(tensor, getattr(estimator, "feature_names_in_", None))
    return tensor


def to_array(tensor: Tensor) -> NDArray[np.float64]:
    """Copy a tensor back to the host.

    Parameters
    ----------
    tensor : Tensor of shape (...)
        On any device, of any real type, with or without gradient.

    Returns
    -------
    array : ndarray of shape (...)
        The same values in float64; shares no memory with ``tensor``.
    """
    host = tensor.detach().to("cpu", torch.float64)
    return np.array(host.numpy(), dtype=np.float64, order="C")


def to_tensor_like(values: NDArray[np.float64] | float, X: Tensor) -> Tensor:
    """Copy a fitted array to the device and dtype of a tensor.

    Parameters
    ----------
    values : ndarray of shape (...) or float
        A fitted attribute, on the host.
    X : Tensor
        Decides device and dtype.

    Returns
    -------
    tensor : Tensor of shape (...)
        A copy of ``values`` that can be combined with ``X``.
    """
    return torch.tensor(values, dtype=X.dtype, device=X.device)


def resolve_device(device: str | torch.device, X: object = None) -> torch.device:
    """Turn the parameter ``device`` of an estimator into a device that is there.

    Parameters
    ----------
    device : str or torch.device
        ``'auto'`` takes the device of ``X`` if ``X`` is a tensor, else the current CUDA
        device if there is one, else the CPU. Otherwise ``'cpu'``, ``'cuda'``, ``'cuda:1'``,
        ... or a ``torch.device``.
    X : object, default=None
        The data about to be moved; matters for ``'auto'`` only.

    Returns
    -------
    device : torch.device
        ``cpu``, or ``cuda`` with its index.

    Raises
    ------
    ValueError
        If the device is unknown or absent.
    TypeError
        If ``device`` is neither a string nor a ``torch.device``.
    """
    if isinstance(device, str) and device == "auto":
        default = "cuda" if torch.cuda.is_available() else "cpu"
        device = X.device if isinstance(X, Tensor) else torch.device(default)
    if not isinstance(device, (str, torch.device)):
        raise TypeError(f"device must be a string or a torch.device, got {type(device).__name__}.")
    try:
        parsed = torch.device(device)
    except RuntimeError:
        raise _device_error(device) from None
    return _require_available(parsed, device)


def name_column(index: int, feature_names: Sequence[str] | NDArray[np.object_] | None) -> str:
    """Name a column in a message: ``"column 2"`` or, where known, ``"column 2 ('age')"``."""
    if feature_names is None or index >= len(feature_names):
        return f"column {index}"
    return f"column {index} ({str(feature_names[index])!r})"


def _validate_array(
    estimator: BaseEstimator, X: object, *, reset: bool, min_samples: int, allow_nd: bool
) -> NDArray[np.floating]:
    """Let scikit-learn validate what is not a tensor; finiteness is checked later."""
    try:
        array: NDArray[np.floating] = validate_data(
            estimator,
            X,
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_all_finite=False,
            ensure_min_samples=min_samples,
            allow_nd=allow_nd,
        )
    except (TypeError, ValueError) as error:
        problem = _find_non_number(X, getattr(estimator, "feature_names_in_", None))
        if problem is None:
            raise
        kind = ValueError if isinstance(error, ValueError) else TypeError
        raise kind(
            f"X must hold real numbers only, got {problem} ({str(error).splitlines()[0]}). "
            "Drop that column or encode it as numbers, for instance with "
            "sklearn.preprocessing.OneHotEncoder."
        ) from error
    return array


def _find_non_number(X: object, feature_names: NDArray[np.object_] | None) -> str | None:
    """Describe the first cell that is text or another object, None if that is not it."""
    try:
        cells = np.asarray(X, dtype=object)
    except (TypeError, ValueError):
        return None
    if cells.ndim != 2:
        return None
    for (row, column), cell in np.ndenumerate(cells):
        try:
            # None is a missing value to scikit-learn, not a wrong kind.
            float(np.nan if cell is None else cell)
        except (TypeError, ValueError):
            return f"{cell!r} in {name_column(column, feature_names)}, row {row}"
    return None


def _check_tensor(
    estimator: BaseEstimator, X: Tensor, *, reset: bool, min_samples: int, allow_nd: bool
) -> None:
    """Hold a tensor to the rules of scikit-learn's ``check_array``, in its words."""
    if X.layout is not torch.strided:
        raise TypeError(
            "Sparse data was passed for X, but dense data is required. "
            "Use '.to_dense()' to convert to a dense tensor."
        )
    if X.is_complex():
        raise ValueError(f"Complex data not supported: X must be real, got {X.dtype}.")
    if X.ndim < 2:
        found = "scalar" if X.ndim == 0 else "1D"
        raise ValueError(
            f"Expected 2D array, got {found} array instead: a tensor of shape "
            f"{tuple(X.shape)}. {_RESHAPE}"
        )
    context = f"required by {type(estimator).__name__}."
    if X.ndim > 2 and not allow_nd:
        raise ValueError(f"Found array with dim {X.ndim}, while dim <= 2 is {context}")
    for count, least, unit in ((len(X), min_samples, "sample"), (X.shape[1], 1, "feature")):
        if count < least:
            raise ValueError(
                f"Found array with {count} {unit}(s) (shape={tuple(X.shape)}) while a "
                f"minimum of {least} is {context}"
            )
    # Sets or checks the number of features, and deletes names from an earlier fit.
    validate_data(estimator, X, reset=reset, skip_check_array=True)


def _check_finite(X: Tensor, feature_names: NDArray[np.object_] | None) -> None:
    """Raise an error that names the first value of ``X`` that is missing or infinite."""
    if bool(torch.isfinite(X).all()):
        return
    is_missing = torch.isnan(X)
    problem, offending = "NaN", is_missing
    if not bool(is_missing.any()):
        dtype = str(X.dtype).removeprefix("torch.")
        problem, offending = f"infinity or a value too large for {dtype}", torch.isinf(X)
    cells = offending.nonzero()
    row, column = cells[0, :2].tolist()
    raise ValueError(
        f"Input X contains {problem}, but every value must be finite: the first of "
        f"{len(cells)} such values is in {name_column(column, feature_names)}, row {row} "
        "(both counted from 0). Drop those rows or columns, or impute the values, for "
        "instance with sklearn.impute.SimpleImputer."
    )


def _require_available(device: torch.device, asked: str | torch.device) -> torch.device:
    """Return the device with its index if this machine has it and it can do float64."""
    if device.type == "cpu":
        return torch.device("cpu")
    if device.type != "cuda" or not torch.cuda.is_available():
        raise _device_error(asked)
    index = torch.cuda.current_device() if device.index is None else device.index
    if index >= torch.cuda.device_count():
        raise _device_error(asked)
    return torch.device("cuda", index)


def _device_error(device: str | torch.device) -> ValueError:
    """Say which devices there are."""
    available = ["auto", "cpu"]
    if torch.cuda.is_available():
        available += ["cuda", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
    return ValueError(
        f"device must be one of those available, {', '.join(map(repr, available))}, "
        f"got {str(device)!r}."
    )
