"""Laws as a generator tracks them: a location, then nothing, variances or a covariance.

A law is a tensor of shape (1 + k, n_features) in standardised coordinates. This room knows
Gaussian laws and rows; it does not know how a law was found.
"""

import torch
from torch import Tensor

from robustgan.networks import LEAST_VARIANCE

# The clean law's centre is no farther than this from the coordinate median, in any column and in
# units of its scale: with two rows in five outlying, the median of normal rows errs by 0.97.
_MAX_BIAS = 2.0


def recall(laws: Tensor) -> tuple[Tensor, Tensor]:
    """Put laws that have escaped back to the start.

    Parameters
    ----------
    laws : Tensor of shape (n_fits, 1 + k, n_features)
        In coordinates where the start is the standard Gaussian.

    Returns
    -------
    laws : Tensor of shape (n_fits, 1 + k, n_features)
    escaped : Tensor of shape (n_fits,)
        Which of them were put back.
    """
    escaped = laws[:, 0].abs().amax(dim=1) > _MAX_BIAS
    start = torch.zeros_like(laws[0])
    k, p = laws.shape[1] - 1, laws.shape[2]
    start[1:] = torch.eye(p).to(start) if k == p and k > 1 else 1.0
    return torch.where(escaped[:, None, None], start, laws), escaped


def describe(rows: Tensor, covariance: str) -> Tensor:
    """Return mean and covariance of rows, as a generator tracks them.

    Parameters
    ----------
    rows : Tensor of shape (n, n_features)
    covariance : {'identity', 'diagonal', 'full'}

    Returns
    -------
    law : Tensor of shape (1 + k, n_features)
        The mean, then nothing, the variances, or the covariance.
    """
    mean = rows.mean(dim=0, keepdim=True)
    if covariance == "identity":
        return mean
    centred = rows - mean
    if covariance == "diagonal":
        return torch.cat([mean, centred.square().mean(dim=0, keepdim=True)])
    return torch.cat([mean, centred.mT @ centred / len(rows)])


def squared_distance(rows: Tensor, law: Tensor) -> Tensor:
    """Return squared Mahalanobis distances of rows from a law as `describe` gives it.

    Parameters
    ----------
    rows : Tensor of shape (n, n_features)
    law : Tensor of shape (1 + k, n_features)

    Returns
    -------
    squared : Tensor of shape (n,)
    """
    centred, covariance = rows - law[0], law[1:]
    squared: Tensor
    if len(covariance) == 0:
        squared = centred.square().sum(dim=1)
    elif len(covariance) == 1:
        squared = (centred.square() / covariance.clamp(min=LEAST_VARIANCE)).sum(dim=1)
    else:
        variances, axes = torch.linalg.eigh(covariance)
        squared = ((centred @ axes).square() / variances.clamp(min=LEAST_VARIANCE)).sum(dim=1)
    return squared
