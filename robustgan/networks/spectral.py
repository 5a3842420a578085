"""Spectral normalisation: a network whose layers stretch nothing, on the replica axis."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from robustgan._bridge import Streams


class SpectralNorm(nn.Module):
    """Divide weights by their largest singular value, followed by power iteration [1]_.

    Parameters
    ----------
    n_outputs : sequence of int
        Rows of each weight, seen as a matrix.
    streams : Streams
        Draws the start of the iteration, one stream a replica.

    References
    ----------
    .. [1] Miyato, T., Kataoka, T., Koyama, M. and Yoshida, Y. (2018). Spectral normalization for
       generative adversarial networks. ICLR. Algorithm 1. doi:10.48550/arXiv.1802.05957
    """

    def __init__(self, n_outputs: Sequence[int], streams: Streams) -> None:
        super().__init__()
        for i, n in enumerate(n_outputs):
            start = F.normalize(streams.normal(n, 1), dim=1)
            self.register_buffer(f"left_{i}", start)

    def forward(self, weights: Sequence[Tensor]) -> list[Tensor]:
        """Scale weights of shape (R, n_outputs, ...) to norm one, up to the iteration's error.

        One iteration a call while training, none afterwards.
        """
        return [
            weight / self._norm(weight.flatten(2), left).view(-1, *[1] * (weight.dim() - 1))
            for weight, left in zip(weights, self.buffers(), strict=True)
        ]

    def select(self, replicas: Sequence[int]) -> "SpectralNorm":
        """Return a copy for some of the replicas."""
        other = SpectralNorm((), Streams([0], "cpu"))
        for name, left in self.named_buffers():
            other.register_buffer(name, left[list(replicas)].clone())
        return other.train(self.training)

    def _norm(self, matrix: Tensor, left: Tensor) -> Tensor:
        """Estimate the largest singular value of each matrix (R, a, b), of shape (R, 1, 1)."""
        with torch.no_grad():
            right = F.normalize(matrix.mT @ left, dim=1)
            if self.training:
                left.copy_(F.normalize(matrix @ right, dim=1))
        # A copy: the next call moves the buffer, which this one's derivative still needs.
        return left.clone().mT @ (matrix @ right)
