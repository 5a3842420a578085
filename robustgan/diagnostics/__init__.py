"""What one can ask of a game, its networks and its samples.

This room trains what it asks with, on the engine. It does not know estimators.
"""

from robustgan.diagnostics.games import (
    MixedStrategies,
    exploitability,
    sampled_equilibrium,
    solve_matrix_game,
)
from robustgan.diagnostics.neural_distance import (
    GeneralizationGap,
    NeuralDistance,
    Training,
    generalization_gap,
    neural_distance,
)

__all__ = [
    "GeneralizationGap",
    "MixedStrategies",
    "NeuralDistance",
    "Training",
    "exploitability",
    "generalization_gap",
    "neural_distance",
    "sampled_equilibrium",
    "solve_matrix_game",
]
