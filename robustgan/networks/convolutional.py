"""Convolutional generators and discriminators of images, as Radford et al. lay them down.

Knows the shape of an image and the width of the noise. It does not know what is learned of them.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from robustgan.networks.coders import blank
from robustgan.networks.replicated import Replicated

# Height and width at which strided layers stop.
COARSEST = 4
_WEIGHTED = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def channels_first(row_shape: tuple[int, ...], name: str = "X") -> tuple[int, int, int]:
    """Return channels, height and width of rows of shape (height, width) or with channels.

    Raises
    ------
    ValueError
        If rows are no images, or have fewer than 4 rows or columns of pixels.
    """
    if len(row_shape) not in (2, 3) or min(row_shape[-2:]) < 4:
        raise ValueError(
            f"{name} must have shape (n_samples, height, width) or (n_samples, channels, height, "
            f"width), of at least 4 pixels each way, got rows of shape {row_shape}. Reshape flat "
            "rows to images."
        )
    height, width = row_shape[-2:]
    return (row_shape[0] if len(row_shape) == 3 else 1), height, width


def halved_sizes(height: int, width: int) -> list[tuple[int, int]]:
    """Return the sizes of an image halved, at least twice and until a side is at most 4."""
    sizes = [(height, width)]
    while len(sizes) < 3 or min(sizes[-1]) > COARSEST:
        sizes.append((-(-sizes[-1][0] // 2), -(-sizes[-1][1] // 2)))
    return sizes


def reshaped(*shape: int) -> list[nn.Module]:
    """Return layers that give every row another shape."""
    return [nn.Flatten(), nn.Unflatten(1, shape)]


def strided(
    kind: type[nn.Module], n_inputs: int, n_outputs: int, size: tuple[int, int], *, bias: bool
) -> nn.Module:
    """Return a convolution that halves an image of a size, or one that doubles to that size.

    Kernels are 4 x 4, of which strides of 2 cover every pixel equally often, and 3 along odd sides.
    """
    kernel = tuple(4 - side % 2 for side in size)
    return blank(kind, n_inputs, n_outputs, kernel, stride=2, padding=1, bias=bias)


def dcgan_generator(row_shape: tuple[int, ...], latent_dim: int, n_channels: int) -> nn.Module:
    """Return a generator of images by transposed convolutions [1]_.

    Batch norm and ReLU after every layer but the last, whose images are in [-1, 1] by tanh.

    Parameters
    ----------
    row_shape : tuple of int
        (height, width) or (channels, height, width).
    latent_dim : int
    n_channels : int
        Of the layer next to the image; twice as many where sides are half as long.

    Returns
    -------
    generator : torch.nn.Module
        From (n, latent_dim) to (n, *row_shape). Its weights are not drawn yet.

    References
    ----------
    .. [1] Radford, A., Metz, L. and Chintala, S. (2016). Unsupervised representation learning with
       deep convolutional generative adversarial networks. ICLR. doi:10.48550/arXiv.1511.06434
    """
    n_colours, *size = channels_first(row_shape)
    sizes = halved_sizes(*size)
    widths = [n_colours, *(n_channels * 2**i for i in range(len(sizes) - 1))]
    coarse = (widths[-1], *sizes[-1])
    layers: list[nn.Module] = [
        blank(nn.Linear, latent_dim, coarse[0] * coarse[1] * coarse[2], bias=False),
        nn.Unflatten(1, coarse),
    ]
    for i in reversed(range(len(sizes) - 1)):
        layers += [
            nn.BatchNorm2d(widths[i + 1]),
            nn.ReLU(),
            strided(nn.ConvTranspose2d, widths[i + 1], widths[i], sizes[i], bias=i == 0),
        ]
    return nn.Sequential(*layers, nn.Tanh(), *reshaped(*row_shape))


def dcgan_discriminator(
    row_shape: tuple[int, ...], n_channels: int, *, pac: int = 1, has_norm: bool = True
) -> nn.Module:
    """Return the way back of `dcgan_generator`, to one score by strided convolutions.

    LeakyReLU of slope 0.2 after every layer, and batch norm after all but the first.

    Parameters
    ----------
    row_shape : tuple of int
        (height, width) or (channels, height, width).
    n_channels : int
        Of the layer next to the image; twice as many where sides are half as long.
    pac : int, default=1
        Images that are judged together.
    has_norm : bool, default=True
        Whether there is any batch norm.

    Returns
    -------
    discriminator : torch.nn.Module
        From (n, *row_shape), or packs of such rows, to (n, 1). Its weights are not drawn yet.
    """
    n_colours, height, width = channels_first(row_shape)
    sizes = halved_sizes(height, width)
    layers = reshaped(pac * n_colours, height, width)
    before = pac * n_colours
    for i, size in enumerate(sizes[:-1]):
        after, is_normal = n_channels * 2**i, has_norm and i > 0
        layers.append(strided(nn.Conv2d, before, after, size, bias=not is_normal))
        layers += [nn.BatchNorm2d(after)] if is_normal else []
        layers.append(nn.LeakyReLU(0.2))
        before = after
    n_inputs = before * sizes[-1][0] * sizes[-1][1]
    return nn.Sequential(*layers, nn.Flatten(), blank(nn.Linear, n_inputs, 1))


@torch.no_grad()
def initialise_narrow(module: nn.Module, rng: torch.Generator) -> None:
    """Draw all weights from a Gaussian law of standard deviation 0.02, section 4 of [1]_.

    Biases are zero, normalisations the identity.

    Parameters
    ----------
    module : torch.nn.Module
        Changed in place.
    rng : torch.Generator
        On the module's device.

    References
    ----------
    .. [1] Radford, A., Metz, L. and Chintala, S. (2016), see `dcgan_generator`.
    """
    for part in module.modules():
        if isinstance(part, _WEIGHTED):
            part.weight.normal_(0.0, 0.02, generator=rng)
            if part.bias is not None:
                part.bias.zero_()
        elif isinstance(part, _NORMS):
            part.reset_parameters()


@torch.no_grad()
def measure_norms(network: Replicated, batches: Iterable[Tensor]) -> None:
    """Take the running means and variances of batch norms anew, for weights that are fixed.

    A moving average of weights has activations of its own, which the moving average of other
    weights' running statistics only resembles.

    Parameters
    ----------
    network : Replicated
        Its buffers are changed in place.
    batches : iterable of Tensor of shape (R, B, ...)
        Inputs, all batches of one size; their statistics are averaged.
    """
    norms = [part for part in network.template.modules() if isinstance(part, _NORMS)]
    momenta, was_training = [norm.momentum for norm in norms], network.training
    network.train()
    for i, batch in enumerate(batches):
        for norm in norms:
            norm.momentum = 1 / (i + 1)
        network(batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.train(was_training)
