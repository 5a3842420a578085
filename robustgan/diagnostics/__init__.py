"""What one can ask of fits, generators, games and samples.

It knows samples, functions that draw them, and trains what it asks with on the engine. It does not
know estimators, nor how a generator was trained.
"""

from robustgan.diagnostics.against_mean import Efficiency, efficiency
from robustgan.diagnostics.bias import BiasCurve, bias_curve
from robustgan.diagnostics.breakdown import BreakdownCurve, breakdown_curve
from robustgan.diagnostics.coverage import ModeCoverage, mode_coverage, nearest_neighbours
from robustgan.diagnostics.games import (
    MixedStrategies,
    exploitability,
    sampled_equilibrium,
    solve_matrix_game,
)
from robustgan.diagnostics.latent import interpolate, latent_arithmetic
from robustgan.diagnostics.neural_distance import (
    GeneralizationGap,
    NeuralDistance,
    Training,
    generalization_gap,
    neural_distance,
)
from robustgan.diagnostics.outliers import Adversary
from robustgan.diagnostics.support import SupportSize, support_bound, support_size
from robustgan.diagnostics.two_samples import HeldOutTest, TwoSampleTest, two_sample_test

__all__ = [
    "Adversary",
    "BiasCurve",
    "BreakdownCurve",
    "Efficiency",
    "GeneralizationGap",
    "HeldOutTest",
    "MixedStrategies",
    "ModeCoverage",
    "NeuralDistance",
    "SupportSize",
    "Training",
    "TwoSampleTest",
    "bias_curve",
    "breakdown_curve",
    "efficiency",
    "exploitability",
    "generalization_gap",
    "interpolate",
    "latent_arithmetic",
    "mode_coverage",
    "nearest_neighbours",
    "neural_distance",
    "sampled_equilibrium",
    "solve_matrix_game",
    "support_bound",
    "support_size",
    "two_sample_test",
]
