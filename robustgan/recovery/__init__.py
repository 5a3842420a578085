"""Compressed sensing: images from a few linear measurements, by a generator or by sparsity.

This room knows a generator as a function of latent vectors. It does not know how it was trained.
"""

from robustgan.recovery.bases import analysis_matrix
from robustgan.recovery.eigenvalues import RestrictedEigenvalue, restricted_eigenvalue
from robustgan.recovery.generative import GenerativeRecovery
from robustgan.recovery.operators import (
    gaussian_operator,
    inpainting_operator,
    superresolution_operator,
)
from robustgan.recovery.sparse import SparseRecovery

__all__ = [
    "GenerativeRecovery",
    "RestrictedEigenvalue",
    "SparseRecovery",
    "analysis_matrix",
    "gaussian_operator",
    "inpainting_operator",
    "restricted_eigenvalue",
    "superresolution_operator",
]
