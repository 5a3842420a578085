"""What each feature adds to the outlyingness of one row.

It knows contributions and names. It does not know how a score is divided among features.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from robustgan.plots.drawing import ask, check_count, label_feature, take_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Longer names would leave the bars no room.
_LONGEST_NAME = 32


class ContributionDisplay:
    """Contributions of the features to minus the score of one row, the largest first.

    Parameters
    ----------
    contributions : ndarray of shape (n_features,)
        Their sum is minus the score: a positive one makes the row more outlying.
    feature_names : sequence of str or None, default=None
        Of all features; None takes ``x1``, ``x2``, ...
    row : int or None, default=None
        Index of the row, counted from zero, for the title.
    n_bars : int, default=15
        Features that have a bar of their own, those of the largest absolute contributions; the
        others are summed.

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
    >>> from robustgan import ContributionDisplay
    >>> display = ContributionDisplay(
    ...     contributions=np.array([0.5, 9.0, -1.0]), feature_names=["age", "mass", "height"]
    ... ).plot(ax=Figure().subplots())
    >>> [text.get_text() for text in display.ax_.get_yticklabels()]
    ['mass', 'height', 'age']
    """

    ax_: Axes
    figure_: Any

    def __init__(
        self,
        *,
        contributions: NDArray[np.float64],
        feature_names: Sequence[str] | None = None,
        row: int | None = None,
        n_bars: int = 15,
    ) -> None:
        self.contributions = contributions
        self.feature_names = feature_names
        self.row = row
        self.n_bars = n_bars

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        row: int,
        feature_names: Sequence[str] | None = None,
        n_bars: int = 15,
        ax: Axes | None = None,
    ) -> Self:
        """Draw the contributions to the score of one row.

        Parameters
        ----------
        estimator : fitted estimator
            With ``feature_contributions``.
        X : array-like or dataframe of shape (n_samples, n_features)
            The rows.
        row : int
            Which of them, counted from zero whatever the index of a dataframe.
        feature_names : sequence of str, default=None
            None takes ``feature_names_in_`` of the estimator, if it has them.
        n_bars : int, default=15
            Features with a bar of their own; at least one.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : ContributionDisplay

        Raises
        ------
        ValueError
            If ``row`` is not in [0, n_samples), or ``n_bars`` is below one.
        TypeError
            If one of them is no integer, or the estimator divides no scores.
        """
        way_out = "OutlierScoreDisplay draws the scores themselves."
        contribute = ask(estimator, "feature_contributions", way_out)
        if feature_names is None:
            feature_names = getattr(estimator, "feature_names_in_", None)
        display = cls(
            contributions=contribute(_take_row(X, row))[0],
            feature_names=feature_names,
            row=row,
            n_bars=n_bars,
        )
        return display.plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw the bars.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : ContributionDisplay

        Raises
        ------
        ValueError
            If ``contributions`` are not of one row, if there are not as many ``feature_names``,
            or ``n_bars`` is below one.
        TypeError
            If ``n_bars`` is no integer.
        """
        self._check()
        self.ax_ = ax = take_axes(ax)
        self.figure_ = ax.figure
        names, lengths = self._bars()
        is_feature = np.arange(len(lengths)) < self.n_bars
        colors = np.where(lengths > 0, "tab:red", "tab:blue")
        # The sum is of another kind, which a hatch shows in print, too.
        bars = ax.barh(
            np.arange(len(lengths)),
            lengths,
            color=[str(c) if own else "0.9" for c, own in zip(colors, is_feature, strict=True)],
            hatch=["" if own else "///" for own in is_feature],
            edgecolor="0.25",
        )
        ax.bar_label(bars, [f"{length:.3g}" for length in lengths], padding=3, fontsize="small")
        ax.axvline(0, color="black", linewidth=1)
        ax.set_yticks(np.arange(len(names)), names)
        ax.invert_yaxis()
        # Room for the numbers beside the bars.
        ax.margins(x=0.2)
        ax.set(xlabel="contribution to minus the score\n(positive is more outlying)")
        ax.set(ylabel="feature", title=self._title())
        return self

    def _check(self) -> None:
        """Raise an error if what was given does not belong together."""
        check_count("n_bars", self.n_bars)
        shape = np.shape(self.contributions)
        if len(shape) != 1 or not shape[0]:
            rule = "contributions must have shape (n_features,)"
            raise ValueError(f"{rule}, got {shape}. Take those of one row.")
        if self.feature_names is not None and len(self.feature_names) != shape[0]:
            rule = f"feature_names must name all {shape[0]} features"
            raise ValueError(f"{rule}, got {len(self.feature_names)} names.")

    def _bars(self) -> tuple[list[str], NDArray[np.float64]]:
        """Names and lengths of the bars from the top, the sum of the others at the end."""
        order = np.argsort(-np.abs(self.contributions), kind="stable")
        own, others = order[: self.n_bars], order[self.n_bars :]
        names = [_shorten(label_feature(int(j), self.feature_names)) for j in own]
        lengths = self.contributions[own]
        if len(others) == 0:
            return names, lengths
        rest = self.contributions[others].sum()
        return [*names, f"others ({len(others)})"], np.append(lengths, rest)

    def _title(self) -> str:
        """Name the row and its score."""
        score = f"{-float(self.contributions.sum()):.3g}"
        # As in code: the pictures of all rows count them from one.
        return f"Score {score}" if self.row is None else f"Score {score} of row X[{self.row}]"


def _take_row(X: Any, row: object) -> Any:
    """Take one row of an array, dataframe or tensor, of shape (1, n_features)."""
    if not isinstance(row, Integral) or isinstance(row, bool):
        raise TypeError(f"row must be an integer, got {row!r}.")
    rows = X if hasattr(X, "shape") else np.asarray(X)
    if not 0 <= int(row) < len(rows):
        raise ValueError(f"row must lie in [0, {len(rows)}), got {row}. The first row is 0.")
    chosen = [int(row)]
    return rows.iloc[chosen] if hasattr(rows, "iloc") else rows[chosen]


def _shorten(name: str) -> str:
    """Cut a long name."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
