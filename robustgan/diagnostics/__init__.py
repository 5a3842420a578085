"""Looking at fits and generators: what they cover, what they copy, how many things they can draw.

It knows samples, and functions that draw them. It does not know estimators, nor how a generator
was trained.
"""

from robustgan.diagnostics.coverage import ModeCoverage, mode_coverage, nearest_neighbours
from robustgan.diagnostics.latent import interpolate, latent_arithmetic
from robustgan.diagnostics.support import SupportSize, support_bound, support_size
from robustgan.diagnostics.two_samples import HeldOutTest, TwoSampleTest, two_sample_test

__all__ = [
    "HeldOutTest",
    "ModeCoverage",
    "SupportSize",
    "TwoSampleTest",
    "interpolate",
    "latent_arithmetic",
    "mode_coverage",
    "nearest_neighbours",
    "support_bound",
    "support_size",
    "two_sample_test",
]
