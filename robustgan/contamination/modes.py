"""Laws with many modes in the plane, on which generators are seen to miss some.

They know where their modes are. They do not know who learns them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from robustgan.contamination.law import Array, BaseLaw, as_floats, check_count, check_number


@dataclass(frozen=True, eq=False, init=False, repr=False)
class GaussianModes(BaseLaw):
    """Equal shares of spherical Gaussian laws.

    Parameters
    ----------
    centres : array-like of shape (n_modes, n_features)
        The modes.
    scale : float
        Standard deviation of each, positive.

    Attributes
    ----------
    centres : ndarray of shape (n_modes, n_features)
        The modes.
    scale : float
        Standard deviation of each.

    Examples
    --------
    >>> law = GaussianModes([[0.0, 0.0], [5.0, 0.0]], scale=0.1)
    >>> law.sample(10, rng=0).shape
    (10, 2)
    """

    centres: Array
    scale: float

    def __init__(self, centres: ArrayLike, scale: float) -> None:
        points = as_floats("centres", centres)
        if points.ndim != 2 or 0 in points.shape:
            raise ValueError(
                f"centres must have shape (n_modes, n_features), got shape {points.shape}."
            )
        if check_number("scale", scale) <= 0:
            raise ValueError(f"scale must be positive, got {scale}.")
        super().__init__(points.shape[1])
        points.setflags(write=False)
        self._keep(centres=points, scale=float(scale))

    def _draw(self, n_samples: int, generator: np.random.Generator) -> Array:
        chosen = self.centres[generator.integers(len(self.centres), size=n_samples)]
        rows: Array = chosen + self.scale * generator.normal(size=chosen.shape)
        return rows


@dataclass(frozen=True, eq=False, init=False, repr=False)
class GaussianRing(GaussianModes):
    """Gaussian modes on a circle around the origin.

    Parameters
    ----------
    n_modes : int, default=8
        At least 1.
    radius : float, default=1.0
        Of the circle.
    scale : float, default=0.01
        Standard deviation of each mode.

    References
    ----------
    .. [1] Srivastava, A. et al. (2017). VEEGAN: reducing mode collapse in GANs using implicit
       variational learning. NeurIPS 30. Section 4.1.
    """

    def __init__(self, n_modes: int = 8, radius: float = 1.0, scale: float = 0.01) -> None:
        angles = 2 * np.pi * np.arange(check_count("n_modes", n_modes, 1)) / n_modes
        circle = np.column_stack([np.cos(angles), np.sin(angles)])
        super().__init__(check_number("radius", radius) * circle, scale)


@dataclass(frozen=True, eq=False, init=False, repr=False)
class GaussianGrid(GaussianModes):
    """Gaussian modes on a square grid around the origin.

    Parameters
    ----------
    n_a_side : int, default=5
        Modes in a row; as many rows.
    spacing : float, default=2.0
        From a mode to the next.
    scale : float, default=0.05
        Standard deviation of each mode.

    References
    ----------
    .. [1] Srivastava, A. et al. (2017). VEEGAN: reducing mode collapse in GANs using implicit
       variational learning. NeurIPS 30. Section 4.1.
    """

    def __init__(self, n_a_side: int = 5, spacing: float = 2.0, scale: float = 0.05) -> None:
        steps = np.arange(check_count("n_a_side", n_a_side, 1)) - (n_a_side - 1) / 2
        grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
        super().__init__(check_number("spacing", spacing) * grid, scale)


@dataclass(frozen=True, eq=False, init=False, repr=False)
class ParallelLines(BaseLaw):
    """Uniform on parallel segments: where one is, moved, no divergence but a distance sees it.

    Rows are ``(k * distance, u)`` with ``u`` uniform on [0, 1] and ``k`` one of the lines. Two
    such laws with no line in common have a Jensen-Shannon divergence of log 2 and an infinite
    Kullback-Leibler divergence, however near they are; their Wasserstein distance tells how far.

    Parameters
    ----------
    n_lines : int, default=2
        At least 1.
    distance : float, default=1.0
        From a line to the next.
    offset : float, default=0.0
        Where the first one is.

    References
    ----------
    .. [1] Arjovsky, M., Chintala, S. & Bottou, L. (2017). Wasserstein generative adversarial
       networks. ICML. Example 1. doi:10.48550/arXiv.1701.07875
    """

    n_lines: int
    distance: float
    offset: float

    def __init__(self, n_lines: int = 2, distance: float = 1.0, offset: float = 0.0) -> None:
        super().__init__(2)
        self._keep(
            n_lines=check_count("n_lines", n_lines, 1),
            distance=check_number("distance", distance),
            offset=check_number("offset", offset),
        )

    def _draw(self, n_samples: int, generator: np.random.Generator) -> Array:
        line = generator.integers(self.n_lines, size=n_samples)
        across = self.offset + self.distance * line
        return np.column_stack([across, generator.uniform(size=n_samples)])
