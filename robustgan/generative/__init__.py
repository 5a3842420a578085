"""Generative models: fit a sample, draw more of it. All are trained by the engine.

They know networks, objectives and the engine. They do not know what the draws are for.
"""

from robustgan.generative.autoencoder import Autoencoder
from robustgan.generative.autoregressive import PixelCNN
from robustgan.generative.base import GenerativeModel, Training
from robustgan.generative.began import BEGAN
from robustgan.generative.boltzmann import DBM, RBM
from robustgan.generative.conditional import ConditionalGAN
from robustgan.generative.gan import GAN
from robustgan.generative.infogan import InfoGAN
from robustgan.generative.mixture import MixtureGAN
from robustgan.generative.vae import VAE

__all__ = [
    "BEGAN",
    "DBM",
    "GAN",
    "RBM",
    "VAE",
    "Autoencoder",
    "ConditionalGAN",
    "GenerativeModel",
    "InfoGAN",
    "MixtureGAN",
    "PixelCNN",
    "Training",
]
