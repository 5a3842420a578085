"""Robust statistics by adversarial estimation.

The public names, each loaded when it is first asked for: importing the package, or asking its
command for help, does not load torch. This room does not know what any of the names does.
"""

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from robustgan.contamination import HuberModel, dataset, design
    from robustgan.diagnostics import bias_curve, breakdown_curve, efficiency
    from robustgan.engine import DivergenceError
    from robustgan.estimators.jsgan import JSGANMean, JSGANScatter
    from robustgan.estimators.medians import CoordinateMedian, GeometricMedian
    from robustgan.estimators.pipeline import OutlierFilter, RobustWhitener
    from robustgan.estimators.saving import load_model, save_model
    from robustgan.estimators.tukey import TukeyMedian
    from robustgan.generative.autoencoder import Autoencoder
    from robustgan.generative.autoregressive import PixelCNN
    from robustgan.generative.began import BEGAN
    from robustgan.generative.boltzmann import DBM, RBM
    from robustgan.generative.conditional import ConditionalGAN
    from robustgan.generative.cyclegan import CycleGAN
    from robustgan.generative.dcgan import DCGAN
    from robustgan.generative.gan import GAN
    from robustgan.generative.infogan import InfoGAN
    from robustgan.generative.mixture import MixtureGAN
    from robustgan.generative.pix2pix import Pix2Pix
    from robustgan.generative.pyramid import LaplacianPyramidGAN
    from robustgan.generative.vae import VAE
    from robustgan.plots import (
        BiasCurveDisplay,
        BreakdownCurveDisplay,
        ContributionDisplay,
        DDPlotDisplay,
        DepthContourDisplay,
        DistanceDistanceDisplay,
        LocationDisplay,
        OutlierScoreDisplay,
        SampleDisplay,
        ScoreHistogramDisplay,
        ToleranceEllipseDisplay,
        TrainingDisplay,
    )
    from robustgan.recovery import GenerativeRecovery, SparseRecovery

__version__ = "0.1.0"

__all__ = [
    "BEGAN",
    "DBM",
    "DCGAN",
    "GAN",
    "RBM",
    "VAE",
    "Autoencoder",
    "BiasCurveDisplay",
    "BreakdownCurveDisplay",
    "ConditionalGAN",
    "ContributionDisplay",
    "CoordinateMedian",
    "CycleGAN",
    "DDPlotDisplay",
    "DepthContourDisplay",
    "DistanceDistanceDisplay",
    "DivergenceError",
    "GenerativeRecovery",
    "GeometricMedian",
    "HuberModel",
    "InfoGAN",
    "JSGANMean",
    "JSGANScatter",
    "LaplacianPyramidGAN",
    "LocationDisplay",
    "MixtureGAN",
    "OutlierFilter",
    "OutlierScoreDisplay",
    "Pix2Pix",
    "PixelCNN",
    "RobustWhitener",
    "SampleDisplay",
    "ScoreHistogramDisplay",
    "SparseRecovery",
    "ToleranceEllipseDisplay",
    "TrainingDisplay",
    "TukeyMedian",
    "__version__",
    "bias_curve",
    "breakdown_curve",
    "dataset",
    "design",
    "efficiency",
    "load_model",
    "save_model",
]

_HOMES = MappingProxyType(
    {
        "BEGAN": "robustgan.generative.began",
        "DBM": "robustgan.generative.boltzmann",
        "DCGAN": "robustgan.generative.dcgan",
        "GAN": "robustgan.generative.gan",
        "BiasCurveDisplay": "robustgan.plots",
        "BreakdownCurveDisplay": "robustgan.plots",
        "VAE": "robustgan.generative.vae",
        "Autoencoder": "robustgan.generative.autoencoder",
        "RBM": "robustgan.generative.boltzmann",
        "ConditionalGAN": "robustgan.generative.conditional",
        "ContributionDisplay": "robustgan.plots",
        "CoordinateMedian": "robustgan.estimators.medians",
        "CycleGAN": "robustgan.generative.cyclegan",
        "DDPlotDisplay": "robustgan.plots",
        "DepthContourDisplay": "robustgan.plots",
        "DistanceDistanceDisplay": "robustgan.plots",
        "DivergenceError": "robustgan.engine",
        "GenerativeRecovery": "robustgan.recovery",
        "GeometricMedian": "robustgan.estimators.medians",
        "HuberModel": "robustgan.contamination",
        "InfoGAN": "robustgan.generative.infogan",
        "JSGANMean": "robustgan.estimators.jsgan",
        "JSGANScatter": "robustgan.estimators.jsgan",
        "LaplacianPyramidGAN": "robustgan.generative.pyramid",
        "LocationDisplay": "robustgan.plots",
        "MixtureGAN": "robustgan.generative.mixture",
        "OutlierFilter": "robustgan.estimators.pipeline",
        "OutlierScoreDisplay": "robustgan.plots",
        "Pix2Pix": "robustgan.generative.pix2pix",
        "PixelCNN": "robustgan.generative.autoregressive",
        "RobustWhitener": "robustgan.estimators.pipeline",
        "SampleDisplay": "robustgan.plots",
        "ScoreHistogramDisplay": "robustgan.plots",
        "SparseRecovery": "robustgan.recovery",
        "ToleranceEllipseDisplay": "robustgan.plots",
        "TrainingDisplay": "robustgan.plots",
        "TukeyMedian": "robustgan.estimators.tukey",
        "bias_curve": "robustgan.diagnostics",
        "breakdown_curve": "robustgan.diagnostics",
        "dataset": "robustgan.contamination",
        "design": "robustgan.contamination",
        "efficiency": "robustgan.diagnostics",
        "load_model": "robustgan.estimators.saving",
        "save_model": "robustgan.estimators.saving",
    }
)


def __getattr__(name: str) -> object:
    """Load a public name from its home, once."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List what is loaded and what can be."""
    return sorted({*globals(), *__all__})
