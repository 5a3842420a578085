"""The outlier scores of the rows, with the cut-off.

It knows scores. It does not know which estimator gave them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from robustgan.plots.drawing import FittedScorer, add_legend, scatter_rows, take_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class OutlierScoreDisplay:
    """Outlier scores of the rows, with the cut-off.

    Parameters
    ----------
    scores : ndarray of shape (n_samples,)
        Higher is more normal.
    offset : float
        Rows that score below it are outlying.

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
    >>> from robustgan import CoordinateMedian, OutlierScoreDisplay
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> display = OutlierScoreDisplay.from_estimator(
    ...     CoordinateMedian().fit(X), X, ax=Figure().subplots()
    ... )
    >>> display.scores.shape
    (100,)
    """

    ax_: Axes
    figure_: Any

    def __init__(self, *, scores: NDArray[np.float64], offset: float) -> None:
        self.scores = scores
        self.offset = offset

    @classmethod
    def from_estimator(cls, estimator: FittedScorer, X: Any, *, ax: Axes | None = None) -> Self:
        """Score rows and draw the scores.

        Parameters
        ----------
        estimator : fitted estimator
            With ``score_samples`` and ``offset_``.
        X : array-like of shape (n_samples, n_features)
            The rows.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : OutlierScoreDisplay
        """
        display = cls(scores=estimator.score_samples(X), offset=float(estimator.offset_))
        return display.plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw the scores by row.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : OutlierScoreDisplay
        """
        self.ax_ = ax = take_axes(ax)
        self.figure_ = ax.figure
        rows = np.arange(1, len(self.scores) + 1)
        is_outlier = self.scores < self.offset
        scatter_rows(ax, rows, self.scores, is_outlier)
        ax.axhline(self.offset, color="black", linestyle="--", label="cut-off")
        self._scale(ax)
        ax.set(xlabel="row", ylabel="score (higher is more normal)", title="Outlier scores")
        add_legend(ax)
        return self

    def _scale(self, ax: Axes) -> None:
        """Compress far scores, where the bulk would be squeezed to a line."""
        top = float(self.scores.max())
        lowest_shown = min(self.offset, float(np.quantile(self.scores, 0.25)))
        if top - float(self.scores.min()) <= 10 * (top - lowest_shown):
            return
        # Linear to the power of ten beyond the cut-off and the bulk, where the ticks begin.
        reach = max(abs(lowest_shown), abs(top))
        ax.set_yscale("symlog", linthresh=10 ** np.ceil(np.log10(reach)), linscale=2)
        ax.set_ylim(1.5 * float(self.scores.min()), top + 0.2 * (top - lowest_shown))
