"""JS-GAN estimators: the location of contaminated data from a game of two networks.

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
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from robustgan._bridge import make_seeds, to_array, to_tensor, to_tensor_like
from robustgan.engine import Callback, History, one_thread
from robustgan.engine.callbacks import CallbackSupportMixin, listeners, with_callbacks
from robustgan.estimators.coordinates import Coordinates, snap
from robustgan.estimators.game import GameResult, play
from robustgan.estimators.laws import describe, squared_distance
from robustgan.estimators.outliers import Contamination, OutlierScoresMixin
from robustgan.estimators.settings import check_parameters, choose_settings, least_rows
from robustgan.networks import AveragedDiscriminator
from robustgan.objectives import Objective

# Share of clean rows that the fallback keeps.
_FALLBACK_KEPT = 0.975


class JSGANMean(CallbackSupportMixin, OutlierScoresMixin, BaseEstimator):
    """Estimate the location of contaminated data by a game, without being told how much.

    The rows are modelled as Huber's mixture ``(1 - contamination) N(location, covariance) +
    contamination Q`` with anything for ``Q``. A generator with a location to learn plays against
    a discriminator with a hidden layer [1]_ [2]_ and descends the one-sided loss, which looks only
    where the model claims more mass than the data have. Discriminators trained on folds then
    judge the rows they have not seen, and the mean of the rows that are more likely clean than
    not is the estimate.

    Parameters
    ----------
    covariance : {'identity', 'diagonal', 'full'}, default='diagonal'
        What is fitted along with the location: nothing, if the clean rows have unit variances
        and no correlation; the variances; or the whole covariance. Fits with ``'diagonal'`` or
        ``'full'`` follow changes of the columns' units exactly.
    objective : str or Objective, default='one_sided'
        What the players descend; a name in ``robustgan.objectives.OBJECTIVES``.
    hidden_units : sequence of int, default=(16,)
        Widths of the discriminator's hidden layers.
    activation : {'leaky_relu', 'relu', 'sigmoid', 'tanh'}, default='leaky_relu'
        Of the hidden layers.
    discriminator_learning_rate : float, default=0.01
        Of Adam.
    generator_learning_rate : float, default=0.05
        Of gradient descent, for data in units of their scale.
    betas : tuple of float, default=(0.5, 0.99)
        Of Adam.
    weight_penalty : float, default=0.2
        Weight decay of the discriminator: half the squared weights times their fan-in, divided
        by the number of rows.
    batch_size : int, default=256
        Rows a step; at most all.
    max_iter : int, default=60
        Most epochs of 100 steps. A fit usually ends after 20 to 25.
    tol : float, default=0.1
        Change of the tracked location, from epoch to epoch and in units of its sampling error
        ``scale / sqrt(n_samples)``, that counts as none. The search also ends when it changes
        no more than its own noise explains.
    n_init : int, default=1
        Games from different random starts, side by side. The one whose fitted law a held-out
        discriminator tells least from the data is kept.
    n_folds : int or 'auto', default='auto'
        Folds for honest judging, at least 2; ``'auto'`` takes 5 below 200 rows a feature, else
        2.
    n_refinements : int, default=2
        Rounds of judging, at least 1: each trains the judges against the law of the rows kept so
        far.
    reweight : bool, default=True
        Whether ``location_`` is the mean of the kept rows. If not, it is the game's own.
    contamination : 'auto' or float in (0, 0.5], default='auto'
        Share of the training rows that `predict` flags. ``'auto'`` flags as many as were not
        kept in ``support_``, and at least one. The location does not depend on it.
    device : str or torch.device, default='auto'
        ``'auto'`` uses the device of a tensor, else CUDA if available, else the CPU.
    random_state : None, int, RandomState or Generator, default=None
        Everything random in a fit comes from it. The global generators are left alone.
    verbose : int, default=0
        1 shows a live bar on standard error with the losses and the time left.
    callbacks : sequence of Callback or None, default=None
        Told of every epoch, see ``robustgan.engine.Callback``. scikit-learn's own callbacks go to
        ``set_callbacks``.

    Attributes
    ----------
    location_ : ndarray of shape (n_features,)
        The estimate, in the data's units.
    covariance_ : ndarray of shape (n_features, n_features)
        Covariance of the kept rows, as far as it is fitted: the identity for ``'identity'``, a
        diagonal matrix for ``'diagonal'``.
    raw_location_ : ndarray of shape (n_features,)
        The game's own answer, before any row is rejected.
    support_ : ndarray of shape (n_samples,)
        Whether each training row is kept.
    n_iter_ : int
        Epochs of the game.
    converged_ : bool
        Whether the location had settled before ``max_iter`` forced the end.
    history_ : History or None
        Losses and locations of the game, in units of the start's scale and relative to it. None
        if no game was played.
    discriminator_ : AveragedDiscriminator or None
        Scores rows after ``(X - start) / scale``; on the CPU. None if no game was played.
    offset_ : float
        Cut-off: rows with a lower score are outliers.
    fallback_ : str or None
        Name of the classical estimate that stands in where the sample is too small for a game.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features seen in ``fit``, if the data had string names.

    See Also
    --------
    CoordinateMedian : Where a fit starts; exact, instant, and biased in high dimension.

    Notes
    -----
    With fewer than 200 rows, or 5 rows a feature, no game is played: the estimate is the mean
    of the rows near the coordinate median, with a warning, and ``fallback_`` says so.

    References
    ----------
    .. [1] Gao, C., Liu, J., Yao, Y. and Zhu, W. (2019). Robust estimation and generative
       adversarial nets. ICLR. doi:10.48550/arXiv.1810.02030
    .. [2] Gao, C., Yao, Y. and Zhu, W. (2020). Generative adversarial nets for robust scatter
       estimation: a proper scoring rule perspective. JMLR 21.

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan import JSGANMean
    >>> X = np.random.default_rng(0).normal(size=(1000, 5))
    >>> X[:200] += 3.0
    >>> fit = JSGANMean(random_state=0).fit(X)
    >>> bool(np.linalg.norm(X.mean(axis=0)) > 1.2), bool(np.linalg.norm(fit.location_) < 0.2)
    (True, True)
    """

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

    def __init__(
        self,
        *,
        covariance: str = "diagonal",
        objective: str | Objective = "one_sided",
        hidden_units: Sequence[int] = (16,),
        activation: str = "leaky_relu",
        discriminator_learning_rate: float = 0.01,
        generator_learning_rate: float = 0.05,
        betas: tuple[float, float] = (0.5, 0.99),
        weight_penalty: float = 0.2,
        batch_size: int = 256,
        max_iter: int = 60,
        tol: float = 0.1,
        n_init: int = 1,
        n_folds: int | str = "auto",
        n_refinements: int = 2,
        reweight: bool = True,
        contamination: Contamination = "auto",
        device: str | torch.device = "auto",
        random_state: object = None,
        verbose: int = 0,
        callbacks: Sequence[Callback] | None = None,
    ) -> None:
        self.covariance = covariance
        self.objective = objective
        self.hidden_units = hidden_units
        self.activation = activation
        self.discriminator_learning_rate = discriminator_learning_rate
        self.generator_learning_rate = generator_learning_rate
        self.betas = betas
        self.weight_penalty = weight_penalty
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_init = n_init
        self.n_folds = n_folds
        self.n_refinements = n_refinements
        self.reweight = reweight
        self.contamination = contamination
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.callbacks = callbacks

    @with_callbacks  # type: ignore[untyped-decorator]
    def fit(self, X: object, y: object = None) -> Self:
        """Play the game and take the mean of the rows that survive it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            At least 2 rows; NumPy, pandas, polars or torch, real and finite, no constant column.
        y : ignored

        Returns
        -------
        self : JSGANMean

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
        fits : list of JSGANMean
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
        if n_samples < least_rows(n_features):
            for fit, Z in zip(fits, standardized, strict=True):
                fit._fall_back(Z)
            return
        settings = choose_settings(self, n_samples, n_features)
        starts = torch.stack([snap(Z) for Z in standardized for _ in range(self.n_init)])
        seeds = make_seeds(self.random_state, len(starts))
        with one_thread():
            results = play(starts, settings, seeds, listening)
        for i, (fit, Z) in enumerate(zip(fits, standardized, strict=True)):
            restarts = results[i * self.n_init : (i + 1) * self.n_init]
            fit._finish(Z, min(restarts, key=lambda result: result.divergence))

    def _standardize(self, X: object) -> Tensor:
        """Validate a sample, choose its coordinates and return its rows in them."""
        rows = to_tensor(self, X, device=self.device, reset=True, min_samples=2)
        names = getattr(self, "feature_names_in_", None)
        self._coordinates = Coordinates.from_sample(rows, self.covariance, names)
        return self._coordinates.standardize(rows)

    def score_samples(self, X: object) -> NDArray[np.float64]:
        """Score rows by the discriminator; higher is more normal.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Minus the discriminator's score: an estimate of the log density ratio of the fitted
            law to the data, nats, for objectives with the log score. It is lower for rows that
            are farther from the location than every row that was kept, by half of the excess
            of the squared distance, wherever a discriminator has not been. Where no game was
            played, minus the squared standardised distance from the coordinate median.
        """
        # A fit that failed has set the number of features and nothing else.
        check_is_fitted(self, "offset_")
        rows = to_tensor(self, X, device="cpu", reset=False)
        return self._score(self._coordinates.standardize(rows))

    def _score(self, Z: Tensor) -> NDArray[np.float64]:
        """Score standardised rows."""
        if self.discriminator_ is None:
            return to_array(-Z.square().sum(dim=1))
        by_network = to_array(-self.discriminator_(snap(Z).cpu().double()))
        squared = to_array(squared_distance(Z, to_tensor_like(self._law, Z)))
        excess = 0.5 * (squared - self._farthest_kept)
        return np.where(excess > 0, np.minimum(by_network, self._cut - excess), by_network)

    def _finish(self, Z: Tensor, result: GameResult) -> Self:
        """Set what was learned from the standardised rows and their game."""
        self.support_ = result.clean_probability >= 0.5
        kept = Z[torch.from_numpy(self.support_).to(Z.device)]
        law = describe(kept, self.covariance)
        self._set_law(to_array(law), result.raw[0])
        self._farthest_kept = float(squared_distance(kept, law).max())
        self._cut = -result.threshold
        self.history_ = result.history
        self.n_iter_ = int(result.history.n_iter[0])
        self.converged_ = result.has_converged
        self.discriminator_ = result.discriminator.double()
        self.fallback_ = None
        # The network has seen most of these rows and finds them a little too suspicious: as many
        # are flagged as were rejected honestly.
        is_automatic = isinstance(self.contamination, str)
        rejected = max(1 - float(self.support_.mean()), 1 / len(Z))
        share = rejected if is_automatic else self.contamination
        self._set_offset(self._score(Z), share, self._cut)
        if is_automatic:
            # Farther than every kept row is outlying, wherever the cut-off is.
            self._cut = min(self._cut, self.offset_)
        if problem := result.problem():
            warnings.warn(problem, ConvergenceWarning, stacklevel=5)
        return self

    def _fall_back(self, Z: Tensor) -> Self:
        """Stand in for a game with the mean of the rows near the coordinate median."""
        n_samples, n_features = Z.shape
        squared = Z.square().sum(dim=1)
        # Scaled so that half of the rows lie within the law's median, whatever its tails.
        unit = float(squared.median()) / chi2.ppf(0.5, n_features)
        cut = chi2.ppf(_FALLBACK_KEPT, n_features) * unit
        self.support_ = to_array(squared <= cut) > 0
        law = describe(Z[squared <= cut], self.covariance)
        self._set_law(to_array(law), np.zeros(n_features))
        self.history_, self.discriminator_ = None, None
        self.n_iter_, self.converged_ = 1, False
        self.fallback_ = "reweighted coordinate median"
        self._set_offset(self._score(Z), self.contamination, -cut)
        warnings.warn(
            f"A game needs at least {least_rows(n_features)} rows for {n_features} features, "
            f"got {n_samples}. The location is that of the reweighted coordinate median "
            "instead; with so few rows, consider robustgan.CoordinateMedian or "
            "sklearn.covariance.MinCovDet.",
            ConvergenceWarning,
            stacklevel=5,
        )
        return self

    def _set_law(self, law: NDArray[np.float64], raw: NDArray[np.float64]) -> None:
        """Set location and covariance from standardised ones."""
        self._law = law
        self.raw_location_ = self._coordinates.location(raw)
        kept_mean = self._coordinates.location(law[0])
        self.location_ = kept_mean if self.reweight else self.raw_location_.copy()
        self.covariance_ = self._coordinates.covariance(law[1:])
