"""What all estimators share: from scores of the rows to p-values and labels.

This room knows that a high score is normal and how clean rows score. It does not know how the
scores are made.
"""

from numbers import Real
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.base import OutlierMixin
from sklearn.utils.validation import check_is_fitted

from robustgan._bridge.calibration import (
    check_calibration,
    is_flagged,
    lower_quantile,
    rank_p_values,
)

Contamination: TypeAlias = float | str


class OutlierScoresMixin(OutlierMixin):
    """Turn scores of the rows into decisions and labels.

    A subclass implements ``score_samples`` (higher is more normal) and calls ``_calibrate``
    at the end of ``fit``. ``fit_predict`` comes from scikit-learn.

    Attributes
    ----------
    offset_ : float
        The cut-off, in the units of the scores: a row that scores below it is an outlier.
    reference_scores_ : ndarray of shape (n_draws,)
        Scores of draws from the fitted clean law, sorted.
    """

    offset_: float
    reference_scores_: NDArray[np.float64]
    contamination: Contamination
    alpha: float
    adjust: str | None
    _training_scores: NDArray[np.float64]

    def score_samples(self, X: object) -> NDArray[np.float64]:
        """Score the rows; higher is more normal.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            In units that the subclass states.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement score_samples.")

    def decision_function(self, X: object) -> NDArray[np.float64]:
        """Score the rows relative to the cut-off.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        decision : ndarray of shape (n_samples,)
            ``score_samples(X) - offset_``: negative for outliers.
        """
        return self.score_samples(X) - self.offset_

    def predict(self, X: object) -> NDArray[np.int_]:
        """Label the rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            1 for inliers, -1 for outliers: rows below the cut-off or, with ``adjust='bh'``, those
            that Benjamini and Hochberg's procedure flags among the rows of ``X``.
        """
        if self.adjust is not None and isinstance(self.contamination, str):
            return np.where(is_flagged(self.p_values(X), self.alpha), -1, 1)
        return np.where(self.decision_function(X) < 0, -1, 1)

    def p_values(self, X: object) -> NDArray[np.float64]:
        """Return how often a clean row would score as low.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        p_values : ndarray of shape (n_samples,)
            Rank of each row's score among ``reference_scores_``, the row itself counted; in
            (0, 1], uniform for fresh rows of the fitted clean law.
        """
        return rank_p_values(self.score_samples(X), self.reference_scores_)

    def recalibrate(
        self, *, alpha: float | None = None, contamination: Contamination | None = None
    ) -> Self:
        """Move the cut-off of a fitted estimator, without another fit.

        Parameters
        ----------
        alpha : float or None, default=None
            False-positive rate: the share of clean rows that are flagged, in (0, 0.5].
        contamination : float, 'auto' or None, default=None
            Share of the training rows to flag instead, in (0, 0.5].

        Returns
        -------
        self : object
            With ``offset_`` moved and the parameter set. If neither is given, as the
            parameters say.

        Raises
        ------
        ValueError
            If both are given, or one is out of range.
        """
        check_is_fitted(self, "offset_")
        if alpha is not None and contamination not in (None, "auto"):
            raise ValueError(
                f"alpha and contamination contradict each other, got alpha={alpha} and "
                f"contamination={contamination}. Give one of them."
            )
        if alpha is not None:
            check_calibration(alpha, self.adjust)
            self.alpha, self.contamination = alpha, "auto"
        if contamination is not None:
            check_contamination(contamination)
            self.contamination = contamination
        self._set_offset(lower_quantile(self.reference_scores_, self.alpha))
        return self

    def _calibrate(
        self,
        scores: NDArray[np.float64],
        reference: NDArray[np.float64],
        default: float | None = None,
    ) -> None:
        """Keep scores and set the cut-off.

        Parameters
        ----------
        scores : ndarray of shape (n_samples,)
            Of the training rows, two at least.
        reference : ndarray of shape (n_draws,)
            Of draws from the fitted clean law.
        default : float or None, default=None
            The cut-off where no share is asked for; None is the ``alpha`` quantile of the
            reference.
        """
        check_calibration(self.alpha, self.adjust)
        self._training_scores = scores
        self.reference_scores_ = np.sort(reference)
        quantile = lower_quantile(self.reference_scores_, self.alpha)
        self._set_offset(quantile if default is None else default)

    def _set_offset(self, default: float) -> None:
        """Set the cut-off to a quantile of the training scores, or to the default.

        A share flags that share of the training rows, rounded to a whole number and at least
        one; rows that tie with the last are kept.
        """
        check_contamination(self.contamination)
        if isinstance(self.contamination, str):
            self.offset_ = float(default)
            return
        scores = self._training_scores
        n_flagged = min(max(1, round(self.contamination * len(scores))), len(scores) - 1)
        flagged, kept = np.partition(scores, [n_flagged - 1, n_flagged])[
            n_flagged - 1 : n_flagged + 1
        ]
        # Half-way, so that rounding of a row's score cannot move it across.
        self.offset_ = float(0.5 * flagged + 0.5 * kept)


def check_contamination(contamination: object) -> None:
    """Check the parameter ``contamination`` before any work is done.

    Parameters
    ----------
    contamination : object
        Should be ``'auto'`` or a real number in (0, 0.5].

    Raises
    ------
    ValueError
        If it is another string or out of range.
    TypeError
        If it is neither a string nor a real number.
    """
    rule = "contamination must be 'auto' or lie in (0, 0.5]"
    if isinstance(contamination, str):
        if contamination != "auto":
            raise ValueError(f"{rule}, got {contamination!r}.")
        return
    if not isinstance(contamination, Real) or isinstance(contamination, bool):
        raise TypeError(f"{rule}, got {contamination!r}.")
    if not 0 < float(contamination) <= 0.5:
        raise ValueError(f"{rule}, got {contamination}.")
