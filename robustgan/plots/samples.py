"""Draws of a generator: images in a grid, or points in the plane over those of the data.

It knows rows and their shape. It does not know who drew them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from robustgan.plots.drawing import add_legend, ask, check_count, take_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Points of the data that are drawn behind; more would hide each other.
_MOST_POINTS = 5000


class SampleDisplay:
    """Draws of a generator, as pictures in a grid or as points in the plane.

    Parameters
    ----------
    samples : array-like of shape (n_samples, ...)
        Images, of shape (height, width) or (channels, height, width), one channel being grey and
        three being red, green and blue; or points, of shape (2,).
    data : array-like of shape (n_data, 2), default=None
        Rows of the data, drawn behind points; ignored for images.
    name : str, default='draws'
        Of what is drawn, for title and legend.

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
    >>> from robustgan import SampleDisplay
    >>> images = np.random.default_rng(0).uniform(size=(12, 1, 8, 8))
    >>> display = SampleDisplay(images).plot(ax=Figure().subplots())
    >>> display.ax_.get_title()
    '12 draws'
    """

    ax_: Axes
    figure_: Any

    def __init__(
        self, samples: ArrayLike, *, data: ArrayLike | None = None, name: str = "draws"
    ) -> None:
        self.samples = samples
        self.data = data
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike | None = None,
        *,
        n_samples: int = 64,
        random_state: object = 0,
        image_shape: tuple[int, ...] | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Draw samples of a fitted generative model.

        Parameters
        ----------
        estimator : fitted model
            With ``sample(n_samples, random_state=...)``.
        X : array-like of shape (n_data, 2), default=None
            Rows of the data, drawn behind points.
        n_samples : int, default=64
            At least 1.
        random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default=0
            Of the draws.
        image_shape : tuple of int, default=None
            Of rows that are images laid out in one axis.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : SampleDisplay
        """
        check_count("n_samples", n_samples)
        draw = ask(estimator, "sample", "Generative models sample.")
        samples = np.asarray(draw(n_samples, random_state=random_state))
        if image_shape is not None:
            samples = samples.reshape(n_samples, *image_shape)
        return cls(samples, data=X).plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw the samples.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : SampleDisplay

        Raises
        ------
        ValueError
            If samples are neither images nor points in the plane.
        """
        samples = np.asarray(self.samples, dtype=np.float64)
        if samples.ndim == 4 and samples.shape[1] in (1, 3):
            grid = tile(samples.transpose(0, 2, 3, 1))
        elif samples.ndim == 3:
            grid = tile(samples[..., None])
        elif samples.ndim == 2 and samples.shape[1] == 2:
            grid = None
        else:
            raise ValueError(
                "samples must be images, (n, height, width) or (n, 1 or 3, height, width), or "
                f"points (n, 2), got shape {samples.shape}. For images laid out in rows, give "
                "their shape: image_shape=(8, 8)."
            )
        self.ax_ = ax = take_axes(ax)
        self.figure_ = ax.figure
        if grid is None:
            self._plot_points(ax, samples)
        else:
            ax.imshow(grid.squeeze(), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            ax.set_axis_off()
        ax.set_title(f"{len(samples):,} {self.name}")
        return self

    def _plot_points(self, ax: Axes, samples: NDArray[np.float64]) -> None:
        if self.data is not None:
            x, y = np.asarray(self.data, dtype=np.float64)[:_MOST_POINTS].T
            ax.scatter(x, y, s=14, marker="o", color="0.75", linewidths=0, label="data")
        x, y = samples.T
        ax.scatter(x, y, s=9, marker="x", color="tab:red", linewidths=0.8, label=self.name)
        ax.set(xlabel="first feature", ylabel="second feature")
        ax.set_aspect("equal", adjustable="box")
        add_legend(ax)


def tile(images: NDArray[np.float64], *, gap: int = 1) -> NDArray[np.float64]:
    """Lay images out in a grid that is about as wide as high, on white.

    Parameters
    ----------
    images : ndarray of shape (n, height, width, channels)
        All are drawn on one scale, black for the lowest value among them and white for the highest.
    gap : int, default=1
        Pixels between them.

    Returns
    -------
    picture : ndarray of shape (picture_height, picture_width, channels)
        In [0, 1].
    """
    lowest, highest = images.min(), images.max()
    shades = (images - lowest) / (highest - lowest or 1.0)
    n, height, width, channels = images.shape
    n_columns = math.ceil(math.sqrt(n))
    n_rows = math.ceil(n / n_columns)
    picture = np.ones((n_rows * (height + gap) + gap, n_columns * (width + gap) + gap, channels))
    for i, shade in enumerate(shades):
        top = gap + (i // n_columns) * (height + gap)
        left = gap + (i % n_columns) * (width + gap)
        picture[top : top + height, left : left + width] = shade
    return picture
