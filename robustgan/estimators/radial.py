"""Laws of the radius: how far from the centre the rows of an elliptical law lie.

The radius is the Mahalanobis distance from the location in the metric of the scatter. This room
knows one real variable; it does not know rows.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import chi
from scipy.stats import f as fisher

from robustgan.networks import knots

_Array = NDArray[np.float64]


class RadialLaw(Protocol):
    """The law of a radius.

    Attributes
    ----------
    mean_square : float
        Its second moment, infinite if there is none. The covariance of the rows is
        ``mean_square / n_features`` times their scatter.
    """

    @property
    def mean_square(self) -> float:
        """Second moment; infinite if there is none."""

    def quantile(self, level: NDArray[np.float64] | float) -> _Array:
        """Return the radius within which this share of the rows lies.

        Parameters
        ----------
        level : array-like
            In (0, 1).

        Returns
        -------
        radius : ndarray of the same shape
        """

    def cdf(self, radius: NDArray[np.float64] | float) -> _Array:
        """Return the share of the rows within a radius.

        Parameters
        ----------
        radius : array-like
            Nonnegative.

        Returns
        -------
        level : ndarray of the same shape
        """

    def sample(self, n_samples: int, rng: np.random.Generator) -> _Array:
        """Draw radii, of shape (n_samples,)."""


class _FromQuantiles:
    """Draws by the quantile function."""

    def quantile(self, level: NDArray[np.float64] | float) -> _Array:
        raise NotImplementedError

    def sample(self, n_samples: int, rng: np.random.Generator) -> _Array:
        """Draw radii, of shape (n_samples,)."""
        # Not zero: that is no level of a law with a density.
        return self.quantile(1.0 - rng.random(n_samples) * (1 - 2.0**-53))


@dataclass(frozen=True)
class GaussianRadialLaw(_FromQuantiles):
    """The chi law: radii of Gaussian rows.

    Parameters
    ----------
    n_features : int
    """

    n_features: int

    @property
    def mean_square(self) -> float:
        """Second moment: the number of features."""
        return float(self.n_features)

    def quantile(self, level: NDArray[np.float64] | float) -> _Array:
        """Return the radius within which this share of the rows lies."""
        return np.asarray(chi.ppf(level, self.n_features))

    def cdf(self, radius: NDArray[np.float64] | float) -> _Array:
        """Return the share of the rows within a radius."""
        return np.asarray(chi.cdf(radius, self.n_features))


@dataclass(frozen=True)
class StudentRadialLaw(_FromQuantiles):
    """Radii of Student rows: the square over the number of features is Fisher's.

    Parameters
    ----------
    n_features : int
    df : float
        Degrees of freedom, positive.
    """

    n_features: int
    df: float

    @property
    def mean_square(self) -> float:
        """Second moment, infinite for two degrees of freedom or fewer."""
        return self.n_features * self.df / (self.df - 2) if self.df > 2 else float("inf")

    def quantile(self, level: NDArray[np.float64] | float) -> _Array:
        """Return the radius within which this share of the rows lies."""
        squared = self.n_features * fisher.ppf(level, self.n_features, self.df)
        return np.asarray(np.sqrt(squared))

    def cdf(self, radius: NDArray[np.float64] | float) -> _Array:
        """Return the share of the rows within a radius."""
        squared = np.square(radius) / self.n_features
        return np.asarray(fisher.cdf(squared, self.n_features, self.df))


@dataclass(frozen=True)
class LearnedRadialLaw(_FromQuantiles):
    """A learned radius: its logarithm is piecewise linear in the logit of its level.

    Beyond the first and the last level, .25 % and 99.75 %, it goes on linearly: power laws.

    Parameters
    ----------
    heights : ndarray of shape (17,)
        Logarithms of the radius, increasing, at equidistant logits from -6 to 6.
    """

    heights: _Array

    @property
    def tail_index(self) -> float:
        """Index of the upper power law: moments of an order below it exist."""
        logits = knots().numpy()
        return float((logits[-1] - logits[-2]) / (self.heights[-1] - self.heights[-2]))

    @property
    def mean_square(self) -> float:
        """Second moment, infinite for a tail index of two or less."""
        if self.tail_index <= 2:
            return float("inf")
        last = expit(knots().numpy()[-1])
        levels = (np.arange(20_000) + 0.5) / 20_000 * last
        inner = last * float(np.mean(self.quantile(levels) ** 2))
        # The upper tail is a power law in 1 - level, to its first order.
        beyond = float(np.exp(2 * self.heights[-1])) / (1 - 2 / self.tail_index)
        return float(inner + (1 - last) * beyond)

    def quantile(self, level: NDArray[np.float64] | float) -> _Array:
        """Return the radius within which this share of the rows lies."""
        return np.exp(_extrapolate(logit(level), knots().numpy(), self.heights))

    def cdf(self, radius: NDArray[np.float64] | float) -> _Array:
        """Return the share of the rows within a radius."""
        with np.errstate(divide="ignore"):
            logs = np.log(radius)
        return np.asarray(expit(_extrapolate(logs, self.heights, knots().numpy())))


def _extrapolate(x: _Array, xs: _Array, ys: _Array) -> _Array:
    """Interpolate linearly, and go on linearly beyond the first and the last point."""
    left = np.clip(np.searchsorted(xs, x) - 1, 0, len(xs) - 2)
    slope = (ys[left + 1] - ys[left]) / (xs[left + 1] - xs[left])
    return np.asarray(ys[left] + slope * (x - xs[left]))
