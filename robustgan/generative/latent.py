"""Walks in the space of codes: a grid, a line between two rows, one coordinate at a time.

Knows a fitted model that encodes and decodes. It does not know how it was fitted.
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from robustgan._bridge.parameters import check_integer, check_real
from robustgan.generative.base import GenerativeModel

_Array = NDArray[np.float64]


class LatentWalks(GenerativeModel):
    """Rows along walks in the space of codes; a subclass decodes and knows the codes' law."""

    latent_dim: int
    latent_mean_: _Array
    latent_covariance_: _Array

    @abstractmethod
    def transform(self, X: object, *, replica: int = 0) -> _Array:
        """Encode rows."""

    @abstractmethod
    def inverse_transform(self, X: object, *, replica: int = 0) -> _Array:
        """Decode codes."""

    def manifold(
        self,
        n_points: int = 15,
        *,
        coordinates: tuple[int, int] = (0, 1),
        coverage: float = 0.95,
        replica: int = 0,
    ) -> _Array:
        """Decode a grid in the plane of two coordinates, the others at their mean.

        Parameters
        ----------
        n_points : int, default=15
            Along each side.
        coordinates : tuple of two int, default=(0, 1)
            Vary from top to bottom and from left to right; the models of one coordinate have no
            plane.
        coverage : float, default=0.95
            Share of the codes' law between the ends of a side; the points lie at equal steps of
            its probability. In (0, 1).
        replica : int, default=0
            Of which network.

        Returns
        -------
        rows : ndarray of shape (n_points, n_points, ...)
            In the data's units.
        """
        self.check_replica(replica)
        check_integer("n_points", n_points, 2)
        if len(coordinates) != 2 or coordinates[0] == coordinates[1]:
            raise ValueError(f"coordinates must be two different ones, got {coordinates}.")
        down, across = (self._along(c, n_points, coverage) for c in coordinates)
        codes = np.tile(self.latent_mean_, (n_points, n_points, 1))
        codes[..., coordinates[0]] = down[:, None]
        codes[..., coordinates[1]] = across
        return self._decode_grid(codes, replica)

    def traverse(
        self,
        coordinate: int,
        X: object = None,
        *,
        n_points: int = 9,
        coverage: float = 0.95,
        replica: int = 0,
    ) -> _Array:
        """Move one coordinate of the codes of rows, and decode.

        Parameters
        ----------
        coordinate : int
            Which one.
        X : array-like of shape (n_samples, ...), default=None
            Where to start; None starts at the codes' mean.
        n_points, coverage, replica
            As for `manifold`.

        Returns
        -------
        rows : ndarray of shape (n_samples, n_points, ...)
            In the data's units; one sample for None.
        """
        self.check_replica(replica)
        check_integer("n_points", n_points, 2)
        starts = self.latent_mean_[None] if X is None else self._codes(X, replica)
        codes = np.repeat(starts[:, None], n_points, axis=1)
        codes[..., coordinate] = self._along(coordinate, n_points, coverage)
        return self._decode_grid(codes, replica)

    def interpolate(
        self, start: object, end: object, n_points: int = 9, *, replica: int = 0
    ) -> _Array:
        """Decode the line between the codes of two rows, or of several pairs.

        Parameters
        ----------
        start, end : array-like of shape (n_samples, ...)
            Rows, as many of both.
        n_points : int, default=9
            Both ends counted.
        replica : int, default=0
            Of which network.

        Returns
        -------
        rows : ndarray of shape (n_samples, n_points, ...)
            In the data's units.
        """
        self.check_replica(replica)
        check_integer("n_points", n_points, 2)
        first, last = (self._codes(rows, replica) for rows in (start, end))
        if len(first) != len(last):
            raise ValueError(f"end must have as many rows as start, {len(first)}, got {len(last)}.")
        shares = np.linspace(0.0, 1.0, n_points)[:, None]
        return self._decode_grid(first[:, None] * (1 - shares) + last[:, None] * shares, replica)

    def _along(self, coordinate: int, n_points: int, coverage: float) -> _Array:
        """Return points along a coordinate, at equal steps of the codes' law."""
        check_real("coverage", coverage, above=0, most=1)
        if coverage == 1 or not -self.latent_dim <= coordinate < self.latent_dim:
            raise ValueError(
                f"coverage must be below 1 and coordinate below {self.latent_dim} (latent_dim), "
                f"got {coverage} and {coordinate}."
            )
        levels = np.linspace((1 - coverage) / 2, (1 + coverage) / 2, n_points)
        deviation = np.sqrt(self.latent_covariance_[coordinate, coordinate])
        points: _Array = self.latent_mean_[coordinate] + deviation * norm.ppf(levels)
        return points

    def _codes(self, X: object, replica: int) -> _Array:
        # A table, if that is what transform was asked to return.
        return np.asarray(self.transform(X, replica=replica), dtype=np.float64)

    def _decode_grid(self, codes: _Array, replica: int) -> _Array:
        rows = self.inverse_transform(codes.reshape(-1, codes.shape[-1]), replica=replica)
        return rows.reshape(*codes.shape[:-1], *rows.shape[1:])
