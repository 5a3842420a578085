"""Huber's model (1 - contamination) P + contamination Q, and the designs that benchmarks name.

This room mixes two laws and remembers which row came from which. It does not know any
estimator, nor does any estimator know it.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from robustgan.contamination.clean import Gaussian
from robustgan.contamination.law import (
    Array,
    BoolArray,
    CleanLaw,
    Law,
    Rng,
    check_count,
    check_number,
)
from robustgan.contamination.outliers import (
    FarCluster,
    IndependentCauchy,
    MultivariateCauchy,
    PointMass,
    RandomDirection,
    ShiftedGaussian,
    TwoPart,
)


@dataclass(frozen=True)
class HuberModel:
    """Clean rows with a proportion of outliers, in random order.

    Parameters
    ----------
    clean : CleanLaw
        The law P, with the location and scatter to be found.
    outlier : Law
        The law Q, of as many features.
    contamination : float
        Proportion of outliers, in [0, 0.5).
    exact : bool, default=True
        Whether a sample of n rows holds exactly ``floor(contamination * n)`` outliers, or a
        binomial number of them, as for independent rows.

    Attributes
    ----------
    n_features : int
        Dimension of a row.
    location : ndarray of shape (n_features,)
        The clean law's.
    scatter : ndarray of shape (n_features, n_features)
        The clean law's.

    Raises
    ------
    ValueError
        If the contamination is out of range or the numbers of features differ.
    TypeError
        If a law lacks what its contract asks for.

    References
    ----------
    .. [1] Huber, P. J. (1964). Robust estimation of a location parameter. Annals of
       Mathematical Statistics 35, 73-101. https://doi.org/10.1214/aoms/1177703732

    Examples
    --------
    >>> model = HuberModel(Gaussian(3), ShiftedGaussian(3, 5.0), contamination=0.2)
    >>> X, is_outlier = model.sample(100, rng=0)
    >>> X.shape, int(is_outlier.sum())
    ((100, 3), 20)
    """

    clean: CleanLaw
    outlier: Law
    contamination: float
    exact: bool = True

    def __post_init__(self) -> None:
        _check_laws(self.clean, self.outlier)
        contamination = check_number("contamination", self.contamination)
        if not 0 <= contamination < 0.5:
            raise ValueError(f"contamination must lie in [0, 0.5), got {self.contamination}.")
        object.__setattr__(self, "contamination", contamination)

    @property
    def n_features(self) -> int:
        """Dimension of a row."""
        return self.clean.n_features

    @property
    def location(self) -> Array:
        """Location of the clean law, of shape (n_features,)."""
        return self.clean.location

    @property
    def scatter(self) -> Array:
        """Scatter of the clean law, of shape (n_features, n_features)."""
        return self.clean.scatter

    def sample(self, n_samples: int, rng: Rng = None) -> tuple[Array, BoolArray]:
        """Draw clean rows and outliers, and shuffle them.

        Parameters
        ----------
        n_samples : int
            How many rows in all, at least 0.
        rng : int, numpy.random.Generator or None, default=None
            Source of the draws and of the order; None takes fresh entropy.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            The rows.
        is_outlier : ndarray of shape (n_samples,)
            Which of them came from the outlier law.
        """
        n_samples = check_count("n_samples", n_samples, 0)
        generator = np.random.default_rng(rng)
        n_clean = n_samples - self._n_outliers(n_samples, generator)
        clean = self.clean.sample(n_clean, generator)
        outliers = self.outlier.sample(n_samples - n_clean, generator)
        order = generator.permutation(n_samples)
        return np.concatenate([clean, outliers])[order], order >= n_clean

    def _n_outliers(self, n_samples: int, generator: np.random.Generator) -> int:
        """Count the outliers of one sample."""
        if not self.exact:
            return int(generator.binomial(n_samples, self.contamination))
        # 0.29 * 100 falls one rounding short of 29, and the user means 29.
        return math.floor(self.contamination * n_samples * (1 + 4 * sys.float_info.epsilon))


def _check_laws(clean: object, outlier: object) -> None:
    """Raise unless both are laws of the same dimension."""
    if not isinstance(clean, CleanLaw):
        raise TypeError(
            f"clean must have n_features, location, scatter and sample, got {clean!r}. "
            "Gaussian(n_features) is one."
        )
    if not isinstance(outlier, Law):
        raise TypeError(f"outlier must have n_features and sample, got {outlier!r}.")
    if clean.n_features != outlier.n_features:
        raise ValueError(
            f"outlier.n_features must equal clean.n_features = {clean.n_features}, "
            f"got {outlier.n_features}."
        )


_OUTLIERS: MappingProxyType[str, Callable[[int], Law]] = MappingProxyType(
    {
        "none": Gaussian,
        "shift.1": lambda n_features: ShiftedGaussian(n_features, 0.1),
        "shift.2": lambda n_features: ShiftedGaussian(n_features, 0.2),
        "shift.5": lambda n_features: ShiftedGaussian(n_features, 0.5),
        "shift1": lambda n_features: ShiftedGaussian(n_features, 1.0),
        "shift5": lambda n_features: ShiftedGaussian(n_features, 5.0),
        "cov": lambda n_features: ShiftedGaussian(n_features, 0.5, "equicorrelated"),
        "cauchy.5": lambda n_features: MultivariateCauchy(n_features, 0.5),
        "cauchy1d": lambda n_features: IndependentCauchy(n_features, 0.5),
        "point": lambda n_features: PointMass(n_features, distance=1.0),
        "far": FarCluster,
        "dkk": TwoPart,
        "direction2": lambda n_features: RandomDirection(n_features, 2.0),
        "direction3": lambda n_features: RandomDirection(n_features, 3.0),
    }
)

DESIGNS: tuple[str, ...] = tuple(_OUTLIERS)


def design(name: str, n_features: int, contamination: float = 0.2) -> HuberModel:
    """Build one of the named designs; the clean law is N(0, I) in all of them.

    Parameters
    ----------
    name : str
        One of ``DESIGNS``:

        - ``'none'``: no outliers, whatever ``contamination`` is;
        - ``'shift.1'``, ``'shift.2'``, ``'shift.5'``, ``'shift1'``, ``'shift5'``: N(s 1, I)
          with s = 0.1, 0.2, 0.5, 1, 5;
        - ``'cov'``: N(0.5 1, S), S with 1 on and 0.5 off the diagonal;
        - ``'cauchy.5'``: multivariate Cauchy at 0.5 1;
        - ``'cauchy1d'``: independent Cauchy coordinates at 0.5;
        - ``'point'``: all mass at distance 1, in the direction of 1;
        - ``'far'``: all mass at 100 in each coordinate;
        - ``'dkk'``: `TwoPart`; needs two features;
        - ``'direction2'``, ``'direction3'``: N(s u, I) with u a unit vector, drawn anew in
          every sample, and s = 2, 3.
    n_features : int
        Dimension, at least 1.
    contamination : float, default=0.2
        Proportion of outliers, in [0, 0.5).

    Returns
    -------
    model : HuberModel
        With an exact number of outliers.

    Raises
    ------
    ValueError
        If there is no such design.

    Examples
    --------
    >>> X, is_outlier = design("shift5", 10).sample(50, rng=0)
    >>> X.shape, int(is_outlier.sum())
    ((50, 10), 10)
    """
    if name not in _OUTLIERS:
        raise ValueError(f"name must be one of {', '.join(map(repr, DESIGNS))}, got {name!r}.")
    if name == "none":
        contamination = 0.0
    return HuberModel(Gaussian(n_features), _OUTLIERS[name](n_features), contamination)
