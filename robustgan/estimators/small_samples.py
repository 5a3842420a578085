"""What stands in for a game where the sample is too small for one: a determinant estimator.

Knows samples and how few rows make estimates wrong; it does not know games. All of it is
deterministic, in float64 on the CPU.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, f, norm, rankdata
from torch import Tensor

from robustgan._bridge import to_array
from robustgan.depth import coordinate_median, robust_scale

_Array = NDArray[np.float64]

# With fewer rows, or rows a feature, the covariance of half of them is too near to singular.
_LEAST_ROWS, _LEAST_ROWS_PER_FEATURE = 10, 3
# Consistency of the median absolute deviation at the normal.
_DEVIATION_FACTOR = 1.482602218505602
# A value that a larger share of a column ties with leaves half of the rows no variance to rely on.
_MOST_TIES = 1 / 3
# Fewer rows than these say nothing about others.
_FEWEST = 4
# Level at which rows are kept, one by one; the labels hold it for all rows together.
_LEVEL = 0.975
# Variances, relative to the largest, that count as zero.
_SINGULAR = 1e-10
# The regularised covariance: its condition, and the least weight of the target.
_CONDITION, _LEAST_WEIGHT = 50.0, 0.1
# Farther rows, in units of the scale, would overflow when squared.
_FARTHEST = 1e15
_MAX_STEPS = 100
# Small-sample corrections for half of the rows, from simulations by Pison et al.: logarithm of the
# factor and rate of n for one and two columns; k, factor and rate of p for more.
_FEW_FEATURES = {
    1: (0.262024211897096, 0.604756680630497),
    2: (0.673292623522027, 0.691365864961895),
}
_MANY = ((2, 1.42764571687802, 1.26263336932151), (3, 1.06141115981725, 1.28907991440387))


@dataclass(frozen=True)
class Fallback:
    """Location and covariance of a small sample, and the rows that agree with them.

    Attributes
    ----------
    name : str
        Of the estimator.
    location : ndarray of shape (n_features,)
        Mean of the rows on which the estimate rests, in the units of the sample.
    covariance : ndarray of shape (n_features, n_features)
        Positive definite.
    support : ndarray of shape (n_samples,)
        Whether the squared distance of each row is at most ``cut``; at least half are.
    cut : float
        Largest squared Mahalanobis distance of a row that is kept.
    """

    name: str
    location: _Array
    covariance: _Array
    support: NDArray[np.bool_]
    cut: float


def fall_back(X: Tensor) -> Fallback:
    """Estimate location and covariance of a small sample by its half of least determinant.

    The minimum covariance determinant estimator from deterministic starts [1]_, with small-sample
    correction [2]_, reweighted twice; rows are flagged at 2.5 % for all of them together, by the
    law of distances from a mean and covariance of few rows [3]_. Where the covariance of half of
    the rows is singular, or nearly (fewer than 3 rows a feature, ties, columns that are
    combinations of others), it is mixed with the squared scales of the columns [4]_, and the
    cut-off is that of the distances' own cube roots [5]_.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
        The sample, finite, with two rows at least. No column is constant.

    Returns
    -------
    fallback : Fallback
        Equivariant to shifts, scales and permutations.

    Raises
    ------
    ValueError
        If a column is constant.

    References
    ----------
    .. [1] Hubert, M., Rousseeuw, P. J. and Verdonck, T. (2012). A deterministic algorithm for
       robust location and scatter. J. Comput. Graph. Statist. 21, 618-637.
       doi:10.1080/10618600.2012.672100
    .. [2] Pison, G., Van Aelst, S. and Willems, G. (2002). Small sample corrections for LTS and
       MCD. Metrika 55, 111-123. doi:10.1007/s001840200191
    .. [3] Cerioli, A. (2010). Multivariate outlier detection with high-breakdown estimators.
       JASA 105, 147-156. doi:10.1198/jasa.2009.tm09147
    .. [4] Boudt, K., Rousseeuw, P. J., Vanduffel, S. and Verdonck, T. (2020). The minimum
       regularized covariance determinant estimator. Stat. Comput. 30, 113-128.
       doi:10.1007/s11222-019-09869-x
    .. [5] Hubert, M., Rousseeuw, P. J. and Vanden Branden, K. (2005). ROBPCA: a new approach to
       robust principal component analysis. Technometrics 47, 64-79, section 2.
       doi:10.1198/004017004000000563

    Examples
    --------
    >>> import torch
    >>> X = torch.randn(40, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    >>> X[:8] += 20.0
    >>> fallback = fall_back(X)
    >>> fallback.name, (~fallback.support).nonzero()[0].tolist()
    ('reweighted deterministic MCD', [0, 1, 2, 3, 4, 5, 6, 7])
    """
    center, scale, has_ties = _choose_units(X)
    Z = np.clip((to_array(X) - center) / scale, -_FARTHEST, _FARTHEST)
    n, p = Z.shape
    has_rows = n >= max(_LEAST_ROWS, _LEAST_ROWS_PER_FEATURE * p)
    plain = _fit_plain(Z) if has_rows and not has_ties else None
    name = "reweighted deterministic MCD" if plain else "reweighted regularised MCD"
    law, cut = plain or _fit_regularized(Z)
    squared = law.squared_distance(Z)
    cut = max(cut, float(np.sort(squared)[_half(n) - 1]))
    location, covariance = center + scale * law.mean, law.covariance() * np.outer(scale, scale)
    return Fallback(name, location, covariance, squared <= cut, cut)


@dataclass(frozen=True)
class _Law:
    """Mean and covariance of rows, the latter by its eigenvectors and mixed with the identity."""

    mean: _Array
    variances: _Array
    vectors: _Array
    weight: float
    n_rows: int

    @classmethod
    def of(cls, rows: _Array, weight: float = 0.0, factor: float = 1.0) -> Self:
        """Describe rows, the covariance multiplied by a factor, the identity's weight as given."""
        variances, vectors = np.linalg.eigh(factor * _covariance(rows))
        return cls(rows.mean(axis=0), np.maximum(variances, 0.0), vectors, weight, len(rows))

    @property
    def mixed(self) -> _Array:
        """Variances after the identity is mixed in."""
        return self.weight + (1 - self.weight) * self.variances

    @property
    def is_singular(self) -> bool:
        return bool(self.mixed[0] <= _SINGULAR * self.mixed[-1])

    @property
    def log_determinant(self) -> float:
        return float(np.log(self.mixed).sum())

    def covariance(self) -> _Array:
        return (self.vectors * self.mixed) @ self.vectors.T

    def squared_distance(self, Z: _Array) -> _Array:
        scores: _Array = (Z - self.mean) @ self.vectors
        squared: _Array = (scores**2 / self.mixed).sum(axis=1)
        return squared

    def held_out_distance(self, Z: _Array) -> _Array:
        """Return each described row's squared distance from the law of the others."""
        n = self.n_rows
        scores: _Array = ((Z - self.mean) @ self.vectors) ** 2
        if n < 3:
            return (n / (n - 1)) ** 2 * self.squared_distance(Z)
        # The others' covariance is a multiple of all rows' less a multiple of the row's square.
        others = self.weight + (1 - self.weight) * (n - 1) / (n - 2) * self.variances
        squared: _Array = (scores / others).sum(axis=1)
        lost = (1 - self.weight) * n / ((n - 1) * (n - 2)) * squared
        return (n / (n - 1)) ** 2 * squared / np.maximum(1 - lost, _SINGULAR)


def _choose_units(X: Tensor) -> tuple[_Array, _Array, bool]:
    """Return centre and scale of each column, and whether a large share of one ties."""
    center = coordinate_median(X)
    scale, has_ties = to_array(robust_scale(X, center)), False
    for j, column in enumerate(to_array(X.mT)):
        values, counts = np.unique(column, return_counts=True)
        if counts.max() > _MOST_TIES * len(column):
            # Half of the column may have no scale at all: that of the others is meant.
            tied, has_ties = values[counts.argmax()], True
            scale[j] = _DEVIATION_FACTOR * np.median(np.abs(column[column != tied] - tied))
    return to_array(center), scale, has_ties


def _fit_plain(Z: _Array) -> tuple[_Law, float] | None:
    """Return the reweighted MCD and its cut-off, None where half of the rows is singular."""
    n, p = Z.shape
    size = (n + p + 1) // 2
    half = _concentrate(Z, _starts(Z, size), 0.0)
    if half is None:
        return None
    factor = _consistency(size / n, p) * _small_sample(n, p)
    law, cut = _Law.of(Z[half], factor=factor), float(chi2.ppf(_LEVEL, p))
    for _ in range(2):
        kept = _nearest_rows(law.squared_distance(Z), cut, size)
        law = _Law.of(Z[kept], factor=_consistency(_LEVEL, p))
        cut = _largest_distance(_LEVEL, law.n_rows, p)
    return law, _largest_distance(_LEVEL ** (1 / n), law.n_rows, p)


def _fit_regularized(Z: _Array) -> tuple[_Law, float]:
    """Return the reweighted regularised MCD and its cut-off."""
    size = _half(len(Z))
    starts = _starts(Z, size)
    weight = _choose_weight([_Law.of(Z[rows]).variances for rows in starts])
    kept = np.zeros(len(Z), dtype=np.bool_)
    kept[_concentrate(Z, starts, weight)] = True
    cut = _typical_distance(_held_out(Z, kept, weight), _LEVEL)
    kept = _nearest_rows(_Law.of(Z[kept], weight).squared_distance(Z), cut, size)
    cut = _typical_distance(_held_out(Z, kept, weight), _LEVEL ** (1 / len(Z)))
    return _Law.of(Z[kept], weight), cut


def _half(n_samples: int) -> int:
    """Return the size of a majority; of very few rows, all."""
    return min(n_samples, max(n_samples // 2 + 1, _FEWEST))


def _covariance(rows: _Array) -> _Array:
    return np.atleast_2d(np.cov(rows.T))


def _starts(Z: _Array, size: int) -> list[NDArray[np.intp]]:
    """Choose ``size`` rows by each of some robust matrices, in two orders each.

    By distance in the matrix's own axes, which finds outliers that no column shows; and by the
    part of the row in the directions that spread most, which keeps clusters out.
    """
    starts = []
    for matrix in _matrices(Z):
        _, axes = np.linalg.eigh(matrix)
        scores = Z @ axes
        spread = np.median(np.abs(scores - np.median(scores, axis=0)), axis=0)
        flat = spread <= _SINGULAR * spread.max()
        divisor = np.where(flat, np.inf, spread)
        middle = np.median(scores / divisor @ axes.T, axis=0) @ axes
        for offsets in (scores / divisor - middle, scores * spread):
            starts.append(np.argsort((offsets**2).sum(axis=1), kind="stable")[:size])
    return starts


def _matrices(Z: _Array) -> Iterator[_Array]:
    """Yield correlations of bounded scores, ranks, normal scores and signs, and of the middle."""
    n = len(Z)
    ranks = rankdata(Z, axis=0)
    radii = np.linalg.norm(Z, axis=1, keepdims=True)
    for scores in (np.tanh(Z), ranks, norm.ppf((ranks - 1 / 3) / (n + 1 / 3))):
        yield np.atleast_2d(np.corrcoef(scores.T))
    yield _covariance(Z / np.where(radii > 0, radii, 1.0))
    yield _covariance(Z[np.argsort(radii[:, 0], kind="stable")[: _half(n)]])


def _concentrate(
    Z: _Array, starts: list[NDArray[np.intp]], weight: float
) -> NDArray[np.intp] | None:
    """Return the rows of least determinant, None where a covariance is singular."""
    best, least = None, math.inf
    for start in starts:
        rows = np.sort(start)
        for _ in range(_MAX_STEPS):
            law = _Law.of(Z[rows], weight)
            if law.is_singular:
                return None
            nearest = np.argsort(law.squared_distance(Z), kind="stable")[: len(rows)]
            previous, rows = rows, np.sort(nearest)
            if np.array_equal(previous, rows):
                break
        if law.log_determinant < least:
            best, least = rows, law.log_determinant
    return best


def _choose_weight(variances: list[_Array]) -> float:
    """Choose the identity's weight that bounds the condition of most starts' covariances."""
    excesses = [max(0.0, float(each[-1] - _CONDITION * each[0])) for each in variances]
    bounds = [excess / (excess + _CONDITION - 1) for excess in excesses]
    return max(_LEAST_WEIGHT, float(np.median(bounds)))


def _nearest_rows(squared: _Array, cut: float, least: int) -> NDArray[np.bool_]:
    """Tell which rows are within the cut-off, or else among the nearest few."""
    return squared <= max(cut, float(np.sort(squared)[least - 1]))


def _held_out(Z: _Array, kept: NDArray[np.bool_], weight: float) -> _Array:
    """Return each row's squared distance from the law of the rows kept, itself left out."""
    law = _Law.of(Z[kept], weight)
    squared = law.squared_distance(Z)
    squared[kept] = law.held_out_distance(Z[kept])
    return squared


def _typical_distance(squared: _Array, level: float) -> float:
    """Return a quantile of squared distances, whose cube roots are normal for most rows."""
    roots = np.cbrt(squared)
    middle = float(np.median(roots))
    deviations = np.abs(roots - middle)
    scale = _DEVIATION_FACTOR * float(np.median(deviations)) or 1.2533 * float(deviations.mean())
    # A little more, lest rounding of cube and root flag rows that tie with the cut-off.
    return (middle + scale * float(norm.ppf(level))) ** 3 * (1 + 1e-9)


def _largest_distance(level: float, n_rows: int, n_features: int) -> float:
    """Return a quantile of the squared distance of a new row from the law of ``n_rows`` others."""
    n, p = n_rows, n_features
    return float((n + 1) * (n - 1) * p / (n * (n - p)) * f.ppf(level, p, n - p))


def _consistency(share: float, n_features: int) -> float:
    """Return what the covariance of the nearest share of normal rows is too small by."""
    if share >= 1:
        return 1.0
    inner = chi2.cdf(chi2.ppf(share, n_features), n_features + 2)
    return float(share / inner)


def _small_sample(n_samples: int, n_features: int) -> float:
    """Return what the covariance of half of few rows is too small by, [2]_ in `fall_back`."""
    n, p = n_samples, n_features
    if p <= 2:
        offset, slope = _FEW_FEATURES[p]
        return float(1 / (1 - math.exp(offset) / n**slope))
    # The loss at n = k p², k = 2 and 3, is c / p^b; between, its logarithm is linear in log n.
    (n_2, loss_2), (n_3, loss_3) = [(k * p**2, math.log(c / p**b)) for k, c, b in _MANY]
    slope = (loss_2 - loss_3) / math.log(n_3 / n_2)
    return 1 / (1 - math.exp(loss_2 - slope * math.log(n / n_2)))
