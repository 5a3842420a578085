"""What a discriminator says of two laws that are known: ratio, divergence, probability."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from robustgan import GAN

# Of N(1, 1) and N(0, 1), by quadrature.
JENSEN_SHANNON = 0.1114


class Standing(nn.Module):
    """Hands the noise on; its one parameter hardly moves."""

    def __init__(self):
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(1))

    def forward(self, z):
        return z + self.shift


@pytest.fixture(name="X", scope="module")
def sample():
    return np.random.default_rng(0).normal(1.0, 1.0, size=(4000, 1))


@pytest.fixture(name="refitted", scope="module")
def read(X):
    model = GAN(
        generator=Standing(),
        hidden_units=(16,),
        latent_dim=1,
        scale="none",
        learning_rate=(1e-9, 1e-2),
        n_steps=10,
        random_state=0,
    ).fit(X)
    before = model.discriminate(X)
    refitted = model.refit_discriminator(X, n_steps=600, random_state=0)
    # The model itself is left as it was.
    assert_allclose(model.discriminate(X), before)
    return refitted


def test_the_ratio_is_that_of_the_densities(refitted):
    x = np.linspace(-1.0, 2.0, 7)[:, None]
    # The log ratio is x - 1/2; of 4,000 rows, to some hundredths where there are many.
    assert_allclose(np.log(refitted.density_ratio(x)), x[:, 0] - 0.5, atol=0.25)


def test_the_probability_belongs_to_the_ratio(refitted):
    x = np.linspace(-1.0, 2.0, 7)[:, None]
    ratio = refitted.density_ratio(x)
    assert_allclose(refitted.optimal_discriminator(x), ratio / (1 + ratio), rtol=1e-9)


def test_the_divergence_is_that_of_the_laws(refitted):
    held_out = np.random.default_rng(1).normal(1.0, 1.0, size=(20_000, 1))
    found = refitted.divergence(held_out, random_state=0)
    # A standard error of 0.003, and what the best discriminator is missed by.
    assert found == pytest.approx(JENSEN_SHANNON, abs=0.015)
