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
# How much wider the far start is, in standard deviations.
_FAR = 3.0
# Laws whose variances differ by this factor along some axis have not found the same rows.
_APART = 2.0


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
    return torch.where(escaped[:, None, None], start_like(laws[0]), laws), escaped


def start_like(law: Tensor) -> Tensor:
    """Return the law at which standardised rows start, in the form of another one.

    Parameters
    ----------
    law : Tensor of shape (1 + k, n_features)

    Returns
    -------
    start : Tensor of shape (1 + k, n_features)
        Zero, then unit variances.
    """
    start = torch.zeros_like(law)
    k, p = law.shape[0] - 1, law.shape[1]
    start[1:] = torch.eye(p).to(start) if k == p and k > 1 else 1.0
    return start


def far_starts(laws: Tensor, n_init: int) -> Tensor:
    """Widen every other start, so that a game also comes to the data from outside.

    Parameters
    ----------
    laws : Tensor of shape (n_fits * n_init, 1 + k, n_features)
        The starts, those of one sample beside each other.
    n_init : int

    Returns
    -------
    laws : Tensor of shape (n_fits * n_init, 1 + k, n_features)
        With ``_FAR`` times the standard deviation for the second start, the fourth, ...
    """
    is_far = torch.arange(len(laws), device=laws.device) % n_init % 2 == 1
    widths = torch.where(is_far, _FAR**2, 1.0)[:, None, None]
    return torch.cat([laws[:, :1], laws[:, 1:] * widths], dim=1)


def are_apart(law: Tensor, other: Tensor, *, n_samples: int, up_to_scale: bool = False) -> bool:
    """Say whether two laws lie in different basins: apart by more than their own width.

    Parameters
    ----------
    law, other : Tensor of shape (1 + k, n_features)
        In standardised coordinates.
    n_samples : int
        Rows that they were learned from: with few of them, variances along some of the many axes
        differ by chance, by up to ``(1 + sqrt(n_features / n_samples))²`` [1]_.
    up_to_scale : bool, default=False
        Whether scatters that are multiples of each other count as the same.

    References
    ----------
    .. [1] Marchenko, V. A. and Pastur, L. A. (1967). Distribution of eigenvalues for some sets of
       random matrices. Math. USSR-Sb. 1, 457-483. doi:10.1070/SM1967v001n04ABEH001994
    """
    if bool(squared_distance(law[:1], other) > 1):
        return True
    covariances = [torch.diag(c[0]) if len(c) == 1 else c for c in (law[1:], other[1:])]
    if len(covariances[0]) == 0:
        return False
    # Generalised eigenvalues: variances of one law along the axes of the other.
    least = LEAST_VARIANCE * torch.eye(law.shape[1]).to(law)
    ratio = torch.linalg.solve(covariances[1] + least, covariances[0] + least)
    variances = torch.linalg.eigvals(ratio).real
    if up_to_scale:
        variances = variances / variances.median()
    limit = _APART * (1 + (law.shape[1] / n_samples) ** 0.5) ** 2
    return bool((variances > limit).any() or (variances < 1 / limit).any())


def describe(rows: Tensor, covariance: str, *, learn_location: bool = True) -> Tensor:
    """Return mean and covariance of rows, as a generator tracks them.

    Parameters
    ----------
    rows : Tensor of shape (n, n_features)
    covariance : {'identity', 'diagonal', 'full'}
    learn_location : bool, default=True
        If not, the location is known to be zero.

    Returns
    -------
    law : Tensor of shape (1 + k, n_features)
        The mean, then nothing, the variances, or the covariance.
    """
    mean = rows.mean(dim=0, keepdim=True) if learn_location else torch.zeros_like(rows[:1])
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
