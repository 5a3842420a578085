"""Perceptrons with the replica axis in front of every parameter.

A network here is ``R`` networks of one architecture, trained side by side. It knows the number of
its inputs; it knows neither the data nor what its scores are used for.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from robustgan._bridge import Streams
from robustgan.networks.features import Squash
from robustgan.networks.spectral import SpectralNorm

ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {
        "leaky_relu": lambda x: F.leaky_relu(x, 0.1),
        "relu": torch.relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
    }
)
# A processor's kernels round the last elements of a tensor, those that do not fill a vector, in
# another way. Where each replica fills whole vectors, its bits do not depend on the others.
VECTOR = 32


class Perceptron(nn.Module):
    """``R`` perceptrons, from features to one score a row, or to several outputs.

    Parameters
    ----------
    n_inputs : int
        Number of features.
    hidden_units : sequence of int
        Width of each hidden layer; none makes it linear.
    activation : {'leaky_relu', 'relu', 'sigmoid', 'tanh'}
        Of every hidden layer. LeakyReLU has slope 0.1.
    streams : Streams
        Draws the start, one stream a replica: uniform within ``1 / sqrt(fan_in)``, as
        ``torch.nn.Linear`` starts.
    n_outputs : int or None, default=None
        Columns of the output; None gives a score, without an axis for it.
    is_spectral : bool, default=False
        Whether every weight is divided by its largest singular value, see `SpectralNorm`.

    Attributes
    ----------
    weights : Parameter of shape (R, n_weights)
        All layers in one tensor, so that an optimizer moves them by one call: for networks as
        small as these, calls are most of a step.
    layers : list of (weight, bias)
        Views of ``weights``.
    """

    def __init__(
        self,
        n_inputs: int,
        hidden_units: Sequence[int],
        activation: str,
        *,
        streams: Streams,
        n_outputs: int | None = None,
        is_spectral: bool = False,
    ) -> None:
        super().__init__()
        self.activation, self.n_outputs = activation, n_outputs
        self.widths = (n_inputs, *hidden_units, n_outputs or 1)
        chunks = []
        for fan_in, fan_out in pairwise(self.widths):
            bound = 1 / math.sqrt(fan_in)
            chunks.append(streams.uniform(fan_in * fan_out, bound=bound))
            chunks.append(streams.uniform(fan_out, bound=bound))
        used = sum(chunk.shape[1] for chunk in chunks)
        chunks.append(chunks[0].new_zeros(len(streams), -used % VECTOR))
        self.sizes = [chunk.shape[1] for chunk in chunks]
        self.weights = nn.Parameter(torch.cat(chunks, dim=1))
        self.spectral = SpectralNorm(self.widths[1:], streams) if is_spectral else None

    @property
    def layers(self) -> list[tuple[Tensor, Tensor]]:
        """Weight (R, fan_in, fan_out) and bias (R, 1, fan_out) of each layer."""
        return self._views(self.weights)

    def frozen_layers(self) -> list[tuple[Tensor, Tensor]]:
        """Return `layers` that follow the weights but hold no derivative of them."""
        return self._views(self.weights.detach())

    def _views(self, weights: Tensor) -> list[tuple[Tensor, Tensor]]:
        chunks = weights.split_with_sizes(self.sizes, dim=1)
        views = [
            (weight.view(-1, fan_in, fan_out), bias[:, None])
            for (fan_in, fan_out), weight, bias in zip(
                pairwise(self.widths), chunks[:-1:2], chunks[1:-1:2], strict=True
            )
        ]
        if self.spectral is None:
            return views
        scaled = self.spectral([weight.mT for weight, _ in views])
        return [(weight.mT, bias) for weight, (_, bias) in zip(scaled, views, strict=True)]

    def forward(
        self, features: Tensor, layers: Sequence[tuple[Tensor, Tensor]] | None = None
    ) -> Tensor:
        """Score rows.

        Parameters
        ----------
        features : Tensor of shape (R, n, n_inputs)
            Rows, a batch for each replica.
        layers : sequence of (weight, bias), default=None
            `frozen_layers`, made once, save a step its views. `layers` by default.

        Returns
        -------
        score : Tensor of shape (R, n), or (R, n, n_outputs)
            High means real.
        """
        activate = ACTIVATIONS[self.activation]
        hidden = features
        *inner, (weight, bias) = self.layers if layers is None else layers
        for inner_weight, inner_bias in inner:
            hidden = activate(torch.baddbmm(inner_bias, hidden, inner_weight))
        if self.n_outputs is not None:
            return torch.baddbmm(bias, hidden, weight)
        # Not a matrix product: with one column its rounding depends on the number of replicas.
        return (hidden * weight.mT).sum(dim=-1) + bias[..., 0]

    def frozen(self, features: Tensor) -> Tensor:
        """Do as `forward`, without a derivative in the weights."""
        scores: Tensor = self(features, self.frozen_layers())
        return scores

    @property
    def n_replicas(self) -> int:
        """How many perceptrons these are."""
        return len(self.weights)

    @property
    def mixes_rows(self) -> bool:
        """Whether a row's output depends on the other rows of its batch."""
        return False

    def select(self, replicas: Sequence[int]) -> "Perceptron":
        """Return a copy of some of the replicas."""
        other = self.with_weights(self.weights[list(replicas)])
        other.spectral = None if self.spectral is None else self.spectral.select(replicas)
        return other.train(self.training)

    @torch.no_grad()
    def shrink_last_layer(self, most: float) -> None:
        """Scale each replica's last layer to a sum of absolute weights of at most this.

        Parameters
        ----------
        most : float
            Positive.
        """
        weight = self.layers[-1][0]
        total = weight.abs().sum(dim=(1, 2), keepdim=True)
        # The slack leaves a replica that has been scaled as it is.
        weight.mul_(torch.where(total > most * (1 + 1e-5), most / total, 1.0))

    def fan_in(self) -> Tensor:
        """Return the number of inputs of each weight's unit, of shape (n_weights,)."""
        counts = [float(n) for n in self.widths[:-1] for _ in range(2)] + [0.0]
        repeats = torch.tensor(self.sizes, device=self.weights.device)
        return self.weights.new_tensor(counts).repeat_interleave(repeats)

    def with_weights(self, weights: Tensor) -> "Perceptron":
        """Return a perceptron of the same architecture with a copy of other weights.

        Parameters
        ----------
        weights : Tensor of shape (R', n_weights)
            Any number ``R'`` of replicas.
        """
        other = Perceptron.__new__(Perceptron)
        nn.Module.__init__(other)
        other.activation, other.widths, other.sizes = self.activation, self.widths, self.sizes
        other.n_outputs, other.spectral = self.n_outputs, None
        other.weights = nn.Parameter(weights.detach().clone())
        return other


class AveragedDiscriminator(nn.Module):
    """One score a row: the mean over perceptrons, from one training run or several.

    Parameters
    ----------
    features : Squash
        The fixed map from centred and scaled rows to the perceptrons' input.
    perceptrons : Perceptron
        Whose scores are averaged over the replicas.
    """

    def __init__(self, features: Squash, perceptrons: Perceptron) -> None:
        super().__init__()
        self.features, self.perceptrons = features, perceptrons

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        """Score centred and scaled rows of shape (n, n_features); shape (n,), high means real."""
        n_replicas, _, width = self.perceptrons.layers[0][0].shape
        # Bounds the memory of the first hidden layer, whatever n is.
        chunk = max(1, 2**22 // (n_replicas * max(width, x.shape[1])))
        scores = [
            self.perceptrons(self.features(rows).expand(n_replicas, -1, -1)).mean(dim=0)
            for rows in torch.split(x, chunk)
        ]
        return torch.cat(scores) if scores else x.new_zeros(0)

    def gradient(self, x: Tensor) -> Tensor:
        """Return the derivative of the score of each row of shape (n, n_features) in the row."""
        with torch.enable_grad():
            rows = x.detach().clone().requires_grad_()
            layers = self.perceptrons.frozen_layers()
            n_replicas = len(layers[0][0])
            features = self.features(rows).expand(n_replicas, -1, -1)
            total = self.perceptrons(features, layers).mean(dim=0).sum()
            (gradient,) = torch.autograd.grad(total, rows)
        return gradient
