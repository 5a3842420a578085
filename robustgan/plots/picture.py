"""One figure of a fit, for reports and the command line.

It knows which displays go together. What each draws, it leaves to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from robustgan.plots.drawing import FittedScorer, require_matplotlib
from robustgan.plots.locations import LocationDisplay
from robustgan.plots.scores import OutlierScoreDisplay

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def fit_picture(
    estimator: FittedScorer, X: Any, *, feature_names: Sequence[str] | None = None
) -> Figure:
    """Draw the scores beside the locations, in one figure.

    Parameters
    ----------
    estimator : fitted estimator
        With ``location_``, ``score_samples`` and ``offset_``.
    X : array-like of shape (n_samples, n_features)
        The rows.
    feature_names : sequence of str, default=None
        None takes ``feature_names_in_`` of the estimator, if it has them.

    Returns
    -------
    figure : matplotlib Figure
        Known to no window system; save it with ``figure.savefig``.
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    OutlierScoreDisplay.from_estimator(estimator, X, ax=left)
    LocationDisplay.from_estimator(estimator, X, feature_names=feature_names, ax=right)
    return figure
