"""Histograms of the outlier scores beside those of clean rows.

It knows scores. It does not know which estimator gave them, nor how clean rows are drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from robustgan.plots.drawing import FittedScorer, add_legend, ask, check_count, take_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Widths of the bulk beside it, within which a score has a bin of its own.
_MARGIN = 0.5


class ScoreHistogramDisplay:
    """Histogram of the rows' scores over that of clean rows, with the cut-off.

    Where the rows' rises above the other, there are more rows than clean ones explain. Scores
    far from the bulk are counted in the outer bins, and the axis says so.

    Parameters
    ----------
    scores : ndarray of shape (n_samples,)
        Of the rows; higher is more normal.
    reference_scores : ndarray of shape (n_draws,)
        Of draws from the fitted clean law.
    offset : float
        Rows that score below it are outlying.
    n_bins : int, default=40
        Shared by both histograms.

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
    >>> from robustgan import ScoreHistogramDisplay
    >>> rng = np.random.default_rng(0)
    >>> display = ScoreHistogramDisplay(
    ...     scores=-rng.chisquare(3, size=200),
    ...     reference_scores=-rng.chisquare(3, size=1000),
    ...     offset=-9.3,
    ... ).plot(ax=Figure().subplots())
    >>> display.ax_.get_ylabel()
    'density'
    """

    ax_: Axes
    figure_: Any

    def __init__(
        self,
        *,
        scores: NDArray[np.float64],
        reference_scores: NDArray[np.float64],
        offset: float,
        n_bins: int = 40,
    ) -> None:
        self.scores = scores
        self.reference_scores = reference_scores
        self.offset = offset
        self.n_bins = n_bins

    @classmethod
    def from_estimator(
        cls, estimator: FittedScorer, X: Any, *, n_bins: int = 40, ax: Axes | None = None
    ) -> Self:
        """Score rows and draw their scores beside those of clean rows.

        Parameters
        ----------
        estimator : fitted estimator
            With ``score_samples``, ``reference_scores_`` and ``offset_``.
        X : array-like of shape (n_samples, n_features)
            The rows.
        n_bins : int, default=40
            At least one.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : ScoreHistogramDisplay
        """
        way_out = "OutlierScoreDisplay draws the scores alone."
        display = cls(
            reference_scores=ask(estimator, "reference_scores_", way_out),
            scores=estimator.score_samples(X),
            offset=float(estimator.offset_),
            n_bins=n_bins,
        )
        return display.plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw both histograms.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : ScoreHistogramDisplay

        Raises
        ------
        ValueError
            If ``n_bins`` is below one, or there are no scores.
        TypeError
            If ``n_bins`` is no integer.
        """
        check_count("n_bins", self.n_bins)
        scores = _check_scores("scores", self.scores)
        reference = _check_scores("reference_scores", self.reference_scores)
        self.ax_ = ax = take_axes(ax)
        self.figure_ = ax.figure
        low, high = self._range()
        edges = np.linspace(low, high, self.n_bins + 1)
        # Filled below, a line above: a grey print keeps them apart.
        filled: dict[str, Any] = {"fill": True, "facecolor": "0.78", "edgecolor": "0.45"}
        line: dict[str, Any] = {"color": "tab:blue", "linewidth": 1.8}
        ax.stairs(_density(scores, edges), edges, label=f"rows ({len(scores)})", **filled)
        label = f"clean reference ({len(reference)} draws)"
        ax.stairs(_density(reference, edges), edges, label=label, **line)
        ax.axvline(self.offset, color="black", linestyle="--", label="cut-off")
        ax.set(
            xlabel=_label(scores, low, high),
            ylabel="density",
            title="Scores of rows and of clean draws",
        )
        ax.set_ylim(bottom=0)
        add_legend(ax)
        return self

    def _range(self) -> tuple[float, float]:
        """Where the bins begin and end: at the last scores, unless these would squeeze the bulk."""
        everything = np.concatenate([self.scores, self.reference_scores, [self.offset]])
        bulk = np.concatenate(
            [
                np.quantile(self.scores, [0.25, 0.75]),
                np.quantile(self.reference_scores, [0.01, 0.99]),
                [self.offset],
            ]
        )
        margin = _MARGIN * float(np.ptp(bulk))
        low = max(float(everything.min()), float(bulk.min()) - margin)
        high = min(float(everything.max()), float(bulk.max()) + margin)
        # Scores that are all equal need a bin, too.
        return (low, high) if low < high else (low - 0.5, high + 0.5)


def _check_scores(name: str, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scores, of which there must be some in one dimension."""
    if np.ndim(scores) != 1 or np.size(scores) == 0:
        raise ValueError(f"{name} must have shape (n,) with n at least 1, got {np.shape(scores)}.")
    return scores


def _density(scores: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the scores by bin and unit of the score; the outer bins hold all that is beyond."""
    counts, _ = np.histogram(np.clip(scores, edges[0], edges[-1]), edges)
    return counts / len(scores) / np.diff(edges)


def _label(scores: NDArray[np.float64], low: float, high: float) -> str:
    """Label the axis of the scores, and say which bins hold more than their own."""
    label = "score (higher is more normal)"
    below, above = int((scores < low).sum()), int((scores > high).sum())
    if below:
        label += f"\nthe first bin holds {below} rows below {low:.3g}, too"
    if above:
        label += f"\nthe last bin holds {above} rows above {high:.3g}, too"
    return label
