"""Classical scatters that start a game and whiten its coordinates.

Knows samples; it does not know what is trained on them.
"""

import math

import torch
from torch import Tensor

# Each row is compared with this many others; the error this adds to Kendall's tau is a few
# hundredths of its own sampling error.
_N_PARTNERS = 8
# Eigenvalues of a correlation below this count as zero and are lifted.
_LEAST_EIGENVALUE = 1e-3


def kendall_correlation(X: Tensor) -> Tensor:
    """Estimate a correlation matrix by Kendall's tau.

    The correlations are ``sin(pi / 2 tau)``, consistent for every elliptical law [1]_. Each row is
    compared with a few others instead of all, which costs matrix products only, on any device;
    eigenvalues are bounded below so that the result can whiten.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
        In random order, or at least not sorted. No column is constant.

    Returns
    -------
    correlation : Tensor of shape (n_features, n_features)
        Symmetric and positive definite, with ones on the diagonal but for what was lifted.

    References
    ----------
    .. [1] Lindskog, F., McNeil, A. and Schmock, U. (2003). Kendall's tau for elliptical
       distributions. In Credit Risk, 149-156. doi:10.1007/978-3-642-59365-9_8

    Examples
    --------
    >>> X = torch.randn(2000, 2, generator=torch.Generator().manual_seed(0))
    >>> X[:, 1] += X[:, 0]
    >>> round(float(kendall_correlation(X)[0, 1]), 1)
    0.7
    """
    n_samples = len(X)
    concordance = X.new_zeros(X.shape[1], X.shape[1])
    n_partners = min(_N_PARTNERS, n_samples - 1)
    for i in range(n_partners):
        # Distinct shifts, spread over the sample and never to a neighbour if that can be: rows
        # that come sorted are still compared with all others.
        shift = (i + 1) * n_samples // (n_partners + 1)
        signs = torch.sign(X - X.roll(shift, dims=0)).float()
        concordance += (signs.mT @ signs).to(X) / n_samples
    # Ties leave less than one on the diagonal.
    strength = concordance.diagonal().clamp(min=torch.finfo(X.dtype).tiny).sqrt()
    tau = concordance / strength.outer(strength)
    correlation = torch.sin(0.5 * math.pi * tau)
    values, vectors = torch.linalg.eigh(correlation)
    lifted: Tensor = (vectors * values.clamp(min=_LEAST_EIGENVALUE)) @ vectors.mT
    return lifted
