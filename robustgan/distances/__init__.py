"""Distances between laws and between samples.

Divergences of densities, transport of samples, kernels. This room knows arrays and SciPy's laws; it
does not know networks, nor what a distance is used for.
"""

from robustgan.distances.discrepancy import Discrepancy, maximum_mean_discrepancy
from robustgan.distances.divergences import (
    hellinger,
    jensen_shannon,
    kullback_leibler,
    total_variation,
)
from robustgan.distances.laws import MixtureDensity
from robustgan.distances.sliced import SlicedDistance, sliced_wasserstein
from robustgan.distances.transport import Transport, earth_mover, gaussian_wasserstein

__all__ = [
    "Discrepancy",
    "MixtureDensity",
    "SlicedDistance",
    "Transport",
    "earth_mover",
    "gaussian_wasserstein",
    "hellinger",
    "jensen_shannon",
    "kullback_leibler",
    "maximum_mean_discrepancy",
    "sliced_wasserstein",
    "total_variation",
]
