"""What each feature adds to a row's distance, or to its score.

Knows a law, a discriminator and the coordinates of both; it does not know how rows are scored.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from robustgan._bridge import to_array, to_tensor_like
from robustgan.estimators.coordinates import Coordinates
from robustgan.networks import LEAST_VARIANCE, AveragedDiscriminator

_Array = NDArray[np.float64]
# Points of the Gauss-Legendre rule along the line, which crosses kinks of the network, and rows
# whose lines are followed at once.
_N_POINTS, _N_ROWS = 128, 64


def distance_shares(Z: Tensor, law: _Array, coordinates: Coordinates) -> _Array:
    """Split squared distances by the corr-max transformation.

    Parameters
    ----------
    Z : Tensor of shape (n, n_features)
        Standardised rows.
    law : ndarray of shape (1 + k, n_features)
    coordinates : Coordinates

    Returns
    -------
    shares : ndarray of shape (n, n_features)
        Not negative; rows sum to the squared distances from the law.
    """
    scatter = law[1:]
    if len(scatter) < 2:
        variances = np.maximum(scatter, LEAST_VARIANCE) if len(scatter) else 1.0
        by_column: _Array = (to_array(Z) - law[0]) ** 2 / variances
        return by_column
    # In scaled columns, not in whitened coordinates: those mix the columns.
    root = np.eye(len(scatter)) if coordinates.root is None else coordinates.root
    values, axes = np.linalg.eigh(scatter)
    inner = root @ (axes * values.clip(min=LEAST_VARIANCE)) @ axes.T @ root.T
    scale = np.sqrt(np.diag(inner))
    values, axes = np.linalg.eigh(inner / np.outer(scale, scale))
    inverse_root = (axes / np.sqrt(values.clip(min=1e-12))) @ axes.T
    offsets = (to_array(Z) - law[0]) @ root.T / scale
    squared: _Array = (offsets @ inverse_root) ** 2
    return squared


def score_shares(
    Z: Tensor, law: _Array, coordinates: Coordinates, discriminator: AveragedDiscriminator
) -> _Array:
    """Split the discriminator's score by integrated gradients from the location.

    Parameters
    ----------
    Z : Tensor of shape (n, n_features)
        Standardised rows.
    law : ndarray of shape (1 + k, n_features)
    coordinates : Coordinates
    discriminator : AveragedDiscriminator

    Returns
    -------
    shares : ndarray of shape (n, n_features)
        Rows sum to the score less that of the location, to the error of the quadrature.
    """
    rule = np.polynomial.legendre.leggauss(_N_POINTS)
    start = to_tensor_like(law[0], Z)
    # On the unit interval.
    steps, weights = (0.5 * (to_tensor_like(part, Z)) for part in (rule[0] + 1, rule[1]))
    root = None if coordinates.root is None else to_tensor_like(coordinates.root, Z)
    shares = []
    for rows in torch.split(Z, _N_ROWS):
        offsets = rows - start
        line = start + steps[:, None, None] * offsets
        gradient = discriminator.gradient(line.reshape(-1, Z.shape[1])).view(line.shape)
        mean = (weights[:, None, None] * gradient).sum(dim=0)
        if root is not None:
            # From whitened coordinates to scaled columns.
            offsets = offsets @ root.mT
            mean = torch.linalg.solve(root.mT, mean.mT).mT
        shares.append(to_array(offsets * mean))
    return np.concatenate(shares) if shares else np.empty((0, Z.shape[1]))
