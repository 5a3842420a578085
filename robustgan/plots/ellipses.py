"""Tolerance ellipses of two features among the rows, robust beside classical.

It knows rows, locations and matrices. It does not know how these were estimated.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from robustgan.plots.drawing import (
    add_legend,
    as_floats,
    label_feature,
    scatter_rows,
    take_axes,
    view,
)
from robustgan.plots.laws import Law, classical_law, robust_law

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CURVE = MappingProxyType({"color": "tab:blue", "linestyle": "-", "linewidth": 2.2})
_CLASSICAL_CURVE = MappingProxyType({"color": "black", "linestyle": "--", "linewidth": 1.5})
_CENTER = MappingProxyType({"marker": "*", "s": 130, "facecolors": "tab:blue"})
_CLASSICAL_CENTER = MappingProxyType({"marker": "s", "s": 70, "facecolors": "white"})
# The classical ellipse may be of any size: by this share of the rest it widens the view at most.
_CLASSICAL_REACH = 0.25


class ToleranceEllipseDisplay:
    """Tolerance ellipses of two features: the robust one beside the classical one.

    Each would hold ``level`` of the rows if these were normal with its location and covariance.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        The rows, two at least.
    location : ndarray of shape (n_features,)
        Of the robust ellipse, in the units of ``X``.
    covariance : ndarray of shape (n_features, n_features)
        Of the robust ellipse.
    name : str, default='robust covariance'
        What the legend calls the robust ellipse.
    is_outlier : ndarray of shape (n_samples,) or None, default=None
        Which rows are drawn as outlying.
    features : tuple of two int or str, default=(0, 1)
        Which features are drawn, by index or by name.
    feature_names : sequence of str or None, default=None
        Of all features; None takes ``x1``, ``x2``, ... as labels.
    level : float, default=0.975
        Share of the rows in an ellipse, in (0, 1).

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
    >>> from robustgan import CoordinateMedian, ToleranceEllipseDisplay
    >>> X = np.random.default_rng(0).normal(size=(100, 3))
    >>> X[:20, 1:] += 6.0
    >>> display = ToleranceEllipseDisplay.from_estimator(
    ...     CoordinateMedian().fit(X), X, features=(1, 2), ax=Figure().subplots()
    ... )
    >>> display.ax_.get_xlabel(), display.ax_.get_ylabel()
    ('x2', 'x3')
    """

    ax_: Axes
    figure_: Any

    def __init__(
        self,
        *,
        X: NDArray[np.float64],
        location: NDArray[np.float64],
        covariance: NDArray[np.float64],
        name: str = "robust covariance",
        is_outlier: NDArray[np.bool_] | None = None,
        features: tuple[int | str, int | str] = (0, 1),
        feature_names: Sequence[str] | None = None,
        level: float = 0.975,
    ) -> None:
        self.X = X
        self.location = location
        self.covariance = covariance
        self.name = name
        self.is_outlier = is_outlier
        self.features = features
        self.feature_names = feature_names
        self.level = level

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        features: tuple[int | str, int | str] = (0, 1),
        feature_names: Sequence[str] | None = None,
        level: float = 0.975,
        ax: Axes | None = None,
    ) -> Self:
        """Draw the ellipse of an estimator beside that of mean and sample covariance.

        Parameters
        ----------
        estimator : fitted estimator
            With ``predict``, ``location_`` and one of ``covariance_``, ``scatter_`` and
            ``scale_``; the first that is there counts. The ellipse of scales is parallel to the
            axes.
        X : array-like of shape (n_samples, n_features)
            The rows, two at least.
        features : tuple of two int or str, default=(0, 1)
            Which features to draw, by index or by name.
        feature_names : sequence of str, default=None
            None takes ``feature_names_in_`` of the estimator, if it has them.
        level : float, default=0.975
            Share of normal rows in an ellipse, in (0, 1).
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : ToleranceEllipseDisplay

        Raises
        ------
        ValueError
            If ``features`` are not two different features, ``level`` is out of range, or ``X``
            has fewer than two rows.
        TypeError
            If the estimator has no location or no scatter.
        """
        law = robust_law(estimator)
        if feature_names is None:
            feature_names = getattr(estimator, "feature_names_in_", None)
        display = cls(
            X=as_floats(X),
            location=law.location,
            covariance=law.covariance,
            name=law.name,
            is_outlier=estimator.predict(X) == -1,
            features=features,
            feature_names=feature_names,
            level=level,
        )
        return display.plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw the rows and both ellipses.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : ToleranceEllipseDisplay

        Raises
        ------
        ValueError
            If ``features`` are not two different features, ``level`` is out of range, or ``X``
            has fewer than two rows.
        """
        if not 0 < self.level < 1:
            raise ValueError(f"level must lie in (0, 1), got {self.level}.")
        pair = _find_pair(self.features, self.X.shape[1], self.feature_names)
        rows = self.X[:, pair]
        classical = classical_law(rows)
        robust = Law(self.name, self.location[pair], self.covariance[np.ix_(pair, pair)])
        curves = [_ellipse(law, self.level) for law in (robust, classical)]
        self.ax_ = ax = take_axes(ax)
        self.figure_ = ax.figure
        is_outlier = np.zeros(len(rows), np.bool_) if self.is_outlier is None else self.is_outlier
        scatter_rows(ax, rows[:, 0], rows[:, 1], is_outlier)
        _draw(ax, robust, curves[0], _CURVE, _CENTER)
        _draw(ax, classical, curves[1], _CLASSICAL_CURVE, _CLASSICAL_CENTER)
        labels = [label_feature(j, self.feature_names) for j in pair]
        title = f"Tolerance ellipses ({100 * self.level:g} %)"
        if n_hidden := _limit_view(ax, rows, curves[0], curves[1]):
            title += f"\n{n_hidden} rows lie outside the view"
        ax.set(xlabel=labels[0], ylabel=labels[1], title=title)
        add_legend(ax)
        return self


def _find_pair(features: object, n_features: int, names: Sequence[str] | None) -> list[int]:
    """Return the indices of two features that are given by index or by name."""
    if isinstance(features, str) or not isinstance(features, Sequence) or len(features) != 2:
        raise ValueError(f"features must be two indices or names, got {features!r}.")
    pair = [_find(feature, n_features, names) for feature in features]
    if pair[0] == pair[1]:
        raise ValueError(
            f"features must be two different ones, got {features!r}. OutlierScoreDisplay and "
            "LocationDisplay also draw rows of one feature."
        )
    return pair


def _find(feature: object, n_features: int, names: Sequence[str] | None) -> int:
    """Return the index of a feature that is given by index or by name."""
    if isinstance(feature, str):
        if names is None:
            raise ValueError(
                f"features must be indices where names are not known, got {feature!r}. Pass "
                "feature_names, or fit a dataframe."
            )
        known = [str(name) for name in names]
        if feature not in known:
            raise ValueError(f"features must be among {known}, got {feature!r}.")
        return known.index(feature)
    if not isinstance(feature, Integral) or isinstance(feature, bool):
        raise TypeError(f"features must be indices or names, got {feature!r}.")
    if not 0 <= int(feature) < n_features:
        raise ValueError(f"features must be indices in [0, {n_features}), got {feature}.")
    return int(feature)


def _ellipse(law: Law, level: float) -> NDArray[np.float64]:
    """Return points on the boundary of a tolerance ellipse, of shape (n_points, 2)."""
    angles = np.linspace(0, 2 * np.pi, 201)
    circle = np.sqrt(chi2.ppf(level, 2)) * np.column_stack([np.cos(angles), np.sin(angles)])
    variances, axes = np.linalg.eigh(law.covariance)
    boundary: NDArray[np.float64] = (
        law.location + circle @ (axes * np.sqrt(np.maximum(variances, 0.0))).T
    )
    return boundary


def _draw(ax: Axes, law: Law, curve: NDArray[np.float64], line: Any, marker: Any) -> None:
    """Draw an ellipse and its centre."""
    ax.plot(curve[:, 0], curve[:, 1], label=law.name, zorder=4, **line)
    ax.scatter(*law.location, edgecolors="black", linewidths=1.3, zorder=5, **marker)


def _limit_view(
    ax: Axes,
    rows: NDArray[np.float64],
    robust: NDArray[np.float64],
    classical: NDArray[np.float64],
) -> int:
    """Show the robust ellipse, the bulk and all but the farthest rows; count the latter."""
    is_hidden = np.zeros(len(rows), np.bool_)
    for j, side in enumerate("xy"):
        values = rows[:, j]
        low, high = view(values, robust[:, j])
        is_far = (values < low) | (values > high)
        is_hidden |= is_far
        shown = np.concatenate([values[~is_far], robust[:, j]])
        reach = _CLASSICAL_REACH * float(np.ptp(shown))
        inner = np.clip(classical[:, j], shown.min() - reach, shown.max() + reach)
        low, high = min(shown.min(), inner.min()), max(shown.max(), inner.max())
        margin = 0.05 * float(high - low) or 0.5
        ax.set(**{f"{side}lim": (low - margin, high + margin)})
    return int(is_hidden.sum())
