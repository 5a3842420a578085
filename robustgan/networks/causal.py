"""Gated convolutions that look at earlier pixels only, in raster order, and at all of them.

It knows images. It does not know what is made of what it says about each pixel.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class CausalLayer(nn.Module):
    """A vertical and a horizontal stack's gated layer [1]_, figure 2.

    The vertical stack sees the rows above a pixel and the pixel's own; its features, moved down by
    one row, reach the horizontal stack, which sees what is left of the pixel. Together they leave
    no blind spot.

    Parameters
    ----------
    n_inputs, n_channels : int
        Channels that come in, and that go out of each stack.
    kernel_size : int
        Odd, at least 3.
    n_classes : int
        Width of the classes' indicators that shift every gate; 0 for none.
    is_first : bool
        Whether the horizontal stack must not see the pixel itself.

    References
    ----------
    .. [1] van den Oord, A. et al. (2016). Conditional image generation with PixelCNN decoders.
       NeurIPS 29. doi:10.48550/arXiv.1606.05328
    """

    def __init__(
        self, n_inputs: int, n_channels: int, *, kernel_size: int, n_classes: int, is_first: bool
    ) -> None:
        super().__init__()
        self.reach, self.is_first = kernel_size // 2, is_first
        width = self.reach if is_first else self.reach + 1
        self.downward = nn.Conv2d(n_inputs, 2 * n_channels, (self.reach + 1, kernel_size))
        self.along = nn.Conv2d(n_inputs, 2 * n_channels, (1, width))
        self.across = nn.Conv2d(2 * n_channels, 2 * n_channels, 1)
        self.out = nn.Conv2d(n_channels, n_channels, 1)
        self.label = nn.Linear(n_classes, 4 * n_channels, bias=False) if n_classes else None

    def forward(
        self, vertical: Tensor, horizontal: Tensor, classes: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return both stacks' features of shape (B, n_channels, height, width)."""
        down = self.downward(F.pad(vertical, (self.reach, self.reach, self.reach, 0)))
        # Cut on the right so that as many columns are left, none of which sees itself at first.
        left = F.pad(horizontal, (self.reach, -1 if self.is_first else 0, 0, 0))
        above = F.pad(down, (0, 0, 1, -1))
        right = self.along(left) + self.across(above)
        if self.label is not None:
            shift_down, shift_right = self.label(classes)[..., None, None].chunk(2, dim=1)
            down, right = down + shift_down, right + shift_right
        forward = self.out(gate(right))
        return gate(down), forward if self.is_first else horizontal + forward


class CausalNetwork(nn.Module):
    """Log-odds of every pixel's level given the pixels before it.

    Parameters
    ----------
    height, width : int
        Of the images.
    n_levels : int
        Values of a pixel.
    n_channels, n_layers : int
    kernel_size : int
        Odd, at least 3. Layers see ``kernel_size // 2`` pixels further each.
    n_classes : int, default=0
        Width of the classes' indicators; 0 for none.
    """

    def __init__(
        self,
        height: int,
        width: int,
        *,
        n_levels: int,
        n_channels: int,
        n_layers: int,
        kernel_size: int,
        n_classes: int = 0,
    ) -> None:
        super().__init__()
        self.height, self.width, self.n_classes = height, width, n_classes
        # Of values, and of ones that tell the image from what is around it.
        n_inputs = [2, *[n_channels] * (n_layers - 1)]
        self.layers = nn.ModuleList(
            CausalLayer(
                n,
                n_channels,
                kernel_size=kernel_size,
                n_classes=n_classes,
                is_first=i == 0,
            )
            for i, n in enumerate(n_inputs)
        )
        self.mix = nn.Conv2d(n_channels, n_channels, 1)
        self.out = nn.Conv2d(n_channels, n_levels, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return log-odds, not normalised.

        Parameters
        ----------
        inputs : Tensor of shape (B, n_pixels + n_classes)
            Pixels in raster order, in [-1, 1], of the first rows of the images or of all; then the
            indicators of the class.

        Returns
        -------
        logits : Tensor of shape (B, n_levels, n_pixels)
        """
        n_pixels = inputs.shape[1] - self.n_classes
        pixels, classes = inputs[:, :n_pixels], inputs[:, n_pixels:]
        image = pixels.reshape(len(pixels), 1, n_pixels // self.width, self.width)
        vertical = horizontal = torch.cat([image, torch.ones_like(image)], dim=1)
        for layer in self.layers:
            vertical, horizontal = layer(vertical, horizontal, classes)
        logits: Tensor = self.out(F.relu(self.mix(F.relu(horizontal))))
        return logits.flatten(2)


def gate(features: Tensor) -> Tensor:
    """Return half of the channels, let through by the other half."""
    value, doorway = features.chunk(2, dim=1)
    return value.tanh() * doorway.sigmoid()
