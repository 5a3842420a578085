"""The contaminated laws of the suites, by name: the package's, the scatter paper's, adversaries.

Names that are no design of the package:

- ``clump10``, ``wide5``, ``two``, ``toeplitz``, ``factors …``, ``… rows``: see `_NAMED`;
- ``TRUTH / Q``, such as ``sparse / N(5, 5I)``: truth and contamination of the scatter paper;
- ``adversary DISTANCE SPREAD DIRECTION CLUSTERS``: a member of the family of adversaries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness.suite import Cell
from robustgan import HuberModel, dataset, design
from robustgan.contamination import (
    DATASETS,
    Cauchy,
    CleanLaw,
    Gaussian,
    Law,
    MultivariateCauchy,
    PointMass,
    ShiftedGaussian,
    StudentT,
)

Array = NDArray[np.float64]
Labels = NDArray[np.bool_]


@dataclass(frozen=True)
class TwoClusters:
    """Clusters 6 and 5 standard deviations away, seven to three, in directions at right angles."""

    n_features: int

    def sample(self, n_samples: int, rng: np.random.Generator) -> Array:
        """Draw rows."""
        X = rng.normal(size=(n_samples, self.n_features))
        is_first = rng.random(n_samples) < 0.7
        X[is_first, 0] += 6.0
        X[~is_first, 1] += 5.0
        return X


@dataclass(frozen=True)
class Adversary:
    """Gaussian clusters of one spread at one distance from the truth.

    Parameters
    ----------
    n_features : int
        Dimension, at least ``n_clusters``.
    distance : float
        Euclidean, of every cluster's centre from the origin.
    spread : float
        Standard deviation of a cluster in every direction: 0 is a point, 1 that of the clean rows.
    direction : {'axis', 'all', 'random'}
        Of the first cluster: the first coordinate, all coordinates alike, or drawn anew in every
        sample. Further clusters are at right angles to it and to each other.
    n_clusters : int
        Clusters of as many rows each.
    """

    n_features: int
    distance: float
    spread: float
    direction: str
    n_clusters: int

    def sample(self, n_samples: int, rng: np.random.Generator) -> Array:
        """Draw rows."""
        directions = self._directions(rng)
        which = rng.integers(self.n_clusters, size=n_samples)
        noise = rng.normal(size=(n_samples, self.n_features))
        return self.distance * directions[which] + self.spread * noise

    def _directions(self, rng: np.random.Generator) -> Array:
        """Return orthonormal directions, one a cluster."""
        p, k = self.n_features, self.n_clusters
        if self.direction == "axis":
            return np.eye(p)[:k]
        seeds = rng.normal(size=(p, k))
        if self.direction == "all":
            seeds[:, 0] = 1.0
        orthonormal, triangle = np.linalg.qr(seeds)
        return (orthonormal * np.sign(np.diag(triangle))).T


def factors(p: int) -> Gaussian:
    """Return the law of normal rows with three common factors."""
    rng = np.random.default_rng(0)
    loadings = rng.normal(size=(p, 3))
    return Gaussian(p, loadings @ loadings.T + np.diag(rng.uniform(0.5, 1.5, p)))


_NAMED: dict[str, Callable[[int], tuple[CleanLaw, Law]]] = {
    "clump": lambda p: (Gaussian(p), PointMass(p, 10.0)),
    "clump10": lambda p: (Gaussian(p), PointMass(p, 10.0)),
    "wide5": lambda p: (Gaussian(p), ShiftedGaussian(p, 5.0, 5.0 * np.eye(p))),
    "two": lambda p: (Gaussian(p), TwoClusters(p)),
    "toeplitz": lambda p: (
        Gaussian(p, "toeplitz", correlation=0.5),
        ShiftedGaussian(p, 0.0, 5.0 * 0.8 ** abs(np.subtract.outer(range(p), range(p)))),
    ),
    "factors far": lambda p: (factors(p), ShiftedGaussian(p, 10.0)),
    "factors near": lambda p: (factors(p), ShiftedGaussian(p, 1.0)),
    "factors clump": lambda p: (factors(p), PointMass(p, 3.0)),
    "cauchy rows": lambda p: (Cauchy(p), MultivariateCauchy(p, 5.0)),
    "t3 rows": lambda p: (StudentT(p, 3.0), ShiftedGaussian(p, 1.0)),
}
_TRUTHS: dict[str, Callable[[int], CleanLaw]] = {
    "identity": Gaussian,
    "toeplitz": lambda p: Gaussian(p, "toeplitz", correlation=0.5),
    "sparse": lambda p: Gaussian(p, "sparse", correlation=0.5),
    "Cauchy": Cauchy,
    "Cauchy toeplitz": lambda p: Cauchy(p, "toeplitz", correlation=0.5),
    "t3": lambda p: StudentT(p, 3.0),
}
_OUTLIERS: dict[str, Callable[[int], Law]] = {
    "N(.5, I)": lambda p: ShiftedGaussian(p, 0.5),
    "N(5, 5I)": lambda p: ShiftedGaussian(p, 5.0, 5.0 * np.eye(p)),
    "N(0, 5 AR(.8))": lambda p: ShiftedGaussian(
        p, 0.0, 5.0 * 0.8 ** abs(np.subtract.outer(range(p), range(p)))
    ),
    "point 5": lambda p: PointMass(p, 5.0),
    "Cauchy(5)": lambda p: MultivariateCauchy(p, 5.0),
    "N(1, I)": lambda p: ShiftedGaussian(p, 1.0),
}


def adversary(p: int, distance: str, spread: str, direction: str, n_clusters: str) -> Adversary:
    """Return the adversary whose name has these parts."""
    return Adversary(p, float(distance), float(spread), direction, int(n_clusters))


@cache
def model_of(cell: Cell) -> HuberModel | None:
    """Return the law of a cell's rows; None for real data.

    Raises
    ------
    ValueError
        If no design has that name.
    """
    name, p, share = cell.design, cell.n_features, cell.contamination
    if name in DATASETS:
        return None
    if name in _NAMED:
        return HuberModel(*_NAMED[name](p), share)
    if name.startswith("adversary "):
        return HuberModel(Gaussian(p), adversary(p, *name.split()[1:]), share)
    truth, slash, outlier = name.partition(" / ")
    if slash and truth in _TRUTHS and outlier in _OUTLIERS:
        return HuberModel(_TRUTHS[truth](p), _OUTLIERS[outlier](p), share)
    return design(name, p, share)


def draw(cell: Cell, seed: int) -> tuple[Array, Labels]:
    """Draw rows and their labels, or load them: centred by medians, divided by quartile ranges."""
    if (model := model_of(cell)) is not None:
        return model.sample(cell.n_samples, rng=seed)
    from sklearn.preprocessing import RobustScaler

    X, is_outlier = dataset(cell.design, return_X_outlier=True)
    return RobustScaler().fit_transform(X), is_outlier


def family_of(name: str) -> str:
    """Return the family of the clean rows, as `JSGANScatter` calls it."""
    if name.startswith(("cauchy rows", "Cauchy")):
        return "elliptical"
    return "student" if name.startswith("t3") else "gaussian"
