"""Sparse recovery: basis pursuit and the Lasso, what a generative prior is compared with."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from sklearn.base import BaseEstimator
from sklearn.linear_model import Lasso

from robustgan.recovery.bases import analysis_matrix
from robustgan.recovery.operators import check_measurements

Array = NDArray[np.float64]


class SparseRecovery(BaseEstimator):
    """Recover images that are sparse in a basis from a few linear measurements.

    Parameters
    ----------
    image_shape : sequence of two ints
        Height and width.
    method : {'lasso', 'basis_pursuit'}, default='lasso'
        The least ``|b - A x|^2 / (2 n_measurements) + penalty |c|_1`` with coefficients ``c`` of
        ``x``, or the least ``|c|_1`` with ``A x = b`` [1]_.
    basis : {'pixel', 'dct', 'wavelet'}, default='pixel'
        See `robustgan.recovery.analysis_matrix`.
    penalty : float, default=0.001
        Of the Lasso, positive.
    wavelet : str, default='haar'
        Of the basis ``'wavelet'``.
    max_iter : int, default=10_000
        Passes of the Lasso's coordinate descent.

    Attributes
    ----------
    signal_ : ndarray of shape (n_images, n_pixels) or (n_pixels,)
        The images, one for each row of ``b``.
    coef_ : ndarray of the same shape
        Their coefficients.

    References
    ----------
    .. [1] Chen, S. S., Donoho, D. L. and Saunders, M. A. (1998). Atomic decomposition by basis
       pursuit. SIAM Journal on Scientific Computing 20, 33-61. Equation 3.1.
       doi:10.1137/S1064827596304010
    .. [2] Tibshirani, R. (1996). Regression shrinkage and selection via the Lasso. Journal of the
       Royal Statistical Society B 58, 267-288. doi:10.1111/j.2517-6161.1996.tb02080.x

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan.recovery import gaussian_operator
    >>> image = np.zeros(64)
    >>> image[[3, 30]] = [1.0, -2.0]
    >>> A = gaussian_operator(20, 64, random_state=0)
    >>> recovery = SparseRecovery((8, 8), method="basis_pursuit").fit(A, A @ image)
    >>> bool(np.allclose(recovery.signal_, image, atol=1e-9))
    True
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        *,
        method: str = "lasso",
        basis: str = "pixel",
        penalty: float = 0.001,
        wavelet: str = "haar",
        max_iter: int = 10_000,
    ) -> None:
        self.image_shape = image_shape
        self.method = method
        self.basis = basis
        self.penalty = penalty
        self.wavelet = wavelet
        self.max_iter = max_iter

    def fit(self, A: object, b: object) -> Self:
        """Recover the images that were measured.

        Parameters
        ----------
        A : array-like of shape (n_measurements, n_pixels)
            The measurements.
        b : array-like of shape (n_images, n_measurements) or (n_measurements,)
            Their results.

        Returns
        -------
        self : SparseRecovery

        Raises
        ------
        ValueError
            If shapes do not fit, or a parameter will not do.
        RuntimeError
            If no image has these measurements (basis pursuit).
        """
        matrix, measured, is_one = check_measurements(A, b)
        analysis = analysis_matrix(self.basis, self.image_shape, wavelet=self.wavelet)
        if matrix.shape[1] != len(analysis):
            raise ValueError(
                f"A must have a column for each of the {len(analysis)} pixels of image_shape, got "
                f"{matrix.shape[1]}."
            )
        # The coefficients' measurements: the basis is orthonormal.
        design = matrix @ analysis.T
        if self.method == "lasso":
            coef = self._lasso(design, measured)
        elif self.method == "basis_pursuit":
            coef = np.stack([_basis_pursuit(design, row) for row in measured])
        else:
            raise ValueError(f"method must be 'lasso' or 'basis_pursuit', got {self.method!r}.")
        signal = coef @ analysis
        self.coef_: Array = coef[0] if is_one else coef
        self.signal_: Array = signal[0] if is_one else signal
        return self

    def _lasso(self, design: Array, measured: Array) -> Array:
        if not self.penalty > 0:
            raise ValueError(
                f"penalty must be positive, got {self.penalty}. Without noise use "
                "method='basis_pursuit'."
            )
        lasso = Lasso(alpha=self.penalty, fit_intercept=False, max_iter=self.max_iter, tol=1e-5)
        coef: Array = lasso.fit(design, measured.T).coef_.reshape(len(measured), -1)
        return coef


def _basis_pursuit(design: Array, measured: Array) -> Array:
    """Minimise the sum of absolute coefficients by linear programme, parts of either sign."""
    n = design.shape[1]
    result = linprog(
        np.ones(2 * n), A_eq=np.hstack([design, -design]), b_eq=measured, method="highs"
    )
    if result.x is None:
        raise RuntimeError(
            f"some image must have the measurements b, got: {result.message} With noise use "
            "method='lasso'."
        )
    found: Array = result.x[:n] - result.x[n:]
    return found
