"""The multivariate Student law, fitted by maximum likelihood.

Knows samples and one family of laws; it does not know games. Like the scatters in `classical` it
is deterministic and passes over the rows in blocks.
"""

import math
from dataclasses import dataclass

import torch
from scipy.optimize import brentq
from scipy.special import digamma
from torch import Tensor

from robustgan._bridge.parameters import check_real
from robustgan.estimators.classical import (
    blocks,
    check_iteration,
    check_more_rows,
    factorize,
    squared_distance,
)
from robustgan.networks import LEAST_DF, MOST_DF


@dataclass(frozen=True)
class StudentFit:
    """A multivariate Student law fitted to a sample.

    Attributes
    ----------
    location : Tensor of shape (n_features,)
        In the units of the sample.
    scatter : Tensor of shape (n_features, n_features)
        Positive definite; the covariance is ``df / (df - 2)`` times it, if ``df > 2``.
    df : float
        Degrees of freedom.
    n_iter : int
        Steps taken.
    converged : bool
        Whether the tolerance was reached.
    """

    location: Tensor
    scatter: Tensor
    df: float
    n_iter: int
    converged: bool


def student_fit(
    X: Tensor, df: float | None = None, *, max_iter: int = 500, tol: float = 1e-8
) -> StudentFit:
    """Fit a multivariate Student law by maximum likelihood.

    Expectation-maximisation from mean and covariance: each step weights the rows by
    ``(df + p) / (df + d²)``, with the sum of the weights as divisor, which converges faster than
    the number of rows [2]_. Degrees of freedom that are not given maximise the likelihood itself
    in every step, not its expectation: the ECME algorithm [1]_, section 4.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
        The sample, with more rows than columns.
    df : float or None, default=None
        Degrees of freedom, above 0. None estimates them, in [0.5, 200].
    max_iter : int, default=500
        The most steps to take.
    tol : float, default=1e-8
        Converged when location and scatter, in units of the scatter, and the logarithm of ``df``
        change by no more than this.

    Returns
    -------
    fit : StudentFit
        Affine equivariant. The tensors are on the device of ``X``. Not converged where more than
        ``df / (df + p)`` of the rows lie in one point: the likelihood has no maximum there.

    Raises
    ------
    ValueError
        If ``df``, ``max_iter`` or ``tol`` is out of range, if there are no more rows than columns,
        or if the scatter becomes singular.
    TypeError
        If a parameter is of a wrong kind.

    References
    ----------
    .. [1] Liu, C. and Rubin, D. B. (1995). ML estimation of the t distribution using EM and its
       extensions, ECM and ECME. Statistica Sinica 5, 19-39.
    .. [2] Kent, J. T., Tyler, D. E. and Vardi, Y. (1994). A curious likelihood identity for the
       multivariate t-distribution. Comm. Statist. Simulation Comput. 23, 441-453.
       doi:10.1080/03610919408813180
    """
    check_iteration(max_iter, tol)
    if df is not None:
        check_real("df", df, above=0)
    check_more_rows(len(X), X.shape[1], "Drop columns, or use tyler_shape with regularization.")
    location, scatter = _weighted_moments(X, X.new_ones(len(X)), X.mean(dim=0))
    degrees = MOST_DF if df is None else float(df)
    for n_iter in range(1, max_iter + 1):
        squared = squared_distance(X, location, scatter)
        latest = _maximize_df(squared, X.shape[1]) if df is None else degrees
        weights = (latest + X.shape[1]) / (latest + squared)
        step = _weighted_moments(X, weights, location)
        change = max(_relative_change(location, scatter, *step), abs(math.log(latest / degrees)))
        (location, scatter), degrees = step, latest
        if change <= tol:
            return StudentFit(location, scatter, degrees, n_iter, True)
    return StudentFit(location, scatter, degrees, max_iter, False)


def _weighted_moments(X: Tensor, weights: Tensor, near: Tensor) -> tuple[Tensor, Tensor]:
    """Return weighted mean and covariance, computed around a point ``near`` the mean."""
    first, second = torch.zeros_like(near), X.new_zeros(X.shape[1], X.shape[1])
    for rows, share in blocks(X, weights):
        offsets = rows - near
        weighted = offsets * share.unsqueeze(1)
        first += weighted.sum(dim=0)
        second += weighted.mT @ offsets
    total = weights.sum()
    shift = first / total
    return near + shift, second / total - shift.outer(shift)


def _relative_change(
    location: Tensor, scatter: Tensor, new_location: Tensor, new_scatter: Tensor
) -> float:
    """Return how far location and scatter moved, in units of the scatter."""
    factor = factorize(scatter)
    changes = torch.column_stack([new_location - location, new_scatter - scatter])
    half = torch.linalg.solve_triangular(factor, changes, upper=False)
    turned = torch.linalg.solve_triangular(factor, half[:, 1:].mT, upper=False)
    return max(float(half[:, 0].abs().max()), float(turned.abs().max()))


def _maximize_df(squared: Tensor, n_features: int) -> float:
    """Return the degrees of freedom with the largest likelihood, given the squared distances."""

    def score(df: float) -> float:
        weights = (df + n_features) / (df + squared)
        whole, excess = 0.5 * (df + n_features), float((weights.log() - weights).mean())
        gap = digamma(whole) - digamma(0.5 * df) - math.log(whole / (0.5 * df))
        return float(gap + 1.0 + excess)

    if score(MOST_DF) >= 0:
        return MOST_DF
    if score(LEAST_DF) <= 0:
        return LEAST_DF
    return float(brentq(score, LEAST_DF, MOST_DF, xtol=1e-12, rtol=1e-12))
