"""Robust statistics by adversarial estimation.

The public names, each loaded when it is first asked for: importing the package, or asking its
command for help, does not load torch. This room does not know what any of the names does.
"""

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from robustgan.contamination import HuberModel, dataset, design
    from robustgan.engine import DivergenceError
    from robustgan.estimators.jsgan import JSGANMean, JSGANScatter
    from robustgan.estimators.medians import CoordinateMedian, GeometricMedian
    from robustgan.plots import LocationDisplay, OutlierScoreDisplay

__version__ = "0.1.0"

__all__ = [
    "CoordinateMedian",
    "DivergenceError",
    "GeometricMedian",
    "HuberModel",
    "JSGANMean",
    "JSGANScatter",
    "LocationDisplay",
    "OutlierScoreDisplay",
    "__version__",
    "dataset",
    "design",
]

_HOMES = MappingProxyType(
    {
        "CoordinateMedian": "robustgan.estimators.medians",
        "DivergenceError": "robustgan.engine",
        "GeometricMedian": "robustgan.estimators.medians",
        "HuberModel": "robustgan.contamination",
        "JSGANMean": "robustgan.estimators.jsgan",
        "JSGANScatter": "robustgan.estimators.jsgan",
        "LocationDisplay": "robustgan.plots",
        "OutlierScoreDisplay": "robustgan.plots",
        "dataset": "robustgan.contamination",
        "design": "robustgan.contamination",
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
