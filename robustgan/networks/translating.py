"""Networks from images to images: a U-Net, and a discriminator of patches.

Knows the shape of an image. It does not know what is learned of it.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from robustgan.networks.coders import blank
from robustgan.networks.convolutional import halved_sizes, strided


class UNet(nn.Module):
    """Convolutions that halve an image and double it again, each seeing its way down [1]_.

    Every hidden layer is normalised by its own image's mean and variance, so that no image depends
    on the others of its batch.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Channels.
    size : sequence of two int
        Height and width.
    n_channels : int
        Of the layers next to the image; twice as many where sides are half as long.

    References
    ----------
    .. [1] Ronneberger, O., Fischer, P. and Brox, T. (2015). U-Net: convolutional networks for
       biomedical image segmentation. MICCAI. doi:10.1007/978-3-319-24574-4_28
    """

    def __init__(self, n_inputs: int, n_outputs: int, size: Sequence[int], n_channels: int) -> None:
        super().__init__()
        sizes = halved_sizes(size[0], size[1])
        widths = [n_channels * 2**i for i in range(len(sizes) - 1)]
        before = [n_inputs, *widths]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for i, width in enumerate(widths):
            convolution = strided(nn.Conv2d, before[i], width, sizes[i], bias=True)
            self.down.append(nn.Sequential(convolution, *_normal(width), nn.LeakyReLU(0.2)))
            # From the layer below, and from the way down except at the bottom.
            n_seen = width if i == len(widths) - 1 else 2 * width
            after = widths[max(0, i - 1)]
            doubling = strided(nn.ConvTranspose2d, n_seen, after, sizes[i], bias=True)
            self.up.append(nn.Sequential(doubling, *_normal(after), nn.ReLU()))
        self.last = blank(nn.Conv2d, widths[0] + n_inputs, n_outputs, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """Map images of shape (n, n_inputs, height, width) to others, in [-1, 1]."""
        passed = [images]
        for layer in self.down:
            passed.append(layer(passed[-1]))
        features = passed.pop()
        for layer in reversed(self.up):
            features = torch.cat([layer(features), passed.pop()], dim=1)
        outputs: Tensor = self.last(features).tanh()
        return outputs


def patch_discriminator(
    n_colours: int, size: Sequence[int], n_channels: int, n_layers: int
) -> nn.Module:
    """Return a discriminator whose every score is of one patch of an image [1]_.

    Parameters
    ----------
    n_colours : int
        Channels of what is judged.
    size : sequence of two int
        Height and width.
    n_channels : int
        Of the first layer; twice as many in each of the next ones.
    n_layers : int
        That halve the image. Patches have sides of 8, 18, 38, ... pixels for 1, 2, 3, ... layers,
        a few less where sides are odd.

    Returns
    -------
    discriminator : torch.nn.Module
        From (n, n_colours, height, width) to (n, 1, height', width'). Its weights are not drawn
        yet.

    References
    ----------
    .. [1] Isola, P., Zhu, J.-Y., Zhou, T. and Efros, A. A. (2017). Image-to-image translation with
       conditional adversarial networks. CVPR. Section 3.2.2. doi:10.1109/CVPR.2017.632
    """
    layers: list[nn.Module] = []
    before, (height, width) = n_colours, size
    for i in range(n_layers):
        after = n_channels * 2**i
        layers += [
            strided(nn.Conv2d, before, after, (height, width), bias=True),
            nn.LeakyReLU(0.2),
        ]
        before, height, width = after, -(-height // 2), -(-width // 2)
    return nn.Sequential(*layers, blank(nn.Conv2d, before, 1, 3, padding=1))


def _normal(n_channels: int) -> list[nn.Module]:
    return [nn.GroupNorm(1, n_channels)]
