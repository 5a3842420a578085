"""What all displays share: axes, marks for rows, limits of the view, names, the legend.

It knows matplotlib, and imports it only when something is drawn.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from numbers import Integral
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Shapes, edges and shades that a grey print keeps apart.
_INLIER = MappingProxyType({"marker": "o", "facecolors": "none", "edgecolors": "0.55"})
_OUTLIER = MappingProxyType({"marker": "x", "c": "tab:red"})
# Robust scales around the median that are always shown; rows beyond are counted instead.
_VIEW = 25.0


class FittedScorer(Protocol):
    """What a picture needs of a fitted estimator."""

    location_: NDArray[np.float64]
    offset_: float

    def score_samples(self, X: Any) -> NDArray[np.float64]:
        """Score the rows; higher is more normal."""


def require_matplotlib() -> None:
    """Raise unless matplotlib is there.

    Raises
    ------
    ImportError
        With what to install.
    """
    try:
        importlib.import_module("matplotlib")
    except ImportError as error:
        raise ImportError("Pictures need matplotlib: pip install 'robustgan[plot]'.") from error


def take_axes(ax: Axes | None) -> Axes:
    """Take the axes given, or make some.

    Parameters
    ----------
    ax : matplotlib Axes or None

    Returns
    -------
    ax : matplotlib Axes
        Of a new figure of pyplot, if none were given.
    """
    require_matplotlib()
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(layout="constrained")[1]


def as_floats(X: Any) -> NDArray[np.float64]:
    """Copy to the host as float64; tensors know the way themselves.

    Parameters
    ----------
    X : array-like, dataframe or Tensor of shape (n_samples, n_features)

    Returns
    -------
    values : ndarray of shape (n_samples, n_features)
    """
    return np.asarray(X.detach().cpu() if hasattr(X, "detach") else X, dtype=np.float64)


def ask(estimator: object, name: str, way_out: str) -> Any:
    """Return an attribute of a fitted estimator, or say that it has none.

    Parameters
    ----------
    estimator : object
    name : str
        Of the attribute or method.
    way_out : str
        A sentence for those whose estimator is of another kind.

    Returns
    -------
    value : object

    Raises
    ------
    NotFittedError
        If the estimator has not been fitted.
    TypeError
        If it is fitted and has nothing of that name.
    """
    if hasattr(estimator, name):
        return getattr(estimator, name)
    if hasattr(estimator, "fit"):
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(estimator)
    kind = type(estimator).__name__
    raise TypeError(f"estimator must have {name}, got a {kind} without. {way_out}")


def check_count(name: str, value: object) -> None:
    """Raise an error unless a count is an integer and at least one.

    Parameters
    ----------
    name : str
        Of the parameter.
    value : object

    Raises
    ------
    ValueError
        If it is too small.
    TypeError
        If it is no integer.
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, got {value!r}.")
    if int(value) < 1:
        raise ValueError(f"{name} must be at least 1, got {value}.")


def label_feature(index: int, feature_names: Sequence[str] | None) -> str:
    """Name a feature; ``x1`` is the first where names are not known."""
    return f"x{index + 1}" if feature_names is None else str(feature_names[index])


def robust_scale(values: NDArray[np.float64]) -> float:
    """Scale a column by its MAD, or, where most values tie, by their spread."""
    deviations = np.abs(values - np.median(values))
    return float(1.4826 * np.median(deviations) or deviations.mean() or 1.0)


def view(values: NDArray[Any], points: NDArray[np.float64]) -> tuple[float, float]:
    """Limits of an axis that show the bulk of the values and all points that are marked.

    Parameters
    ----------
    values : ndarray of shape (n_samples,)
    points : ndarray of shape (n_points,)

    Returns
    -------
    low, high : float
    """
    reach = _VIEW * robust_scale(values)
    middle = float(np.median(values))
    low, high = min(middle - reach, points.min()), max(middle + reach, points.max())
    return float(low - 0.05 * (high - low)), float(high + 0.05 * (high - low))


def scatter_rows(
    ax: Axes,
    x: NDArray[Any],
    y: NDArray[Any],
    is_outlier: NDArray[np.bool_],
    *,
    names: tuple[str, str] = ("inliers", "outliers"),
) -> None:
    """Draw inliers as rings and outliers as crosses, smaller the more there are.

    Parameters
    ----------
    ax : matplotlib Axes
    x, y : ndarray of shape (n_samples,)
        Where the rows are drawn.
    is_outlier : ndarray of shape (n_samples,)
    names : tuple of str, default=('inliers', 'outliers')
        In the legend.
    """
    size = float(np.clip(20_000 / len(x), 4, 26))
    kinds = ((~is_outlier, names[0], _INLIER), (is_outlier, names[1], _OUTLIER))
    for rows, name, style in kinds:
        if rows.any():
            # Vector formats would hold every one of many thousand markers.
            options: dict[str, Any] = {**style, "s": size, "linewidths": 0.9, "rasterized": True}
            ax.scatter(x[rows], y[rows], label=f"{name} ({int(rows.sum())})", **options)


def add_legend(ax: Axes) -> None:
    """Put the legend where it covers nothing: below the axes and the label of x.

    Parameters
    ----------
    ax : matplotlib Axes
        With labels on what is drawn.
    """
    from matplotlib.transforms import ScaledTranslation

    # In inches, as ticks and labels are of the same size below axes of any height.
    n_lines = 1 + ax.get_xlabel().count("\n")
    depth = (24.0 + 1.3 * n_lines * float(ax.xaxis.label.get_fontsize())) / 72
    below = ax.transAxes + ScaledTranslation(0, -depth, ax.figure.dpi_scale_trans)
    legend = ax.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        bbox_transform=below,
        borderaxespad=0,
        ncols=2,
        frameon=False,
    )
    for handle in legend.legend_handles:
        # The markers of many rows are too small to tell apart.
        if handle is not None and hasattr(handle, "set_sizes"):
            handle.set_sizes([50])
