"""Centres and scales of a sample that a minority of outliers cannot carry away.

Coordinate and geometric medians, the median absolute deviation, and what to do where it is
zero. All of it is deterministic and meant for float64. This room does not know estimators,
networks or games; it takes tensors and returns tensors.
"""

import math
import warnings
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from robustgan._bridge import name_column, to_array, to_tensor_like

# 1 / Phi^-1(3/4) and 1 / E|Z|: they make both deviations estimate sigma at N(mu, sigma^2).
_MEDIAN_DEVIATION_FACTOR = 1.482602218505602
_MEAN_DEVIATION_FACTOR = math.sqrt(math.pi / 2)
# Farther than this, in units of the bulk, only the direction of a row can matter.
_FARTHEST = 1e100
# Closer than this, in the same units, a row cannot be told from the point.
_MET = 1e-14
# Weiszfeld's steps before longer ones and Newton's, far dearer each, are tried as well.
_PATIENCE = 20
_N_HALVINGS = 8


def coordinate_median(X: Tensor) -> Tensor:
    """Compute the median of each column, the midpoint of the middle two for even counts.

    Parameters
    ----------
    X : Tensor of shape (..., n_samples, n_features)
        One sample, or one for each replica. At least one row, no NaN.

    Returns
    -------
    median : Tensor of shape (..., n_features)
        In the units of ``X``.
    """
    n_samples = X.shape[-2]
    below, above = (n_samples - 1) // 2, n_samples // 2
    if X.is_cuda:
        # torch.median takes the lower of the middle two, torch.quantile refuses large inputs.
        lower = X.kthvalue(below + 1, dim=-2).values
        upper = X.kthvalue(above + 1, dim=-2).values
    else:
        # Four times as fast as torch's selection.
        ordered = np.partition(to_array(X), (below, above), axis=-2)
        lower = to_tensor_like(ordered[..., below, :], X)
        upper = to_tensor_like(ordered[..., above, :], X)
    # Halved before they are added, so that the sum cannot overflow.
    return torch.where(lower == upper, lower, 0.5 * lower + 0.5 * upper)


def median_absolute_deviation(X: Tensor, center: Tensor) -> Tensor:
    """Compute the median distance of each column from a centre, consistent at the normal.

    Parameters
    ----------
    X : Tensor of shape (..., n_samples, n_features)
        One sample, or one for each replica.
    center : Tensor of shape (..., n_features)
        Usually the coordinate median.

    Returns
    -------
    scale : Tensor of shape (..., n_features)
        Median absolute deviation times 1 / Phi^-1(3/4), in the units of ``X``. Zero where at
        least half of a column ties with the centre.
    """
    deviations = (X - center.unsqueeze(-2)).abs_()
    return _MEDIAN_DEVIATION_FACTOR * coordinate_median(deviations)


def robust_scale(
    X: Tensor,
    center: Tensor,
    *,
    feature_names: Sequence[str] | NDArray[np.object_] | None = None,
) -> Tensor:
    """Compute a positive scale of each column that a minority cannot carry away.

    The median absolute deviation; where more than half of a column ties with the centre, so
    that it is zero, the mean absolute deviation, also made consistent at the normal. The
    latter is not robust: it takes outliers of a column that is otherwise almost constant at
    their word.

    Parameters
    ----------
    X : Tensor of shape (..., n_samples, n_features)
        One sample, or one for each replica.
    center : Tensor of shape (..., n_features)
        The coordinate median. Another centre near a value that ties would make the scale
        tiny instead of zero, and the fallback would not be taken.
    feature_names : sequence of str, default=None
        For the error message only.

    Returns
    -------
    scale : Tensor of shape (..., n_features)
        Positive, in the units of ``X``.

    Raises
    ------
    ValueError
        If a column is constant; its index, from 0, is named.
    """
    check_columns_vary(X, feature_names)
    scale = median_absolute_deviation(X, center)
    if bool((scale > 0).all()):
        return scale
    deviations = (X - center.unsqueeze(-2)).abs_()
    return torch.where(scale > 0, scale, _MEAN_DEVIATION_FACTOR * deviations.mean(dim=-2))


def geometric_median(X: Tensor, *, max_iter: int, tol: float) -> tuple[Tensor, int, bool]:
    """Find the point with the smallest mean distance to the rows.

    Weiszfeld's iteration from the coordinate median, with the modified step of Vardi and
    Zhang [1]_, section 2, where it meets a row: there the plain iteration divides by zero and
    may stop at a row that is no minimum. After some steps longer ones and Newton's are tried
    too; none taken is worse than Weiszfeld's. The median is unique unless all rows lie on one
    line and are even in number: then any point between the middle two will do.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
        The sample. At least one row.
    max_iter : int
        The most steps to take, at least 1.
    tol : float
        Converged when the mean of the unit vectors from the point to the rows, the gradient
        of the mean distance, is no longer than this; in (0, 1). At a row, the part of its
        length that the row itself does not hold back.

    Returns
    -------
    median : Tensor of shape (n_features,)
        In the units of ``X``; exactly a row if it meets one.
    n_iter : int
        Points tried, the start included: in [1, max_iter].
    converged : bool
        Whether ``tol`` was reached.

    References
    ----------
    .. [1] Vardi, Y. and Zhang, C.-H. (2000). The multivariate L1-median and associated data
       depth. PNAS 97, 1423-1426. doi:10.1073/pnas.97.4.1423
    """
    start = coordinate_median(X)
    Z, unit = _center_and_shrink(X, start)
    point = torch.zeros_like(start)
    tried = -1
    for n_iter in range(1, max_iter + 1):
        step, gradient_norm, nearest = _vardi_zhang_step(Z, point)
        if gradient_norm <= tol:
            return start + unit * point, n_iter, True
        # Towards a row that is the minimum the steps shrink slowly: try the row itself.
        if nearest != tried and _vardi_zhang_step(Z, Z[nearest])[1] <= tol:
            return X[nearest].clone(), n_iter, True
        tried = nearest
        if n_iter > _PATIENCE:
            step = _shorten_path(Z, point, step)
        point = point + step
    return start + unit * point, max_iter, False


def _vardi_zhang_step(Z: Tensor, point: Tensor) -> tuple[Tensor, float, int]:
    """Return the step from a point, the length of the least subgradient, the nearest row."""
    offsets = Z - point
    distances = torch.linalg.vector_norm(offsets, dim=-1)
    is_met = distances <= _MET
    weights = torch.where(is_met, 0.0, 1.0 / distances)
    pull = weights @ offsets
    pull_norm = float(torch.linalg.vector_norm(pull))
    n_met = int(is_met.sum())
    # Rows met hold the point back with a force of one each; what is left of the pull moves it.
    excess = max(pull_norm - n_met, 0.0)
    nearest = int(distances.argmin())
    if excess == 0.0:
        return torch.zeros_like(point), 0.0, nearest
    return (excess / pull_norm) * pull / weights.sum(), excess / len(Z), nearest


def _shorten_path(Z: Tensor, point: Tensor, step: Tensor) -> Tensor:
    """Choose the best of the step, longer ones, Newton's and shorter ones of Newton's.

    Where the rows are close to a line, Weiszfeld's steps across it are right and those along
    it far too short: thousands would be needed.
    """
    offsets = Z - point
    distances = torch.linalg.vector_norm(offsets, dim=-1)
    weights = 1.0 / distances.clamp(min=_MET)
    curvature = (offsets * weights.pow(3).unsqueeze(-1)).mT @ offsets
    hessian = weights.sum() * torch.eye(len(point)).to(Z) - curvature
    newton: Tensor = torch.linalg.pinv(hessian, hermitian=True) @ (weights @ offsets)

    def change(move: Tensor) -> float:
        # |o - m| - |o| without the cancellation that would lose the pull of far rows.
        gain = (move @ move - 2.0 * offsets @ move) / (
            torch.linalg.vector_norm(offsets - move, dim=-1) + distances
        )
        return float(gain.sum())

    moves = [step]
    moves += [0.5**k * newton for k in range(_N_HALVINGS)]
    moves += [2.0**k * step for k in range(1, _N_HALVINGS)]
    return min(moves, key=change)


def _center_and_shrink(X: Tensor, start: Tensor) -> tuple[Tensor, Tensor]:
    """Put the start at 0 and the bulk at distance 1, and pull in what would overflow."""
    Z = X - start
    reach = Z.abs().amax(dim=-1)
    typical = coordinate_median(reach.unsqueeze(-1))
    unit = torch.where(typical > 0, typical, torch.ones_like(typical))
    shrinkage = (reach / unit / _FARTHEST).clamp_(min=1.0)
    return Z.div_(unit).div_(shrinkage.unsqueeze(-1)), unit


def check_columns_vary(
    X: Tensor, feature_names: Sequence[str] | NDArray[np.object_] | None
) -> None:
    """Raise an error that names the columns that have no scale."""
    is_constant = X.amax(dim=-2) == X.amin(dim=-2)
    columns = sorted({int(index[-1]) for index in is_constant.nonzero()})
    if columns:
        raise ValueError(
            f"X must vary in every column, got {_name_constants(columns, feature_names)}. Drop "
            "constant columns, for instance with sklearn.feature_selection.VarianceThreshold."
        )


def find_varying_columns(
    X: Tensor, feature_names: Sequence[str] | NDArray[np.object_] | None
) -> Tensor:
    """Tell which columns have a scale, and warn of the others.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
    feature_names : sequence of str or None
        For the warning.

    Returns
    -------
    varies : Tensor of shape (n_features,), bool
    """
    varies: Tensor = X.amax(dim=0) != X.amin(dim=0)
    columns = (~varies).nonzero().flatten().tolist()
    if columns:
        warnings.warn(
            f"X should vary in every column, got {_name_constants(columns, feature_names)}. Such "
            "columns take no part in distances and scores: their location is their value, their "
            "scale 0. Drop them to be rid of this warning, for instance with "
            "sklearn.feature_selection.VarianceThreshold.",
            UserWarning,
            stacklevel=5,
        )
    return varies


def _name_constants(
    columns: Sequence[int], feature_names: Sequence[str] | NDArray[np.object_] | None
) -> str:
    """Name the first of some constant columns and count the others."""
    others = f" and {len(columns) - 1} more" if len(columns) > 1 else ""
    return f"a constant in {name_column(columns[0], feature_names)}{others} (counted from 0)"
