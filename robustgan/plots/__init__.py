"""Pictures of a fit, as scikit-learn style displays; the only room that knows matplotlib.

It draws scores, locations, scatters and losses that others computed. It does not know how they
were estimated, and imports matplotlib only when it draws.
"""

from robustgan.plots.contributions import ContributionDisplay
from robustgan.plots.distances import DistanceDistanceDisplay
from robustgan.plots.drawing import require_matplotlib
from robustgan.plots.ellipses import ToleranceEllipseDisplay
from robustgan.plots.histograms import ScoreHistogramDisplay
from robustgan.plots.locations import LocationDisplay
from robustgan.plots.picture import fit_picture
from robustgan.plots.samples import SampleDisplay
from robustgan.plots.scores import OutlierScoreDisplay
from robustgan.plots.training import TrainingDisplay

__all__ = [
    "ContributionDisplay",
    "DistanceDistanceDisplay",
    "LocationDisplay",
    "OutlierScoreDisplay",
    "SampleDisplay",
    "ScoreHistogramDisplay",
    "ToleranceEllipseDisplay",
    "TrainingDisplay",
    "fit_picture",
    "require_matplotlib",
]
