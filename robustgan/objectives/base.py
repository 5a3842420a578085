"""The contract that every objective keeps; knows scores only, neither networks nor data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from numbers import Real
from typing import ClassVar

from torch import Tensor

# exp is followed by its tangent beyond this: e^20 squared still fits float32 with room to sum,
# and no sample tells a density ratio of e^40 from a larger one.
MAX_EXPONENT = 20.0


class Objective(ABC):
    """What a discriminator and a generator descend, as functions of scores.

    A score is what the discriminator returns before any sigmoid: any real number, high where
    it believes in real data. Losses are averaged over the last axis; leading axes are replicas
    and stay. Objectives are immutable, comparable and hashable.

    Attributes
    ----------
    identifies_ratio : bool
        Whether the best score determines the density ratio of data and model. Where it does
        not (total variation) only the sign of its logarithm is known, and `log_ratio` raises.

    Notes
    -----
    Write ``p`` for the data's density, ``q`` for the model's. With the best score at hand the
    generator's step follows its own draws only. If its loss at log ratio ``log t`` is
    ``psi(t)``, that step is the gradient of the f-divergence ``E_q f(p / q)`` with
    ``f''(t) = -psi'(t) / t``: see ``docs/one_sided.md``.
    """

    identifies_ratio: ClassVar[bool] = True
    # divergence = _unit * (_baseline - discriminator loss); zero for a score of zero.
    _unit: ClassVar[float] = 0.5

    @abstractmethod
    def _real_loss(self, score: Tensor) -> Tensor:
        """Loss of the discriminator at a real row."""

    @abstractmethod
    def _fake_loss(self, score: Tensor) -> Tensor:
        """Loss of the discriminator at a generated row."""

    @abstractmethod
    def _draw_loss(self, score: Tensor) -> Tensor:
        """Loss of the generator at a generated row."""

    @property
    @abstractmethod
    def _baseline(self) -> float:
        """Discriminator's loss at a score of zero, which knows nothing."""

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Average the loss that the discriminator descends.

        Parameters
        ----------
        real : Tensor of shape (..., n_real)
            Scores of real rows.
        fake : Tensor of shape (..., n_fake)
            Scores of generated rows.

        Returns
        -------
        loss : Tensor of shape (...)
            One loss a replica.
        """
        return self._real_loss(real).mean(dim=-1) + self._fake_loss(fake).mean(dim=-1)

    def generator_loss(self, fake: Tensor) -> Tensor:
        """Average the loss that the generator descends.

        Parameters
        ----------
        fake : Tensor of shape (..., n_fake)
            Scores of generated rows.

        Returns
        -------
        loss : Tensor of shape (...)
            One loss a replica.
        """
        return self._draw_loss(fake).mean(dim=-1)

    def divergence(self, real: Tensor, fake: Tensor) -> Tensor:
        """Estimate the divergence of data and model by plugging the scores in.

        A decreasing affine function of `discriminator_loss`, unless the class says otherwise:
        then a lower bound in expectation, reached by the best score, and exactly zero for
        scores of zero.

        Parameters
        ----------
        real : Tensor of shape (..., n_real)
            Scores of real rows.
        fake : Tensor of shape (..., n_fake)
            Scores of generated rows.

        Returns
        -------
        divergence : Tensor of shape (...)
            The divergence that the class names (nats, where it has a unit).
        """
        return self._unit * (self._baseline - self.discriminator_loss(real, fake))

    def divergence_variance(self, real: Tensor, fake: Tensor) -> float:
        """Estimate the variance of the discriminator's loss, in the divergence's units.

        Parameters
        ----------
        real : Tensor of shape (n_real,)
            Scores of real rows that the discriminator has not seen.
        fake : Tensor of shape (n_fake,)
            Scores of generated rows.

        Returns
        -------
        variance : float
            Of sampling alone: both means' variances, added.
        """
        losses = (self._real_loss(real), self._fake_loss(fake))
        return self._unit**2 * sum(float(loss.var() / len(loss)) for loss in losses)

    def log_ratio(self, score: Tensor) -> Tensor:
        """Read the log density ratio, data over model, off the score.

        Parameters
        ----------
        score : Tensor of shape (...)
            Scores.

        Returns
        -------
        log_ratio : Tensor of shape (...)
            ``log p / q``, nats, if the score is the best one.

        Raises
        ------
        TypeError
            If the objective identifies its sign only (``identifies_ratio`` is False).
        """
        return score

    def optimal_score(self, log_ratio: Tensor) -> Tensor:
        """Return the score that minimises the discriminator's expected loss.

        Parameters
        ----------
        log_ratio : Tensor of shape (...)
            ``log p / q``, nats.

        Returns
        -------
        score : Tensor of shape (...)
            The inverse of `log_ratio`, where that exists.
        """
        return log_ratio


def bounded_exp(exponent: Tensor) -> Tensor:
    """Exponentiate, continued by the tangent beyond ``MAX_EXPONENT``: convex, never infinite."""
    clamped = exponent.clamp(max=MAX_EXPONENT)
    return clamped.exp() * (1 + exponent - clamped)


def check_parameter(name: str, value: object, lower: float, upper: float) -> None:
    """Raise unless a parameter is a number strictly between two others."""
    if not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r}.")
    if not lower < float(value) < upper:
        raise ValueError(f"{name} must lie in ({lower:g}, {upper:g}), got {value}.")
