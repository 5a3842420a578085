"""What an estimator withstands: breakdown and bias curves, and its efficiency on clean rows.

Of any estimator with ``fit`` and ``location_``, ours or not. This room holds the truth, which
estimators may not, and does not know how anything is estimated.
"""

from robustgan.diagnostics.against_mean import Efficiency, efficiency
from robustgan.diagnostics.bias import BiasCurve, bias_curve
from robustgan.diagnostics.breakdown import BreakdownCurve, breakdown_curve
from robustgan.diagnostics.outliers import Adversary

__all__ = [
    "Adversary",
    "BiasCurve",
    "BreakdownCurve",
    "Efficiency",
    "bias_curve",
    "breakdown_curve",
    "efficiency",
]
