"""Tukey's halfspace depth of points with respect to a sample.

The way in: checks, the choice between the exact counts and those by directions, and the way
back to what was passed. It knows no geometry.
"""

from typing import Literal, overload

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from robustgan._bridge import to_array
from robustgan.depth.directions import count_by_directions
from robustgan.depth.exact import exact_counts
from robustgan.depth.flats import find_flat
from robustgan.depth.inputs import (
    check_count,
    check_features_agree,
    check_generator,
    read_generator,
    read_sample,
)

_MOST_EXACT = 3


@overload
def halfspace_depth(
    points: Tensor,
    X: Tensor | ArrayLike,
    *,
    exact: bool | Literal["auto"] = ...,
    n_directions: int = ...,
    rng: torch.Generator | int | None = ...,
) -> Tensor: ...
@overload
def halfspace_depth(
    points: ArrayLike,
    X: Tensor | ArrayLike,
    *,
    exact: bool | Literal["auto"] = ...,
    n_directions: int = ...,
    rng: torch.Generator | int | None = ...,
) -> NDArray[np.float64] | Tensor: ...
def halfspace_depth(
    points: Tensor | ArrayLike,
    X: Tensor | ArrayLike,
    *,
    exact: bool | Literal["auto"] = "auto",
    n_directions: int = 1000,
    rng: torch.Generator | int | None = None,
) -> Tensor | NDArray[np.float64]:
    """Compute Tukey's halfspace depth of each point with respect to ``X``.

    The depth [1]_ is the smallest share of rows in a closed halfspace that contains the point:
    0 outside the convex hull of the rows, hardly more than 1/2 at the centre of symmetry of a
    sample without ties. Raw depth is no score of outliers: copies of one point lend each other
    depth.

    It is exact for up to three features: on the line by sorting, in the plane by a line that
    is turned about the point (after [2]_), O(n log n) a point, and in space by a plane that
    is turned about the line through the point and each row (after [3]_), O(n² log n) a point.
    Ties, copies, rows on lines or in planes are counted as they are. Above three features, and
    with ``exact=False``, it is the best of many directions, refined for each point: an
    approximation from above, **never below the exact depth** but for rounding. Samples in a
    flat of at most three dimensions are exact all the same.

    Parameters
    ----------
    points : Tensor or array-like of shape (n_points, n_features)
        Where to evaluate the depth.
    X : Tensor or array-like of shape (n_samples, n_features)
        The sample, at least one row. If both are tensors, on one device.
    exact : bool or 'auto', default='auto'
        Whether to compute the exact depth; ``'auto'`` does where it can, up to three features.
    n_directions : int, default=1000
        Directions all points share; the refinement tries as many again for each point. The
        error shrinks as this grows. Ignored where the depth is exact.
    rng : torch.Generator, int or None, default=None
        Source of the directions, or a seed. ``None`` draws others at every call. Ignored where
        the depth is exact.

    Returns
    -------
    depth : Tensor or ndarray of shape (n_points,)
        Share of the sample, in [0, 1], in float64: a tensor on the device of the input if
        ``points`` or ``X`` is a tensor, else an array.

    Raises
    ------
    ValueError
        If a shape, a value or a device will not do, or if the exact depth is asked for in
        more than three dimensions.
    TypeError
        If a parameter is of a wrong kind.

    Notes
    -----
    Rows count as one with the point, or as on one line with it, if rounding of their
    coordinates, a few units in the last place, is all that tells otherwise: decimals on a line
    are hardly ever on it in binary. Whole numbers up to a million are told apart without
    error. The exact depth is computed on the CPU. Memory is a block of fixed size beside
    the data themselves.

    References
    ----------
    .. [1] Tukey, J. W. (1975). Mathematics and the picturing of data. Proceedings of the
       International Congress of Mathematicians 2, 523-531.
    .. [2] Rousseeuw, P. J. and Ruts, I. (1996). Algorithm AS 307: Bivariate location depth.
       Applied Statistics 45, 516-526. doi:10.2307/2986073
    .. [3] Rousseeuw, P. J. and Struyf, A. (1998). Computing location depth and regression
       depth in higher dimensions. Statistics and Computing 8, 193-203.
       doi:10.1023/A:1008945009397

    Examples
    --------
    The centre of a square with a row in each corner has two of four rows on every side; a
    corner is alone in a halfplane; what is outside is in an empty one.

    >>> from robustgan.depth import halfspace_depth
    >>> corners = [[0, 0], [0, 2], [2, 0], [2, 2]]
    >>> halfspace_depth([[1, 1], [2, 2], [3, 3]], corners)
    array([0.5 , 0.25, 0.  ])
    """
    sites, sample = _read_both(points, X)
    n_features = sample.shape[1]
    is_exact = _decide_exact(exact, n_features)
    n_directions = check_count("n_directions", n_directions)
    check_generator(rng)
    if is_exact:
        counts = _count_exactly(sites, sample)
    else:
        # Made where it is used: it costs as much as the depths of some points.
        counts = _count_in_flat(sites, sample, n_directions, read_generator(rng))
    depth = counts.to(torch.float64) / len(sample)
    if isinstance(points, Tensor) or isinstance(X, Tensor):
        return depth
    return to_array(depth)


def _read_both(points: Tensor | ArrayLike, X: Tensor | ArrayLike) -> tuple[Tensor, Tensor]:
    """Check the points and the sample, and put them on one device."""
    devices = [values.device for values in (points, X) if isinstance(values, Tensor)]
    device = devices[0] if devices else None
    sites = read_sample("points", points, device=device, min_samples=0)
    sample = read_sample("X", X, device=device, min_samples=1)
    check_features_agree(sites, sample)
    return sites, sample


def _decide_exact(exact: object, n_features: int) -> bool:
    """Tell whether the depth will be exact."""
    if isinstance(exact, str) and exact == "auto":
        return n_features <= _MOST_EXACT
    if not isinstance(exact, (bool, np.bool_)):
        kind = ValueError if isinstance(exact, str) else TypeError
        raise kind(f"exact must be True, False or 'auto', got {exact!r}.")
    if exact and n_features > _MOST_EXACT:
        raise ValueError(
            f"exact must not be True for more than {_MOST_EXACT} features, got {n_features} "
            "columns in X. Pass exact='auto' for an approximation from above."
        )
    return bool(exact)


def _count_exactly(points: Tensor, X: Tensor) -> Tensor:
    """Cross over to the exact counts and back."""
    return torch.from_numpy(exact_counts(to_array(points), to_array(X))).to(X.device)


def _count_in_flat(points: Tensor, X: Tensor, n_directions: int, rng: torch.Generator) -> Tensor:
    """Count in the columns that span the sample, exactly if they are few."""
    flat = find_flat(points, X) if X.shape[1] > _MOST_EXACT else None
    if flat is None:
        return count_by_directions(points, X, n_directions=n_directions, rng=rng)
    inner, sample = points[:, flat.columns], X[:, flat.columns]
    if not flat.columns:
        # All rows are one.
        counts = torch.full((len(points),), len(X), device=X.device)
    elif len(flat.columns) <= _MOST_EXACT:
        counts = _count_exactly(inner, sample)
    else:
        counts = count_by_directions(inner, sample, n_directions=n_directions, rng=rng)
    return torch.where(flat.is_outside, 0, counts)
