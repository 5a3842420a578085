"""Robust distances of the rows against classical ones.

It knows distances, locations and matrices. It does not know how these were estimated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from robustgan.plots.drawing import add_legend, as_floats, scatter_rows, take_axes
from robustgan.plots.laws import classical_law, robust_law

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEVEL = 0.975
# In cut-offs: farther rows leave the others too little of a linear axis.
_FAR = 10.0
# In cut-offs: nearer rows would stretch a logarithmic axis, and zero has no place there.
_NEAR = 0.01


class DistanceDistanceDisplay:
    """Robust distances of the rows against their classical ones, with cut-offs.

    Outliers that pull the mean and stretch the covariance are masked: far from the robust
    location, and not from the mean [1]_. The axes are logarithmic where distances spread over
    two decades or more, that is if one is above ten times the cut-off.

    Parameters
    ----------
    robust_distances : ndarray of shape (n_samples,)
        From the robust location in the metric of the robust covariance; not squared.
    classical_distances : ndarray of shape (n_samples,)
        The same for the mean and the sample covariance.
    cutoff : float
        Distance beyond which few clean rows are expected, for both; positive.
    is_outlier : ndarray of shape (n_samples,)
        Which rows are drawn as outlying.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn last.
    figure_ : matplotlib Figure
        The figure of ``ax_``.

    References
    ----------
    .. [1] Rousseeuw, P. J. and van Zomeren, B. C. (1990). Unmasking multivariate outliers and
       leverage points. JASA 85, 633-639. doi:10.1080/01621459.1990.10474920

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from robustgan import CoordinateMedian, DistanceDistanceDisplay
    >>> X = np.random.default_rng(0).normal(size=(100, 3))
    >>> X[:20] += 6.0
    >>> display = DistanceDistanceDisplay.from_estimator(
    ...     CoordinateMedian().fit(X), X, ax=Figure().subplots()
    ... )
    >>> bool((display.robust_distances[:20] > display.cutoff).all())
    True
    >>> bool((display.classical_distances[:20] > display.cutoff).all())
    False
    """

    ax_: Axes
    figure_: Any

    def __init__(
        self,
        *,
        robust_distances: NDArray[np.float64],
        classical_distances: NDArray[np.float64],
        cutoff: float,
        is_outlier: NDArray[np.bool_],
    ) -> None:
        self.robust_distances = robust_distances
        self.classical_distances = classical_distances
        self.cutoff = cutoff
        self.is_outlier = is_outlier

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, *, ax: Axes | None = None) -> Self:
        """Compute and draw both distances of each row.

        The cut-off is the root of the 0.975 quantile of the chi-squared law with ``n_features``
        degrees of freedom, the law of squared distances of normal rows.

        Parameters
        ----------
        estimator : fitted estimator
            With ``predict`` and ``mahalanobis``, squared distances; where it has no such method,
            with ``location_`` and one of ``covariance_``, ``scatter_`` and ``scale_``.
        X : array-like of shape (n_samples, n_features)
            The rows, two at least.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : DistanceDistanceDisplay

        Raises
        ------
        ValueError
            If ``X`` has fewer than two rows, or entries whose squares overflow.
        """
        is_outlier = estimator.predict(X) == -1
        values = as_floats(X)
        if hasattr(estimator, "mahalanobis"):
            robust = np.sqrt(np.maximum(estimator.mahalanobis(X), 0.0))
        else:
            robust = robust_law(estimator).distances(values)
        display = cls(
            robust_distances=robust,
            classical_distances=classical_law(values).distances(values),
            cutoff=float(np.sqrt(chi2.ppf(_LEVEL, values.shape[1]))),
            is_outlier=is_outlier,
        )
        return display.plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw the rows by their distances.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : DistanceDistanceDisplay

        Raises
        ------
        ValueError
            If the arrays differ in shape, or ``cutoff`` is not positive.
        """
        self._check()
        self.ax_ = ax = take_axes(ax)
        self.figure_ = ax.figure
        x, y = self.classical_distances, self.robust_distances
        is_logarithmic = max(x.max(), y.max()) > _FAR * self.cutoff
        if is_logarithmic:
            x, y = np.maximum(x, _NEAR * self.cutoff), np.maximum(y, _NEAR * self.cutoff)
        scatter_rows(ax, x, y, self.is_outlier)
        ax.axvline(self.cutoff, color="black", linestyle="--", linewidth=1.2)
        label = f"cut-offs ({self.cutoff:.3g})"
        ax.axhline(self.cutoff, color="black", linestyle="--", linewidth=1.2, label=label)
        ends = (min(x.min(), y.min()), max(x.max(), y.max(), self.cutoff))
        ax.plot(ends, ends, color="0.4", linestyle=":", label="equal distances", zorder=0)
        self._scale(ax, x, y, is_logarithmic=is_logarithmic)
        ax.set_title("Robust and classical distances")
        add_legend(ax)
        return self

    def _check(self) -> None:
        """Raise an error if what was given does not belong together."""
        shape = np.shape(self.robust_distances)
        if len(shape) != 1 or not shape[0]:
            rule = "robust_distances must have shape (n,) with n at least 1"
            raise ValueError(f"{rule}, got {shape}.")
        for name in ("classical_distances", "is_outlier"):
            other = np.shape(getattr(self, name))
            if other != shape:
                rule = f"{name} must have the shape of robust_distances, {shape}"
                raise ValueError(f"{rule}, got {other}.")
        if not self.cutoff > 0:
            raise ValueError(f"cutoff must be positive, got {self.cutoff}.")

    def _scale(
        self, ax: Axes, x: NDArray[np.float64], y: NDArray[np.float64], *, is_logarithmic: bool
    ) -> None:
        """Choose scale, limits and label of both axes."""
        unit = "no unit, logarithmic" if is_logarithmic else "no unit"
        ax.set(xlabel=f"classical distance ({unit})", ylabel=f"robust distance ({unit})")
        for side, values in (("x", x), ("y", y)):
            least, most = float(values.min()), max(float(values.max()), self.cutoff)
            if is_logarithmic:
                # Whole decades, since labels between them would overlap.
                ends = (10 ** np.floor(np.log10(least)), 10 ** np.ceil(np.log10(1.05 * most)))
                ax.set(**{f"{side}scale": "log", f"{side}lim": ends})
            else:
                ax.set(**{f"{side}lim": (0.0, 1.05 * most)})
