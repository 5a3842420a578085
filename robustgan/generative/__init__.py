"""Generative models: fit a sample, draw more of it. All are trained by the engine.

They know networks, objectives and the engine. They do not know what the draws are for.
"""

from robustgan.generative.autoencoder import Autoencoder
from robustgan.generative.base import GenerativeModel, Training
from robustgan.generative.gan import GAN
from robustgan.generative.vae import VAE

__all__ = ["GAN", "VAE", "Autoencoder", "GenerativeModel", "Training"]
