"""Units of the bulk of a sample, in which rows may be far but not too far to compute with."""

import torch
from torch import Tensor

from robustgan.depth.medians import coordinate_median, median_absolute_deviation

# Only the direction of rows farther than this, in units of the bulk, can matter.
_FARTHEST = 1e100
# Takes the largest number to one that a tiny scale does not take to infinity.
_CLOSER = 1e-200
# No axis of the bulk is stretched by more, or rounding would be.
MOST_STRETCH = 1e4


def find_units(X: Tensor) -> tuple[Tensor, Tensor]:
    """Return the coordinate median and a positive scale of each column, also of constant ones.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
        The sample.

    Returns
    -------
    center, scale : Tensor of shape (n_features,)
        In the units of ``X``.
    """
    center = coordinate_median(X)
    return center, find_scale(X, center)


def find_scale(X: Tensor, center: Tensor) -> Tensor:
    """Return a positive scale of each column about a centre, also of constant ones.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
        The sample.
    center : Tensor of shape (n_features,)

    Returns
    -------
    scale : Tensor of shape (n_features,)
        In the units of ``X``.
    """
    scale = median_absolute_deviation(X, center)
    spread = (X - center).abs().amax(dim=0)
    positive = torch.where(spread > 0, spread, 1.0)
    # Differences of the largest numbers overflow; half of the largest is scale enough.
    return torch.where(scale > 0, scale, positive).clamp(max=0.5 * torch.finfo(X.dtype).max)


def to_units(sample: Tensor, center: Tensor, scale: Tensor) -> Tensor:
    """Measure rows from a centre; keep the direction only of what is too far.

    Parameters
    ----------
    sample : Tensor of shape (n_samples, n_features)
        Finite.
    center, scale : Tensor of shape (n_features,)
        From :func:`find_units`, or another centre.

    Returns
    -------
    Z : Tensor of shape (n_samples, n_features)
        No larger than 1e100.
    """
    Z = (sample - center) / scale
    is_far = ~torch.isfinite(Z).all(dim=-1, keepdim=True)
    Z = torch.where(is_far, (_CLOSER * sample - _CLOSER * center) / scale, Z)
    reach = Z.abs().amax(dim=-1, keepdim=True)
    reach = torch.where(is_far, reach.clamp(min=1e-300), (reach / _FARTHEST).clamp(min=1.0))
    return torch.where(is_far, _FARTHEST * (Z / reach), Z / reach)


def round_mapping(Z: Tensor) -> Tensor:
    """Return the matrix that makes the bulk about 0 round and of unit size.

    Parameters
    ----------
    Z : Tensor of shape (n_samples, n_features)
        From :func:`to_units`.

    Returns
    -------
    mapping : Tensor of shape (n_features, n_features)
        ``Z @ mapping`` is round; the identity where all rows are 0.
    """
    # Rows beyond the typical distance count by their direction only.
    distances = torch.linalg.vector_norm(Z, dim=-1, keepdim=True)
    typical = distances.median()
    shrunk = Z * (typical / distances.clamp(min=1e-300)).clamp(max=1.0)
    values, axes = torch.linalg.eigh(shrunk.mT @ shrunk / len(Z))
    roots = values.clamp(min=float(values[-1]) / MOST_STRETCH**2).sqrt()
    if not bool(roots[-1] > 0):
        return torch.eye(Z.shape[1]).to(Z)
    mapping: Tensor = axes / roots
    return mapping
