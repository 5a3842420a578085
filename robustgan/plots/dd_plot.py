"""Two samples, each row by its depth in both.

It asks for depths and draws them. It does not know how they are counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from robustgan.plots.drawing import add_legend, as_floats, scatter_rows, take_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


class DDPlotDisplay:
    """Two samples, each row by its depth in both: a DD-plot [1]_.

    Rows of two samples of one law lie about the diagonal. A shift of location makes a pair of
    leaves that meet where both depths are small, a change of scale bends all rows to one side.

    Parameters
    ----------
    first_depth, second_depth : ndarray of shape (n_samples,)
        Depth of every row of both samples in the first and in the second, in [0, 1].
    is_second : ndarray of shape (n_samples,)
        Which rows are of the second sample.
    names : tuple of str, default=('first sample', 'second sample')
        Of the samples.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn last.
    figure_ : matplotlib Figure
        The figure of ``ax_``.

    References
    ----------
    .. [1] Liu, R. Y., Parelius, J. M. and Singh, K. (1999). Multivariate analysis by data depth.
       Ann. Statist. 27, 783-858. doi:10.1214/aos/1018031260

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from robustgan import DDPlotDisplay
    >>> X = np.random.default_rng(0).normal(size=(80, 2))
    >>> display = DDPlotDisplay.from_samples(X[:50], X[50:] + 1.0, ax=Figure().subplots())
    >>> display.first_depth.shape, int(display.is_second.sum())
    ((80,), 30)
    """

    ax_: Axes
    figure_: Any

    def __init__(
        self,
        *,
        first_depth: Array,
        second_depth: Array,
        is_second: NDArray[np.bool_],
        names: tuple[str, str] = ("first sample", "second sample"),
    ) -> None:
        self.first_depth = first_depth
        self.second_depth = second_depth
        self.is_second = is_second
        self.names = names

    @classmethod
    def from_samples(
        cls,
        X: Any,
        Y: Any,
        *,
        names: tuple[str, str] = ("first sample", "second sample"),
        random_state: int = 0,
        ax: Axes | None = None,
    ) -> Self:
        """Compute and draw the depths of all rows in both samples.

        Parameters
        ----------
        X, Y : array-like of shape (n, n_features)
            The samples, of as many features.
        names : tuple of str, default=('first sample', 'second sample')
            Of the samples.
        random_state : int, default=0
            Seed of the directions; depth is exact, and needs none, for up to three features.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : DDPlotDisplay

        Raises
        ------
        ValueError
            If the numbers of features differ, or values are missing.
        """
        from robustgan.depth import halfspace_depth

        first, second = as_floats(X), as_floats(Y)
        if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
            rule = "X and Y must have shapes (n, n_features) with the same n_features"
            raise ValueError(f"{rule}, got {first.shape} and {second.shape}.")
        rows = np.concatenate([first, second])
        display = cls(
            first_depth=np.asarray(halfspace_depth(rows, first, rng=random_state)),
            second_depth=np.asarray(halfspace_depth(rows, second, rng=random_state)),
            is_second=np.arange(len(rows)) >= len(first),
            names=names,
        )
        return display.plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw the rows and the diagonal.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : DDPlotDisplay

        Raises
        ------
        ValueError
            If the arrays differ in shape.
        """
        shapes = [np.shape(a) for a in (self.first_depth, self.second_depth, self.is_second)]
        if len(set(shapes)) != 1 or len(shapes[0]) != 1:
            raise ValueError(f"depths and is_second must have one shape (n,), got {shapes}.")
        self.ax_ = ax = take_axes(ax)
        self.figure_ = ax.figure
        x, y = self.first_depth, self.second_depth
        scatter_rows(ax, x, y, np.asarray(self.is_second, np.bool_), names=self.names)
        ends = (0.0, 1.05 * float(max(x.max(), y.max())))
        ax.plot(ends, ends, color="0.4", linestyle=":", label="equal depths", zorder=0)
        # Rows outside a sample's hull have depth zero there, and lie on an axis.
        low = -0.02 * ends[1]
        ax.set(xlim=(low, ends[1]), ylim=(low, ends[1]), title="DD-plot")
        ax.set(xlabel=f"depth in the {self.names[0]}", ylabel=f"depth in the {self.names[1]}")
        add_legend(ax)
        return self
