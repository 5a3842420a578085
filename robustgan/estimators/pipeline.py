"""What a data pipeline gets from a robust fit: whitened columns, and fits without the outliers.

Knows fitted estimators by their attributes; it does not know how they are fitted.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    MetaEstimatorMixin,
    TransformerMixin,
    clone,
)
from sklearn.utils import Tags, _safe_indexing, get_tags, indexable
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import (
    _check_method_params,
    _check_sample_weight,
    check_is_fitted,
    has_fit_parameter,
    validate_data,
)

from robustgan._bridge.parameters import check_choice
from robustgan.estimators.jsgan import JSGANMean, JSGANScatter

# Directions along which rows do not vary are not blown up.
_LEAST_VARIANCE = 1e-12
# Rows whose p-value is below this share of alpha get no weight.
_LEAST_TRUSTED = 0.2
_WEIGHTING = ("drop", "weight")


class RobustWhitener(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Centre and whiten rows by a robust location and scatter.

    Unlike `sklearn.preprocessing.StandardScaler` or a whitening principal component analysis, it is
    not moved by outliers, which stay far in the whitened coordinates.

    Parameters
    ----------
    estimator : estimator or None, default=None
        What fits ``location_`` and ``covariance_`` (or ``scatter_``, where there is no covariance);
        None is ``JSGANScatter()``. `sklearn.covariance.MinCovDet` works, too.

    Attributes
    ----------
    estimator_ : estimator
        The fitted one.
    whitening_ : ndarray of shape (n_features, n_features)
        Symmetric inverse root of the scatter (ZCA): of all whitening maps, the one that changes the
        columns least. Directions without variance map to zero.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features seen in ``fit``, if the data had string names.

    See Also
    --------
    sklearn.preprocessing.RobustScaler : Column by column, by quantiles.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.covariance import MinCovDet
    >>> from robustgan import RobustWhitener
    >>> X = np.random.default_rng(0).normal(size=(300, 2)) @ [[2.0, 1.0], [0.0, 1.0]]
    >>> X[:30] += 50.0
    >>> Z = RobustWhitener(MinCovDet(random_state=0)).fit_transform(X)
    >>> bool(abs(np.cov(Z[30:].T) - np.eye(2)).max() < 0.3)
    True
    """

    estimator_: Any
    whitening_: NDArray[np.float64]

    def __init__(self, estimator: Any = None) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: object = None) -> Self:
        """Fit the estimator and take the inverse root of its scatter.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.
        y : ignored

        Returns
        -------
        self : object
        """
        validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        self.estimator_ = clone(JSGANScatter() if self.estimator is None else self.estimator)
        self.estimator_.fit(X)
        scatter = getattr(self.estimator_, "covariance_", None)
        scatter = self.estimator_.scatter_ if scatter is None else scatter
        variances, axes = np.linalg.eigh(scatter)
        is_flat = variances <= _LEAST_VARIANCE * variances[-1]
        inverse = np.where(is_flat, 0.0, 1 / np.sqrt(np.where(is_flat, 1.0, variances)))
        self.whitening_ = (axes * inverse) @ axes.T
        self._n_features_out = len(variances)
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Centre and whiten rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        Z : ndarray of shape (n_samples, n_features)
        """
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=np.float64, reset=False)
        Z: NDArray[np.float64] = (rows - self.estimator_.location_) @ self.whitening_
        return Z

    def inverse_transform(self, Z: Any) -> NDArray[np.float64]:
        """Map whitened rows back.

        Parameters
        ----------
        Z : array-like of shape (n_samples, n_features)
            Whitened rows.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            In the data's units.
        """
        check_is_fitted(self)
        rows = np.asarray(Z, dtype=np.float64)
        X: NDArray[np.float64] = rows @ np.linalg.pinv(self.whitening_) + self.estimator_.location_
        return X


def _has(method: str) -> Any:
    """Say whether the wrapped estimator has a method, fitted or not."""

    def check(self: Any) -> bool:
        getattr(getattr(self, "estimator_", self.estimator), method)
        return True

    return check


class OutlierFilter(MetaEstimatorMixin, BaseEstimator):
    """Fit another estimator without the outlying rows; predict for all.

    A step of a pipeline cannot drop rows, because ``y`` would keep its length. This wraps the last
    step instead: outliers are found among the training rows, and only there.

    Parameters
    ----------
    estimator : estimator
        What is fitted to the other rows.
    detector : estimator or None, default=None
        What finds outliers by ``fit`` and ``predict``; None is ``JSGANMean()``.
    weighting : {'drop', 'weight'}, default='drop'
        ``'drop'`` leaves outliers out. ``'weight'`` weights rows by their p-value: fully from the
        detector's ``alpha`` on, not at all below a fifth of it, and linearly between. It needs a
        detector of this package and an estimator with ``sample_weight``.

    Attributes
    ----------
    estimator_, detector_ : estimator
        The fitted ones.
    support_ : ndarray of shape (n_samples,)
        Whether each training row is an inlier.
    n_features_in_ : int
        Number of features seen in ``fit``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from robustgan import CoordinateMedian, OutlierFilter
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 1))
    >>> y = 2 * X[:, 0] + 0.1 * rng.normal(size=200)
    >>> X[:20] += 10.0
    >>> filtered = OutlierFilter(LinearRegression(), CoordinateMedian()).fit(X, y)
    >>> round(float(filtered.predict([[1.0]])[0]), 1)
    2.0
    """

    estimator_: Any
    detector_: Any
    support_: NDArray[np.bool_]

    def __init__(self, estimator: Any, detector: Any = None, *, weighting: str = "drop") -> None:
        self.estimator = estimator
        self.detector = detector
        self.weighting = weighting

    def fit(self, X: Any, y: Any = None, **parameters: Any) -> Self:
        """Find the outliers among the rows and fit the estimator to the others.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,), default=None
            What is to be predicted.
        **parameters : dict
            Handed to the estimator's ``fit``. Of those with one entry a row, ``sample_weight`` for
            one, it gets the entries of its rows. The detector sees all rows alike.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If weights are wanted and the estimator takes none.
        """
        check_choice("weighting", self.weighting, _WEIGHTING)
        is_weighting = self.weighting == "weight"
        takes_weights = has_fit_parameter(self.estimator, "sample_weight")
        if (is_weighting or "sample_weight" in parameters) and not takes_weights:
            raise ValueError(
                f"estimator must take sample_weight, got {type(self.estimator).__name__}, which "
                "does not. Use weighting='drop' without sample_weight."
            )
        X, y = indexable(X, y)
        self.detector_ = clone(JSGANMean() if self.detector is None else self.detector).fit(X)
        self.support_ = self.detector_.predict(X) == 1
        if is_weighting:
            given = _check_sample_weight(parameters.get("sample_weight"), X)
            parameters["sample_weight"] = given * self._trust(X)
        kept = np.arange(len(self.support_)) if is_weighting else np.flatnonzero(self.support_)
        parameters = _check_method_params(X, parameters, kept)
        self.estimator_ = clone(self.estimator)
        rows = _safe_indexing(X, kept)
        self.estimator_.fit(rows, None if y is None else _safe_indexing(y, kept), **parameters)
        self.n_features_in_ = self.detector_.n_features_in_
        return self

    def _trust(self, X: Any) -> NDArray[np.float64]:
        """Return a weight in [0, 1] for each row, by its p-value."""
        relative = self.detector_.p_values(X) / self.detector_.alpha
        trust = (relative - _LEAST_TRUSTED) / (1 - _LEAST_TRUSTED)
        return np.asarray(np.clip(trust, 0.0, 1.0))

    @available_if(_has("predict"))  # type: ignore[untyped-decorator]
    def predict(self, X: Any) -> Any:
        """Predict for rows, outlying or not."""
        check_is_fitted(self)
        return self.estimator_.predict(X)

    @available_if(_has("predict_proba"))  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Any:
        """Predict probabilities for rows, outlying or not."""
        check_is_fitted(self)
        return self.estimator_.predict_proba(X)

    @available_if(_has("decision_function"))  # type: ignore[untyped-decorator]
    def decision_function(self, X: Any) -> Any:
        """Decide on rows, outlying or not."""
        check_is_fitted(self)
        return self.estimator_.decision_function(X)

    @available_if(_has("transform"))  # type: ignore[untyped-decorator]
    def transform(self, X: Any) -> Any:
        """Transform rows, outlying or not."""
        check_is_fitted(self)
        return self.estimator_.transform(X)

    @available_if(_has("score"))  # type: ignore[untyped-decorator]
    def score(self, X: Any, y: Any = None) -> float:
        """Score the estimator's predictions, as it does itself."""
        check_is_fitted(self)
        return float(self.estimator_.score(X, y))

    @property
    def classes_(self) -> NDArray[Any]:
        """Classes that the estimator has seen."""
        classes: NDArray[Any] = self.estimator_.classes_
        return classes

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.estimator_type = inner.estimator_type
        tags.classifier_tags, tags.regressor_tags = inner.classifier_tags, inner.regressor_tags
        tags.target_tags = inner.target_tags
        return tags
