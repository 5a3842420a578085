"""Generators and discriminators with the replica axis in front of every parameter."""

from robustgan.networks.features import Squash
from robustgan.networks.generators import COVARIANCES, LEAST_VARIANCE, LocationGenerator
from robustgan.networks.perceptron import (
    ACTIVATIONS,
    VECTOR,
    AveragedDiscriminator,
    Perceptron,
)
from robustgan.networks.radii import LEAST_DF, MOST_DF, RadialNetwork, Radius, StudentRadius, knots

__all__ = [
    "ACTIVATIONS",
    "COVARIANCES",
    "LEAST_DF",
    "LEAST_VARIANCE",
    "MOST_DF",
    "VECTOR",
    "AveragedDiscriminator",
    "LocationGenerator",
    "Perceptron",
    "RadialNetwork",
    "Radius",
    "Squash",
    "StudentRadius",
    "knots",
]
