"""Generative models: fit a sample, draw more of it. All are trained by the engine.

They know networks, objectives and the engine. They do not know what the draws are for.
"""

from robustgan.generative.autoencoder import Autoencoder
from robustgan.generative.autoregressive import PixelCNN
from robustgan.generative.base import GenerativeModel, Training
from robustgan.generative.began import BEGAN
from robustgan.generative.boltzmann import DBM, RBM
from robustgan.generative.conditional import ConditionalGAN
from robustgan.generative.cyclegan import CycleGAN
from robustgan.generative.dcgan import DCGAN
from robustgan.generative.gan import GAN
from robustgan.generative.infogan import InfoGAN
from robustgan.generative.mixture import MixtureGAN
from robustgan.generative.pix2pix import Pix2Pix
from robustgan.generative.pyramid import LaplacianPyramidGAN
from robustgan.generative.vae import VAE

__all__ = [
    "BEGAN",
    "DBM",
    "DCGAN",
    "GAN",
    "RBM",
    "VAE",
    "Autoencoder",
    "ConditionalGAN",
    "CycleGAN",
    "GenerativeModel",
    "InfoGAN",
    "LaplacianPyramidGAN",
    "MixtureGAN",
    "Pix2Pix",
    "PixelCNN",
    "Training",
]
