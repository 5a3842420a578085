"""Tukey's median as an estimator: exact on the line and in the plane, nearly the deepest above."""

import warnings
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import f
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from robustgan._bridge import (
    make_generator,
    make_seeds,
    to_array,
    to_tensor,
    to_tensor_like,
)
from robustgan._bridge.calibration import check_calibration
from robustgan._bridge.outliers import Contamination, check_contamination
from robustgan._bridge.parameters import check_integer
from robustgan.depth import (
    coordinate_median,
    deepest_point,
    halfspace_depth,
)
from robustgan.depth.central import climb_to_depth
from robustgan.depth.deepest_scatter import find_covariance
from robustgan.depth.flats import find_flat
from robustgan.estimators.medians import FARTHEST, MedianEstimator

# In the plane the deepest region is looked for up to as many rows.
_MOST_ROWS_IN_THE_PLANE = 10_000
# With fewer rows a feature, a covariance is worse than the scales of the columns alone.
_LEAST_ROWS_PER_FEATURE = 10
# Steps of the search for the scatter, and numbers in a sample for which they are fewer.
_MAX_ITER, _FEW_ITER, _MANY_NUMBERS = 200, 40, 10**6
# Share of the information about a variance that the median of squares uses at the normal.
_EFFICIENCY = 0.367
# Where none of so many expected rows is beyond this level, the bulk is no normal one: clusters.
_LEVEL, _LEAST_EXPECTED = 0.05, 5


class TukeyMedian(MedianEstimator):
    """Estimate location by the point of largest halfspace depth.

    The halfspace depth of a point is the smallest share of rows in a halfspace that contains it
    [1]_. Its maximum is attained by Tukey's median, which is affine equivariant and whose bias
    under contamination does not grow with the number of features [2]_. On the line it is the
    median; in the plane the centre of gravity of the deepest region, exactly so up to 500 rows and
    to the precision of cutting planes up to 10,000. Above, the mean of where three searches by
    adaptive directions end is nearly the deepest point, in any dimension; where the coordinate
    median, from which they start, turns out to be deeper, it is returned.

    Parameters
    ----------
    contamination : 'auto' or float in (0, 0.5], default='auto'
        Share of the training rows to flag as outliers. ``'auto'`` flags by ``alpha``.
    alpha : float, default=0.05
        Share of clean rows that are flagged, in (0, 0.5], if they are normal; and, where
        ``fallback_`` says so, independent by column.
    adjust : {'bh'} or None, default=None
        ``'bh'`` makes ``alpha`` the most expected share of clean rows among those that are flagged.
    max_iter : int, default=200
        Most steps of each search.
    device : str or torch.device, default='auto'
        ``'auto'`` uses the device of a tensor, else CUDA if available, else the CPU.
    random_state : None, int, RandomState or Generator, default=None
        Directions of the searches; not used on the line.

    Attributes
    ----------
    location_ : ndarray of shape (n_features,)
        The median, in the units of the data.
    depth_ : float
        Its depth, in [0, 1]; an upper bound of it in more than two dimensions.
    covariance_ : ndarray of shape (n_features, n_features)
        The scatter of nearly largest matrix depth [2]_ about the median, scaled to a covariance
        at the normal; diagonal, of the squared ``scale_``, where ``fallback_`` says so.
    scale_ : ndarray of shape (n_features,)
        Robust scale of each column, as of `CoordinateMedian`; 0 for constant columns.
    fallback_ : str or None
        ``'coordinate scale'`` where there is no scatter to find by depth: fewer than 10 rows a
        feature, constant columns or columns that are combinations of others, or a scatter so
        wide that no row is beyond its 5 % level, as of separate clusters. Rows are then scored
        column by column.
    offset_ : float
        Cut-off: rows with a lower score are outliers.
    n_iter_ : int
        Steps of the longest search; 1 where it is exact.
    converged_ : bool
        Whether all searches ended before ``max_iter``.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features seen in ``fit``, if the data had string names.

    Notes
    -----
    Rows are scored by minus their squared distance from the median in units of ``covariance_``,
    not by their depth: copies of one point lend each other depth, which is no sign of being
    normal. `depth` gives it all the same. P-values compare with Hotelling's law of normal rows, and
    hold for correlated columns. Samples of more than a million numbers get a shorter search for the
    scatter.

    References
    ----------
    .. [1] Tukey, J. W. (1975). Mathematics and the picturing of data. Proc. Int. Congress of
       Mathematicians 2, 523-531.
    .. [2] Chen, M., Gao, C. and Ren, Z. (2018). Robust covariance and scatter matrix estimation
       under Huber's contamination model. Ann. Statist. 46, 1932-1960. doi:10.1214/17-AOS1607

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan import CoordinateMedian, TukeyMedian
    >>> X = np.random.default_rng(0).normal(size=(2000, 20))
    >>> X[:400] += 2.0
    >>> errors = [
    ...     np.linalg.norm(median.fit(X).location_)
    ...     for median in (TukeyMedian(random_state=0), CoordinateMedian())
    ... ]
    >>> bool(errors[0] < 0.6 * errors[1])
    True
    """

    depth_: float
    fallback_: str | None
    n_iter_: int
    converged_: bool

    def __init__(
        self,
        *,
        contamination: Contamination = "auto",
        alpha: float = 0.05,
        adjust: str | None = None,
        max_iter: int = 200,
        device: str | torch.device = "auto",
        random_state: object = None,
    ) -> None:
        self.contamination = contamination
        self.alpha = alpha
        self.adjust = adjust
        self.max_iter = max_iter
        self.device = device
        self.random_state = random_state

    def fit(self, X: object, y: object = None) -> Self:
        """Find the median.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The sample: at least two rows. Constant columns take no part in scores.
        y : Ignored
            Present for scikit-learn's conventions.

        Returns
        -------
        self : TukeyMedian
            The fitted estimator.

        Warns
        -----
        ConvergenceWarning
            If deeper points were still found after ``max_iter`` steps.
        """
        check_contamination(self.contamination)
        check_calibration(self.alpha, self.adjust)
        check_integer("max_iter", self.max_iter, 1)
        rows = to_tensor(self, X, device=self.device, reset=True, min_samples=2)
        start = coordinate_median(rows)
        scale = self._robust_scale(rows, start)
        self._rows = to_array(rows)
        if rows.shape[1] == 1 or (rows.shape[1] == 2 and len(rows) <= _MOST_ROWS_IN_THE_PLANE):
            location = deepest_point(rows)
            self.depth_ = float(halfspace_depth(location[None], rows)[0])
            self.n_iter_, self.converged_ = 1, True
        else:
            location = self._climb(rows, start, scale)
        self.location_, self.scale_ = to_array(location), to_array(scale)
        self._fit_scatter(rows, location, scale)
        self._keep(rows, location, scale)
        return self

    @property
    def covariance_(self) -> NDArray[np.float64]:
        """Covariance of clean rows, of shape (n_features, n_features)."""
        if self._covariance is None:
            return np.diag(self.scale_**2)
        return self._covariance

    def _fit_scatter(self, rows: Tensor, location: Tensor, scale: Tensor) -> None:
        """Find a scatter by its depth, where there are rows enough and none of it is singular."""
        found = None
        n_samples, n_features = rows.shape
        is_affordable = n_samples >= _LEAST_ROWS_PER_FEATURE * n_features
        if n_features > 1 and is_affordable and find_flat(rows[:0], rows) is None:
            generator = make_generator(make_seeds(self.random_state, 2)[1], rows.device)
            max_iter = _MAX_ITER if rows.numel() <= _MANY_NUMBERS else _FEW_ITER
            found = find_covariance(rows, location, max_iter=max_iter, rng=generator)
        self._covariance = None if found is None else to_array(found)
        self._whitening = None if found is None else to_array(_whiten(found))
        if found is not None and self._is_wider_than(rows):
            self._covariance = self._whitening = None
        stands_in = self._covariance is None and n_features > 1
        self.fallback_ = "coordinate scale" if stands_in else None

    def _is_wider_than(self, rows: Tensor) -> bool:
        """Tell whether none of many rows is beyond a level that one in twenty should be."""
        farthest = float(self._squares(rows).sum(dim=-1).max())
        quantile = self._clean_distances(np.array([_LEVEL]), len(rows))[0]
        return len(rows) * _LEVEL >= _LEAST_EXPECTED and farthest < quantile

    def _squares(self, X: Tensor) -> Tensor:
        """Return each column's share of the squared distance."""
        if self._whitening is None:
            return super()._squares(X)
        offsets = X - to_tensor_like(self.location_, X)
        deviations = to_tensor_like(self.covariance_, X).diagonal().sqrt()
        standardized = (offsets / deviations).clamp_(-FARTHEST, FARTHEST)
        standardized = standardized @ to_tensor_like(self._whitening, X)
        return standardized.clamp_(-FARTHEST, FARTHEST).square_()

    def _clean_distances(self, levels: NDArray[np.float64], n_samples: int) -> NDArray[np.float64]:
        """Return upper quantiles of the distances of fresh normal rows.

        Hotelling's law with as many degrees of freedom as the rows would be worth if the
        scatter were a sample covariance.
        """
        if self._whitening is None:
            return super()._clean_distances(levels, n_samples)
        n_features = len(self.scale_)
        # Correlations lose nothing where features are many: what is lost is of p variances.
        worth = (n_features + 1.0) / (n_features - 1.0 + 2.0 / _EFFICIENCY)
        freedom = max(worth * n_samples, n_features + 1.0)
        rest = freedom - n_features + 1.0
        quantiles: NDArray[np.float64] = f.isf(levels, n_features, rest)
        return freedom * n_features / rest * quantiles

    def _climb(self, rows: Tensor, start: Tensor, scale: Tensor) -> Tensor:
        """Search in standardised coordinates, where directions are alike."""
        generator = make_generator(make_seeds(self.random_state, 1)[0], rows.device)
        unit = torch.where(scale > 0, scale, 1.0)
        Z = ((rows - start) / unit).float()
        found = climb_to_depth(Z, Z.new_zeros(Z.shape[1]), max_iter=self.max_iter, rng=generator)
        self.depth_, self.n_iter_, self.converged_ = found.depth, found.n_iter, found.converged
        if not found.converged:
            warnings.warn(
                f"Deeper points were still found after max_iter={self.max_iter} steps. Increase "
                "max_iter.",
                ConvergenceWarning,
                stacklevel=3,
            )
        return start + scale * found.location.double()

    def depth(self, X: object) -> NDArray[np.float64]:
        """Return the halfspace depth of rows with respect to the training rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        depth : ndarray of shape (n_samples,)
            In [0, 1]; exact for up to three features, an upper bound above.
        """
        check_is_fitted(self)
        points = to_tensor(self, X, device="cpu", reset=False)
        seed = make_seeds(self.random_state, 1)[0]
        return to_array(halfspace_depth(points, to_tensor_like(self._rows, points), rng=seed))


def _whiten(covariance: Tensor) -> Tensor:
    """Return the inverse root of the correlation, by which every column keeps its name."""
    deviations = covariance.diagonal().sqrt()
    values, axes = torch.linalg.eigh(covariance / deviations.outer(deviations))
    whitening: Tensor = (axes / values.clamp(min=1e-12).sqrt()) @ axes.mT
    return whitening
