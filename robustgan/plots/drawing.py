"""What all displays share: axes, marks for rows, the legend.

It knows matplotlib, and imports it only when something is drawn.
"""

from __future__ import annotations

import importlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Shapes, edges and shades that a grey print keeps apart.
_INLIER = MappingProxyType({"marker": "o", "facecolors": "none", "edgecolors": "0.55"})
_OUTLIER = MappingProxyType({"marker": "x", "c": "tab:red"})


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


def scatter_rows(ax: Axes, x: NDArray[Any], y: NDArray[Any], is_outlier: NDArray[np.bool_]) -> None:
    """Draw inliers as rings and outliers as crosses, smaller the more there are.

    Parameters
    ----------
    ax : matplotlib Axes
    x, y : ndarray of shape (n_samples,)
        Where the rows are drawn.
    is_outlier : ndarray of shape (n_samples,)
    """
    size = float(np.clip(20_000 / len(x), 4, 26))
    kinds = ((~is_outlier, "inliers", _INLIER), (is_outlier, "outliers", _OUTLIER))
    for rows, name, style in kinds:
        if rows.any():
            # Vector formats would hold every one of many thousand markers.
            options: dict[str, Any] = {**style, "s": size, "linewidths": 0.9, "rasterized": True}
            ax.scatter(x[rows], y[rows], label=f"{name} ({int(rows.sum())})", **options)


def add_legend(ax: Axes) -> None:
    """Put the legend where it covers nothing: below the axes.

    Parameters
    ----------
    ax : matplotlib Axes
        With labels on what is drawn.
    """
    legend = ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, frameon=False)
    for handle in legend.legend_handles:
        # The markers of many rows are too small to tell apart.
        if handle is not None and hasattr(handle, "set_sizes"):
            handle.set_sizes([50])
