"""Where outliers are put: at a distance, in a direction, spread out, in clusters.

In units of the clean rows. It knows neither these nor the estimator.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
DIRECTIONS = ("axis", "diagonal", "random")


@dataclass(frozen=True)
class Adversary:
    """One way to place outliers, in units of the clean law: one of Huber's laws Q.

    Attributes
    ----------
    distance : float
        Of every cluster's centre from the clean location, in standard deviations of clean rows.
    spread : float
        Standard deviation of an outlier about its centre, in those of clean rows: 0 is a point
        mass, 1 as wide as the clean rows.
    direction : {'axis', 'diagonal', 'random'}
        Of the centre: one feature, all features alike, or uniform on the sphere. Features are
        those of the law after its scatter is made the identity.
    n_clusters : int
        One lies in the direction itself. More lie on a cone of 45 degrees about it, so that
        they pull together without being one point.
    """

    distance: float
    spread: float = 0.0
    direction: str = "random"
    n_clusters: int = 1

    def draw(self, n_samples: int, n_features: int, seed: int) -> Array:
        """Draw outliers; the same numbers are behind every adversary of one seed.

        Parameters
        ----------
        n_samples, n_features : int
        seed : int

        Returns
        -------
        rows : ndarray of shape (n_samples, n_features)
            In units of the clean law, relative to its location.
        """
        centers = self.distance * self._directions(n_features, seed)
        noise = np.random.default_rng([seed, 1]).standard_normal((n_samples, n_features))
        return centers[np.arange(n_samples) % self.n_clusters] + self.spread * noise

    def _directions(self, n_features: int, seed: int) -> Array:
        """Draw unit vectors to the centres, of shape (n_clusters, n_features)."""
        rng = np.random.default_rng([seed, 2])
        axis = self._axis(n_features, rng)
        if self.n_clusters == 1:
            return axis[None]
        around = rng.standard_normal((self.n_clusters, n_features))
        around -= np.outer(around @ axis, axis)
        around /= np.linalg.norm(around, axis=1, keepdims=True)
        return np.asarray((axis + around) / np.sqrt(2))

    def _axis(self, n_features: int, rng: np.random.Generator) -> Array:
        """Find the unit vector that the direction names."""
        z = rng.standard_normal(n_features)
        if self.direction == "axis":
            z = np.eye(n_features)[0]
        elif self.direction == "diagonal":
            z = np.ones(n_features)
        return np.asarray(z / np.linalg.norm(z))
