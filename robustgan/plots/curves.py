"""Breakdown and bias curves, several estimators on one pair of axes.

It knows curves that others measured. It does not know which estimator was measured, nor how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from robustgan.plots.drawing import add_legend, take_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from robustgan.diagnostics import BiasCurve, BreakdownCurve

# Colours, dashes and markers that a grey print keeps apart.
_STYLES: tuple[dict[str, Any], ...] = (
    {"color": "0.45", "linestyle": "--", "marker": "o"},
    {"color": "tab:blue", "linestyle": "-.", "marker": "s"},
    {"color": "tab:red", "linestyle": "-", "marker": "^"},
    {"color": "black", "linestyle": ":", "marker": "D"},
    {"color": "tab:orange", "linestyle": (0, (5, 1)), "marker": "v"},
    {"color": "tab:green", "linestyle": (0, (3, 1, 1, 1)), "marker": "x"},
    {"color": "tab:purple", "linestyle": (0, (1, 1)), "marker": "P"},
    {"color": "tab:brown", "linestyle": "-", "marker": "*"},
)
# In standard deviations: smaller errors, zero too, are drawn there, as the axis is logarithmic.
_LEAST = 1e-2
# Below one standard deviation outliers are inside the bulk, where a linear axis shows them best.
_LINEAR_TO = 1.0


class BreakdownCurveDisplay:
    """Error of a location against the share of far outliers, with the breakdown point.

    A line joins the medians over samples, and a shade spans their range. Errors below a hundredth
    of a standard deviation are drawn there, and infinite ones, of fits that failed, at ten times
    the farthest distance.

    Parameters
    ----------
    curve : BreakdownCurve
        From `robustgan.diagnostics.breakdown_curve`.
    name : str or None, default=None
        In the legend; None takes the name of the estimator's class.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The medians as drawn last.
    ax_ : matplotlib Axes
        Where it was drawn last.
    figure_ : matplotlib Figure
        The figure of ``ax_``.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from robustgan import BreakdownCurveDisplay, CoordinateMedian
    >>> from robustgan.contamination import Gaussian
    >>> from robustgan.diagnostics import breakdown_curve
    >>> curve = breakdown_curve(CoordinateMedian(), Gaussian(2), n_seeds=1, random_state=0)
    >>> display = BreakdownCurveDisplay.from_curve(curve, ax=Figure().subplots())
    >>> display.line_.get_label()
    'CoordinateMedian: bounded up to 0.45'
    """

    line_: Any
    ax_: Axes
    figure_: Any

    def __init__(self, *, curve: BreakdownCurve, name: str | None = None) -> None:
        self.curve = curve
        self.name = name

    @classmethod
    def from_curve(
        cls, curve: BreakdownCurve, *, name: str | None = None, ax: Axes | None = None
    ) -> Self:
        """Draw a curve.

        Parameters
        ----------
        curve : BreakdownCurve
            From `robustgan.diagnostics.breakdown_curve`.
        name : str or None, default=None
            In the legend; None takes the name of the estimator's class.
        ax : matplotlib Axes, default=None
            Where to draw, also beside the curves of others; None makes a figure.

        Returns
        -------
        display : BreakdownCurveDisplay

        Raises
        ------
        TypeError
            If it is no such curve.
        """
        return cls(curve=curve, name=name).plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw the line, the range and the legend.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw, also beside the curves of others; None makes a figure.

        Returns
        -------
        self : BreakdownCurveDisplay

        Raises
        ------
        TypeError
            If ``curve`` is no such curve.
        """
        curve = _require(self.curve, "breakdown_point", "breakdown_curve")
        self.ax_ = ax = take_axes(ax)
        self.figure_ = ax.figure
        style = _next_style(ax)
        errors = np.clip(curve.errors, _LEAST, 10 * float(curve.distances[-1]))
        point = curve.breakdown_point
        verdict = "never bounded" if np.isnan(point) else f"bounded up to {point:.2g}"
        ax.set_yscale("log")
        low, high = errors.min(axis=0), errors.max(axis=0)
        ax.fill_between(curve.shares, low, high, color=style["color"], alpha=0.15, linewidth=0)
        (self.line_,) = ax.plot(
            curve.shares,
            np.median(errors, axis=0),
            label=f"{self.name or curve.name}: {verdict}",
            markerfacecolor="none",
            **style,
        )
        ax.set(xlabel="share of outliers", ylabel="error (sd of clean rows, logarithmic)")
        ax.set_title("Breakdown: the largest error under far outliers")
        add_legend(ax)
        return self


class BiasCurveDisplay:
    """Worst error of a location over a family of outlier laws, by their distance.

    The worst is the largest mean error over samples, at each distance. Errors below a hundredth
    of a standard deviation are drawn there.

    Parameters
    ----------
    curve : BiasCurve
        From `robustgan.diagnostics.bias_curve`.
    name : str or None, default=None
        In the legend; None takes the name of the estimator's class.
    relative : bool, default=False
        Whether to draw the ratio to the mean of the clean rows instead of the error.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The line as drawn last.
    ax_ : matplotlib Axes
        Where it was drawn last.
    figure_ : matplotlib Figure
        The figure of ``ax_``.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from robustgan import BiasCurveDisplay, CoordinateMedian
    >>> from robustgan.contamination import Gaussian
    >>> from robustgan.diagnostics import bias_curve
    >>> curve = bias_curve(
    ...     CoordinateMedian(), Gaussian(2), n_seeds=1, spreads=[0], random_state=0
    ... )
    >>> display = BiasCurveDisplay.from_curve(curve, ax=Figure().subplots())
    >>> display.line_.get_xdata().shape
    (9,)
    """

    line_: Any
    ax_: Axes
    figure_: Any

    def __init__(
        self, *, curve: BiasCurve, name: str | None = None, relative: bool = False
    ) -> None:
        self.curve = curve
        self.name = name
        self.relative = relative

    @classmethod
    def from_curve(
        cls,
        curve: BiasCurve,
        *,
        name: str | None = None,
        relative: bool = False,
        ax: Axes | None = None,
    ) -> Self:
        """Draw a curve.

        Parameters
        ----------
        curve : BiasCurve
            From `robustgan.diagnostics.bias_curve`.
        name : str or None, default=None
            In the legend; None takes the name of the estimator's class.
        relative : bool, default=False
            Whether to draw the ratio to the mean of the clean rows instead of the error.
        ax : matplotlib Axes, default=None
            Where to draw, also beside the curves of others; None makes a figure.

        Returns
        -------
        display : BiasCurveDisplay

        Raises
        ------
        ValueError
            If a ratio is asked for and the curve is of a sample, whose truth is not known.
        TypeError
            If it is no such curve.
        """
        return cls(curve=curve, name=name, relative=relative).plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw the line and the legend.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw, also beside the curves of others; None makes a figure.

        Returns
        -------
        self : BiasCurveDisplay

        Raises
        ------
        ValueError
            If a ratio is asked for and the curve is of a sample, whose truth is not known.
        TypeError
            If ``curve`` is no such curve.
        """
        curve = _require(self.curve, "worst_by_distance", "bias_curve")
        heights: NDArray[np.float64] = curve.ratios if self.relative else curve.worst_by_distance
        self.ax_ = ax = take_axes(ax)
        self.figure_ = ax.figure
        ax.set_yscale("log")
        (self.line_,) = ax.plot(
            curve.distances,
            # An infinite error leaves a gap.
            np.where(np.isfinite(heights), np.maximum(heights, _LEAST), np.nan),
            label=self.name or curve.name,
            markerfacecolor="none",
            **_next_style(ax),
        )
        self._scale(ax, float(curve.distances.max()))
        unit = "ratio to the mean of clean rows" if self.relative else "sd of clean rows"
        ax.set(xlabel="distance of the outliers (sd of clean rows)")
        ax.set(ylabel=f"worst error ({unit}, logarithmic)")
        ax.set_title(f"Bias: the worst error at {curve.contamination:.0%} outliers")
        add_legend(ax)
        return self

    def _scale(self, ax: Axes, farthest: float) -> None:
        """Show the bulk and what is far, with ticks that are numbers."""
        if farthest <= 10 * _LINEAR_TO:
            return
        from matplotlib.ticker import ScalarFormatter

        ax.set_xscale("symlog", linthresh=_LINEAR_TO, linscale=0.6)
        ax.xaxis.set_major_formatter(ScalarFormatter())


def _require(curve: Any, name: str, maker: str) -> Any:
    """Return the curve, or say where one is had."""
    if not hasattr(curve, name):
        kind = type(curve).__name__
        raise TypeError(f"curve must come from robustgan.diagnostics.{maker}, got a {kind}.")
    return curve


def _next_style(ax: Axes) -> dict[str, Any]:
    """Choose a style that no line on these axes has yet."""
    return _STYLES[len(ax.lines) % len(_STYLES)]
