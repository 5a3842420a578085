"""Families of clean laws: Gaussian, Student and elliptical.

What a family knows: how its radius is learned in a game, how a law of it is fitted to rows that are
believed clean, and how unlikely a distance is under it. It does not know games.
"""

import math
import warnings
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import chi2
from scipy.stats import f as fisher
from sklearn.decomposition import FactorAnalysis
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor

from robustgan._bridge import Streams, to_array
from robustgan.estimators.laws import describe, squared_distance
from robustgan.estimators.radial import (
    GaussianRadialLaw,
    LearnedRadialLaw,
    RadialLaw,
    StudentRadialLaw,
)
from robustgan.estimators.student import student_fit
from robustgan.networks import LEAST_DF, MOST_DF, RadialNetwork, Radius, StudentRadius, knots

# Where a family's own fit is repeated in every round of judging, its last digits are noise.
_TOL = 1e-5
# Rows at the centre itself have no logarithm of a radius.
_LEAST_SQUARE = 1e-12
_LEAST_STEP = 1e-4
# From this logit on, the upper 5 %, the radius follows a power law; fewer rows cannot tell which.
_TAIL_LOGIT, _LEAST_TAIL = 3.0, 5


class FittedLaw(NamedTuple):
    """A law of one sample, on the host.

    Attributes
    ----------
    moments : ndarray of shape (1 + k, n_features)
        Location, then what is learned of the scatter.
    radius : ndarray of shape (n_learned,)
        What is learned of the radius.
    """

    moments: NDArray[np.float64]
    radius: NDArray[np.float64]


class Laws(NamedTuple):
    """Laws of several samples.

    Attributes
    ----------
    moments : Tensor of shape (n, 1 + k, n_features)
        Location, then what is learned of the scatter.
    radius : Tensor of shape (n, n_learned)
        What is learned of the radius; ``n_learned`` is 0 for a family without.
    """

    moments: Tensor
    radius: Tensor

    def select(self, index: list[int]) -> Self:
        """Return some of the laws."""
        return type(self)(self.moments[index], self.radius[index])

    def repeat(self, n: int) -> Self:
        """Return each law ``n`` times, beside each other."""
        return type(self)(*(part.repeat_interleave(n, dim=0) for part in self))

    @classmethod
    def stack(cls, laws: list[tuple[Tensor, Tensor]]) -> Self:
        """Put laws of one sample each side by side."""
        return cls(*(torch.stack(parts) for parts in zip(*laws, strict=True)))


class Family(Protocol):
    """What a game asks of the family of its clean law.

    Attributes
    ----------
    learns_scale : bool
        Whether the radius has part of the scale, so that a game's scatter is one up to a factor.
    """

    @property
    def learns_scale(self) -> bool:
        """Whether the radius has part of the scale."""

    @property
    def rank(self) -> int | None:
        """Number of common factors of the scatter; None is any scatter."""

    def radius(self, n_replicas: int, n_features: int, streams: Streams) -> Radius | None:
        """Make the radius of a generator; None is Gaussian."""

    def start(self, samples: Tensor) -> Tensor | None:
        """Return where the radius starts, for standardised samples; None keeps its own."""

    def fit(
        self, rows: Tensor, covariance: str, *, learn_location: bool = True
    ) -> tuple[Tensor, Tensor]:
        """Fit a law (1 + k, n_features) and its radius (n_learned,) to rows believed clean."""

    def rescale(self, rows: Tensor, law: NDArray[np.float64]) -> FittedLaw:
        """Complete a law whose scale holds for Gaussian rows only, by most of the rows."""

    def tail(self, squared: Tensor, radius: Tensor, n_features: int) -> NDArray[np.float64] | None:
        """Return how likely larger squared distances are; None if the family cannot say."""

    def radial_law(self, radius: NDArray[np.float64], n_features: int) -> RadialLaw:
        """Return the law of the radius, given what is learned of it."""


@dataclass(frozen=True)
class GaussianFamily:
    """Normal rows: the radius is known, mean and covariance are efficient."""

    learns_scale = False
    rank: int | None = None

    def radius(self, n_replicas: int, n_features: int, streams: Streams) -> None:
        """Return None: noise is Gaussian already."""

    def start(self, samples: Tensor) -> None:
        """Return None: there is nothing to start."""

    def fit(
        self, rows: Tensor, covariance: str, *, learn_location: bool = True
    ) -> tuple[Tensor, Tensor]:
        """Return mean and covariance, and no radius."""
        law = describe(rows, covariance, learn_location=learn_location)
        if self.rank is not None:
            law[1:] = common_factors(rows - law[0], self.rank, is_centred=learn_location)
        return law, rows.new_zeros(0)

    def rescale(self, rows: Tensor, law: NDArray[np.float64]) -> FittedLaw:
        """Return the law as it is."""
        return FittedLaw(law, np.empty(0))

    def tail(self, squared: Tensor, radius: Tensor, n_features: int) -> NDArray[np.float64] | None:
        """Return the upper tail of chi-squared.

        None with common factors: rows are few then, and those that a law was fitted to lie nearer
        than others, however clean.
        """
        if self.rank is not None:
            return None
        return np.asarray(chi2.sf(to_array(squared), df=n_features))

    def radial_law(self, radius: NDArray[np.float64], n_features: int) -> RadialLaw:
        """Return the chi law."""
        return GaussianRadialLaw(n_features)


@dataclass(frozen=True)
class StudentFamily:
    """Student rows, of degrees of freedom that are known or learned; maximum likelihood."""

    df: float | None
    learns_scale = False
    rank = None

    def radius(self, n_replicas: int, n_features: int, streams: Streams) -> Radius:
        """Make a radius whose tails are those of Student's law."""
        return StudentRadius(n_replicas, self.df, streams=streams)

    def start(self, samples: Tensor) -> None:
        """Return None: the radius starts at its own default."""

    def fit(
        self, rows: Tensor, covariance: str, *, learn_location: bool = True
    ) -> tuple[Tensor, Tensor]:
        """Return location and scatter, and the logarithm of the degrees of freedom."""
        law, df = fit_student(rows, self.df, learn_location=learn_location)
        learned = [] if self.df is not None else [math.log(df)]
        return law, rows.new_tensor(learned)

    def rescale(self, rows: Tensor, law: NDArray[np.float64]) -> FittedLaw:
        """Let the median of the squared distances be that of the likeliest Student law."""
        p = rows.shape[1]
        squared = to_array(squared_distance(rows, torch.from_numpy(law).to(rows)))

        def scale(log_df: float) -> float:
            return float(np.median(squared) / (p * fisher.median(p, math.exp(log_df))))

        def loss(log_df: float) -> float:
            ratio = squared / (scale(log_df) * p)
            density = fisher.logpdf(np.maximum(ratio, 1e-12), p, math.exp(log_df))
            return float(math.log(scale(log_df)) - density.mean())

        learned = np.empty(0)
        if self.df is None:
            bounds = (math.log(LEAST_DF), math.log(MOST_DF))
            learned = np.array([minimize_scalar(loss, bounds=bounds, method="bounded").x])
        log_df = math.log(self.degrees(learned))
        return FittedLaw(np.vstack([law[:1], scale(log_df) * law[1:]]), learned)

    def tail(self, squared: Tensor, radius: Tensor, n_features: int) -> NDArray[np.float64]:
        """Return the upper tail of Fisher's law."""
        ratio = to_array(squared) / n_features
        return np.asarray(fisher.sf(ratio, n_features, self.degrees(to_array(radius))))

    def radial_law(self, radius: NDArray[np.float64], n_features: int) -> RadialLaw:
        """Return the law whose square over the number of features is Fisher's."""
        return StudentRadialLaw(n_features, self.degrees(radius))

    def degrees(self, radius: NDArray[np.float64]) -> float:
        """Return the degrees of freedom, given what is learned of them."""
        return math.exp(radius[0]) if self.df is None else self.df


@dataclass(frozen=True)
class EllipticalFamily:
    """Rows of any elliptical law, with moments or without; the radius is learned.

    Location and shape are those of the Student law that fits best: an M-estimate, whose limits are
    the centre and the shape of every elliptical law. The scale makes the median of the squared
    distances that of a Gaussian.
    """

    learns_scale = True
    rank = None

    def radius(self, n_replicas: int, n_features: int, streams: Streams) -> Radius:
        """Make a radial network."""
        return RadialNetwork(n_replicas, n_features, streams=streams)

    def start(self, samples: Tensor) -> Tensor:
        """Return heights at the quantiles of all rows' distances from the start."""
        squared = samples.double().square().sum(dim=-1)
        return torch.stack([_heights(of_one, samples.shape[-1]) for of_one in squared]).float()

    def fit(
        self, rows: Tensor, covariance: str, *, learn_location: bool = True
    ) -> tuple[Tensor, Tensor]:
        """Return location and scatter, and the heights of a radial network."""
        law, _ = fit_student(rows, None, learn_location=learn_location)
        squared = squared_distance(rows, law)
        p = rows.shape[1]
        law[1:] *= squared.median() / chi2.median(p)
        return law, _heights(squared.double(), p).to(rows)

    def rescale(self, rows: Tensor, law: NDArray[np.float64]) -> FittedLaw:
        """Let the median of the squared distances be that of a Gaussian."""
        squared = squared_distance(rows, torch.from_numpy(law).to(rows))
        scale = float(squared.median()) / chi2.median(rows.shape[1])
        heights = to_array(_heights(squared, rows.shape[1]))
        return FittedLaw(np.vstack([law[:1], scale * law[1:]]), heights)

    def tail(self, squared: Tensor, radius: Tensor, n_features: int) -> None:
        """Return None: tails are learned from the rows themselves."""

    def radial_law(self, radius: NDArray[np.float64], n_features: int) -> RadialLaw:
        """Return the learned law."""
        return LearnedRadialLaw(np.array(radius, dtype=np.float64))


FAMILIES = ("gaussian", "student", "elliptical")


def make_family(name: str, df: float | None = None, rank: int | None = None) -> Family:
    """Return the family of one of the names in ``FAMILIES``."""
    if name == "student":
        return StudentFamily(df)
    return GaussianFamily(rank) if name == "gaussian" else EllipticalFamily()


def common_factors(centred: Tensor, rank: int, *, is_centred: bool = True) -> Tensor:
    """Fit a diagonal plus a matrix of low rank to the second moments of rows.

    Parameters
    ----------
    centred : Tensor of shape (n, n_features)
    rank : int
    is_centred : bool, default=True
        Whether the mean of the rows is zero, or at least counts as none of their spread.

    Returns
    -------
    covariance : Tensor of shape (n_features, n_features)
        That of the factor analysis of most likelihood.
    """
    analysis = FactorAnalysis(rank, svd_method="lapack", tol=1e-3)
    with warnings.catch_warnings():
        # A few more steps of expectation-maximisation change nothing that matters here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # It centres what it is given, and mirrored rows are centred already.
        analysis.fit(to_array(centred if is_centred else torch.cat([centred, -centred])))
    return torch.from_numpy(analysis.get_covariance()).to(centred)


def fit_student(rows: Tensor, df: float | None, *, learn_location: bool) -> tuple[Tensor, float]:
    """Fit a Student law; return its location and scatter, stacked, and its degrees of freedom."""
    # Mirrored rows are centred at zero, whatever the rows are.
    sample = rows if learn_location else torch.cat([rows, -rows])
    try:
        found = student_fit(sample.double(), df, tol=_TOL)
    except ValueError as error:
        raise ValueError(
            "family must be 'gaussian' for rows that lie in a point, a line or a plane for the "
            "most part: the scatter of a heavy-tailed law is singular there. Drop columns that "
            "repeat others, or use family='gaussian'."
        ) from error
    law = torch.cat([found.location[None], found.scatter]).to(rows)
    if not learn_location:
        law[0] = 0.0
    return law, found.df


def _heights(squared: Tensor, n_features: int) -> Tensor:
    """Return half the logarithms of squared distances at the knots' levels, median fixed."""
    levels = torch.sigmoid(knots()).to(squared)
    # Not torch.quantile: it has a limit on the number of rows.
    ordered = 0.5 * squared.clamp(min=_LEAST_SQUARE).sort().values.log()
    position = levels * (len(ordered) - 1)
    left = position.floor().long().clamp(max=len(ordered) - 2)
    heights = torch.lerp(ordered[left], ordered[left + 1], position - left)
    _straighten_tail(heights, ordered)
    # Ties must not make steps: a law has a density.
    heights += _LEAST_STEP * torch.arange(len(heights)).to(heights)
    return heights - heights[len(levels) // 2] + 0.5 * math.log(chi2.median(n_features))


def _straighten_tail(heights: Tensor, ordered: Tensor) -> None:
    """Let the heights rise evenly where rows are few, by Hill's estimate of the slope [1]_.

    References
    ----------
    .. [1] Hill, B. M. (1975). A simple general approach to inference about the tail of a
       distribution. Ann. Statist. 3, 1163-1174. doi:10.1214/aos/1176343247
    """
    logits = knots().tolist()
    first = next(k for k, logit in enumerate(logits) if logit >= _TAIL_LOGIT)
    share = 1 / (1 + math.exp(logits[first]))
    n_tail = round(share * len(ordered))
    if n_tail < _LEAST_TAIL:
        return
    excess = float((ordered[-n_tail:] - ordered[-n_tail - 1]).mean())
    # The mean excess of a logit over its value here.
    slope = excess / (math.log1p(math.exp(-logits[first])) / share)
    steps = torch.tensor(logits[first:]).to(heights) - logits[first]
    heights[first:] = heights[first] + slope * steps
