"""Matrix depth of scatters with respect to a sample.

The way in: checks, units, the choice between the exact counts and those by directions, and the
way back to what was passed. It knows no geometry.
"""

from typing import overload

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from robustgan._bridge import to_array
from robustgan.depth.inputs import (
    check_count,
    read_centered,
    read_generator,
    read_scatters,
)
from robustgan.depth.slab_directions import count_by_slabs
from robustgan.depth.slabs import exact_slab_counts
from robustgan.depth.units import find_scale, to_units

_MOST_EXACT = 2
# Squares of squares of rows farther than this, in units of the bulk, would overflow.
_FARTHEST = 1e60


@overload
def matrix_depth(
    scatters: Tensor,
    X: Tensor | ArrayLike,
    *,
    location: Tensor | ArrayLike | None = ...,
    n_directions: int = ...,
    rng: torch.Generator | int | None = ...,
) -> Tensor: ...
@overload
def matrix_depth(
    scatters: ArrayLike,
    X: Tensor | ArrayLike,
    *,
    location: Tensor | ArrayLike | None = ...,
    n_directions: int = ...,
    rng: torch.Generator | int | None = ...,
) -> NDArray[np.float64] | Tensor: ...
def matrix_depth(
    scatters: Tensor | ArrayLike,
    X: Tensor | ArrayLike,
    *,
    location: Tensor | ArrayLike | None = None,
    n_directions: int = 1000,
    rng: torch.Generator | int | None = None,
) -> Tensor | NDArray[np.float64]:
    r"""Compute the matrix depth of each scatter with respect to ``X``.

    The depth [1]_, equation 5, of a scatter Γ is the smallest share of rows on either side of a
    slab: over all directions u, the smaller of the shares of rows with
    :math:`|u^\top x|^2 \le u^\top \Gamma u` and with :math:`|u^\top x|^2 \ge u^\top \Gamma u`.
    It is about 1/2 at the scatter along which the median of every squared projection lies: at
    the normal, the covariance times 0.4549, the median of the chi-squared law with one degree of
    freedom.

    It is exact for one and two features, in the plane by a slab that is turned by half a circle,
    O(n log n) a scatter. Above it is the worst of many directions, refined for each scatter: an
    approximation from above, **never below the exact depth** but for rounding.

    Parameters
    ----------
    scatters : Tensor or array-like of shape (n_scatters, n_features, n_features)
        Symmetric and positive semi-definite, in squared units of ``X``.
    X : Tensor or array-like of shape (n_samples, n_features)
        The sample, at least one row. If several arguments are tensors, on one device.
    location : Tensor or array-like of shape (n_features,), default=None
        The centre of ``X``. None if ``X`` is centred already.
    n_directions : int, default=1000
        Directions all scatters share; the refinement tries as many again for each. The error
        shrinks as this grows. Ignored where the depth is exact.
    rng : torch.Generator, int or None, default=None
        Source of the directions, or a seed. ``None`` draws others at every call. Ignored where
        the depth is exact.

    Returns
    -------
    depth : Tensor or ndarray of shape (n_scatters,)
        Share of the sample, in [0, 1], in float64: a tensor on the device of the input if
        ``scatters`` or ``X`` is a tensor, else an array.

    Raises
    ------
    ValueError
        If a shape, a value or a device will not do, or a scatter is not symmetric or has a
        negative eigenvalue.
    TypeError
        If a parameter is of a wrong kind.

    See Also
    --------
    robustgan.depth.deepest_scatter : The scatter of nearly largest depth.

    Notes
    -----
    Rows on the boundary of a slab, to rounding, count on both sides. Memory is a block of
    fixed size beside the data and the scatters themselves.

    References
    ----------
    .. [1] Chen, M., Gao, C. and Ren, Z. (2018). Robust covariance and scatter matrix estimation
       under Huber's contamination model. Ann. Statist. 46, 1932-1960. doi:10.1214/17-AOS1607

    Examples
    --------
    Of four rows at distance one, two on either axis, every slab of half of the identity holds two.
    Twice the identity leaves none outside.

    >>> import numpy as np
    >>> from robustgan.depth import matrix_depth
    >>> X = [[1, 0], [-1, 0], [0, 1], [0, -1]]
    >>> matrix_depth([0.5 * np.eye(2), 2 * np.eye(2)], X)
    array([0.5, 0. ])
    """
    devices = [values.device for values in (scatters, X) if isinstance(values, Tensor)]
    device = devices[0] if devices else None
    sample = read_centered(X, location, device=device, min_samples=1)
    forms = read_scatters(scatters, sample)
    n_directions = check_count("n_directions", n_directions)
    generator = read_generator(rng)
    Z, G = _to_bulk(sample, forms)
    if Z.shape[1] <= _MOST_EXACT:
        counts = torch.from_numpy(exact_slab_counts(to_array(G), to_array(Z))).to(Z.device)
    else:
        counts = count_by_slabs(G, Z, n_directions=n_directions, rng=generator)
    depth = counts.to(torch.float64) / len(Z)
    if isinstance(scatters, Tensor) or isinstance(X, Tensor):
        return depth
    return to_array(depth)


def _to_bulk(X: Tensor, scatters: Tensor) -> tuple[Tensor, Tensor]:
    """Bring sample and scatters to units of the bulk; powers of two, so that nothing is rounded."""
    scale = find_scale(X, torch.zeros_like(X[0]))
    scale = torch.ldexp(torch.ones_like(scale), torch.frexp(scale).exponent)
    Z = to_units(X, torch.zeros_like(scale), scale)
    shrinkage = (Z.abs().amax(dim=-1, keepdim=True) / _FARTHEST).clamp(min=1.0)
    G = scatters / scale[:, None] / scale
    # Wider than this, all slabs hold all rows that are not far away.
    largest = G.abs().amax(dim=(-2, -1), keepdim=True)
    return Z / shrinkage, G / (largest / _FARTHEST).clamp(min=1.0)
