"""Boltzmann machines: energies of binary layers, trained by the difference of two phases.

They know the engine and what all generative models share. They do not know networks of the others.
"""

from robustgan.generative.boltzmann.dbm import DBM
from robustgan.generative.boltzmann.rbm import RBM

__all__ = ["DBM", "RBM"]
