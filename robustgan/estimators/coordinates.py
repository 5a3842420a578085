"""Coordinates in which a game is played: centred, scaled and, if wanted, whitened.

The only place where an estimator's data change their units, in float64, there and back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from robustgan._bridge import to_array, to_tensor_like
from robustgan.depth import (
    check_columns_vary,
    coordinate_median,
    median_absolute_deviation,
    robust_scale,
)
from robustgan.estimators.scatter import kendall_correlation

# Rows enter a game on a grid this fine, in units of the scale: the rounding of another unit of
# measurement then changes no bit of it.
_GRID = 2.0**-12
# Farther rows would overflow when squared in float32.
_FARTHEST = 1e15
# Columns that repeat each other do not vary along some direction; coordinates must.
_LEAST_SCALE = 1e-2
# Least variance of a column's own, beside common factors, at the start.
_LEAST_OWN = 0.1


@dataclass(frozen=True)
class Coordinates:
    """An affine map from the data's units to standardised ones.

    Attributes
    ----------
    start : ndarray of shape (n_features,)
        What maps to zero: the coordinate median, for ``'full'`` along robust principal axes.
    scale : ndarray of shape (n_features,)
        One for ``'identity'``, else a robust scale of each column.
    root : ndarray of shape (n_features, n_features) or None
        Symmetric square root of a robust correlation, for ``'full'``.
    """

    start: NDArray[np.float64]
    scale: NDArray[np.float64]
    root: NDArray[np.float64] | None

    @classmethod
    def from_sample(
        cls,
        X: Tensor,
        covariance: str,
        feature_names: Sequence[str] | None,
        *,
        learn_centre: bool = True,
        whiten: bool = True,
    ) -> Self:
        """Choose coordinates for a sample of shape (n_samples, n_features), float64.

        The centre is zero if it is not to be learned; ``'full'`` scales the columns alone if it is
        not to whiten them.

        Raises
        ------
        ValueError
            If a column is constant.
        """
        start = coordinate_median(X) if learn_centre else torch.zeros_like(X[0])
        if covariance == "identity":
            check_columns_vary(X, feature_names)
            return cls(to_array(start), np.ones(X.shape[1]), None)
        scale = robust_scale(X, start, feature_names=feature_names)
        if covariance != "full":
            return cls(to_array(start), to_array(scale), None)
        if not whiten:
            return cls(to_array(start), to_array(scale), np.eye(X.shape[1]))
        centre, root = _whiten((X - start) / scale, learn_centre=learn_centre)
        return cls(to_array(start + scale * centre), to_array(scale), to_array(root))

    def standardize(self, X: Tensor) -> Tensor:
        """Map rows (n, n_features) in the data's units to standardised ones, float64."""
        Z = (X - to_tensor_like(self.start, X)) / to_tensor_like(self.scale, X)
        Z = Z.clamp_(-_FARTHEST, _FARTHEST)
        if self.root is None:
            return Z
        whitened: Tensor = torch.linalg.solve(to_tensor_like(self.root, X), Z.mT).mT
        return whitened

    def location(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map a standardised location back, of shape (n_features,)."""
        turned = z if self.root is None else self.root @ z
        return self.start + self.scale * turned

    def covariance(self, law: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map what is fitted of a standardised covariance, (k, n_features), back to a matrix."""
        if len(law) == 0:
            return np.diag(self.scale**2)
        matrix = np.diag(law[0]) if self.root is None else self.root @ law @ self.root
        return matrix * np.outer(self.scale, self.scale)


def _whiten(Z: Tensor, *, learn_centre: bool) -> tuple[Tensor, Tensor]:
    """Return a robust centre and the symmetric root of a robust correlation of scaled rows.

    Directions are those of Kendall's correlation, but its eigenvalues follow a cluster as those of
    the sample covariance do; medians and scales of the projections do not.
    """
    _, axes = torch.linalg.eigh(kendall_correlation(Z))
    projected = Z @ axes
    centre = coordinate_median(projected) if learn_centre else torch.zeros_like(Z[0])
    scales = median_absolute_deviation(projected, centre).clamp_(min=_LEAST_SCALE)
    return axes @ centre, (axes * scales) @ axes.mT


def principal_start(Z: Tensor, rank: int) -> Tensor:
    """Return a robust correlation of scaled rows, of unit variances but for its leading axes.

    Parameters
    ----------
    Z : Tensor of shape (n, n_features)
    rank : int
        Number of leading axes.

    Returns
    -------
    covariance : Tensor of shape (n_features, n_features)
    """
    _, axes = torch.linalg.eigh(kendall_correlation(Z.double()))
    leading = axes[:, -rank:]
    projected = Z.double() @ leading
    scales = median_absolute_deviation(projected, coordinate_median(projected))
    excess = (scales.square() - 1).clamp(min=0.0)
    common = (leading * excess) @ leading.mT
    start: Tensor = torch.diag((1 - common.diagonal()).clamp(min=_LEAST_OWN)) + common
    return start.to(Z)


def snap(Z: Tensor) -> Tensor:
    """Round standardised rows to the grid of a game, float32."""
    return ((Z / _GRID).round_() * _GRID).float()
