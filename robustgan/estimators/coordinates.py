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
    coordinate_median,
    find_varying_columns,
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
        One for ``'identity'``, else a robust scale of each column. Zero for constant columns, which
        have no standardised coordinate.
    root : ndarray of shape (n_varying, n_varying) or None
        Symmetric square root of a robust correlation, for ``'full'``.
    """

    start: NDArray[np.float64]
    scale: NDArray[np.float64]
    root: NDArray[np.float64] | None

    @property
    def varies(self) -> NDArray[np.bool_]:
        """Whether each column varies, of shape (n_features,)."""
        return self.scale > 0

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
            If no column varies.

        Warns
        -----
        UserWarning
            If a column is constant.
        """
        if not (X - X[0]).any():
            raise ValueError(
                f"X must vary in some column, got {len(X)} equal rows. There is nothing to fit."
            )
        varies = find_varying_columns(X, feature_names)
        start = coordinate_median(X) if learn_centre else torch.zeros_like(X[0])
        X, centre, scale = X[:, varies], start[varies], torch.zeros_like(start)
        if covariance == "identity":
            scale[varies] = 1.0
            return cls(to_array(start), to_array(scale), None)
        scale[varies] = robust_scale(X, centre)
        if covariance != "full":
            return cls(to_array(start), to_array(scale), None)
        if not whiten:
            return cls(to_array(start), to_array(scale), np.eye(X.shape[1]))
        shift, root = _whiten((X - centre) / scale[varies], learn_centre=learn_centre)
        start[varies] += scale[varies] * shift
        return cls(to_array(start), to_array(scale), to_array(root))

    def standardize(self, X: Tensor) -> Tensor:
        """Map rows (n, n_features) in the data's units to standardised ones, float64.

        Of shape (n, n_varying): constant columns are left out.
        """
        start, scale = to_tensor_like(self.start, X), to_tensor_like(self.scale, X)
        if not self.varies.all():
            varies = scale > 0
            X, start, scale = X[:, varies], start[varies], scale[varies]
        Z = ((X - start) / scale).clamp_(-_FARTHEST, _FARTHEST)
        if self.root is None:
            return Z
        whitened: Tensor = torch.linalg.solve(to_tensor_like(self.root, X), Z.mT).mT
        return whitened

    def location(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map a standardised location back, of shape (n_features,)."""
        turned = z if self.root is None else self.root @ z
        return self.start + self.scale * self.spread(turned)

    def covariance(self, law: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map what is fitted of a standardised covariance, (k, n_varying), back to a matrix."""
        if len(law) == 0:
            return np.diag(self.scale**2)
        matrix = np.diag(law[0]) if self.root is None else self.root @ law @ self.root
        return self.spread(self.spread(matrix).T) * np.outer(self.scale, self.scale)

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Spread values (..., n_varying) over all columns, zero for the constant ones."""
        if self.varies.all():
            return values
        spread = np.zeros((*values.shape[:-1], len(self.scale)))
        spread[..., self.varies] = values
        return spread


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
