"""Contours of halfspace depth over two features.

It asks for depths and draws them. It does not know how they are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from robustgan.plots.drawing import (
    add_legend,
    as_floats,
    ask,
    check_count,
    label_feature,
    take_axes,
    view,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
# Shares of the deepest point's depth at which contours are drawn by default.
_SHARES = (0.05, 0.25, 0.5, 0.75)


class DepthContourDisplay:
    """Contours of halfspace depth over two features, with the deepest point.

    Parameters
    ----------
    X : ndarray of shape (n_samples, 2)
        The rows, in the two features.
    x, y : ndarray of shape (n_grid,)
        Where the depth is known, along each feature.
    depth : ndarray of shape (n_grid, n_grid)
        The depth at each ``(y, x)``, in [0, 1].
    location : ndarray of shape (2,)
        The point to mark.
    location_name : str, default='deepest point'
        In the legend.
    levels : sequence of float or None, default=None
        Depths of the contours, in (0, 1), increasing; None takes four shares of the largest.
    labels : tuple of str, default=('x1', 'x2')
        Of the axes.

    Attributes
    ----------
    contours_ : matplotlib QuadContourSet
        As drawn last.
    ax_ : matplotlib Axes
        Where it was drawn last.
    figure_ : matplotlib Figure
        The figure of ``ax_``.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from robustgan import DepthContourDisplay
    >>> X = np.random.default_rng(0).normal(size=(60, 2))
    >>> display = DepthContourDisplay.from_data(X, n_grid=20, ax=Figure().subplots())
    >>> display.depth.shape
    (20, 20)
    """

    contours_: Any
    ax_: Axes
    figure_: Any

    def __init__(
        self,
        *,
        X: Array,
        x: Array,
        y: Array,
        depth: Array,
        location: Array,
        location_name: str = "deepest point",
        levels: Sequence[float] | None = None,
        labels: tuple[str, str] = ("x1", "x2"),
    ) -> None:
        self.X = X
        self.x = x
        self.y = y
        self.depth = depth
        self.location = location
        self.location_name = location_name
        self.levels = levels
        self.labels = labels

    @classmethod
    def from_data(
        cls,
        X: Any,
        *,
        features: tuple[int, int] = (0, 1),
        feature_names: Sequence[str] | None = None,
        levels: Sequence[float] | None = None,
        n_grid: int = 50,
        ax: Axes | None = None,
    ) -> Self:
        """Compute and draw the depth over two features, and their deepest point.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows, of two features at least.
        features : tuple of two int, default=(0, 1)
            Which features, counted from zero.
        feature_names : sequence of str, default=None
            Of all features.
        levels : sequence of float, default=None
            Depths of the contours, in (0, 1), increasing.
        n_grid : int, default=50
            Points along each feature at which the depth is computed, at least 2.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : DepthContourDisplay

        Raises
        ------
        ValueError
            If there are not two different features, or a parameter is out of range.
        TypeError
            If a parameter is of a wrong kind.
        """
        from robustgan.depth import deepest_point

        rows, labels = _take_features(X, features, feature_names)
        point = np.asarray(deepest_point(rows))
        x, y, depth = _depth_over(rows, point, n_grid)
        display = cls(X=rows, x=x, y=y, depth=depth, location=point, levels=levels, labels=labels)
        return display.plot(ax=ax)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        features: tuple[int, int] = (0, 1),
        feature_names: Sequence[str] | None = None,
        levels: Sequence[float] | None = None,
        n_grid: int = 50,
        ax: Axes | None = None,
    ) -> Self:
        """Draw the depth over two features, and where an estimator has its location.

        The depth is that with respect to ``X`` in the two features alone. With two features in all,
        the location of a `TukeyMedian` that was fitted to ``X`` is the deepest point; with more,
        the deepest in all of them need not be in two.

        Parameters
        ----------
        estimator : fitted estimator
            With ``location_``.
        X : array-like of shape (n_samples, n_features)
            The rows, of two features at least.
        features : tuple of two int, default=(0, 1)
            Which features, counted from zero.
        feature_names : sequence of str, default=None
            None takes ``feature_names_in_`` of the estimator, if it has them.
        levels : sequence of float, default=None
            Depths of the contours, in (0, 1), increasing.
        n_grid : int, default=50
            Points along each feature at which the depth is computed, at least 2.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : DepthContourDisplay

        Raises
        ------
        ValueError
            If there are not two different features, or a parameter is out of range.
        TypeError
            If a parameter is of a wrong kind, or the estimator has no location.
        """
        location = ask(estimator, "location_", "from_data needs no estimator.")
        if feature_names is None:
            feature_names = getattr(estimator, "feature_names_in_", None)
        rows, labels = _take_features(X, features, feature_names)
        point = np.asarray(location, np.float64)[list(features)]
        x, y, depth = _depth_over(rows, point, n_grid)
        display = cls(
            X=rows,
            x=x,
            y=y,
            depth=depth,
            location=point,
            location_name=type(estimator).__name__,
            levels=levels,
            labels=labels,
        )
        return display.plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw rows, contours and the point.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : DepthContourDisplay

        Raises
        ------
        ValueError
            If ``depth`` is not of the shape of the grid, or ``levels`` do not increase.
        """
        levels = self._levels()
        self.ax_ = ax = take_axes(ax)
        self.figure_ = ax.figure
        low, high = (np.array([self.x[i], self.y[i]]) for i in (0, -1))
        is_hidden = np.less(self.X, low) | np.greater(self.X, high)
        ax.scatter(
            self.X[:, 0],
            self.X[:, 1],
            s=12,
            facecolors="none",
            edgecolors="0.6",
            linewidths=0.9,
            label="rows",
        )
        self.contours_ = ax.contour(self.x, self.y, self.depth, levels, colors="tab:blue")
        ax.clabel(self.contours_, fmt="%.2g", fontsize="small", colors="black")
        ax.plot([], [], color="tab:blue", label="contours of halfspace depth")
        ax.scatter(
            self.location[0],
            self.location[1],
            marker="*",
            s=160,
            color="tab:red",
            edgecolors="black",
            zorder=4,
            label=self.location_name,
        )
        n_hidden = int(is_hidden.any(axis=1).sum())
        outside = f" ({n_hidden} rows lie outside the view)" if n_hidden else ""
        ax.set(xlabel=self.labels[0], ylabel=self.labels[1], title=f"Halfspace depth{outside}")
        ax.set(xlim=(self.x[0], self.x[-1]), ylim=(self.y[0], self.y[-1]))
        add_legend(ax)
        return self

    def _levels(self) -> Array:
        """Return depths of the contours, after everything was checked."""
        shape = (len(self.y), len(self.x))
        if np.shape(self.depth) != shape:
            raise ValueError(f"depth must have shape {shape}, got {np.shape(self.depth)}.")
        if self.levels is None:
            return np.asarray(_SHARES) * float(self.depth.max() or 1.0)
        levels = np.asarray(self.levels, np.float64)
        is_inside = bool(levels.size and levels.min() > 0 and levels.max() < 1)
        if levels.ndim != 1 or not is_inside or (np.diff(levels) <= 0).any():
            raise ValueError(f"levels must increase and lie in (0, 1), got {self.levels!r}.")
        return levels


def _take_features(
    X: Any, features: tuple[int, int], feature_names: Sequence[str] | None
) -> tuple[Array, tuple[str, str]]:
    """Take two columns and their names."""
    values = as_floats(X)
    if values.ndim != 2 or values.shape[1] < 2:
        raise ValueError(f"X must have two features at least, got shape {values.shape}.")
    pair = tuple(features)
    if len(pair) != 2 or len(set(pair)) != 2 or not set(pair) <= set(range(values.shape[1])):
        rule = f"features must be two different integers in [0, {values.shape[1]})"
        raise ValueError(f"{rule}, got {features!r}.")
    first, second = (label_feature(j, feature_names) for j in pair)
    return values[:, list(pair)], (first, second)


def _depth_over(rows: Array, point: Array, n_grid: int) -> tuple[Array, Array, Array]:
    """Compute the depth on a grid that shows the bulk of the rows and a point."""
    from robustgan.depth import halfspace_depth

    check_count("n_grid", n_grid)
    if n_grid < 2:
        raise ValueError(f"n_grid must be at least 2, got {n_grid}.")
    axes = []
    for values, own in zip(rows.T, point, strict=True):
        low, high = view(values, own[None])
        margin = 0.05 * float(np.ptp(values)) or 1.0
        low, high = max(low, values.min() - margin), min(high, values.max() + margin)
        axes.append(np.linspace(min(low, own), max(high, own), n_grid))
    x, y = axes
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    depth = np.asarray(halfspace_depth(grid, rows)).reshape(n_grid, n_grid)
    return x, y, depth
