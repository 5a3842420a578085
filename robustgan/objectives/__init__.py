"""Objectives: proper scoring rules and f-divergences as losses on scores.

An objective says what a discriminator and a generator descend, as a function of the discriminator's
scores alone. It does not know what network made them, from which rows, or what is estimated.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from robustgan.objectives.base import Objective
from robustgan.objectives.beta import BetaScore
from robustgan.objectives.clustering import Clustering, Disturbance, ImageMoves
from robustgan.objectives.likelihood import KullbackLeibler, MaximumLikelihood, PearsonChiSquare
from robustgan.objectives.log_score import (
    JensenShannon,
    NonSaturating,
    OneSided,
    ReverseKL,
    SkewedJensenShannon,
)
from robustgan.objectives.metrics import Wasserstein
from robustgan.objectives.other_scores import (
    Boosting,
    Hinge,
    LeastSquares,
    SquaredHellinger,
    TotalVariation,
)
from robustgan.objectives.penalties import GradientPenalty, Penalty, ZeroGradientPenalty
from robustgan.objectives.reconstruction import (
    DensityPower,
    Trimming,
    Weighing,
    bernoulli_log_density,
    gaussian_divergence,
    gaussian_log_density,
    level_and_spread,
)
from robustgan.objectives.smoothing import LabelSmoothing

__all__ = [
    "GAME_OBJECTIVES",
    "OBJECTIVES",
    "BetaScore",
    "Boosting",
    "Clustering",
    "DensityPower",
    "Disturbance",
    "GradientPenalty",
    "Hinge",
    "ImageMoves",
    "JensenShannon",
    "KullbackLeibler",
    "LabelSmoothing",
    "LeastSquares",
    "MaximumLikelihood",
    "NonSaturating",
    "Objective",
    "OneSided",
    "PearsonChiSquare",
    "Penalty",
    "ReverseKL",
    "SkewedJensenShannon",
    "SquaredHellinger",
    "TotalVariation",
    "Trimming",
    "Wasserstein",
    "Weighing",
    "ZeroGradientPenalty",
    "bernoulli_log_density",
    "gaussian_divergence",
    "gaussian_log_density",
    "level_and_spread",
    "resolve_objective",
]

OBJECTIVES: Mapping[str, type[Objective]] = MappingProxyType(
    {
        "jensen_shannon": JensenShannon,
        "js": JensenShannon,
        "non_saturating": NonSaturating,
        "skewed_js": SkewedJensenShannon,
        "reverse_kl": ReverseKL,
        "hinge": Hinge,
        "tv": TotalVariation,
        "least_squares": LeastSquares,
        "boosting": Boosting,
        "beta": BetaScore,
        "hellinger": SquaredHellinger,
        "one_sided": OneSided,
    }
)

# What only clean data stand: the forward divergences and the distances between samples.
GAME_OBJECTIVES: Mapping[str, type[Objective]] = MappingProxyType(
    {
        **OBJECTIVES,
        "minimax": JensenShannon,
        "maximum_likelihood": MaximumLikelihood,
        "kl": KullbackLeibler,
        "pearson": PearsonChiSquare,
        "wasserstein": Wasserstein,
    }
)


def resolve_objective(
    objective: str | Objective, among: Mapping[str, type[Objective]] = OBJECTIVES
) -> Objective:
    """Return the objective of that name, with its default parameters, or the one given.

    Parameters
    ----------
    objective : str or Objective
        A key of ``among``, or an objective.
    among : mapping of str to type, default=OBJECTIVES
        Objectives by name; ``GAME_OBJECTIVES`` for generative models.

    Returns
    -------
    objective : Objective
        What was named or given.

    Raises
    ------
    ValueError
        If there is no objective of that name.
    TypeError
        If it is neither a name nor an objective.

    Examples
    --------
    >>> resolve_objective("one_sided")
    OneSided(sharpness=8.0)
    >>> resolve_objective(OneSided(sharpness=3.0)) == OneSided(sharpness=3.0)
    True
    """
    if isinstance(objective, Objective):
        return objective
    if not isinstance(objective, str):
        raise TypeError(f"objective must be a name or an Objective, got {objective!r}.")
    if objective not in among:
        names = ", ".join(repr(name) for name in among)
        raise ValueError(f"objective must be one of {names}, got {objective!r}.")
    return among[objective]()
