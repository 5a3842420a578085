"""Centres, scales and depths of a sample that a minority of outliers cannot carry away.

Medians, robust scales, Tukey's halfspace depth and the deepest point, matrix depth and a deepest
scatter. This room does not know
estimators, networks or games; it takes samples and returns numbers.
"""

from robustgan.depth.deepest import deepest_point
from robustgan.depth.deepest_scatter import deepest_scatter
from robustgan.depth.halfspace import halfspace_depth
from robustgan.depth.matrix import matrix_depth
from robustgan.depth.medians import (
    check_columns_vary,
    coordinate_median,
    find_varying_columns,
    geometric_median,
    median_absolute_deviation,
    robust_scale,
)

__all__ = [
    "check_columns_vary",
    "coordinate_median",
    "deepest_point",
    "deepest_scatter",
    "find_varying_columns",
    "geometric_median",
    "halfspace_depth",
    "matrix_depth",
    "median_absolute_deviation",
    "robust_scale",
]
