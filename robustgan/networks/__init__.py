"""Generators and discriminators with the replica axis in front of every parameter."""

from robustgan.networks.averaging import WeightAverage
from robustgan.networks.causal import CausalNetwork
from robustgan.networks.coders import LogVariance, convolutional_decoder, convolutional_encoder
from robustgan.networks.features import Squash
from robustgan.networks.generators import COVARIANCES, LEAST_VARIANCE, LocationGenerator
from robustgan.networks.mixture import Mixture
from robustgan.networks.perceptron import (
    ACTIVATIONS,
    VECTOR,
    AveragedDiscriminator,
    Perceptron,
)
from robustgan.networks.radii import LEAST_DF, MOST_DF, RadialNetwork, Radius, StudentRadius, knots
from robustgan.networks.replicated import (
    Initialise,
    Network,
    Replicated,
    check_template,
    initialise_layers,
)
from robustgan.networks.spectral import SpectralNorm

__all__ = [
    "ACTIVATIONS",
    "COVARIANCES",
    "LEAST_DF",
    "LEAST_VARIANCE",
    "MOST_DF",
    "VECTOR",
    "AveragedDiscriminator",
    "CausalNetwork",
    "Initialise",
    "LocationGenerator",
    "LogVariance",
    "Mixture",
    "Network",
    "Perceptron",
    "RadialNetwork",
    "Radius",
    "Replicated",
    "SpectralNorm",
    "Squash",
    "StudentRadius",
    "WeightAverage",
    "check_template",
    "convolutional_decoder",
    "convolutional_encoder",
    "initialise_layers",
    "knots",
]
