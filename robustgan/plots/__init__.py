"""Pictures of a fit, as scikit-learn style displays; the only room that knows matplotlib.

It draws scores and locations that others computed. It does not know how they were estimated,
and imports matplotlib only when it draws.
"""

from robustgan.plots.drawing import require_matplotlib
from robustgan.plots.locations import LocationDisplay
from robustgan.plots.picture import fit_picture
from robustgan.plots.scores import OutlierScoreDisplay

__all__ = ["LocationDisplay", "OutlierScoreDisplay", "fit_picture", "require_matplotlib"]
