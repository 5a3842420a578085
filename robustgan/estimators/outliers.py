"""What all estimators share: from scores of the rows to labels, by a calibrated cut-off.

This room knows that a high score is normal and where the cut-off lies. It does not know how
the scores are made.
"""

from numbers import Real
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.base import OutlierMixin

Contamination: TypeAlias = float | str


class OutlierScoresMixin(OutlierMixin):
    """Turn scores of the rows into decisions and labels.

    A subclass implements ``score_samples`` (higher is more normal) and calls ``_set_offset``
    at the end of ``fit``. ``fit_predict`` comes from scikit-learn.

    Attributes
    ----------
    offset_ : float
        The cut-off, in the units of the scores: a row that scores below it is an outlier.
    """

    offset_: float

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
            1 for inliers, -1 for outliers.
        """
        return np.where(self.decision_function(X) < 0, -1, 1)

    def _set_offset(
        self, scores: NDArray[np.float64], contamination: Contamination, default: float
    ) -> None:
        """Set the cut-off from the scores of the training rows.

        Parameters
        ----------
        scores : ndarray of shape (n_samples,)
            Of the training rows, two at least.
        contamination : 'auto' or float in (0, 0.5]
            ``'auto'`` takes the default. A share flags that share of the training rows,
            rounded to a whole number and at least one; rows that tie with the last are kept.
        default : float
            The cut-off of the model, in the units of the scores.
        """
        check_contamination(contamination)
        if isinstance(contamination, str):
            self.offset_ = float(default)
            return
        n_flagged = min(max(1, round(contamination * len(scores))), len(scores) - 1)
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
