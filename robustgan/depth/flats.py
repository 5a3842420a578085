"""Samples that do not fill their space: on a line, in a plane, fewer rows than features.

Depth within the flat that holds the sample is depth in some of its columns, taken as they
are, so that no rounding breaks a tie.
"""

from typing import NamedTuple

import torch
from scipy.linalg import qr, solve_triangular
from torch import Tensor

from robustgan._bridge import to_array, to_tensor_like
from robustgan.depth.units import find_units, to_units

# Singular values below this share of the largest are rounding: those of a Gram matrix that
# calls for a closer look, and those of the rows themselves.
_SUSPECT = 1e-10
_FLAT = 1e-11


class Flat(NamedTuple):
    """The flat that holds a sample.

    Attributes
    ----------
    columns : list of int
        Whose values tell the points of the flat apart.
    is_outside : Tensor of shape (n_points,)
        Points that a hyperplane separates from all rows: their depth is 0.
    """

    columns: list[int]
    is_outside: Tensor


def find_flat(points: Tensor, X: Tensor) -> Flat | None:
    """Find the flat that holds the sample, unless it is the whole space.

    Leaving columns out can only raise a depth, so a mistake about the flat, where rounding
    does not tell, leaves an upper bound.

    Parameters
    ----------
    points : Tensor of shape (n_points, n_features)
        Told to be in the flat or not.
    X : Tensor of shape (n_samples, n_features)
        The sample.

    Returns
    -------
    flat : Flat or None
        None if the sample fills the space.
    """
    n_features = X.shape[1]
    Z, P = _put_a_row_at_zero(X, points)
    spokes = Z / torch.linalg.vector_norm(Z, dim=1, keepdim=True).clamp(min=1e-300)
    values = torch.linalg.eigvalsh(spokes.mT @ spokes)
    if len(X) > n_features and float(values[0]) > _SUSPECT * float(values[-1]):
        return None
    triangle, pivots = qr(to_array(spokes), mode="r", pivoting=True)
    diagonal = abs(triangle.diagonal())
    rank = int((diagonal > _FLAT * max(1.0, diagonal[0])).sum())
    if rank == n_features:
        return None
    head, tail = (torch.as_tensor(part) for part in (pivots[:rank], pivots[rank:]))
    slopes = to_tensor_like(solve_triangular(triangle[:rank, :rank], triangle[:rank, rank:]), X)
    row_gaps, gaps = (sample[:, tail] - sample[:, head] @ slopes for sample in (Z, P))
    allowed = 2.0 * row_gaps.abs().amax(dim=0) + _FLAT * (1.0 + P.abs().amax(dim=1, keepdim=True))
    return Flat(sorted(head.tolist()), (gaps.abs() > allowed).any(dim=1))


def _put_a_row_at_zero(X: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Measure from a row in the middle, for the flat holds it, in units of each column."""
    center, scale = find_units(X)
    middle = X[to_units(X, center, scale).abs().amax(dim=1).argmin()]
    # What is pulled in moves towards that row, and stays in the flat or outside.
    return to_units(X, middle, scale), to_units(points, middle, scale)
