"""Convolutional halves of an autoencoder, and the variance of its noise.

Knows the shape of an image and the width of a code. It does not know what is learned of them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import utils

from robustgan._bridge import Streams

_ACTIVATIONS: Mapping[str, Callable[[], nn.Module]] = {
    "leaky_relu": lambda: nn.LeakyReLU(0.1),
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
}


def convolutional_encoder(
    image_shape: tuple[int, int, int], channels: Sequence[int], n_outputs: int, activation: str
) -> nn.Module:
    """Return a network from images to codes; every layer halves height and width.

    Parameters
    ----------
    image_shape : tuple of int
        Channels, height, width.
    channels : sequence of int
        Of each layer.
    n_outputs : int
    activation : {'leaky_relu', 'relu', 'sigmoid', 'tanh'}

    Returns
    -------
    encoder : torch.nn.Module
        From (n, channels, height, width) to (n, n_outputs). Its weights are not drawn yet:
        `Replicated` does that.
    """
    layers: list[nn.Module] = []
    sizes = _sizes(image_shape, len(channels))
    before = image_shape[0]
    for width in channels:
        layers += [
            blank(nn.Conv2d, before, width, 3, stride=2, padding=1),
            _ACTIVATIONS[activation](),
        ]
        before = width
    height, breadth = sizes[-1]
    layers += [nn.Flatten(), blank(nn.Linear, before * height * breadth, n_outputs)]
    return nn.Sequential(*layers)


def convolutional_decoder(
    image_shape: tuple[int, int, int], channels: Sequence[int], latent_dim: int, activation: str
) -> nn.Module:
    """Return the way back of `convolutional_encoder`, from (n, latent_dim) to images."""
    sizes = _sizes(image_shape, len(channels))
    widths = [image_shape[0], *channels]
    height, breadth = sizes[-1]
    layers: list[nn.Module] = [
        blank(nn.Linear, latent_dim, widths[-1] * height * breadth),
        nn.Unflatten(1, (widths[-1], height, breadth)),
    ]
    for i in reversed(range(len(channels))):
        # A halved odd size has lost its last row.
        rest = [goal - (2 * size - 1) for goal, size in zip(sizes[i], sizes[i + 1], strict=True)]
        layers += [
            _ACTIVATIONS[activation](),
            blank(
                nn.ConvTranspose2d,
                widths[i + 1],
                widths[i],
                3,
                stride=2,
                padding=1,
                output_padding=tuple(rest),
            ),
        ]
    return nn.Sequential(*layers)


def _sizes(image_shape: tuple[int, int, int], n_layers: int) -> list[tuple[int, int]]:
    """Return height and width before the first layer and after each."""
    sizes = [(image_shape[1], image_shape[2])]
    for _ in range(n_layers):
        sizes.append((-(-sizes[-1][0] // 2), -(-sizes[-1][1] // 2)))
    return sizes


def blank(kind: type[nn.Module], *sizes: Any, **settings: Any) -> nn.Module:
    """Return a layer whose weights are not drawn: that would take torch's global generator."""
    layer: nn.Module = utils.skip_init(kind, *sizes, **settings)  # type: ignore[no-untyped-call]
    return layer


class LogVariance(nn.Module):
    """``R`` log variances of independent noise, one for all coordinates or one for each.

    Parameters
    ----------
    n_columns : int
        1, or the number of coordinates.
    streams : Streams
        Decides the number of replicas and the device; nothing is drawn.
    """

    def __init__(self, n_columns: int, streams: Streams) -> None:
        super().__init__()
        start = torch.zeros(len(streams), 1, n_columns, device=streams.device)
        self.value = nn.Parameter(start)

    def forward(self) -> Tensor:
        """Return the log variances, of shape (R, 1, n_columns)."""
        return self.value

    def select(self, replicas: Sequence[int]) -> Any:
        """Return a copy of some of the replicas."""
        chosen = LogVariance(self.value.shape[2], Streams([0] * len(replicas), "cpu"))
        chosen.value = nn.Parameter(self.value.detach()[list(replicas)].clone())
        return chosen
