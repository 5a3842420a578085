"""Locations among the rows, in the features that tell them apart.

It knows points and rows. It does not know how a location was estimated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from robustgan.plots.drawing import (
    FittedScorer,
    add_legend,
    as_floats,
    label_feature,
    robust_scale,
    scatter_rows,
    take_axes,
    view,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LOCATIONS = MappingProxyType(
    {
        "robust location": {"marker": "*", "s": 130, "facecolors": "tab:blue", "zorder": 5},
        # Hollow and larger, as it is often at the same place.
        "coordinate median": {"marker": "^", "s": 300, "facecolors": "none", "zorder": 4},
        "mean": {"marker": "s", "s": 80, "facecolors": "white", "zorder": 4},
    }
)
_SPARE_MARKERS = ("D", "P", "v", "<", ">")


class LocationDisplay:
    """Locations among the rows: the robust one beside the mean and the coordinate median.

    Two features are drawn. With more, those in which the mean is farthest from the robust
    location, in robust scales; with one, against the number of the row.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        The rows.
    locations : dict of str to ndarray of shape (n_features,)
        What to mark, by name.
    is_outlier : ndarray of shape (n_samples,) or None, default=None
        Which rows are drawn as outlying.
    feature_names : sequence of str or None, default=None
        Labels of the axes; None takes ``x1``, ``x2``, ...
    features : tuple of int
        Indices of the features that are drawn, one or two.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn last.
    figure_ : matplotlib Figure
        The figure of ``ax_``.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from robustgan import CoordinateMedian, LocationDisplay
    >>> X = np.random.default_rng(0).normal(size=(100, 3))
    >>> X[:20, 1:] += 10.0
    >>> display = LocationDisplay.from_estimator(
    ...     CoordinateMedian().fit(X), X, ax=Figure().subplots()
    ... )
    >>> display.features
    (1, 2)
    """

    ax_: Axes
    figure_: Any

    def __init__(
        self,
        *,
        X: NDArray[np.float64],
        locations: Mapping[str, NDArray[np.float64]],
        features: tuple[int, ...],
        is_outlier: NDArray[np.bool_] | None = None,
        feature_names: Sequence[str] | None = None,
    ) -> None:
        self.X = X
        self.locations = locations
        self.features = features
        self.is_outlier = is_outlier
        self.feature_names = feature_names

    @classmethod
    def from_estimator(
        cls,
        estimator: FittedScorer,
        X: Any,
        *,
        feature_names: Sequence[str] | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Draw the location of an estimator beside the mean and the coordinate median.

        Parameters
        ----------
        estimator : fitted estimator
            With ``location_``, ``score_samples`` and ``offset_``.
        X : array-like of shape (n_samples, n_features)
            The rows.
        feature_names : sequence of str, default=None
            None takes ``feature_names_in_`` of the estimator, if it has them.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : LocationDisplay
        """
        values = as_floats(X)
        if feature_names is None:
            feature_names = getattr(estimator, "feature_names_in_", None)
        return cls.from_locations(
            values,
            {
                "mean": values.mean(axis=0),
                "coordinate median": np.median(values, axis=0),
                "robust location": estimator.location_,
            },
            is_outlier=estimator.score_samples(X) < estimator.offset_,
            feature_names=feature_names,
            ax=ax,
        )

    @classmethod
    def from_locations(
        cls,
        X: Any,
        locations: Mapping[str, NDArray[np.float64]],
        *,
        is_outlier: NDArray[np.bool_] | None = None,
        feature_names: Sequence[str] | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Draw any locations, for instance of several estimators.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.
        locations : dict of str to array-like of shape (n_features,)
            By name; the features drawn are those in which the first and the last differ most.
        is_outlier : ndarray of shape (n_samples,), default=None
            Which rows to draw as outlying.
        feature_names : sequence of str, default=None
            Labels of the axes.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : LocationDisplay
        """
        values = as_floats(X)
        arrays = {name: np.asarray(location, float) for name, location in locations.items()}
        display = cls(
            X=values,
            locations=arrays,
            features=_most_pulled(values, arrays),
            is_outlier=is_outlier,
            feature_names=feature_names,
        )
        return display.plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw the rows and the locations.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : LocationDisplay
        """
        self.ax_ = ax = take_axes(ax)
        self.figure_ = ax.figure
        x, y, labels = self._coordinates()
        is_outlier = np.zeros(len(x), np.bool_) if self.is_outlier is None else self.is_outlier
        scatter_rows(ax, x, y, is_outlier)
        for (name, location), style in zip(
            self.locations.items(), _styles(self.locations), strict=True
        ):
            point = location[list(self.features)]
            middle = (len(x) + 1) / 2
            at = (middle, point[0]) if len(point) == 1 else (point[0], point[1])
            ax.scatter(*at, label=name, edgecolors="black", linewidths=1.3, **style)
        ax.set(xlabel=labels[0], ylabel=labels[1], title="Locations")
        self._limit_view(ax, x, y)
        add_legend(ax)
        return self

    def _coordinates(self) -> tuple[NDArray[Any], NDArray[Any], tuple[str, str]]:
        """Where the rows are drawn, and the labels of the axes."""
        labels = [label_feature(j, self.feature_names) for j in self.features]
        columns = [self.X[:, j] for j in self.features]
        if len(columns) == 1:
            return np.arange(1, len(self.X) + 1), columns[0], ("row", labels[0])
        return columns[0], columns[1], (labels[0], labels[1])

    def _limit_view(self, ax: Axes, x: NDArray[Any], y: NDArray[Any]) -> None:
        """Leave rows out of sight that are too far for the rest to be seen."""
        is_hidden = np.zeros(len(x), np.bool_)
        marked = np.array(list(self.locations.values()))[:, list(self.features)]
        # With one feature, x counts the rows and shows them all.
        sides = {"x": x, "y": y} if len(self.features) == 2 else {"y": y}
        for (side, values), points in zip(sides.items(), marked.T, strict=True):
            low, high = view(values, points)
            is_far = (values < low) | (values > high)
            is_hidden |= is_far
            if is_far.any():
                ax.set(**{f"{side}lim": (low, high)})
        if is_hidden.any():
            ax.set_title(f"Locations ({int(is_hidden.sum())} rows lie outside the view)")


def _styles(locations: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Choose a marker for each location."""
    spare = (
        {"marker": marker, "s": 80, "facecolors": "0.8", "zorder": 4}
        for marker in _SPARE_MARKERS * len(locations)
    )
    return [_LOCATIONS[name] if name in _LOCATIONS else next(spare) for name in locations]


def _most_pulled(
    X: NDArray[np.float64], locations: Mapping[str, NDArray[np.float64]]
) -> tuple[int, ...]:
    """Choose up to two features, in which two locations differ most in robust scales."""
    points = list(locations.values())
    first, second = (points[0], points[-1])
    scale = np.array([robust_scale(column) for column in X.T])
    pull = np.abs(first - second) / scale
    return tuple(sorted(np.argsort(-pull, kind="stable")[:2].tolist()))
