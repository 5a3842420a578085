"""Simulation: clean laws, outlier laws, Huber's model, and classic data with known outliers.

The truth lives here: every sample says which rows are outliers. It knows no estimator, and
no estimator may import it.
"""

from robustgan.contamination.clean import Cauchy, Elliptical, Gaussian, StudentT
from robustgan.contamination.covariance import covariance_matrix
from robustgan.contamination.datasets import (
    DATASETS,
    dataset,
    load_aircraft,
    load_breast_cancer,
    load_hbk,
    load_stackloss,
    load_stars_cyg,
    load_wood,
)
from robustgan.contamination.huber import DESIGNS, HuberModel, design
from robustgan.contamination.images import IMAGES, load_images
from robustgan.contamination.law import CleanLaw, Law
from robustgan.contamination.modes import (
    GaussianGrid,
    GaussianModes,
    GaussianRing,
    ParallelLines,
)
from robustgan.contamination.outliers import (
    FarCluster,
    IndependentCauchy,
    MultivariateCauchy,
    PointMass,
    RandomDirection,
    ShiftedGaussian,
    SparseShift,
    TwoPart,
)

__all__ = [
    "DATASETS",
    "DESIGNS",
    "IMAGES",
    "Cauchy",
    "CleanLaw",
    "Elliptical",
    "FarCluster",
    "Gaussian",
    "GaussianGrid",
    "GaussianModes",
    "GaussianRing",
    "HuberModel",
    "IndependentCauchy",
    "Law",
    "MultivariateCauchy",
    "ParallelLines",
    "PointMass",
    "RandomDirection",
    "ShiftedGaussian",
    "SparseShift",
    "StudentT",
    "TwoPart",
    "covariance_matrix",
    "dataset",
    "design",
    "load_aircraft",
    "load_breast_cancer",
    "load_hbk",
    "load_images",
    "load_stackloss",
    "load_stars_cyg",
    "load_wood",
]
