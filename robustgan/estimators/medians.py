"""Estimators of location by a median: nothing random, nothing trained.

They are the start values of the games and the first thing to compare a game with. This room
does not know how medians are computed, which is in ``robustgan.depth``.
"""

import warnings
from numbers import Integral, Real
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import chi2
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from robustgan._bridge import to_array, to_tensor, to_tensor_like
from robustgan._bridge.calibration import check_calibration
from robustgan._bridge.outliers import (
    Contamination,
    OutlierScoresMixin,
    check_contamination,
)
from robustgan.depth import (
    coordinate_median,
    find_varying_columns,
    geometric_median,
    robust_scale,
)

# Quantiles that stand for draws of the clean law.
_N_REFERENCE = 20_000
# Larger squares would overflow; a row this many scales away needs no finer score.
FARTHEST = 1e150


class MedianEstimator(OutlierScoresMixin, BaseEstimator):
    """Scores by the standardised distance from a location, which all medians share."""

    contamination: Contamination
    device: str | torch.device
    location_: NDArray[np.float64]
    scale_: NDArray[np.float64]
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    def score_samples(self, X: object) -> NDArray[np.float64]:
        """Score the rows by their distance from the location; higher is more normal.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Minus the squared distance from ``location_`` after each column is divided by its
            ``scale_``; at most 0.
        """
        check_is_fitted(self)
        return self._score(to_tensor(self, X, device=self.device, reset=False))

    def mahalanobis(self, X: object) -> NDArray[np.float64]:
        """Return squared distances from the location, each column in units of its ``scale_``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        squared : ndarray of shape (n_samples,)
        """
        return -self.score_samples(X)

    def feature_contributions(self, X: object) -> NDArray[np.float64]:
        """Say what each feature adds to a row's squared distance.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        contributions : ndarray of shape (n_samples, n_features)
            Not negative; each row sums to minus its ``score_samples``.
        """
        check_is_fitted(self)
        return to_array(self._squares(to_tensor(self, X, device=self.device, reset=False)))

    def _score(self, X: Tensor) -> NDArray[np.float64]:
        """Score rows that are validated already."""
        return to_array(-self._squares(X).sum(dim=-1))

    def _squares(self, X: Tensor) -> Tensor:
        """Return squared standardised deviations of each column, zero where it is constant."""
        scale = to_tensor_like(self.scale_, X)
        # Divided by infinity.
        scale = torch.where(scale > 0, scale, torch.inf)
        standardized = (X - to_tensor_like(self.location_, X)) / scale
        return standardized.clamp_(-FARTHEST, FARTHEST).square_()

    def _keep(self, X: Tensor, location: Tensor, scale: Tensor) -> None:
        """Keep location and scale, and set the cut-off from the training rows."""
        self.location_ = to_array(location)
        self.scale_ = to_array(scale)
        # Quantiles of the law of clean rows stand for draws.
        levels = (np.arange(_N_REFERENCE) + 0.5) / _N_REFERENCE
        self._calibrate(self._score(X), -self._clean_distances(levels, len(X)))

    def _clean_distances(self, levels: NDArray[np.float64], n_samples: int) -> NDArray[np.float64]:
        """Return upper quantiles of the distances of rows with independent, normal columns."""
        n_varying = np.count_nonzero(self.scale_)
        return np.asarray(chi2.isf(levels, df=n_varying)) if n_varying else np.zeros_like(levels)

    def _robust_scale(self, X: Tensor, center: Tensor) -> Tensor:
        """Scale the columns; a warning of a constant one calls it by its name."""
        varies = find_varying_columns(X, getattr(self, "feature_names_in_", None))
        scale = torch.zeros_like(center)
        if varies.any():
            scale[varies] = robust_scale(X[:, varies], center[varies])
        return scale


class CoordinateMedian(MedianEstimator):
    """Estimate location by the median of each column.

    Exact and quick. Shifting, scaling or permuting the columns does the same to the estimate.
    Its bias under contamination grows with the number of features, as each column adds its
    own.

    Parameters
    ----------
    contamination : 'auto' or float in (0, 0.5], default='auto'
        Share of the training rows to flag as outliers. ``'auto'`` flags by ``alpha``.
    alpha : float, default=0.05
        Share of clean rows that are flagged, in (0, 0.5], if the columns are independent and
        normal: squared standardised distances are compared with the chi-squared law with
        ``n_features`` degrees of freedom. Another share if they are dependent or heavy-tailed.
    adjust : {'bh'} or None, default=None
        ``'bh'`` makes ``alpha`` the most expected share of clean rows among those that are flagged.
    device : str or torch.device, default='auto'
        ``'auto'`` uses the device of a tensor, else CUDA if available, else the CPU.

    Attributes
    ----------
    location_ : ndarray of shape (n_features,)
        Median of each column; for an even number of rows the midpoint of the middle two.
    scale_ : ndarray of shape (n_features,)
        Median absolute deviation of each column, times 1.4826 to be consistent at the normal.
        Where it is zero because values tie, the mean absolute deviation times 1.2533. Zero for
        constant columns.
    offset_ : float
        Cut-off: rows with a lower score are outliers.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features seen in ``fit``, if the data had string names.

    See Also
    --------
    GeometricMedian : The same for all columns at once.

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan.estimators.medians import CoordinateMedian
    >>> X = np.random.default_rng(0).normal(size=(500, 3))
    >>> X[:50] = 100.0
    >>> median = CoordinateMedian().fit(X)
    >>> bool(np.abs(median.location_).max() < 0.5)
    True
    >>> bool((median.predict(X[:50]) == -1).all())
    True
    """

    def __init__(
        self,
        *,
        contamination: Contamination = "auto",
        alpha: float = 0.05,
        adjust: str | None = None,
        device: str | torch.device = "auto",
    ) -> None:
        self.contamination = contamination
        self.alpha = alpha
        self.adjust = adjust
        self.device = device

    def fit(self, X: object, y: object = None) -> Self:
        """Take the medians and scales of the columns.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The sample: at least two rows. Constant columns take no part in scores.
        y : Ignored
            Present for scikit-learn's conventions.

        Returns
        -------
        self : CoordinateMedian
            The fitted estimator.
        """
        check_contamination(self.contamination)
        check_calibration(self.alpha, self.adjust)
        X = to_tensor(self, X, device=self.device, reset=True, min_samples=2)
        location = coordinate_median(X)
        self._keep(X, location, self._robust_scale(X, location))
        return self


class GeometricMedian(MedianEstimator):
    """Estimate location by the point with the smallest mean distance to the rows.

    Also called spatial or L1 median. Shifting, rotating or scaling all columns alike does the
    same to the estimate, scaling them separately does not: where units differ, the column
    with the widest spread decides, so put a ``sklearn.preprocessing.RobustScaler`` before it.

    Parameters
    ----------
    contamination : 'auto' or float in (0, 0.5], default='auto'
        Share of the training rows to flag as outliers. ``'auto'`` flags by ``alpha``.
    alpha : float, default=0.05
        Share of clean rows that are flagged, in (0, 0.5], if the columns are independent and
        normal: squared standardised distances are compared with the chi-squared law with
        ``n_features`` degrees of freedom. Another share if they are dependent or heavy-tailed.
    adjust : {'bh'} or None, default=None
        ``'bh'`` makes ``alpha`` the most expected share of clean rows among those that are flagged.
    max_iter : int, default=1000
        The most steps to take.
    tol : float, default=1e-8
        Converged when the gradient of the mean distance, a mean of unit vectors, is no longer
        than this; in (0, 1).
    device : str or torch.device, default='auto'
        ``'auto'`` uses the device of a tensor, else CUDA if available, else the CPU.

    Attributes
    ----------
    location_ : ndarray of shape (n_features,)
        The geometric median, in the units of the data.
    scale_ : ndarray of shape (n_features,)
        Median absolute deviation of each column from its median, times 1.4826 to be
        consistent at the normal. Where it is zero because values tie, the mean absolute
        deviation times 1.2533. Zero for constant columns.
    offset_ : float
        Cut-off: rows with a lower score are outliers.
    n_iter_ : int
        Points tried before ``tol`` was reached.
    converged_ : bool
        Whether ``tol`` was reached.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features seen in ``fit``, if the data had string names.

    See Also
    --------
    CoordinateMedian : Column by column, and equivariant to the scale of each.

    References
    ----------
    .. [1] Vardi, Y. and Zhang, C.-H. (2000). The multivariate L1-median and associated data
       depth. PNAS 97, 1423-1426. doi:10.1073/pnas.97.4.1423

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan.estimators.medians import GeometricMedian
    >>> X = np.random.default_rng(0).normal(size=(500, 3))
    >>> X[:50] = 100.0
    >>> median = GeometricMedian().fit(X)
    >>> bool(np.abs(median.location_).max() < 0.5)
    True
    >>> median.converged_
    True
    """

    def __init__(
        self,
        *,
        contamination: Contamination = "auto",
        alpha: float = 0.05,
        adjust: str | None = None,
        max_iter: int = 1000,
        tol: float = 1e-8,
        device: str | torch.device = "auto",
    ) -> None:
        self.contamination = contamination
        self.alpha = alpha
        self.adjust = adjust
        self.max_iter = max_iter
        self.tol = tol
        self.device = device

    def fit(self, X: object, y: object = None) -> Self:
        """Find the geometric median.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The sample: at least two rows. Constant columns take no part in scores.
        y : Ignored
            Present for scikit-learn's conventions.

        Returns
        -------
        self : GeometricMedian
            The fitted estimator.

        Warns
        -----
        ConvergenceWarning
            If ``tol`` is not reached in ``max_iter`` steps.
        """
        check_contamination(self.contamination)
        check_calibration(self.alpha, self.adjust)
        self._check_iteration()
        X = to_tensor(self, X, device=self.device, reset=True, min_samples=2)
        # About the coordinate median, where ties are exact and can be seen.
        scale = self._robust_scale(X, coordinate_median(X))
        location, self.n_iter_, self.converged_ = geometric_median(
            X, max_iter=self.max_iter, tol=self.tol
        )
        if not self.converged_:
            warnings.warn(
                f"GeometricMedian has not reached tol={self.tol:g} in "
                f"max_iter={self.max_iter} steps: its location is usable but unsettled. "
                "Increase max_iter, or tol.",
                ConvergenceWarning,
                stacklevel=2,
            )
        self._keep(X, location, scale)
        return self

    def _check_iteration(self) -> None:
        """Check the parameters of the iteration."""
        if not isinstance(self.max_iter, Integral) or isinstance(self.max_iter, bool):
            raise TypeError(f"max_iter must be an integer, got {self.max_iter!r}.")
        if self.max_iter < 1:
            raise ValueError(f"max_iter must be at least 1, got {self.max_iter}.")
        if not isinstance(self.tol, Real):
            raise TypeError(f"tol must be a real number, got {self.tol!r}.")
        if not 0 < self.tol < 1:
            raise ValueError(f"tol must lie in (0, 1), got {self.tol}.")
