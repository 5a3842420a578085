"""How a fitted game scores rows: by its discriminator, by distance, or by the more suspicious.

Knows a fitted law and a discriminator, in standardised coordinates; it does not know how they were
found.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from robustgan._bridge import make_seeds, to_array, to_tensor, to_tensor_like
from robustgan._bridge.calibration import log_tail, lower_quantile
from robustgan._bridge.outliers import OutlierScoresMixin
from robustgan.estimators.contributions import distance_shares, score_shares
from robustgan.estimators.coordinates import Coordinates, snap
from robustgan.estimators.laws import squared_distance
from robustgan.estimators.radial import RadialLaw
from robustgan.networks import LEAST_VARIANCE, AveragedDiscriminator

SCORE_BY = ("discriminator", "mahalanobis", "both")
# Draws that rows are ranked among.
_N_REFERENCE = 20_000
_Array = NDArray[np.float64]


class DiscriminatorScores(OutlierScoresMixin):
    """Scores of the JS-GAN estimators; a subclass sets what a fit has found."""

    score_by: str
    random_state: object
    discriminator_: AveragedDiscriminator | None
    _coordinates: Coordinates
    _law: _Array
    _radial: RadialLaw
    _farthest_kept: float
    _cut: float
    support_: NDArray[np.bool_]

    def score_samples(self, X: object) -> _Array:
        """Score rows; higher is more normal.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            With ``score_by='discriminator'`` minus the discriminator's score: an estimate of the
            log density ratio of the fitted law to the data, nats, for objectives with the log
            score. It is lower for rows that are farther from the location than every row that was
            kept, by half of the excess of the squared distance: a discriminator has not been there.
            With
            ``'mahalanobis'``, or where no game was played, minus the squared distance from the
            fitted law. With ``'both'`` the logarithm of the smaller of both tail probabilities
            among clean draws.
        """
        return self._score(self._standardized(X))

    def mahalanobis(self, X: object) -> _Array:
        """Return squared distances of rows from the location, in the metric of the fitted law.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        squared : ndarray of shape (n_samples,)
        """
        return -self._by_distance(self._standardized(X))

    def feature_contributions(self, X: object) -> _Array:
        """Say what each feature adds to a row's suspicion.

        Squared distances are split by the corr-max transformation [1]_: shares are not negative.
        The discriminator's score is split by integrated gradients [2]_ along the line from the
        location, where the score there is spread evenly.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        contributions : ndarray of shape (n_samples, n_features)
            In the units of the scores; each row sums to minus its ``score_samples``.

        References
        ----------
        .. [1] Garthwaite, P. H. and Koch, I. (2016). Evaluating the contributions of individual
           variables to a quadratic form. Aust. N. Z. J. Stat. 58, 99-119. doi:10.1111/anzs.12144
        .. [2] Sundararajan, M., Taly, A. and Yan, Q. (2017). Axiomatic attribution for deep
           networks. ICML. doi:10.48550/arXiv.1703.01365
        """
        Z = self._standardized(X)
        total = -self._score(Z)
        by_distance = distance_shares(Z, self._law, self._coordinates)
        if self.discriminator_ is None or self.score_by == "mahalanobis":
            return self._coordinates.spread(_scaled_to(by_distance, total))
        by_network = score_shares(Z, self._law, self._coordinates, self.discriminator_)
        is_network = self._is_by_network(Z)[:, None]
        shifted = by_network + (total - by_network.sum(axis=1))[:, None] / by_network.shape[1]
        if self.score_by == "both":
            shifted = _scaled_to(by_network, total)
        chosen = np.where(is_network, shifted, _scaled_to(by_distance, total))
        return self._coordinates.spread(chosen)

    def _standardized(self, X: object) -> Tensor:
        # A fit that failed has set the number of features and nothing else.
        check_is_fitted(self, "offset_")
        return self._coordinates.standardize(to_tensor(self, X, device="cpu", reset=False))

    def _score(self, Z: Tensor) -> _Array:
        """Score standardised rows as ``score_by`` says."""
        if self.discriminator_ is None or self.score_by == "mahalanobis":
            return self._by_distance(Z)
        return self._combine(*self._both(Z))

    def _combine(self, by_network: _Array, by_distance: _Array) -> _Array:
        """Make one score of two."""
        if self.discriminator_ is None or self.score_by == "mahalanobis":
            return by_distance
        if self.score_by == "discriminator":
            return by_network
        return np.minimum(*self._log_tails(by_network, by_distance))

    def _is_by_network(self, Z: Tensor) -> NDArray[np.bool_]:
        """Say for which rows the discriminator has the say, not the distance."""
        by_network, by_distance = self._both(Z)
        if self.score_by == "both":
            return np.asarray(np.less_equal(*self._log_tails(by_network, by_distance)))
        return np.asarray(-by_distance <= self._farthest_kept)

    def _log_tails(self, by_network: _Array, by_distance: _Array) -> tuple[_Array, _Array]:
        """Return the logarithms of the tail probabilities of both scores."""
        return (
            log_tail(by_network, self._network_reference),
            log_tail(by_distance, self._distance_reference),
        )

    def _by_distance(self, Z: Tensor) -> _Array:
        return to_array(-squared_distance(Z, to_tensor_like(self._law, Z)))

    def _both(self, Z: Tensor) -> tuple[_Array, _Array]:
        """Score by the discriminator, where there is one, and by distance."""
        by_distance = self._by_distance(Z)
        if self.discriminator_ is None:
            return by_distance, by_distance
        by_network = to_array(-self.discriminator_(snap(Z).cpu().double()))
        # Farther than every row that was kept, where no discriminator has been, the law decides.
        excess = 0.5 * (-by_distance - self._farthest_kept)
        lowered = np.minimum(by_network, self._cut - excess)
        return np.where(excess > 0, lowered, by_network), by_distance

    def _calibrate_scores(self, Z: Tensor, default: float | None = None) -> None:
        """Rank scores among those of clean draws, and set the cut-off from those of ``Z``."""
        rng = np.random.default_rng(make_seeds(self.random_state, 2)[1])
        drawn = self._both(draw(self._law, self._radial, _N_REFERENCE, rng).to(Z))
        self._network_reference, self._distance_reference = (np.sort(part) for part in drawn)
        scores, reference = self._score(Z), self._combine(*drawn)
        kept = scores[self.support_]
        share = float(np.mean(kept < lower_quantile(reference, self.alpha)))
        if share > 2 * self.alpha + 3 * (self.alpha / len(kept)) ** 0.5:
            # The law does not describe the rows that were kept, which then stand for clean draws.
            reference = kept
        self._calibrate(scores, reference, default)


def draw(law: _Array, radial: RadialLaw, n_samples: int, rng: np.random.Generator) -> Tensor:
    """Draw rows from a law in standardised coordinates.

    Parameters
    ----------
    law : ndarray of shape (1 + k, n_features)
        Location, then nothing, variances or a scatter matrix.
    radial : RadialLaw
    n_samples : int
    rng : Generator

    Returns
    -------
    rows : Tensor of shape (n_samples, n_features), float64
    """
    noise = rng.normal(size=(n_samples, law.shape[1]))
    noise *= (radial.sample(n_samples, rng) / np.linalg.norm(noise, axis=1))[:, None]
    scatter = law[1:]
    if len(scatter) == 1:
        noise *= np.sqrt(scatter.clip(min=LEAST_VARIANCE))
    elif len(scatter) > 1:
        variances, axes = np.linalg.eigh(scatter)
        noise = noise @ (axes * np.sqrt(variances.clip(min=LEAST_VARIANCE))).T
    return torch.from_numpy(law[0] + noise)


def _scaled_to(shares: _Array, total: _Array) -> _Array:
    """Scale rows of shares to sums, or spread a sum evenly where there is nothing to scale."""
    sums = shares.sum(axis=1)
    is_scalable = np.abs(sums) > 1e-12 * np.abs(total)
    factors = np.divide(total, sums, out=np.zeros_like(total), where=is_scalable)
    even = np.where(is_scalable, 0.0, total / shares.shape[1])
    scaled: _Array = shares * factors[:, None] + even[:, None]
    return scaled
