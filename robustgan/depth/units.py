"""Units of the bulk of a sample, in which rows may be far but not too far to compute with."""

import torch
from torch import Tensor

from robustgan.depth.medians import coordinate_median, median_absolute_deviation

# Only the direction of rows farther than this, in units of the bulk, can matter.
_FARTHEST = 1e100
# Takes the largest number to one that a tiny scale does not take to infinity.
_CLOSER = 1e-200


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
    scale = median_absolute_deviation(X, center)
    spread = (X - center).abs().amax(dim=0)
    positive = torch.where(spread > 0, spread, 1.0)
    # Differences of the largest numbers overflow; half of the largest is scale enough.
    scale = torch.where(scale > 0, scale, positive).clamp(max=0.5 * torch.finfo(X.dtype).max)
    return center, scale


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
