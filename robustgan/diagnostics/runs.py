"""Many fits, side by side: cloned, seeded, and with the reason where one fails.

It knows an estimator by ``fit`` and what it leaves behind. It does not know what the fits are for.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Integral
from typing import Any, TypeVar

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from sklearn.base import clone

Array = NDArray[np.float64]
T = TypeVar("T")


@dataclass(frozen=True)
class Fit:
    """What one fit says.

    Attributes
    ----------
    location : ndarray of shape (n_features,) or None
        None if the fit failed.
    covariance : ndarray of shape (n_features, n_features) or None
        None if it was not asked for, or the fit failed.
    reason : str or None
        Why the fit failed; None if it did not.
    """

    location: Array | None
    covariance: Array | None = None
    reason: str | None = None


def fit_rows(estimator: Any, X: Array, seed: int, *, with_covariance: bool = False) -> Fit:
    """Fit a copy of an estimator.

    Parameters
    ----------
    estimator : estimator
        With ``fit`` and, after it, ``location_``.
    X : ndarray of shape (n_samples, n_features)
    seed : int
        For every ``random_state`` of the copy that is not an integer already.
    with_covariance : bool, default=False
        Whether ``covariance_`` is wanted, too.

    Returns
    -------
    fit : Fit
        An error of ``fit`` is its reason; so is an estimate that is not finite.

    Raises
    ------
    TypeError
        If there is no ``location_``, or ``covariance_``, after the fit.
    ValueError
        If they are of a wrong shape.
    """
    copy = clone(estimator, safe=False)
    _give_seed(copy, seed)
    # What an estimator warns of is what it is asked to show.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            copy.fit(X)
        except Exception as error:
            return Fit(None, reason=f"{type(error).__name__}: {error}")
    n_features = X.shape[1]
    location = _read(copy, "location_", (n_features,))
    covariance = _read(copy, "covariance_", (n_features,) * 2) if with_covariance else None
    for name, value in (("location_", location), ("covariance_", covariance)):
        if value is not None and not np.isfinite(value).all():
            return Fit(None, reason=f"{name} is not finite")
    return Fit(location, covariance)


def run(
    calls: Sequence[tuple[Any, ...]],
    function: Callable[..., T],
    *,
    n_jobs: int | None,
    verbose: int,
    title: str,
) -> list[T]:
    """Call a function on many arguments, in any number of processes.

    Parameters
    ----------
    calls : sequence of tuple
        Arguments.
    function : callable
        Whose result depends on its arguments only.
    n_jobs : int or None
        See ``joblib.Parallel``.
    verbose : int
        Above 0, show a bar on standard error.
    title : str
        Of the bar.

    Returns
    -------
    results : list
        In the order of the calls.
    """
    parallel = Parallel(n_jobs=n_jobs, return_as="generator")
    results = parallel(delayed(function)(*call) for call in calls)
    with _shown(len(calls), title, verbose) as watch:
        return list(watch(results))


def require_clean_fits(fits: Iterable[Fit]) -> None:
    """Raise ValueError unless all fits to clean rows succeeded."""
    fits = list(fits)
    reasons = [fit.reason for fit in fits if fit.reason is not None]
    if reasons:
        raise ValueError(
            f"estimator must fit clean rows, got {len(reasons)} failures in {len(fits)} samples, "
            f"the first: {reasons[0]}"
        )


def as_text(reasons: Iterable[str | None]) -> NDArray[np.object_]:
    """Collect reasons, empty where there is none."""
    return np.array([reason or "" for reason in reasons], dtype=object)


def _give_seed(estimator: Any, seed: int) -> None:
    """Fix all that is random in a copy; an integer is the user's wish and stays."""
    if not hasattr(estimator, "get_params"):
        return
    for name, value in estimator.get_params(deep=True).items():
        is_seed = name == "random_state" or name.endswith("__random_state")
        if is_seed and not isinstance(value, Integral):
            estimator.set_params(**{name: seed % 2**32})


def _read(estimator: Any, name: str, shape: tuple[int, ...]) -> Array:
    """Return a fitted array, or raise."""
    kind = type(estimator).__name__
    if not hasattr(estimator, name):
        raise TypeError(f"estimator must have {name} after fit, got a {kind} without.")
    value = np.asarray(getattr(estimator, name), dtype=np.float64)
    if value.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {value.shape} of a {kind}.")
    return value


@contextmanager
def _shown(total: int, title: str, verbose: int) -> Iterator[Callable[[Iterable[T]], Iterable[T]]]:
    """Show a bar on standard error while results arrive, if that is wanted."""
    if not verbose:
        yield lambda results: results
        return
    with Progress(console=Console(stderr=True)) as bar:
        yield lambda results: bar.track(results, total=total, description=title)
