"""What the JS-GAN estimators share: from data to games, and from judged rows to an estimate.

Knows the data's units and scikit-learn; the game itself is in ``estimators.game``.
"""

import warnings
from collections.abc import Sequence
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import chi2
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor

from robustgan._bridge import make_seeds, to_array, to_tensor
from robustgan._bridge.outliers import Contamination
from robustgan.engine import Callback, History, one_thread
from robustgan.engine.callbacks import CallbackSupportMixin, listeners, with_callbacks
from robustgan.estimators.coordinates import Coordinates, snap
from robustgan.estimators.families import Family, FittedLaw, GaussianFamily
from robustgan.estimators.game import GameResult, play
from robustgan.estimators.laws import describe, squared_distance, start_like
from robustgan.estimators.reweighting import share_of_outliers
from robustgan.estimators.scores import DiscriminatorScores
from robustgan.estimators.settings import (
    check_parameters,
    choose_rank,
    choose_settings,
    least_rows,
)
from robustgan.estimators.small_samples import fall_back
from robustgan.networks import AveragedDiscriminator

# Share of clean rows that the fallback keeps.
_FALLBACK_KEPT = 0.975


class JSGAN(CallbackSupportMixin, DiscriminatorScores, BaseEstimator):
    """Fit a law to contaminated data by a game; subclasses say what of it is learned."""

    location_: NDArray[np.float64]
    covariance_: NDArray[np.float64]
    raw_location_: NDArray[np.float64]
    support_: NDArray[np.bool_]
    n_iter_: int
    converged_: bool
    history_: History | None
    discriminator_: AveragedDiscriminator | None
    fallback_: str | None
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    n_init: int
    reweight: bool
    contamination_: float
    contamination_interval_: tuple[float, float]

    contamination: Contamination
    device: str | torch.device
    random_state: object
    verbose: int
    callbacks: Sequence[Callback] | None

    @property
    def _shape(self) -> str:
        """What is learned besides a location: 'identity' (nothing), 'diagonal' or 'full'."""
        raise NotImplementedError

    @property
    def _learns_location(self) -> bool:
        return True

    def _family_for(self, n_samples: int, n_features: int) -> Family:
        """Return the family of the clean law, for samples of this size."""
        has_matrix = self._shape == "full"
        return GaussianFamily(choose_rank(n_samples, n_features) if has_matrix else None)

    @with_callbacks  # type: ignore[untyped-decorator]
    def fit(self, X: object, y: object = None) -> Self:
        """Play the game and take the mean of the rows that survive it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            At least 2 rows; NumPy, pandas, polars or torch, real and finite. Constant columns take
            no part.
        y : ignored

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If ``X`` or a parameter is not as described; the message says which and what to do.
        TypeError
            If a parameter or ``X`` is of a wrong kind.
        DivergenceError
            If a loss is not finite.

        Warns
        -----
        ConvergenceWarning
            If the game had not settled after ``max_iter`` epochs, or the sample is too small
            for one.
        UserWarning
            If a column is constant.
        """
        check_parameters(self)
        with listeners(self, X, self.callbacks, self.verbose) as listening:
            self._fit_together([self], [X], listening)
        return self

    @with_callbacks  # type: ignore[untyped-decorator]
    def fit_samples(self, samples: Sequence[object]) -> list[Self]:
        """Fit a clone to each of several samples of one shape, all at once.

        Simulations, bootstrap resamples: the games run side by side on the replica axis, which
        fills a GPU and saves most of a small fit's time on a CPU. The first clone's fit is the
        same as ``fit`` on its sample alone, and no fit depends on how many others there are.

        Parameters
        ----------
        samples : sequence of array-like of shape (n_samples, n_features)
            The same shape each.

        Returns
        -------
        fits : list of estimators
            In the order of ``samples``.

        Raises
        ------
        ValueError
            If the shapes differ, or as for `fit`.
        """
        check_parameters(self)
        fits = [clone(self) for _ in samples]
        with listeners(self, samples, self.callbacks, self.verbose) as listening:
            self._fit_together(fits, samples, listening)
        return fits

    def _fit_together(
        self, fits: Sequence[Self], samples: Sequence[object], listening: Sequence[Callback]
    ) -> None:
        """Fit each of ``fits``, which have the parameters of ``self``, to its sample."""
        if not fits:
            return
        standardized = [fit._standardize(X) for fit, X in zip(fits, samples, strict=True)]
        shapes = sorted({tuple(Z.shape) for Z in standardized})
        if len(shapes) > 1:
            listed = ", ".join(map(str, shapes))
            raise ValueError(f"samples must have one shape, got {listed}. Fit them one by one.")
        n_samples, n_features = shapes[0]
        family = self._family_for(n_samples, n_features)
        if n_samples < least_rows(n_features, family.rank):
            for fit, Z in zip(fits, standardized, strict=True):
                fit._fall_back(Z)
            return
        settings = choose_settings(
            self,
            self._shape,
            n_samples,
            n_features,
            family=family,
            learn_location=self._learns_location,
        )
        seeds = make_seeds(self.random_state, len(fits) * self.n_init)
        with one_thread():
            results = play(torch.stack([*map(snap, standardized)]), settings, seeds, listening)
        for fit, Z, result in zip(fits, standardized, results, strict=True):
            fit._finish(Z, result)

    def _standardize(self, X: object) -> Tensor:
        """Validate a sample, choose its coordinates and return its rows in them."""
        rows = to_tensor(self, X, device=self.device, reset=True, min_samples=2)
        names = getattr(self, "feature_names_in_", None)
        n_samples, n_varying = len(rows), int((rows.amax(dim=0) != rows.amin(dim=0)).sum())
        rank = self._family_for(n_samples, max(n_varying, 1)).rank
        self._coordinates = Coordinates.from_sample(
            rows,
            self._shape,
            names,
            learn_centre=self._learns_location,
            whiten=rank is None and n_samples >= least_rows(n_varying),
        )
        return self._coordinates.standardize(rows)

    def _finish(self, Z: Tensor, result: GameResult) -> Self:
        """Set what was learned from the standardised rows and their game."""
        self.support_ = result.clean_probability >= 0.5
        kept = Z[torch.from_numpy(self.support_).to(Z.device)]
        family = self._family_for(*Z.shape)
        law, radius = family.fit(kept, self._shape, learn_location=self._learns_location)
        self._set_law(
            FittedLaw(to_array(law), to_array(radius)),
            FittedLaw(result.raw, result.raw_radius),
            family,
        )
        self._farthest_kept = float(squared_distance(kept, law).max())
        self._cut = -result.threshold
        self.history_ = result.history
        self.n_iter_ = int(result.history.n_iter[0])
        self.converged_ = result.has_converged
        self.discriminator_ = result.discriminator.double()
        self.fallback_ = None
        self.contamination_, self.contamination_interval_ = share_of_outliers(
            result.clean_probability
        )
        self._calibrate_scores(Z)
        if problem := result.problem():
            warnings.warn(problem, ConvergenceWarning, stacklevel=5)
        return self

    def _fall_back(self, Z: Tensor) -> Self:
        """Let a classical estimate stand in for a game, in the coordinates of scaled columns."""
        n_samples, n_features = Z.shape
        self.history_, self.discriminator_ = None, None
        self.n_iter_, self.converged_ = 1, False
        cut = self._fall_back_fully(Z) if self._shape == "full" else self._fall_back_by_column(Z)
        self.contamination_, self.contamination_interval_ = share_of_outliers(
            self.support_.astype(np.float64)
        )
        self._calibrate_scores(Z, -cut)
        warnings.warn(
            f"A game needs at least {least_rows(n_features)} rows for {n_features} features, "
            f"got {n_samples}. The {self.fallback_} stands in; with so few rows, consider "
            "robustgan.CoordinateMedian or sklearn.covariance.MinCovDet, too.",
            ConvergenceWarning,
            stacklevel=5,
        )
        return self

    def _fall_back_fully(self, Z: Tensor) -> float:
        """Take a determinant estimator; return the cut of squared distances from it."""
        found = fall_back(Z)
        self.fallback_, self.support_ = found.name, found.support
        law = np.vstack([found.location, found.covariance])
        if not self._learns_location:
            kept = Z[torch.from_numpy(found.support).to(Z.device)]
            law = to_array(describe(kept, self._shape, learn_location=False))
        family = self._family_for(*Z.shape)
        fitted = family.rescale(Z, law)
        self._set_law(fitted, fitted, family)
        # Distances follow the scale of the law.
        return found.cut * float(np.trace(law[1:]) / np.trace(fitted.moments[1:]))

    def _fall_back_by_column(self, Z: Tensor) -> float:
        """Take the rows near the coordinate median; return the cut of squared distances from it."""
        squared = Z.square().sum(dim=1)
        # Scaled so that half of the rows lie within the law's median, whatever its tails.
        unit = float(squared.median()) / chi2.ppf(0.5, Z.shape[1])
        cut = float(chi2.ppf(_FALLBACK_KEPT, Z.shape[1]) * unit)
        self.fallback_ = "reweighted coordinate median"
        self.support_ = to_array(squared <= cut) > 0
        law = describe(Z[squared <= cut], self._shape)
        start = to_array(start_like(law))
        no_radius = np.empty(0)
        self._set_law(
            FittedLaw(to_array(law), no_radius), FittedLaw(start, no_radius), GaussianFamily()
        )
        # Rows are scored by the law that the cut belongs to.
        self._law = start
        return cut

    def _set_law(self, law: FittedLaw, raw: FittedLaw, family: Family) -> None:
        """Set location and scatter from the standardised laws of kept rows and game."""
        self._law = law.moments
        self._radial = family.radial_law(law.radius, law.moments.shape[1])
        self.raw_location_ = self._coordinates.location(raw.moments[0])
        kept_mean = self._coordinates.location(law.moments[0])
        self.location_ = kept_mean if self.reweight else self.raw_location_.copy()
        self._set_scatter(law, raw)

    def _set_scatter(self, law: FittedLaw, raw: FittedLaw) -> None:
        """Set what is fitted beside the location."""
        self.covariance_ = self._coordinates.covariance(law.moments[1:])
