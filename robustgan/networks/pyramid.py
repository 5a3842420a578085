"""Laplacian pyramids of images, and networks that draw one level given the one above it.

Knows images and the width of the noise. It does not know what is learned of them.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from robustgan.networks.coders import blank

# Shorter sides are not halved unless asked for.
COARSEST = 8


def halved(images: Tensor) -> Tensor:
    """Return the means of 2 x 2 pixels, of images of shape (..., height, width)."""
    *rest, height, width = images.shape
    return images.reshape(*rest, height // 2, 2, width // 2, 2).mean(dim=(-3, -1))


def doubled(images: Tensor) -> Tensor:
    """Repeat every pixel twice each way; `halved` is its inverse."""
    *rest, height, width = images.shape
    tiles = images[..., :, None, :, None].expand(*rest, height, 2, width, 2)
    return tiles.reshape(*rest, 2 * height, 2 * width)


def shrunk(images: Tensor, k: int) -> Tensor:
    """Return images halved ``k`` times."""
    for _ in range(k):
        images = halved(images)
    return images


def count_levels(height: int, width: int, wanted: int | None = None) -> int:
    """Return the levels of a pyramid of images of a size.

    Parameters
    ----------
    height, width : int
    wanted : int or None, default=None
        None halves while sides are even and above 8, at least once.

    Raises
    ------
    ValueError
        If sides cannot be halved so many times.
    """
    sides, n_levels = (height, width), 1
    if wanted is None:
        while not any(side % 2 for side in sides) and (n_levels == 1 or min(sides) > COARSEST):
            sides, n_levels = (sides[0] // 2, sides[1] // 2), n_levels + 1
    chosen = max(2, n_levels) if wanted is None else wanted
    if height % 2 ** (chosen - 1) or width % 2 ** (chosen - 1):
        raise ValueError(
            f"X must have images with sides divisible by {2 ** (chosen - 1)} for {chosen} levels, "
            f"got {height} x {width}. Pad them, or choose n_levels."
        )
    return chosen


def decompose(images: Tensor, n_levels: int) -> list[Tensor]:
    """Split images into details, the finest first, and a coarse image, the last [1]_.

    Parameters
    ----------
    images : Tensor of shape (..., height, width)
        Sides divisible by ``2 ** (n_levels - 1)``.
    n_levels : int
        At least 1.

    Returns
    -------
    levels : list of Tensor
        The image less the doubled half of it, and so on; the coarse one as it is.

    References
    ----------
    .. [1] Burt, P. and Adelson, E. (1983). The Laplacian pyramid as a compact image code. IEEE
       Transactions on communications 31, 532-540. doi:10.1109/TCOM.1983.1095851
    """
    images_by_level = [images]
    for _ in range(n_levels - 1):
        images_by_level.append(halved(images_by_level[-1]))
    details = [fine - doubled(coarse) for fine, coarse in pairwise(images_by_level)]
    return [*details, images_by_level[-1]]


def compose(levels: Sequence[Tensor]) -> Tensor:
    """Put together what `decompose` has split."""
    *details, image = levels
    for detail in reversed(details):
        image = doubled(image) + detail
    return image


class DetailGenerator(nn.Module):
    """Draws an image given its coarse half, by convolutions at full resolution.

    The details that are added have mean zero in every 2 x 2 pixels, as those of data have, so that
    the half of what is drawn is what was given.

    Parameters
    ----------
    n_colours : int
    n_channels : int
        Of the hidden layers.
    n_layers : int, default=2
        Hidden layers.
    """

    def __init__(self, n_colours: int, n_channels: int, n_layers: int = 2) -> None:
        super().__init__()
        self.n_colours = n_colours
        layers: list[nn.Module] = []
        before = n_colours + 1
        for _ in range(n_layers):
            layers += [blank(nn.Conv2d, before, n_channels, 3, padding=1), nn.ReLU()]
            before = n_channels
        self.layers = nn.Sequential(*layers, blank(nn.Conv2d, before, n_colours, 3, padding=1))

    def forward(self, inputs: Tensor) -> Tensor:
        """Draw images.

        Parameters
        ----------
        inputs : Tensor of shape (n, n_colours + 1, height, width)
            The doubled coarse image, and a plane of noise.

        Returns
        -------
        images : Tensor of shape (n, n_colours, height, width)
        """
        detail = self.layers(inputs)
        images: Tensor = inputs[:, : self.n_colours] + detail - doubled(halved(detail))
        return images


def dense_generator(
    image_shape: tuple[int, int, int], latent_dim: int, hidden_units: Sequence[int]
) -> nn.Module:
    """Return a perceptron from noise to small images in [-1, 1]."""
    n_pixels = int(torch.Size(image_shape).numel())
    layers: list[nn.Module] = []
    for before, after in pairwise([latent_dim, *hidden_units]):
        layers += [blank(nn.Linear, before, after), nn.ReLU()]
    last = blank(nn.Linear, [latent_dim, *hidden_units][-1], n_pixels)
    return nn.Sequential(*layers, last, nn.Tanh(), nn.Unflatten(1, image_shape))


def dense_discriminator(
    image_shape: tuple[int, int, int], hidden_units: Sequence[int]
) -> nn.Module:
    """Return a perceptron from small images to one score."""
    n_pixels = int(torch.Size(image_shape).numel())
    layers: list[nn.Module] = [nn.Flatten()]
    for before, after in pairwise([n_pixels, *hidden_units]):
        layers += [blank(nn.Linear, before, after), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, blank(nn.Linear, [n_pixels, *hidden_units][-1], 1))
