"""Losses of a game by epoch.

It knows losses and where they are averaged. It does not know what the players are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from robustgan.plots.drawing import add_legend, ask, check_count, take_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours, dashes and markers that a grey print keeps apart.
_STYLES: tuple[dict[str, Any], ...] = (
    {"color": "tab:blue", "linestyle": "-", "marker": "o"},
    {"color": "tab:red", "linestyle": "-.", "marker": "s"},
    {"color": "0.35", "linestyle": ":", "marker": "^"},
)
_N_MARKERS = 20


class TrainingDisplay:
    """Losses of the players by epoch, and the last epochs over which the game is averaged.

    Parameters
    ----------
    losses : dict of str to ndarray of shape (n_epochs,)
        Mean loss of each player over each epoch, in the units of its objective.
    n_average : int
        The last epochs, over which results are averaged; at least one.
    has_converged : bool
        Whether the game had settled before it was made to end.

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
    >>> from robustgan import TrainingDisplay
    >>> epochs = np.arange(1, 31)
    >>> display = TrainingDisplay(
    ...     losses={"discriminator": 1.4 - 1 / epochs, "generator": 0.1 + 1 / epochs},
    ...     n_average=8,
    ...     has_converged=True,
    ... ).plot(ax=Figure().subplots())
    >>> display.ax_.get_title()
    'Training: settled after 30 epochs'
    """

    ax_: Axes
    figure_: Any

    def __init__(
        self,
        *,
        losses: Mapping[str, NDArray[np.float64]],
        n_average: int,
        has_converged: bool,
    ) -> None:
        self.losses = losses
        self.n_average = n_average
        self.has_converged = has_converged

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Axes | None = None) -> Self:
        """Draw the losses of the game that an estimator kept.

        Parameters
        ----------
        estimator : fitted estimator
            With ``history_``.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : TrainingDisplay

        Raises
        ------
        ValueError
            If no game was played, since a classical estimate stood in.
        TypeError
            If the estimator plays no games.
        """
        history = ask(estimator, "history_", "JSGANMean and JSGANScatter are trained.")
        if history is None:
            stand_in = getattr(estimator, "fallback_", None) or "a classical estimate"
            raise ValueError(
                f"history_ must be a History, got None: no game was played, {stand_in} stood in "
                "(fallback_). Fit more rows, or use OutlierScoreDisplay."
            )
        # An estimator keeps one game, whichever number it played.
        n_iter = int(history.n_iter[0])
        display = cls(
            losses={name: loss[:n_iter, 0] for name, loss in history.losses.items()},
            n_average=min(int(history.n_average), n_iter),
            has_converged=bool(history.converged[0]),
        )
        return display.plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw the losses by epoch, counted from one.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : TrainingDisplay

        Raises
        ------
        ValueError
            If there are no losses, if they differ in length, or ``n_average`` is not in
            [1, n_epochs].
        TypeError
            If ``n_average`` is no integer.
        """
        n_epochs = self._count_epochs()
        self.ax_ = ax = take_axes(ax)
        from matplotlib.ticker import MaxNLocator

        self.figure_ = ax.figure
        epochs = np.arange(1, n_epochs + 1)
        every = max(1, n_epochs // _N_MARKERS)
        for i, (name, loss) in enumerate(self.losses.items()):
            style = _STYLES[i % len(_STYLES)]
            ax.plot(epochs, loss, label=name, markerfacecolor="none", markevery=every, **style)
        begin, end = n_epochs - self.n_average + 0.5, n_epochs + 0.5
        ax.axvspan(begin, end, color="0.93", zorder=0)
        label = f"average over the last {self.n_average} begins"
        ax.axvline(begin, color="black", linestyle="--", linewidth=1.2, label=label)
        verdict = "settled" if self.has_converged else "not settled"
        ax.set(xlabel="epoch", ylabel="mean loss (units of its objective)")
        ax.set(title=f"Training: {verdict} after {n_epochs} epochs", xlim=(0.5, end))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        add_legend(ax)
        return self

    def _count_epochs(self) -> int:
        """Return the number of epochs, after everything was checked."""
        shapes = {name: np.shape(loss) for name, loss in self.losses.items()}
        if len(set(shapes.values())) != 1 or len(next(iter(shapes.values()))) != 1:
            raise ValueError(f"losses must hold arrays of one shape (n_epochs,), got {shapes}.")
        check_count("n_average", self.n_average)
        (n_epochs,) = next(iter(shapes.values()))
        if self.n_average > n_epochs:
            rule = f"n_average must be at most the number of epochs, {n_epochs}"
            raise ValueError(f"{rule}, got {self.n_average}.")
        return int(n_epochs)
