"""JS-GAN estimators: location, or location and scatter, of contaminated data."""

from robustgan.estimators.jsgan.mean import JSGANMean
from robustgan.estimators.jsgan.scatter import JSGANScatter

__all__ = ["JSGANMean", "JSGANScatter"]
