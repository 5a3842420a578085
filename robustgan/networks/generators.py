"""Laws that draw rows: a location, a shape and a radius, each learned or known.

``R`` of them side by side. This room knows the number of features and where to start; it does not
know the data.
"""

import torch
from torch import Tensor, nn

from robustgan._bridge import Streams
from robustgan.networks.radii import Radius

COVARIANCES = ("identity", "diagonal", "full")
# Coarse data may not vary along some direction; a law must.
LEAST_VARIANCE = 1e-4


class LocationGenerator(nn.Module):
    """``R`` elliptical laws with a location and, if wanted, a shape and a radius to be learned.

    Draws ``x = location + A z`` with ``z`` standard Gaussian, or given another length by a law of
    the radius: ``A`` is the identity, a positive diagonal, or any square matrix (identified up to a
    rotation; ``A A'`` is not). With a rank, ``A A'`` is a diagonal plus a matrix of that rank,
    drawn as ``D z + L w`` with as many common factors ``w``: fewer parameters than there are rows,
    also where there are many features.

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
    radius : Radius or None, default=None
        None leaves the noise Gaussian.
    rank : int or None, default=None
        Number of common factors of a ``'full'`` covariance; None lets it be any.
    """

    def __init__(
        self,
        location: Tensor,
        covariance: str,
        *,
        streams: Streams,
        learn_location: bool = True,
        radius: Radius | None = None,
        rank: int | None = None,
    ) -> None:
        super().__init__()
        self.radius = radius
        n_replicas, p = location.shape
        self.streams = streams
        self.covariance_kind = covariance
        self.location = nn.Parameter(location.clone()[:, None], requires_grad=learn_location)
        self.rank = rank or 0
        if covariance == "diagonal" or self.rank:
            self.log_scale = nn.Parameter(location.new_zeros(n_replicas, 1, p))
        if self.rank:
            self.loadings = nn.Parameter(location.new_zeros(n_replicas, p, self.rank))
        elif covariance == "full":
            eye = torch.eye(p, dtype=location.dtype, device=location.device)
            self.factor = nn.Parameter(eye.repeat(n_replicas, 1, 1))

    def spread(self, noise: Tensor) -> Tensor:
        """Turn noise into deviations from the location.

        Parameters
        ----------
        noise : Tensor of shape (R, n, n_features + rank)

        Returns
        -------
        deviations : Tensor of shape (R, n, n_features)
        """
        if self.rank:
            own, common = torch.split(noise, [noise.shape[-1] - self.rank, self.rank], dim=-1)
            return torch.baddbmm(own * self.log_scale.exp(), common, self.loadings.mT)
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
        noise = self.streams.normal(n_draws, self.location.shape[-1] + self.rank)
        deviations = self.spread(noise if self.radius is None else self.radius(noise))
        rows = self.location + deviations
        return torch.cat([rows, self.location - deviations], dim=1) if mirrored else rows

    @torch.no_grad()
    def set_law(self, law: Tensor, radius: Tensor | None = None) -> None:
        """Set location and scatter.

        Parameters
        ----------
        law : Tensor of shape (R, 1 + k, n_features)
            As `track` returns them; variances along any axis are at least 1e-4.
        radius : Tensor of shape (R, n_learned), default=None
            What is learned of the radius; None leaves it as it is.
        """
        if self.radius is not None and radius is not None:
            self.radius.set_state(radius)
        self.location.copy_(law[:, :1])
        if self.rank:
            self._set_factors(law[:, 1:].double())
        elif self.covariance_kind == "diagonal":
            self.log_scale.copy_(0.5 * law[:, 1:].clamp(min=LEAST_VARIANCE).log())
        elif self.covariance_kind == "full":
            variances, axes = torch.linalg.eigh(law[:, 1:].double())
            scales = variances.clamp(min=LEAST_VARIANCE).sqrt()
            self.factor.copy_(axes * scales[:, None])

    def _set_factors(self, covariance: Tensor) -> None:
        """Take the leading axes for common factors, as far as they exceed the other variances."""
        variances, axes = torch.linalg.eigh(covariance)
        rest = variances[:, : -self.rank].mean(dim=1, keepdim=True)
        excess = (variances[:, -self.rank :] - rest).clamp(min=LEAST_VARIANCE)
        loadings = axes[..., -self.rank :] * excess.sqrt()[:, None]
        own = covariance.diagonal(dim1=1, dim2=2) - loadings.square().sum(dim=2)
        self.loadings.copy_(loadings)
        self.log_scale.copy_(0.5 * own[:, None].clamp(min=LEAST_VARIANCE).log())

    def radius_state(self) -> Tensor:
        """Return what is learned of the radius, of shape (R, n_learned)."""
        return self.location.detach()[:, 0, :0] if self.radius is None else self.radius.state()

    def covariance(self) -> Tensor:
        """Return what is learned of the covariance.

        Returns
        -------
        covariance : Tensor of shape (R, k, n_features)
            ``k`` is 0 for ``'identity'``, 1 for the variances of ``'diagonal'`` and
            ``n_features`` for ``'full'``.
        """
        if self.rank:
            own = torch.diag_embed((2 * self.log_scale[:, 0]).exp())
            return torch.baddbmm(own, self.loadings, self.loadings.mT)
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
