"""The scatter of a sample that is nearly the deepest, scaled to a covariance at the normal.

The way in and back; exact on the line. It knows no geometry.
"""

from typing import overload

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from robustgan._bridge import make_generator, make_seeds, to_array
from robustgan.depth.climbing import climb_to_scatter
from robustgan.depth.inputs import check_count, read_centered, read_generator
from robustgan.depth.medians import coordinate_median
from robustgan.depth.units import find_scale, to_units

# Median of the chi-squared law with one degree of freedom: of a squared standard normal number.
NORMAL_CONSTANT = 0.4549364231195728


@overload
def deepest_scatter(
    X: Tensor,
    *,
    location: Tensor | ArrayLike | None = ...,
    max_iter: int = ...,
    rng: torch.Generator | int | None = ...,
) -> Tensor: ...
@overload
def deepest_scatter(
    X: ArrayLike,
    *,
    location: Tensor | ArrayLike | None = ...,
    max_iter: int = ...,
    rng: torch.Generator | int | None = ...,
) -> NDArray[np.float64] | Tensor: ...
def deepest_scatter(
    X: Tensor | ArrayLike,
    *,
    location: Tensor | ArrayLike | None = None,
    max_iter: int = 200,
    rng: torch.Generator | int | None = None,
) -> Tensor | NDArray[np.float64]:
    """Find the scatter of nearly largest matrix depth, scaled to a covariance at the normal.

    The deepest scatter [1]_ is such that along no direction many more than half of the rows are
    inside or outside of its slab, as of the median of squares on the line. Its error under
    contamination is bounded in any dimension. It is divided by 0.4549, the median of the
    chi-squared law with one degree of freedom, which makes it a covariance where clean rows are
    normal.

    On the line it is the median of the squares. Above, a search: from principal axes of the rows'
    directions and medians along them, step by step along the direction of the worst slab found.
    What the search takes for the depth is an upper bound of it, so that the scatter is **nearly the
    deepest** only: use `matrix_depth` to compare candidates.

    Parameters
    ----------
    X : Tensor or array-like of shape (n_samples, n_features)
        The sample, more rows than columns.
    location : Tensor or array-like of shape (n_features,), default=None
        The centre of ``X``. None if ``X`` is centred already.
    max_iter : int, default=200
        Most steps of the search. It ends before if no deeper scatter is found.
    rng : torch.Generator, int or None, default=None
        Source of the directions, or a seed. ``None`` draws others at every call.

    Returns
    -------
    covariance : Tensor or ndarray of shape (n_features, n_features)
        Symmetric and positive definite, in squared units of ``X``, in float64; a tensor on its
        device if ``X`` is a tensor.

    Raises
    ------
    ValueError
        If half of the rows are in a flat through the centre, to rounding, so that the deepest
        scatter is singular; or if a shape or a value will not do.
    TypeError
        If a parameter is of a wrong kind.

    See Also
    --------
    robustgan.depth.matrix_depth : The depth of given scatters.

    References
    ----------
    .. [1] Chen, M., Gao, C. and Ren, Z. (2018). Robust covariance and scatter matrix estimation
       under Huber's contamination model. Ann. Statist. 46, 1932-1960. doi:10.1214/17-AOS1607

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan.depth import deepest_scatter
    >>> X = np.random.default_rng(0).normal(size=(2000, 3)) * [1.0, 2.0, 3.0]
    >>> X[:200] = 50.0
    >>> covariance = deepest_scatter(X, rng=0)
    >>> bool(np.abs(covariance / np.diag([1.0, 4.0, 9.0]).clip(1) - np.eye(3)).max() < 0.5)
    True
    """
    device = X.device if isinstance(X, Tensor) else None
    sample = read_centered(X, location, device=device, min_samples=1)
    max_iter = check_count("max_iter", max_iter)
    generator = read_generator(rng)
    center = torch.zeros_like(sample[0])
    covariance = find_covariance(sample, center, max_iter=max_iter, rng=generator)
    if covariance is None:
        raise ValueError(
            "X must not have half of its rows in a flat through its centre, and more rows than "
            f"columns, got such a sample of shape {tuple(sample.shape)}. Drop columns that are "
            "constant or combinations of others."
        )
    return covariance if isinstance(X, Tensor) else to_array(covariance)


def find_covariance(
    X: Tensor, center: Tensor, *, max_iter: int, rng: torch.Generator
) -> Tensor | None:
    """Find the covariance of a sample about a centre, if it is not singular.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
        In float64.
    center : Tensor of shape (n_features,)
    max_iter : int
        Most steps of the search.
    rng : torch.Generator
        Source of the directions, on any device.

    Returns
    -------
    covariance : Tensor of shape (n_features, n_features) or None
    """
    if X.shape[1] == 1:
        width = coordinate_median((X - center).abs())
        return (width.square() / NORMAL_CONSTANT)[None] if bool(width > 0) else None
    if len(X) <= X.shape[1]:
        return None
    scale = find_scale(X, center)
    Z = to_units(X, center, scale)
    if rng.device != X.device:
        seed = int(torch.randint(2**31, (1,), generator=rng, device=rng.device))
        rng = make_generator(make_seeds(seed, 1)[0], X.device)
    found = climb_to_scatter(Z, max_iter=max_iter, rng=rng)
    if found is None:
        return None
    factor = scale[:, None] * found.factor
    product: Tensor = factor @ factor.mT / NORMAL_CONSTANT
    # Symmetric to the last bit, which products of some shapes are not.
    return 0.5 * product + 0.5 * product.mT
