"""Generators and discriminators with the replica axis in front of every parameter.

A network here is ``R`` networks of one architecture, trained side by side. It knows the number of
features and where to start; it knows neither the data nor what its scores are used for.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from robustgan._bridge import Streams

ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {
        "leaky_relu": lambda x: F.leaky_relu(x, 0.1),
        "relu": torch.relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
    }
)
COVARIANCES = ("identity", "diagonal", "full")
# A processor's kernels round the last elements of a tensor, those that do not fill a vector, in
# another way. Where each replica fills whole vectors, its bits do not depend on the others.
VECTOR = 32
# Coarse data may not vary along some direction; a law must.
LEAST_VARIANCE = 1e-4


class Perceptron(nn.Module):
    """``R`` perceptrons, from features to one score a row.

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

    Attributes
    ----------
    weights : Parameter of shape (R, n_weights)
        All layers in one tensor, so that an optimizer moves them by one call: for networks as
        small as these, calls are most of a step.
    layers : list of (weight, bias)
        Views of ``weights``.
    """

    def __init__(
        self, n_inputs: int, hidden_units: Sequence[int], activation: str, *, streams: Streams
    ) -> None:
        super().__init__()
        self.activation = activation
        self.widths = (n_inputs, *hidden_units, 1)
        chunks = []
        for fan_in, fan_out in pairwise(self.widths):
            bound = 1 / math.sqrt(fan_in)
            chunks.append(streams.uniform(fan_in * fan_out, bound=bound))
            chunks.append(streams.uniform(fan_out, bound=bound))
        used = sum(chunk.shape[1] for chunk in chunks)
        chunks.append(chunks[0].new_zeros(len(streams), -used % VECTOR))
        self.sizes = [chunk.shape[1] for chunk in chunks]
        self.weights = nn.Parameter(torch.cat(chunks, dim=1))

    @property
    def layers(self) -> list[tuple[Tensor, Tensor]]:
        """Weight (R, fan_in, fan_out) and bias (R, 1, fan_out) of each layer."""
        return self._views(self.weights)

    def frozen_layers(self) -> list[tuple[Tensor, Tensor]]:
        """Return `layers` that follow the weights but hold no derivative of them."""
        return self._views(self.weights.detach())

    def _views(self, weights: Tensor) -> list[tuple[Tensor, Tensor]]:
        chunks = weights.split_with_sizes(self.sizes, dim=1)
        return [
            (weight.view(-1, fan_in, fan_out), bias[:, None])
            for (fan_in, fan_out), weight, bias in zip(
                pairwise(self.widths), chunks[:-1:2], chunks[1:-1:2], strict=True
            )
        ]

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
        score : Tensor of shape (R, n)
            High means real.
        """
        activate = ACTIVATIONS[self.activation]
        hidden = features
        *inner, (weight, bias) = self.layers if layers is None else layers
        for inner_weight, inner_bias in inner:
            hidden = activate(torch.baddbmm(inner_bias, hidden, inner_weight))
        # Not a matrix product: with one column its rounding depends on the number of replicas.
        return (hidden * weight.mT).sum(dim=-1) + bias[..., 0]

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
        other.weights = nn.Parameter(weights.detach().clone())
        return other


class Squash(nn.Module):
    """Map space one to one into a ball and add the radius as one more feature.

    ``y = x c / sqrt(c^2 + |x|^2)`` with ``c = 2 sqrt(p)``, followed by twice the deviation of
    ``|y|`` from its value at the typical radius ``sqrt(p)``. Any function of ``x`` is a function
    of ``y``, so the class of discriminators loses nothing, and no outlier, however far, can
    saturate the first layer. The radius makes an error of scale visible to a thin layer.

    Parameters
    ----------
    n_features : int
        ``p``. Rows come centred and scaled.
    """

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.bound = 2 * math.sqrt(n_features)

    def forward(self, x: Tensor) -> Tensor:
        """Return features of shape (..., n, n_features + 1) of rows (..., n, n_features)."""
        features: Tensor = _SquashFunction.apply(x, self.bound)  # type: ignore[no-untyped-call]
        return features


class _SquashFunction(torch.autograd.Function):
    """`Squash` with its derivative in closed form: half the passes over the rows."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, bound: float) -> Tensor:
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        shrink = bound * torch.rsqrt(length.square() + bound**2)
        features = x.new_empty(*x.shape[:-1], x.shape[-1] + 1)
        torch.mul(x, shrink, out=features[..., :-1])
        features[..., -1:] = 2 * (length * shrink - bound / math.sqrt(5))
        ctx.save_for_backward(x, shrink, length)
        ctx.bound = bound
        return features

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        x, shrink, length = ctx.saved_tensors
        ball, radius = gradient[..., :-1], gradient[..., -1:]
        # With s = c / sqrt(|x|^2 + c^2): ds/dx = -s^3 x / c^2 and d(|x| s)/d|x| = s^3.
        outward = (x * ball).sum(dim=-1, keepdim=True)
        # At the centre the radius has a kink; its mean derivative there is zero.
        slope = 2 * radius / length.clamp(min=torch.finfo(x.dtype).tiny) - outward / ctx.bound**2
        # Not addcmul, which takes five times as long where it has to broadcast.
        return (ball * shrink).add_(x * (shrink**3 * slope)), None


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


class LocationGenerator(nn.Module):
    """``R`` Gaussian laws with a location and, if wanted, a shape to be learned.

    Draws ``x = location + A z`` with ``z`` standard Gaussian: ``A`` is the identity, a positive
    diagonal, or any square matrix (identified up to a rotation; ``covariance`` is not).

    Parameters
    ----------
    location : Tensor of shape (R, n_features)
        Where to start.
    covariance : {'identity', 'diagonal', 'full'}
        What is learned besides the location.
    streams : Streams
        Draws the noise, one stream a replica.
    learn_location : bool, default=True
        If not, the location stays where it is.
    """

    def __init__(
        self, location: Tensor, covariance: str, *, streams: Streams, learn_location: bool = True
    ) -> None:
        super().__init__()
        n_replicas, p = location.shape
        self.streams = streams
        self.covariance_kind = covariance
        self.location = nn.Parameter(location.clone()[:, None], requires_grad=learn_location)
        if covariance == "diagonal":
            self.log_scale = nn.Parameter(location.new_zeros(n_replicas, 1, p))
        elif covariance == "full":
            eye = torch.eye(p, dtype=location.dtype, device=location.device)
            self.factor = nn.Parameter(eye.repeat(n_replicas, 1, 1))

    def spread(self, noise: Tensor) -> Tensor:
        """Turn noise into deviations from the location, both of shape (R, n, n_features)."""
        if self.covariance_kind == "diagonal":
            return noise * self.log_scale.exp()
        if self.covariance_kind == "full":
            return torch.bmm(noise, self.factor.mT)
        return noise

    def sample(self, n_samples: int, *, mirrored: bool = False) -> Tensor:
        """Draw rows, differentiable in the parameters.

        Parameters
        ----------
        n_samples : int
            Even if ``mirrored``.
        mirrored : bool, default=False
            Whether the second half of the rows mirrors the first at the location: half the
            noise to draw, and a step in which it cancels to first order.

        Returns
        -------
        rows : Tensor of shape (R, n_samples, n_features)
        """
        n_draws = n_samples // 2 if mirrored else n_samples
        deviations = self.spread(self.streams.normal(n_draws, self.location.shape[-1]))
        rows = self.location + deviations
        return torch.cat([rows, self.location - deviations], dim=1) if mirrored else rows

    @torch.no_grad()
    def set_law(self, law: Tensor) -> None:
        """Set location and covariance.

        Parameters
        ----------
        law : Tensor of shape (R, 1 + k, n_features)
            As `track` returns them; variances along any axis are at least 1e-4.
        """
        self.location.copy_(law[:, :1])
        if self.covariance_kind == "diagonal":
            self.log_scale.copy_(0.5 * law[:, 1:].clamp(min=LEAST_VARIANCE).log())
        elif self.covariance_kind == "full":
            variances, axes = torch.linalg.eigh(law[:, 1:].double())
            scales = variances.clamp(min=LEAST_VARIANCE).sqrt()
            self.factor.copy_(axes * scales[:, None])

    def covariance(self) -> Tensor:
        """Return what is learned of the covariance.

        Returns
        -------
        covariance : Tensor of shape (R, k, n_features)
            ``k`` is 0 for ``'identity'``, 1 for the variances of ``'diagonal'`` and
            ``n_features`` for ``'full'``.
        """
        if self.covariance_kind == "diagonal":
            return (2 * self.log_scale).exp()
        if self.covariance_kind == "full":
            return self.factor @ self.factor.mT
        return self.location[:, :0]

    @torch.no_grad()
    def track(self) -> Tensor:
        """Return what is averaged over the iterates, of shape (R, 1 + k, n_features).

        The location, then the covariance and never its factor: that is identified up to a
        rotation, and averaging it would shrink it.
        """
        return torch.cat([self.location, self.covariance()], dim=1)
