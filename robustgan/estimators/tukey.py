"""Tukey's median as an estimator: exact on the line and in the plane, nearly the deepest above."""

import warnings
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
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
from robustgan.depth import coordinate_median, deepest_point, halfspace_depth
from robustgan.depth.central import climb_to_depth
from robustgan.estimators.medians import MedianEstimator

# In the plane the deepest region is looked for up to as many rows.
_MOST_ROWS_IN_THE_PLANE = 10_000


class TukeyMedian(MedianEstimator):
    """Estimate location by the point of largest halfspace depth.

    The halfspace depth of a point is the smallest share of rows in a halfspace that contains it
    [1]_. Its maximum is attained by Tukey's median, which is affine equivariant and whose bias
    under contamination does not grow with the number of features [2]_. On the line it is the
    median; in the plane the centre of gravity of the deepest region, exactly so up to 500 rows and
    to the precision of cutting planes up to 10,000. Above, a search by adaptive directions finds a
    point that is nearly the deepest, in any dimension.

    Parameters
    ----------
    contamination : 'auto' or float in (0, 0.5], default='auto'
        Share of the training rows to flag as outliers. ``'auto'`` flags by ``alpha``.
    alpha : float, default=0.05
        Share of clean rows that are flagged, in (0, 0.5], if the columns are independent and
        normal.
    adjust : {'bh'} or None, default=None
        ``'bh'`` makes ``alpha`` the most expected share of clean rows among those that are flagged.
    max_iter : int, default=200
        Most steps of the search.
    device : str or torch.device, default='auto'
        ``'auto'`` uses the device of a tensor, else CUDA if available, else the CPU.
    random_state : None, int, RandomState or Generator, default=None
        Directions of the search; not used on the line, nor in the plane where it is exact.

    Attributes
    ----------
    location_ : ndarray of shape (n_features,)
        The median, in the units of the data.
    depth_ : float
        Its depth, in [0, 1]; an upper bound of it in more than two dimensions.
    scale_ : ndarray of shape (n_features,)
        Robust scale of each column, as of `CoordinateMedian`.
    offset_ : float
        Cut-off: rows with a lower score are outliers.
    n_iter_ : int
        Steps of the search; 1 where it is exact.
    converged_ : bool
        Whether the search ended before ``max_iter``.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features seen in ``fit``, if the data had string names.

    Notes
    -----
    Rows are scored by their standardised distance from the median, not by their depth: copies of
    one point lend each other depth, which is no sign of being normal. `depth` gives it all the
    same.

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
            The sample: at least two rows, no constant column.
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
        self._keep(rows, location, scale)
        return self

    def _climb(self, rows: Tensor, start: Tensor, scale: Tensor) -> Tensor:
        """Search in standardised coordinates, where directions are alike."""
        generator = make_generator(make_seeds(self.random_state, 1)[0], rows.device)
        Z = ((rows - start) / scale).float()
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
